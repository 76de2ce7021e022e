"""What both take for agreed upon."""

from __future__ import annotations

import pytest

from portside.errors import LocalError
from portside.interfaces import Role
from portside.protocols.telnet.messages import AskStatus, Option, Party, StatusReport, Verb, Want
from tests.support.telnet import converse, talk


def test_both_see_the_same() -> None:
    client, server = talk(Role.CLIENT), talk(Role.SERVER)
    server.say(Want(Option.STATUS, Party.THEM), Want(Option.ECHO, Party.US), Want(Option.NAWS, Party.THEM))
    converse(client, server)
    server.forget()
    server.say(AskStatus())
    converse(client, server)
    (report,) = server.heard
    assert isinstance(report, StatusReport)
    assert set(report.options) == {(Verb.WILL, 5), (Verb.WILL, 31), (Verb.DO, 1)}


def test_asking_needs_the_option() -> None:
    with pytest.raises(LocalError):
        talk().say(AskStatus())
