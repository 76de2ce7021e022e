"""Requests for options as they come in and go out, each through its Q-method; and what changes thereby."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from portside.errors import LocalError
from portside.interfaces import NOTHING, Heard, Output, Outputs
from portside.protocols.telnet.messages import (
    Option,
    OptionChanged,
    OptionRefused,
    Party,
    TimingMark,
    Verb,
    Want,
)
from portside.protocols.telnet.rules.qmethod import Event, State
from portside.protocols.telnet.rules.standing import Standing
from portside.protocols.telnet.syntax.commands import serialise_option, verb_for

Changed = Callable[[Option, Party, bool], Sequence[Output]]
"""Told of what is on or off from here on: (option, party, on)."""
MOST_MARKS = 1024
"""Timing marks of ours that wait for their answer: beyond that nobody measures any more."""

_OPTIONS = {option.value: option for option in Option}
_MEANING = {
    Verb.WILL: (Party.THEM, True),
    Verb.WONT: (Party.THEM, False),
    Verb.DO: (Party.US, True),
    Verb.DONT: (Party.US, False),
}


class Negotiation:
    """All options of one conversation. ``changed`` is called right behind what is sent about a change."""

    __slots__ = ("_allowed", "_changed", "_marks", "_standing")

    def __init__(self, standing: Standing, changed: Changed) -> None:
        self._standing = standing
        self._changed = changed
        self._allowed = {Party.US: set(standing.policy.ours), Party.THEM: set(standing.policy.theirs)}
        self._marks = 0

    def hear(self, verb: Verb, number: int) -> Sequence[Output]:
        """A request of the other side, or its answer to ours."""
        party, yes = _MEANING[verb]
        option = _OPTIONS.get(number)
        if option is None:
            return [self._say(party, False, number)] if yes else NOTHING
        if option is Option.TIMING_MARK:
            return self._hear_mark(party, yes)
        return self._move(option, party, self._event(option, party, yes))

    def _event(self, option: Option, party: Party, yes: bool) -> Event:
        if not yes:
            return Event.THEY_SAY_NO
        return Event.THEY_SAY_YES if option in self._allowed[party] else Event.THEY_SAY_YES_UNWELCOME

    def want(self, want: Want) -> Outputs:
        """A request of ours. Raises ``LocalError`` for TIMING-MARK, which is asked by ``TimingMark``."""
        if want.option is Option.TIMING_MARK:
            raise LocalError("a timing mark is no option to be turned on: say TimingMark")
        if want.on:
            self._allowed[want.party].add(want.option)
        return self._move(want.option, want.party, Event.WE_WANT_IT if want.on else Event.WE_WANT_IT_NOT)

    def _move(self, option: Option, party: Party, event: Event) -> list[Output]:
        options = self._standing.options
        before, was_on = options.state(option, party), options.on(option, party)
        said = options.move(option, party, event)
        outputs: list[Output] = [] if said is None else [self._say(party, said, option)]
        is_on = options.on(option, party)
        if is_on is not was_on:
            outputs.append(Heard(OptionChanged(option, party, is_on)))
            outputs += self._changed(option, party, is_on)
        elif before is State.WANTYES and event is Event.THEY_SAY_NO:
            outputs.append(Heard(OptionRefused(option, party)))
        return outputs

    def _say(self, party: Party, yes: bool, number: int) -> Output:
        return self._standing.out.send(serialise_option(verb_for(party, yes), number))

    # ------------------------------------------------------------------------------------------- timing marks

    def _hear_mark(self, party: Party, yes: bool) -> Sequence[Output]:
        """RFC 860: each DO has its answer, so there is no state; all that came before has been heard by now."""
        if party is Party.US:
            return [self._say(Party.US, True, Option.TIMING_MARK)] if yes else NOTHING
        if not self._marks:
            return NOTHING
        self._marks -= 1
        return [Heard(TimingMark(refused=not yes))]

    def ask_mark(self, message: TimingMark) -> Outputs:
        """A timing mark of ours. Raises ``LocalError`` where ``MOST_MARKS`` have no answer yet."""
        if self._marks == MOST_MARKS:
            raise LocalError(f"{MOST_MARKS:,} timing marks have not been answered yet")
        self._marks += 1
        return [self._say(Party.THEM, True, Option.TIMING_MARK)]
