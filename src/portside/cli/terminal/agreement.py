"""What both sides agreed upon, as far as it decides how keys are taken and what is said for them.

Each key goes at once where the server suppresses go-ahead, or where LINEMODE says so; in lines that are edited here
otherwise. Keys are shown here unless the server echoes.
"""

from __future__ import annotations

from portside.cli.terminal.tty import Manner
from portside.errors import LocalError, UsageError
from portside.protocols.telnet.client.connection import Connection
from portside.protocols.telnet.client.text import line_end
from portside.protocols.telnet.messages import (
    Flow,
    FlowControl,
    Function,
    Level,
    LineMode,
    Message,
    Option,
    OptionChanged,
    Party,
    SpecialCharacter,
    SpecialCharacters,
    Want,
)

SETTABLE = ("binary", "crlf", "echo")
"""What a person may turn on and off."""


class Agreement:
    """Of one conversation. ``connection`` is None until there is one."""

    def __init__(self, *, crlf: bool = False) -> None:
        self.connection: Connection | None = None
        self._crlf = crlf
        self._echo: bool | None = None  # None: as was agreed upon
        self._edit: bool | None = None  # None: as was agreed upon
        self._line_mode = LineMode()
        self._stops: bool | None = None  # whether ^S stops what is shown; None: nobody has said
        self._any_restarts = False
        self._keys: dict[Function, int] = {}

    def on(self, option: Option, party: Party) -> bool:
        """Whether an option is on, on our side or on theirs."""
        return self.connection is not None and self.connection.on(option, party)

    def hear(self, message: Message) -> bool:
        """Whether keys are to be taken in another manner from this message on."""
        match message:
            case OptionChanged():
                self._forget()
            case LineMode():
                self._line_mode = message
            case FlowControl(mode):
                self._mind_flow(mode)
            case SpecialCharacters(characters):
                self._keys.update({one.function: _key(one) for one in characters})
            case _:
                return False
        return True

    def _forget(self) -> None:
        if not self.on(Option.LINEMODE, Party.US):
            self._line_mode = LineMode()
            self._keys.clear()
        if not self.on(Option.LFLOW, Party.US):
            self._stops, self._any_restarts = None, False

    def _mind_flow(self, mode: Flow) -> None:
        """RFC 1372 tells whether a key stops apart from which ones restart."""
        if mode in (Flow.OFF, Flow.ON):
            self._stops = mode is Flow.ON
        else:
            self._any_restarts = mode is Flow.RESTART_ANY

    # ------------------------------------------------------------------------------------------------ in force

    @property
    def edits(self) -> bool:
        """Whether lines are edited here."""
        if self.on(Option.LINEMODE, Party.US):
            return self._line_mode.edit
        return not self.on(Option.SGA, Party.THEM) if self._edit is None else self._edit

    @property
    def traps(self) -> bool:
        """Whether ^C and its like are signals of ours."""
        return self._line_mode.trapsig if self.on(Option.LINEMODE, Party.US) else self.edits

    @property
    def signals(self) -> bool:
        """Whether keys that stop, abort or end something are the server's business, said as signals (RFC 1184)."""
        return self.on(Option.LINEMODE, Party.US) and self._line_mode.trapsig

    @property
    def echoes(self) -> bool:
        """Whether keys are shown here."""
        return not self.on(Option.ECHO, Party.THEM) if self._echo is None else self._echo

    @property
    def manner(self) -> Manner:
        """How keys are to be taken."""
        binary = self.on(Option.BINARY, Party.US)
        return Manner(self.edits, self.traps, self.echoes, binary, self._flow, tuple(self._keys.items()))

    @property
    def _flow(self) -> Flow | None:
        if not self._stops:
            return None if self._stops is None else Flow.OFF
        return Flow.RESTART_ANY if self._any_restarts else Flow.ON

    def typed(self, data: bytes) -> bytes:
        """What is said where ``data`` was typed: Enter is the end of a line, or CR for a key (CR NUL on the wire)."""
        binary = self.on(Option.BINARY, Party.US)
        if self.edits:
            return data.replace(b"\n", line_end(binary=binary).encode())
        return data.replace(b"\r", b"\r\n") if self._crlf and not binary else data

    def lines(self) -> list[str]:
        """What was agreed upon, for a person."""
        lines = ["lines are edited here" if self.edits else "each key is sent at once"]
        for party, whose in ((Party.US, "we"), (Party.THEM, "the server")):
            on = [str(option) for option in Option if self.on(option, party)]
            lines.append(f"{whose}: {', '.join(on) or 'no options'}")
        return lines

    # ------------------------------------------------------------------------------------------------- at will

    def is_set(self, what: str) -> bool:
        """Whether one of ``SETTABLE`` is on. Raises ``UsageError`` for anything else."""
        match what:
            case "crlf":
                return self._crlf
            case "echo":
                return self.echoes
            case "binary":
                return self.on(Option.BINARY, Party.US)
            case _:
                raise UsageError(f"there is no '{what}' to be set; there are {', '.join(SETTABLE)}")

    def set(self, what: str, on: bool) -> str:
        """Turn one of ``SETTABLE`` on or off; returns what holds now. Raises ``UsageError`` for anything else."""
        if what == "crlf":
            self._crlf = on
            return f"Enter sends {'CR LF' if on else 'CR NUL'}"
        if what == "echo":
            self._echo = on
            return f"what is typed is {'shown' if on else 'not shown'} here"
        self.is_set(what)
        self._ask(Option.BINARY, Party.US, on)
        self._ask(Option.BINARY, Party.THEM, on)
        return f"binary is asked {'for' if on else 'to end'}"

    def edit(self, edit: bool) -> None:
        """Ask for lines that are edited here, or for each key to go at once. Raises ``LocalError`` without a server."""
        if self.connection is None:
            raise LocalError("there is no conversation")
        if self.on(Option.LINEMODE, Party.US):
            self.connection.say(LineMode(edit=edit, trapsig=self._line_mode.trapsig))
            return
        self._edit = edit
        for option in (Option.SGA, Option.ECHO):
            self._ask(option, Party.THEM, not edit)

    def _ask(self, option: Option, party: Party, on: bool) -> None:
        if self.connection is not None:
            self.connection.say(Want(option, party, on))


def _key(character: SpecialCharacter) -> int:
    return 0 if character.level is Level.NOSUPPORT else character.value
