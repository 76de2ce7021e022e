"""The first words with a visitor: which options are offered, and what is asked once they are on. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from portside.protocols.telnet.messages import (
    AskCharset,
    AskEnvironment,
    AskTerminalTypes,
    CharsetChosen,
    CharsetRefused,
    Environment,
    LineMode,
    Malformed,
    Message,
    Option,
    OptionChanged,
    OptionRefused,
    Party,
    Sayable,
    TerminalTypes,
    Variable,
    Want,
    WindowSize,
)
from portside.protocols.telnet.server.terminal import CHARSETS

ABOUT_THEM = (
    Want(Option.TTYPE, Party.THEM),
    Want(Option.NAWS, Party.THEM),
    Want(Option.NEW_ENVIRON, Party.THEM),
    Want(Option.CHARSET, Party.US),
)
"""What every visitor is asked: it tells what can be shown to them."""
OF_A_WORLD = (Want(Option.EOR, Party.US), Want(Option.GMCP, Party.US), Want(Option.MSSP, Party.US))
"""What is offered to the clients of game worlds; others refuse it."""

_ANSWERS: dict[type, Option] = {
    TerminalTypes: Option.TTYPE,
    WindowSize: Option.NAWS,
    Environment: Option.NEW_ENVIRON,
    CharsetChosen: Option.CHARSET,
    CharsetRefused: Option.CHARSET,
    LineMode: Option.LINEMODE,
}
_TOLD = (Option.NAWS, Option.LINEMODE)
"""What is told without a question, or answers what the side above has said of itself."""


class Arrival:
    """Hears what is said at first, and says what to ask next. ``settled`` once every answer is there.

    ``variables`` are the names to ask for of their environment.
    """

    __slots__ = ("_open", "_questions", "_wants", "spoke")

    def __init__(self, wants: Iterable[Want], variables: Sequence[str]) -> None:
        self._wants = {(want.option, want.party) for want in wants}
        self._open: set[Option] = set()
        self._questions: dict[Option, Sayable] = {
            Option.TTYPE: AskTerminalTypes(),
            Option.NEW_ENVIRON: AskEnvironment(tuple(Variable(name) for name in variables)),
            Option.CHARSET: AskCharset(CHARSETS),
        }
        self.spoke = False  # they have answered anything: it is Telnet that they speak

    @property
    def settled(self) -> bool:
        """Whether nothing is waited for."""
        return not self._wants and not self._open

    def expect(self, *wants: Want) -> None:
        """These were asked for as well."""
        self._wants |= {(want.option, want.party) for want in wants}

    def hear(self, message: Message) -> Sequence[Sayable]:
        """What to say next, after ``message``."""
        match message:
            case OptionChanged(option, party, on):
                return self._changed(option, party, on)
            case OptionRefused(option, party):
                self.spoke = True
                self._wants.discard((option, party))
            case Malformed(option):
                self._open.discard(option)
            case _:
                answered = _ANSWERS.get(type(message))
                if answered is not None:
                    self._open.discard(answered)
        return ()

    def _changed(self, option: Option, party: Party, on: bool) -> Sequence[Sayable]:
        self.spoke = True
        self._wants.discard((option, party))
        if not on:
            self._open.discard(option)
            return ()
        if option in _TOLD and party is Party.THEM:
            self._open.add(option)
        question = self._questions.pop(option, None) if (option, party) in _ASKED else None
        if question is None:
            return ()
        self._open.add(option)
        return (question,)


_ASKED = {(want.option, want.party) for want in ABOUT_THEM}
