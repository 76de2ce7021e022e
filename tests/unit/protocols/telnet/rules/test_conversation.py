"""One side as a whole: signals, compression, limits, and how it ends."""

from __future__ import annotations

import zlib
from dataclasses import replace

import pytest

from portside.errors import ConnectionLost, LimitExceeded, LocalError, RemoteError
from portside.interfaces import Close, Door, Heard, Link, Role
from portside.protocols.telnet.messages import (
    AskStatus,
    Compressing,
    Control,
    Data,
    Ended,
    Option,
    OptionChanged,
    Party,
    PromptEnd,
    Signal,
    Want,
)
from portside.protocols.telnet.rules.conversation import LINGER, TRANSITIONS, Event, State
from portside.protocols.telnet.rules.policy import CLIENT, SERVER
from portside.protocols.telnet.rules.wire import INFLATED_AT_ONCE
from tests.support.telnet import Talk, converse, talk, wire

BEGIN = b"\xff\xfa\x56\xff\xf0"


def data_of(side: Talk) -> bytes:
    return b"".join(message.data for message in side.heard if isinstance(message, Data))


# ------------------------------------------------------------------------------------------------- signals


def test_a_synch_is_urgent_and_its_mark_is_the_last_byte() -> None:
    side = talk()
    side.say(Signal(Control.IP), Signal(Control.SYNCH))
    assert side.sent == wire("IAC IP IAC DM")
    assert side.urgent == [wire("IAC DM")]


def test_hurrying_is_known_from_outside() -> None:
    side = talk()
    side.take(side.rules.urgent(0.0))
    assert side.rules.hurrying
    side.got(wire("IAC DM"))
    assert not side.rules.hurrying


@pytest.mark.parametrize(("kind", "on"), [(Control.GA, (Option.SGA,)), (Control.EOR, ())])
def test_a_signal_that_may_not_be_said_is_our_error(kind: Control, on: tuple[Option, ...]) -> None:
    side = talk(Role.SERVER)
    for option in on:
        side.agree(option, Party.US)
    with pytest.raises(LocalError):
        side.say(Signal(kind))


def test_a_prompt_ends_as_both_have_agreed() -> None:
    side = talk(Role.SERVER)
    side.say(PromptEnd())
    side.agree(Option.SGA, Party.US)
    side.say(PromptEnd())
    assert side.sent == b""
    side.agree(Option.EOR, Party.US)
    side.say(PromptEnd())
    assert side.sent == wire("IAC EOR-COMMAND")


def test_what_is_only_heard_cannot_be_said() -> None:
    with pytest.raises(LocalError, match="OptionChanged is heard"):
        talk().say(OptionChanged(Option.ECHO, Party.US, True))


def test_bulk_is_handed_up_as_it_came() -> None:
    side = talk()
    data = b"x" * 100_000
    (heard,) = side.rules.received(data, None, 0.0)
    assert isinstance(heard, Heard)
    assert heard.message.data is data


# --------------------------------------------------------------------------------------------- compression


def compressing() -> tuple[Talk, Talk]:
    client, server = talk(Role.CLIENT), talk(Role.SERVER)
    server.say(Want(Option.MCCP2, Party.US))
    converse(client, server)
    assert server.heard[-1] == Compressing(Party.US, True)
    assert client.heard[-1] == Compressing(Party.THEM, True)
    client.forget()
    server.forget()
    return client, server


def test_what_a_server_says_is_compressed_and_heard_plain() -> None:
    client, server = compressing()
    text = b"You stand on the quay.\r\n" * 100
    server.say(Data(text), Signal(Control.NOP))
    assert len(server.sent) < 200
    converse(client, server)
    assert data_of(client) == text
    assert client.heard[-1] == Signal(Control.NOP)


def test_a_synch_within_compression_is_not_urgent() -> None:
    client, server = compressing()
    server.say(Signal(Control.SYNCH))
    assert server.urgent == []
    client.take(client.rules.urgent(0.0))
    converse(client, server)
    assert client.heard == [Signal(Control.SYNCH)]


@pytest.mark.parametrize("who", ["client", "server"])
def test_either_side_can_end_it_and_begin_it_again(who: str) -> None:
    client, server = compressing()
    side, party = (client, Party.THEM) if who == "client" else (server, Party.US)
    server.say(Data(b"one "))
    side.say(Want(Option.MCCP2, party, False))
    server.say(Data(b"two "))
    converse(client, server)
    server.say(Data(b"three "))
    converse(client, server)
    assert Compressing(Party.THEM, False) in client.heard
    assert server.rules.on(Option.MCCP2, Party.US) is False
    side.say(Want(Option.MCCP2, party))
    converse(client, server)
    server.say(Data(b"four"))
    converse(client, server)
    assert data_of(client) == b"one two three four"


