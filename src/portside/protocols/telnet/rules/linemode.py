"""Where lines are edited, and by which keys (RFC 1184).

*Modes.* The server says which; the client takes it, or as much of it as it can. A mode that is the present one is
answered by nothing, and one that is acknowledged neither, so it ends.

*Special characters.* Each side has a table. A triplet that says what holds already is passed over; one that changes
something is taken and acknowledged; one that we cannot take is answered by ours. What is acknowledged is never
answered.
"""

from __future__ import annotations

from collections.abc import Sequence

from portside.errors import RemoteError
from portside.interfaces import NOTHING, Heard, Output, Outputs, Role
from portside.protocols.telnet.messages import (
    Function,
    Level,
    LineMode,
    Option,
    Party,
    SpecialCharacter,
    SpecialCharacters,
    Verb,
)
from portside.protocols.telnet.rules.standing import Standing
from portside.protocols.telnet.syntax.linemode import (
    FORWARDMASK,
    MODE,
    SLC,
    Triplet,
    both,
    character_of,
    parse_characters,
    parse_mode,
    serialise_characters,
    serialise_mode,
    triplet_of,
)

_FUNCTIONS = {function.value: function for function in Function}
_REFUSAL = {Verb.DO.value: Verb.WONT, Verb.WILL.value: Verb.DONT}


class Linemode:
    """See ``standing.Topic``."""

    __slots__ = ("_mode", "_party", "_standing", "_table")

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._party = Party.US if standing.role is Role.CLIENT else Party.THEM
        self._forget()

    def _forget(self) -> None:
        self._mode = LineMode()
        self._table = {character.function: character for character in self._standing.policy.characters}

    def changed(self, option: Option, party: Party, *, on: bool) -> Sequence[Output]:
        self._forget()
        if party is Party.US and on and self._standing.role is Role.CLIENT and self._table:
            return [self._tell_characters([triplet_of(character) for character in self._table.values()])]
        return NOTHING

    def heard(self, option: Option, payload: bytes) -> Sequence[Output]:
        self._standing.expect(option, self._party)
        kind = payload[0] if payload else 0
        if kind == MODE:
            return self._hear_mode(*parse_mode(payload))
        if kind == SLC:
            return self._hear_characters(parse_characters(payload))
        if payload[1:2] == bytes((FORWARDMASK,)):
            refusal = _REFUSAL.get(kind)
            return [] if refusal is None else [self._standing.tell(option, bytes((refusal, FORWARDMASK)))]
        raise RemoteError("it is neither a mode nor special characters")

    # --------------------------------------------------------------------------------------------------- modes

    def _hear_mode(self, mode: LineMode, acknowledged: bool) -> Sequence[Output]:
        taken = both(mode, self._standing.policy.line_mode) if self._standing.role is Role.CLIENT else mode
        if taken == self._mode and (acknowledged or taken == mode):
            return NOTHING
        if acknowledged:
            return self._take_mode(taken)
        told = self._tell(serialise_mode(taken, acknowledged=taken == mode))
        return [told, *self._take_mode(taken)]

    def _take_mode(self, mode: LineMode) -> Sequence[Output]:
        if mode == self._mode:
            return NOTHING
        self._mode = mode
        return [Heard(mode)]

    # -------------------------------------------------------------------------------------- special characters

    def _hear_characters(self, triplets: Sequence[Triplet]) -> Sequence[Output]:
        answers: list[Triplet] = []
        changed: dict[Function, SpecialCharacter] = {}
        for triplet in triplets:
            self._hear_character(triplet, answers, changed)
        outputs: list[Output] = [self._tell_characters(answers)] if answers else []
        if changed:
            outputs.append(Heard(SpecialCharacters(tuple(changed.values()))))
        return outputs

    def _hear_character(
        self, triplet: Triplet, answers: list[Triplet], changed: dict[Function, SpecialCharacter]
    ) -> None:
        function = _FUNCTIONS.get(triplet.function)
        if function is None:
            answers.extend(self._answer_all(triplet))
            return
        theirs, ours = character_of(triplet), self._current(function)
        if theirs == ours or (triplet.acknowledged and theirs.level is not ours.level):
            return
        taken, answer = (theirs, None) if triplet.acknowledged else self._settle(theirs, ours)
        if answer is not None:
            answers.append(answer)
        if taken != ours:
            self._table[function] = changed[function] = taken

    def _settle(self, theirs: SpecialCharacter, ours: SpecialCharacter) -> tuple[SpecialCharacter, Triplet]:
        """What holds for a function from now on, and what is answered."""
        if theirs.level is Level.DEFAULT:
            default = self._default(theirs.function)
            return default, triplet_of(default)
        if theirs.level is Level.NOSUPPORT or ours.level is not Level.CANTCHANGE:
            return theirs, triplet_of(theirs, acknowledged=True)
        if theirs.level is Level.CANTCHANGE:  # neither can: then there is none
            none = SpecialCharacter(theirs.function, Level.NOSUPPORT)
            return none, triplet_of(none)
        return ours, triplet_of(ours)

    def _answer_all(self, triplet: Triplet) -> list[Triplet]:
        """Function 0 asks for all (RFC 1184 §2.4); one that nobody knows is not supported."""
        if triplet.acknowledged or (triplet.function and triplet.level is Level.NOSUPPORT):
            return []
        if triplet.function:
            return [Triplet(triplet.function, Level.NOSUPPORT)]
        if triplet.level is Level.DEFAULT:
            self._table = {character.function: character for character in self._standing.policy.characters}
        return [triplet_of(character) for character in self._table.values()]

    def _current(self, function: Function) -> SpecialCharacter:
        return self._table.get(function) or SpecialCharacter(function, Level.NOSUPPORT)

    def _default(self, function: Function) -> SpecialCharacter:
        for character in self._standing.policy.characters:
            if character.function is function:
                return character
        return SpecialCharacter(function, Level.NOSUPPORT)

    def _tell_characters(self, triplets: Sequence[Triplet]) -> Output:
        return self._tell(serialise_characters(triplets))

    def _tell(self, payload: bytes) -> Output:
        return self._standing.tell(Option.LINEMODE, payload)

    # ------------------------------------------------------------------------------------------- our side says

    def say_mode(self, message: LineMode) -> Outputs:
        """It holds when the other side has agreed."""
        self._standing.need(Option.LINEMODE, self._party)
        return [self._tell(serialise_mode(message))] if message != self._mode else NOTHING

    def say_characters(self, message: SpecialCharacters) -> Outputs:
        self._standing.need(Option.LINEMODE, self._party)
        known = [character for character in message.characters if character.level is not Level.DEFAULT]
        self._table.update({character.function: character for character in known})
        return [self._tell_characters([triplet_of(character) for character in message.characters])]
