"""Two machines that follow the Q-method come to an end and agree, whatever they want and however it crosses."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.interfaces import Role
from portside.protocols.telnet.messages import Option, Party, Want
from portside.protocols.telnet.rules.policy import CLIENT, SERVER
from portside.protocols.telnet.rules.qmethod import TRANSITIONS, Event, Options, State
from tests.support.telnet import Talk, converse, talk

OPTIONS = [option for option in Option if option is not Option.TIMING_MARK]
MOST_MESSAGES = 100
"""Of a negotiation over one option: far above what the longest one takes."""

# ------------------------------------------------------------------------------------------------ the table


def test_every_state_knows_every_event() -> None:
    assert set(TRANSITIONS) == set(State)
    assert all(set(row) == set(Event) for row in TRANSITIONS.values())


def test_a_request_is_sent_only_where_none_is_on_its_way() -> None:
    waiting = {State.WANTNO, State.WANTNO_OPPOSITE, State.WANTYES, State.WANTYES_OPPOSITE}
    for state in waiting:
        for event in (Event.WE_WANT_IT, Event.WE_WANT_IT_NOT):
            after, said = TRANSITIONS[state][event]
            assert said is None
            assert after in waiting


def test_what_is_said_is_what_is_agreed_or_waited_for() -> None:
    for state, row in TRANSITIONS.items():
        for event, (after, said) in row.items():
            if said is True:
                assert after in (State.YES, State.WANTYES), (state, event)
            elif said is False:
                assert after in (State.NO, State.WANTNO), (state, event)


def test_a_refusal_moves_nothing_that_is_off() -> None:
    assert TRANSITIONS[State.NO][Event.THEY_SAY_NO] == (State.NO, None)


def test_theirs_is_on_until_they_have_said_no_and_ours_until_we_have() -> None:
    options = Options()
    for party in Party:
        assert options.move(Option.ECHO, party, Event.THEY_SAY_YES) is True
        assert options.move(Option.ECHO, party, Event.WE_WANT_IT_NOT) is False
        assert options.negotiating(Option.ECHO, party)
    assert not options.on(Option.ECHO, Party.US)
    assert options.on(Option.ECHO, Party.THEM)
    assert options.either(Option.ECHO)
    assert list(options.all_on()) == [(Party.THEM, Option.ECHO)]


# -------------------------------------------------------------------------- one option between two machines

Machine = tuple[State, bool]
"""Where it stands, and whether it welcomes the option."""


def react(machine: Machine, yes: bool) -> tuple[Machine, bool | None]:
    state, welcome = machine
    event = (Event.THEY_SAY_YES if welcome else Event.THEY_SAY_YES_UNWELCOME) if yes else Event.THEY_SAY_NO
    after, said = TRANSITIONS[state][event]
    return (after, welcome), said


def wish(machine: Machine, on: bool) -> tuple[Machine, bool | None]:
    after, said = TRANSITIONS[machine[0]][Event.WE_WANT_IT if on else Event.WE_WANT_IT_NOT]
    return (after, machine[1] or on), said


Standing = tuple[tuple[Machine, Machine], tuple[tuple[bool, ...], tuple[bool, ...]]]
"""Both machines, and what is on its way to each."""


def steps(standing: Standing) -> list[Standing]:
    """What may happen next: either side hears the first thing on its way to it."""
    found = []
    for hearer in (0, 1):
        machines, ways = list(standing[0]), list(standing[1])
        if not ways[hearer]:
            continue
        machines[hearer], said = react(machines[hearer], ways[hearer][0])
        ways[hearer] = ways[hearer][1:]
        if said is not None:
            ways[1 - hearer] += (said,)
        found.append(((machines[0], machines[1]), (ways[0], ways[1])))
    return found


def wishes(standing: Standing) -> list[Standing]:
    """What either side may come to want now."""
    found = []
    for who, on in itertools.product((0, 1), (True, False)):
        machines, ways = list(standing[0]), list(standing[1])
        machines[who], said = wish(machines[who], on)
        if said is not None:
            ways[1 - who] += (said,)
        found.append(((machines[0], machines[1]), (ways[0], ways[1])))
    return found


def everything_that_can_be() -> set[Standing]:
    """Every standing that any wishes and any crossing lead to: one request at most is on its way, so they are few."""
    todo: list[Standing] = [
        (((state, mine), (state, theirs)), ((), ()))
        for state in (State.NO, State.YES)
        for mine in (True, False)
        for theirs in (True, False)
    ]
    seen = set(todo)
    while todo:
        here = todo.pop()
        new = {*steps(here), *wishes(here)} - seen
        seen |= new
        todo += new
    return seen


def assert_ends(standing: Standing, path: tuple[Standing, ...] = ()) -> None:
    """Whatever is heard first, both come to rest, and agree."""
    assert standing not in path, "they go in a circle"
    following = steps(standing)
    (one, _), (other, _) = standing[0]
    if not following:
        assert one is other, "they do not agree"
        assert one in (State.NO, State.YES), "one waits for an answer that will not come"
    for after in following:
        assert_ends(after, (*path, standing))


def test_any_wishes_in_any_crossing_end_and_both_agree() -> None:
    standings = everything_that_can_be()
    assert len(standings) > 50
    for standing in standings:
        assert_ends(standing)


# ------------------------------------------------------------------------------- every pair of options, for real


def agreed(one: Talk, other: Talk) -> None:
    """Both see the same, and nobody waits."""
    for option in OPTIONS:
        for party in Party:
            assert not one.rules.negotiating(option, party)
            assert one.rules.on(option, party) is other.rules.on(option, party.other), (option, party)
    assert not one.broken
    assert not other.broken


def pair(client_may: frozenset[Option], server_may: frozenset[Option]) -> tuple[Talk, Talk]:
    patient = {"negotiations_at_once": 10_000}
    client = talk(Role.CLIENT, replace(CLIENT, ours=client_may, theirs=server_may, **patient))  # type: ignore[arg-type]
    server = talk(Role.SERVER, replace(SERVER, ours=server_may, theirs=client_may, first=(), **patient))  # type: ignore[arg-type]
    return client, server


@pytest.mark.parametrize(("first", "second"), list(itertools.product(OPTIONS, OPTIONS)))
def test_every_pair_of_options_ends_whoever_wants_what(first: Option, second: Option) -> None:
    for mine, theirs in itertools.product(Party, Party):
        for welcome in (frozenset(OPTIONS), frozenset({first}), frozenset()):
            client, server = pair(welcome, welcome)
            client.say(Want(first, mine), Want(second, theirs))
            server.say(Want(second, mine), Want(first, theirs))
            converse(client, server, most=MOST_MESSAGES)
            client.say(Want(first, mine, False), Want(second, theirs))
            server.say(Want(first, mine.other), Want(second, theirs, False), Want(second, theirs))
            converse(client, server, most=MOST_MESSAGES)
            agreed(client, server)


WANTS = st.builds(Want, st.sampled_from(OPTIONS), st.sampled_from(Party), st.booleans())
ACTIONS = st.lists(st.tuples(st.booleans(), st.one_of(WANTS, st.integers(1, 40))), max_size=60)
SETS = st.frozensets(st.sampled_from(OPTIONS))


@given(SETS, SETS, ACTIONS)
def test_any_requests_in_any_interleaving_end_and_both_agree(
    client_may: frozenset[Option], server_may: frozenset[Option], actions: list[tuple[bool, Want | int]]
) -> None:
    """A number is how many bytes of what is on its way arrive; so requests cross anywhere."""
    client, server = pair(client_may, server_may)
    for ours, action in actions:
        here, there = (client, server) if ours else (server, client)
        if isinstance(action, Want):
            here.say(action)
        else:
            arriving, there.sent = there.sent[:action], there.sent[action:]
            here.got(arriving)
    converse(client, server, most=MOST_MESSAGES)
    agreed(client, server)
