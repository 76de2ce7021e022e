"""What of an environment is told, and what never."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portside.errors import LocalError
from portside.interfaces import Role
from portside.protocols.telnet.messages import AskEnvironment, Environment, Option, Party, Variable
from portside.protocols.telnet.rules.policy import CLIENT
from tests.support.telnet import converse, talk, wire


def test_a_server_that_asks_for_everything_gets_what_the_client_gives() -> None:
    given = (Variable("LANG", "C", True), Variable("USER", "-f root"))
    client, server = talk(Role.CLIENT, replace(CLIENT, environment=given)), talk(Role.SERVER)
    server.agree(Option.NEW_ENVIRON, Party.THEM)
    client.got(wire("IAC DO NEW-ENVIRON"))
    client.forget()
    server.say(AskEnvironment())
    converse(client, server)
    assert server.heard == [Environment(given)]


def test_by_itself_nothing_is_told_whatever_is_asked_for() -> None:
    client = talk()
    client.agree(Option.NEW_ENVIRON, Party.US)
    client.got(wire("IAC SB NEW-ENVIRON SEND VAR 'USER' USERVAR 'HOME' VAR USERVAR IAC SE"))
    assert client.sent == wire("IAC SB NEW-ENVIRON IS VAR 'USER' USERVAR 'HOME' IAC SE")


def test_a_variable_is_told_as_the_kind_it_was_asked_for() -> None:
    given = (Variable("LANG", "C", True), Variable("USER", "ann"), Variable("BOTH", "1"), Variable("BOTH", "2", True))
    client = talk(Role.CLIENT, replace(CLIENT, environment=given))
    client.agree(Option.NEW_ENVIRON, Party.US)
    client.got(wire("IAC SB NEW-ENVIRON SEND VAR 'LANG' USERVAR 'USER' VAR 'BOTH' USERVAR 'BOTH' IAC SE"))
    assert client.sent == wire(
        "IAC SB NEW-ENVIRON IS VAR 'LANG' VALUE 'C' USERVAR 'USER' VALUE 'ann'"
        " VAR 'BOTH' VALUE '1' USERVAR 'BOTH' VALUE '2' IAC SE"
    )


def test_asking_needs_the_option() -> None:
    with pytest.raises(LocalError):
        talk(Role.SERVER).say(AskEnvironment())
