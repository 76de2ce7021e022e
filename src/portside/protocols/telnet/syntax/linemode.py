"""Where lines are edited, and by which keys (RFC 1184)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from portside.errors import RemoteError
from portside.protocols.telnet.messages import Function, Level, LineMode, SpecialCharacter

MODE, FORWARDMASK, SLC = 1, 2, 3
"""The first byte, or the second behind DO, DONT, WILL and WONT."""
EDIT, TRAPSIG, MODE_ACK, SOFT_TAB, LIT_ECHO = 1, 2, 4, 8, 16
"""Bits of a mode."""
LEVEL_BITS, FLUSH_OUT, FLUSH_IN, SLC_ACK = 3, 32, 64, 128
"""Bits of a special character's second byte."""
TRIPLET = 3
MOST_TRIPLETS = 64
"""Of one message: twice as many as there are functions."""


def parse_mode(payload: bytes) -> tuple[LineMode, bool]:
    """The mode, and whether it is acknowledged, behind MODE."""
    if len(payload) != 2:
        raise RemoteError(f"a mode has 1 byte, not {len(payload) - 1}")
    bits = payload[1]
    mode = LineMode(bool(bits & EDIT), bool(bits & TRAPSIG), bool(bits & SOFT_TAB), bool(bits & LIT_ECHO))
    return mode, bool(bits & MODE_ACK)


def serialise_mode(mode: LineMode, *, acknowledged: bool = False) -> bytes:
    bits = EDIT * mode.edit | TRAPSIG * mode.trapsig | SOFT_TAB * mode.soft_tab | LIT_ECHO * mode.lit_echo
    return bytes((MODE, bits | MODE_ACK * acknowledged))


def both(one: LineMode, other: LineMode) -> LineMode:
    """What two modes have in common."""
    return LineMode(
        one.edit and other.edit,
        one.trapsig and other.trapsig,
        one.soft_tab and other.soft_tab,
        one.lit_echo and other.lit_echo,
    )


class Triplet(NamedTuple):
    """One special character as it stands on the wire; 0 is the function that means all of them."""

    function: int
    level: Level
    value: int = 0
    acknowledged: bool = False
    flush_in: bool = False
    flush_out: bool = False


def parse_characters(payload: bytes) -> tuple[Triplet, ...]:
    """The triplets behind SLC. Raises ``RemoteError`` where they are none, or more than ``MOST_TRIPLETS``."""
    rest = payload[1:]
    if len(rest) % TRIPLET or len(rest) > TRIPLET * MOST_TRIPLETS:
        raise RemoteError(f"special characters come as triplets, at most {MOST_TRIPLETS}")
    return tuple(_triplet(*rest[at : at + TRIPLET]) for at in range(0, len(rest), TRIPLET))


def _triplet(function: int, bits: int, value: int) -> Triplet:
    level = Level(bits & LEVEL_BITS)
    return Triplet(function, level, value, bool(bits & SLC_ACK), bool(bits & FLUSH_IN), bool(bits & FLUSH_OUT))


def serialise_characters(triplets: Iterable[Triplet]) -> bytes:
    return bytes((SLC,)) + b"".join(_serialise_triplet(triplet) for triplet in triplets)


def _serialise_triplet(triplet: Triplet) -> bytes:
    flags = SLC_ACK * triplet.acknowledged | FLUSH_IN * triplet.flush_in | FLUSH_OUT * triplet.flush_out
    return bytes((triplet.function, triplet.level | flags, triplet.value))


def character_of(triplet: Triplet) -> SpecialCharacter:
    """A triplet of a known function, as the sides speak of it."""
    value, flush_in, flush_out = triplet.value, triplet.flush_in, triplet.flush_out
    return SpecialCharacter(Function(triplet.function), triplet.level, value, flush_in, flush_out)


def triplet_of(character: SpecialCharacter, *, acknowledged: bool = False) -> Triplet:
    """The same the other way."""
    level, value = character.level, character.value
    return Triplet(character.function, level, value, acknowledged, character.flush_in, character.flush_out)
