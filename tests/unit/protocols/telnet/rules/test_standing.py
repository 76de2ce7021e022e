"""What may be said and heard depends on what is agreed upon."""

from __future__ import annotations

import pytest

from portside.errors import LocalError, RemoteError
from portside.interfaces import Role, Send
from portside.protocols.telnet.messages import Option, Party
from portside.protocols.telnet.rules.policy import SERVER
from portside.protocols.telnet.rules.qmethod import Event, Options
from portside.protocols.telnet.rules.standing import Standing
from portside.protocols.telnet.rules.wire import Outgoing


def test_what_is_not_on_is_neither_said_nor_heard() -> None:
    standing = Standing(Role.SERVER, SERVER, Options(), Outgoing())
    with pytest.raises(LocalError, match="TTYPE is not on, on their side"):
        standing.need(Option.TTYPE, Party.THEM)
    with pytest.raises(RemoteError, match="not agreed upon"):
        standing.expect(Option.TTYPE, Party.THEM)
    standing.options.move(Option.TTYPE, Party.THEM, Event.THEY_SAY_YES)
    standing.need(Option.TTYPE, Party.US, Party.THEM)
    standing.expect(Option.TTYPE, Party.THEM)
    with pytest.raises(LocalError):
        standing.need(Option.TTYPE, Party.US)


def test_what_is_told_stands_between_sb_and_se() -> None:
    standing = Standing(Role.SERVER, SERVER, Options(), Outgoing())
    assert standing.tell(Option.TTYPE, b"\x01") == Send(b"\xff\xfa\x18\x01\xff\xf0")
