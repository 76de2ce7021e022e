"""Terminals between two sides, beside the cases of the RFCs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portside.errors import LocalError
from portside.interfaces import Role
from portside.protocols.telnet.messages import (
    AskTerminalSpeed,
    AskTerminalTypes,
    Flow,
    FlowControl,
    Mtts,
    Option,
    Party,
    TerminalSpeed,
    TerminalTypes,
    WindowSize,
)
from portside.protocols.telnet.rules.policy import CLIENT
from portside.protocols.telnet.rules.terminal import MOST_TYPES
from tests.support.telnet import converse, talk, wire


def test_a_server_hears_all_of_a_clients_terminal() -> None:
    policy = replace(CLIENT, terminal_types=("PORTSIDE", "xterm-256color"), mtts=Mtts.UTF_8, window=WindowSize(133, 41))
    client, server = talk(Role.CLIENT, policy), talk(Role.SERVER)
    server.take(server.rules.opened(None, 0.0))
    converse(client, server)
    server.forget()
    server.say(AskTerminalTypes())
    client.say(WindowSize(80, 24))
    converse(client, server)
    assert server.heard == [WindowSize(80, 24), TerminalTypes(("PORTSIDE", "xterm-256color"), Mtts.UTF_8)]
    server.forget()
    server.say(AskTerminalTypes())
    converse(client, server)
    assert server.heard == [TerminalTypes(("PORTSIDE", "xterm-256color"), Mtts.UTF_8)]


def test_types_without_an_end_are_cut_off() -> None:
    server = talk(Role.SERVER)
    server.agree(Option.TTYPE, Party.THEM)
    server.say(AskTerminalTypes())
    for number in range(MOST_TYPES):
        server.got(wire(f"IAC SB TTYPE IS '{number}' IAC SE"))
    assert server.sent.count(b"\xff\xfa\x18\x01") == MOST_TYPES
    (types,) = server.heard
    assert isinstance(types, TerminalTypes)
    assert len(types.names) == MOST_TYPES


@pytest.mark.parametrize(
    "message", [AskTerminalTypes(), AskTerminalSpeed(), FlowControl(Flow.ON)], ids=lambda one: type(one).__name__
)
def test_what_was_not_agreed_upon_is_not_asked(message: AskTerminalTypes | AskTerminalSpeed | FlowControl) -> None:
    with pytest.raises(LocalError, match="is not on, on their side"):
        talk(Role.SERVER).say(message)


@pytest.mark.parametrize("window", [WindowSize(65_536, 1), WindowSize(1, -1)])
def test_a_window_has_16_bits(window: WindowSize) -> None:
    with pytest.raises(LocalError):
        talk().say(window)


def test_a_terminal_keeps_one_type_at_least() -> None:
    with pytest.raises(LocalError):
        talk().say(TerminalTypes(()))


def test_what_is_said_later_is_what_is_answered() -> None:
    client = talk()
    client.say(TerminalSpeed(1, 2), WindowSize(1, 2))
    assert client.sent == b""
    client.got(wire("IAC DO TSPEED IAC DO NAWS IAC SB TSPEED SEND IAC SE"))
    assert client.sent == wire("IAC WILL TSPEED IAC WILL NAWS IAC SB NAWS 0 1 0 2 IAC SE IAC SB TSPEED IS '1,2' IAC SE")
