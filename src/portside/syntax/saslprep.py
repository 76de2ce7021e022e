"""Users and passwords made alike before they are compared, whichever keyboard they were typed on (RFC 4013)."""

from __future__ import annotations

import stringprep
import unicodedata

_PROHIBITED = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def saslprep(text: str) -> str:
    """``text`` as SASL compares it. Raises ``ValueError`` for characters that are in no name and no password.

    Other spaces become plain ones, what has no width goes, and what looks alike becomes alike (NFKC).
    """
    if text.isascii() and text.isprintable():
        return text
    mapped = "".join(
        " " if stringprep.in_table_c12(each) else each for each in text if not stringprep.in_table_b1(each)
    )
    made = unicodedata.normalize("NFKC", mapped)
    for each in made:
        if any(prohibited(each) for prohibited in _PROHIBITED):
            raise ValueError(f"the character U+{ord(each):04X}")
    _check_directions(made)
    return made


def _check_directions(text: str) -> None:
    """Text from right to left has no letters from left to right in it, and begins and ends with its own (§2.3)."""
    if not any(stringprep.in_table_d1(each) for each in text):
        return
    ends = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
    if not ends or any(stringprep.in_table_d2(each) for each in text):
        raise ValueError("letters of both directions")
