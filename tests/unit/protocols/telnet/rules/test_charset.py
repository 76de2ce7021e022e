"""Character sets between two sides."""

from __future__ import annotations

import pytest

from portside.errors import LocalError
from portside.interfaces import Role
from portside.protocols.telnet.messages import AskCharset, CharsetChosen, CharsetRefused, Option, Party, Want
from tests.support.telnet import Talk, converse, talk


def agreed() -> tuple[Talk, Talk]:
    client, server = talk(Role.CLIENT), talk(Role.SERVER)
    client.say(Want(Option.CHARSET, Party.US))
    server.say(Want(Option.CHARSET, Party.US))
    converse(client, server)
    client.forget()
    server.forget()
    return client, server


def test_both_hear_what_holds() -> None:
    client, server = agreed()
    server.say(AskCharset(("UTF-8",)))
    converse(client, server)
    assert client.heard == [CharsetChosen("UTF-8", Party.THEM)]
    assert server.heard == [CharsetChosen("UTF-8", Party.US)]


def test_where_both_propose_at_once_what_the_server_proposes_holds() -> None:
    client, server = agreed()
    server.say(AskCharset(("US-ASCII",)))
    client.say(AskCharset(("UTF-8",)))
    converse(client, server)
    assert server.heard == [CharsetRefused(Party.THEM), CharsetChosen("US-ASCII", Party.US)]
    assert client.heard == [CharsetChosen("US-ASCII", Party.THEM), CharsetRefused(Party.US)]


def test_one_proposal_at_a_time() -> None:
    _, server = agreed()
    server.say(AskCharset(("UTF-8",)))
    with pytest.raises(LocalError, match="not been answered"):
        server.say(AskCharset(("UTF-8",)))


def test_proposing_needs_the_option() -> None:
    with pytest.raises(LocalError):
        talk(Role.SERVER).say(AskCharset(("UTF-8",)))


def test_a_proposal_dies_with_the_option() -> None:
    client, server = agreed()
    server.say(AskCharset(("UTF-8",)))
    server.sent = b""
    server.say(Want(Option.CHARSET, Party.US, False), Want(Option.CHARSET, Party.THEM, False))
    converse(client, server)
    server.say(Want(Option.CHARSET, Party.US))
    converse(client, server)
    server.say(AskCharset(("UTF-8",)))
    converse(client, server)
    assert server.heard[-1] == CharsetChosen("UTF-8", Party.US)
