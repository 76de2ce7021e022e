"""What one side of a Telnet conversation agrees to, and what it answers: plain data for ``TelnetRules``."""

from __future__ import annotations

from dataclasses import dataclass

from portside.errors import LocalError
from portside.protocols.telnet.messages import (
    Level,
    LineMode,
    Mtts,
    Option,
    Party,
    SpecialCharacter,
    TerminalSpeed,
    Variable,
    Want,
    WindowSize,
)

LONGEST_SUBNEGOTIATION = 64 * 1024
"""Bytes of one subnegotiation: game worlds send maps as GMCP, and those stay below this."""
NEGOTIATIONS_AT_ONCE = 500
"""Commands about options that may come in a burst: every option asked for twice on both sides, and some more."""
NEGOTIATIONS_PER_SECOND = 50.0
"""How many may come in the long run: nobody who negotiates sensibly reaches it, and two that loop do at once."""
SPEED = TerminalSpeed(38400, 38400)
"""What a terminal without a line answers, as its drivers do: nothing depends on it any more."""
EVERY_LINE_MODE = LineMode(edit=True, trapsig=True, soft_tab=True, lit_echo=True)


@dataclass(frozen=True, slots=True)
class Policy:
    """What one side wants, allows and answers.

    - ``ours``, ``theirs``: options that may be on, on our side and on theirs, when the other side asks. What we
      ``Want`` ourselves is allowed thereby. TIMING-MARK is always answered.
    - ``first``: what is asked for as soon as the stream is open, in this order.
    - The rest is what is answered when it is asked for; the rules keep a copy that ``TerminalTypes``, ``WindowSize``,
      ``TerminalSpeed`` and ``Environment`` replace when they are said.
    - ``half_close``: where the other side has finished speaking, ``Ended`` is heard, and we may go on until ``stop``;
      otherwise that is the end of the conversation.
    - ``charsets``: the character sets that we take, the best first; of what is proposed the first of *ours* is taken.
    - ``line_mode``: what the client agrees to in LINEMODE; ``characters``: the special characters of our side.
    """

    ours: frozenset[Option] = frozenset()
    theirs: frozenset[Option] = frozenset()
    first: tuple[Want, ...] = ()
    terminal_types: tuple[str, ...] = ("UNKNOWN",)
    mtts: Mtts | None = None
    terminal_speed: TerminalSpeed = SPEED
    window: WindowSize | None = None
    environment: tuple[Variable, ...] = ()
    charsets: tuple[str, ...] = ("UTF-8", "US-ASCII")
    line_mode: LineMode = EVERY_LINE_MODE
    characters: tuple[SpecialCharacter, ...] = ()
    longest_subnegotiation: int = LONGEST_SUBNEGOTIATION
    negotiations_at_once: int = NEGOTIATIONS_AT_ONCE
    negotiations_per_second: float = NEGOTIATIONS_PER_SECOND
    half_close: bool = False

    def __post_init__(self) -> None:
        if not self.terminal_types:
            raise LocalError("a terminal has one type at least")
        if any(character.level is Level.DEFAULT for character in self.characters):
            raise LocalError("a special character of ours has a value; DEFAULT asks for the one of the other side")


_SYMMETRIC = frozenset({Option.BINARY, Option.SGA, Option.STATUS, Option.EOR, Option.CHARSET})
_TERMINAL = frozenset({Option.TTYPE, Option.NAWS, Option.TSPEED, Option.LFLOW, Option.LINEMODE, Option.NEW_ENVIRON})
_WORLD = frozenset({Option.MSSP, Option.MCCP2, Option.GMCP})

CLIENT = Policy(ours=_SYMMETRIC | _TERMINAL, theirs=_SYMMETRIC | {Option.ECHO} | _WORLD)
"""A client with a terminal: it asks for nothing by itself, and lets the server echo."""

SERVER = Policy(
    ours=_SYMMETRIC | {Option.ECHO} | _WORLD,
    theirs=_SYMMETRIC | _TERMINAL,
    first=(Want(Option.TTYPE, Party.THEM), Want(Option.NAWS, Party.THEM), Want(Option.CHARSET, Party.US)),
)
"""A server that wants to know the terminal; who hosts a world adds to ``first`` what the world offers."""
