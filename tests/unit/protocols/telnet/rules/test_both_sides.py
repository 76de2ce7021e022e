"""Two sides of ours: whatever they say, in whatever crossing, neither misunderstands, and both come to rest."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from portside.errors import LocalError
from portside.interfaces import Role
from portside.protocols.telnet.messages import (
    AskCharset,
    AskEnvironment,
    AskStatus,
    AskTerminalSpeed,
    AskTerminalTypes,
    Control,
    Data,
    Environment,
    Flow,
    FlowControl,
    Function,
    Gmcp,
    Level,
    LineMode,
    Malformed,
    Mssp,
    Mtts,
    Option,
    Party,
    PromptEnd,
    Sayable,
    Signal,
    SpecialCharacter,
    SpecialCharacters,
    TerminalSpeed,
    TerminalTypes,
    TimingMark,
    Variable,
    Want,
    WindowSize,
)
from portside.protocols.telnet.rules.policy import CLIENT, SERVER
from tests.support.telnet import Talk, converse, talk

OPTIONS = [option for option in Option if option is not Option.TIMING_MARK]
WORD = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=5)
SIDE = st.integers(0, 65_535)
VARIABLES = st.lists(st.builds(Variable, WORD, st.none() | st.text(max_size=3), st.booleans()), max_size=3).map(tuple)
CHARACTERS = st.builds(
    SpecialCharacter, st.sampled_from(Function), st.sampled_from(Level), st.integers(0, 255), st.booleans()
)
SAYINGS: st.SearchStrategy[Sayable] = st.one_of(
    st.builds(Want, st.sampled_from(OPTIONS), st.sampled_from(Party), st.booleans()),
    st.builds(Data, st.binary(max_size=12)),
    st.builds(Signal, st.sampled_from([kind for kind in Control if kind is not Control.SYNCH])),
    st.builds(WindowSize, SIDE, SIDE),
    st.builds(TerminalTypes, st.lists(WORD, min_size=1, max_size=3).map(tuple), st.none() | st.just(Mtts.ANSI)),
    st.builds(TerminalSpeed, SIDE, SIDE),
    st.builds(FlowControl, st.sampled_from(Flow)),
    st.builds(AskEnvironment, VARIABLES),
    st.builds(Environment, VARIABLES),
    st.builds(AskCharset, st.lists(WORD, min_size=1, max_size=3).map(tuple)),
    st.builds(LineMode, st.booleans(), st.booleans()),
    st.builds(SpecialCharacters, st.lists(CHARACTERS, max_size=3).map(tuple)),
    st.builds(Gmcp, WORD, st.text(max_size=5)),
    st.builds(
        Mssp, st.lists(st.tuples(WORD, st.lists(WORD, max_size=2).map(tuple)), min_size=1, max_size=2).map(tuple)
    ),
    st.sampled_from([AskTerminalTypes(), AskTerminalSpeed(), AskStatus(), TimingMark(), PromptEnd()]),
)
ACTIONS = st.lists(st.tuples(st.booleans(), st.one_of(SAYINGS, st.integers(1, 60))), max_size=60)


def data_of(side: Talk) -> bytes:
    return b"".join(message.data for message in side.heard if isinstance(message, Data))


@given(ACTIONS)
def test_neither_misunderstands_the_other(actions: list[tuple[bool, Sayable | int]]) -> None:
    """A number is how many bytes of what is on its way arrive. What an option's end overtakes may be left unread."""
    patient = {"negotiations_at_once": 10_000}
    client = talk(Role.CLIENT, replace(CLIENT, **patient))  # type: ignore[arg-type]
    server = talk(Role.SERVER, replace(SERVER, **patient))  # type: ignore[arg-type]
    said = {id(client): b"", id(server): b""}
    for option in OPTIONS:
        server.say(Want(option, Party.US if option in SERVER.ours else Party.THEM))
    converse(client, server)
    for ours, action in actions:
        here, there = (client, server) if ours else (server, client)
        if isinstance(action, int):
            arriving, there.sent = there.sent[:action], there.sent[action:]
            here.got(arriving)
            here.wake()
            continue
        with contextlib.suppress(LocalError):  # an option that it needs is off by now
            here.say(action)
            said[id(here)] += action.data if isinstance(action, Data) else b""
    converse(client, server)
    for side in (client, server):
        assert not side.broken
        assert not side.closed
        reasons = {message.reason for message in side.heard if isinstance(message, Malformed)}
        assert reasons <= {"it was not agreed upon", "it answers nothing that was proposed", "nobody had asked for it"}
    if not any(isinstance(action, Want) and action.option is Option.BINARY for _, action in actions):
        assert data_of(server) == said[id(client)]
        assert data_of(client) == said[id(server)]