def test_a_bomb_is_unpacked_in_pieces_and_nothing_is_read_meanwhile() -> None:
    client = talk()
    client.agree(Option.MCCP2, Party.THEM)
    size = 5 * INFLATED_AT_ONCE + 7
    client.got(BEGIN + zlib.compress(bytes(size)) + b"plain")
    assert len(data_of(client)) == INFLATED_AT_ONCE
    assert not client.reading
    client.got(b" and")
    client.got(b" more")
    assert len(data_of(client)) == INFLATED_AT_ONCE
    client.wake()
    assert client.reading
    assert data_of(client) == bytes(size) + b"plain and more"


def test_an_end_that_comes_meanwhile_waits_until_all_is_unpacked() -> None:
    client = talk()
    client.agree(Option.MCCP2, Party.THEM)
    client.got(BEGIN + zlib.compress(bytes(2 * INFLATED_AT_ONCE + 1)))
    client.take(client.rules.ended(None, 0.0))
    assert not client.closed
    client.wake()
    assert len(data_of(client)) == 2 * INFLATED_AT_ONCE + 1
    assert client.closed == 1


def test_what_should_be_compressed_and_is_not_ends_it() -> None:
    client = talk()
    client.agree(Option.MCCP2, Party.THEM)
    client.got(BEGIN + b"hello")
    assert [type(error) for error in client.broken] == [RemoteError]
    assert client.closed == 1


# -------------------------------------------------------------------------------------------------- limits


def test_a_subnegotiation_has_its_limit_and_what_came_before_is_heard() -> None:
    side = talk(Role.SERVER, replace(SERVER, longest_subnegotiation=10))
    side.agree(Option.GMCP, Party.US)
    side.got(wire("'a' IAC SB GMCP '1234567890' IAC SE 'b'"))
    assert not side.broken
    side.got(wire("'c' IAC SB GMCP '12345678901'"))
    assert data_of(side) == b"abc"
    assert [type(error) for error in side.broken] == [LimitExceeded]
    assert side.closed == 1


def test_a_subnegotiation_that_never_ends_takes_no_more_memory_than_its_limit() -> None:
    side = talk(Role.SERVER)
    side.got(b"\xff\xfa\xc8")
    for _ in range(SERVER.longest_subnegotiation // 1024 + 1):
        side.got(bytes(1024))
    assert [type(error) for error in side.broken] == [LimitExceeded]


# ----------------------------------------------------------------------------------------------------- end


def test_every_state_knows_every_event() -> None:
    assert set(TRANSITIONS) == set(State)
    assert all(set(row) == set(Event) for row in TRANSITIONS.values())


def test_their_end_is_ours() -> None:
    side = talk()
    side.take(side.rules.ended(None, 0.0))
    assert side.closed == 1
    assert side.rules.state is State.CLOSED
    side.got(b"x")
    side.say(Data(b"y"))
    assert (side.heard, side.sent) == ([], b"")


def test_where_they_may_go_on_listening_their_end_is_heard() -> None:
    side = talk(Role.SERVER, replace(SERVER, half_close=True))
    side.take(side.rules.ended(None, 0.0))
    assert side.heard == [Ended()]
    side.say(Data(b"bye"))
    assert side.sent == b"bye"
    assert side.rules.stop(0.0) == [Close(linger=LINGER)]
    assert list(side.rules.stop(0.0)) == []


def test_a_stop_ends_the_compressed_stream() -> None:
    client, server = compressing()
    server.take(server.rules.stop(0.0))
    assert server.closed == 1
    client.got(server.sent)
    assert client.heard == [Compressing(Party.THEM, False)]


def test_a_lost_stream_is_the_end() -> None:
    side = talk()
    assert list(side.rules.failed(None, ConnectionLost("gone"), 0.0)) == []
    assert list(side.rules.ended(None, 0.0)) == []
    assert list(side.rules.woke("unpack", 0.0)) == []


def test_there_is_no_second_connection() -> None:
    with pytest.raises(LocalError):
        talk().rules.linked(Link("x"), Door(None, None), 0.0)  # type: ignore[arg-type]


def test_our_own_mistakes_are_told() -> None:
    with pytest.raises(LocalError):
        talk(Role.CLIENT, CLIENT).say(AskStatus())
