"""Where characters stand in a window: wide ones take two columns, marks none, and lines go on in the next row."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Place:
    """A row and a column, counted from where the line begins."""

    row: int = 0
    column: int = 0


START = Place()


@lru_cache(maxsize=4096)
def width(character: str) -> int:
    """Columns that one character takes: 0, 1 or 2 (Unicode's annex 11)."""
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def flowing(text: str, columns: int, start: Place) -> str:
    """``text`` with a newline where a wide character has no room in its row: not every terminal sees that itself."""
    if text.isascii():
        return text
    pieces: list[str] = []
    column = start.column
    for character in text:
        size = width(character)
        if column + size > columns:
            pieces.append("\n")
            column = 0
        pieces.append(character)
        column = (column + size) % columns
    return "".join(pieces)


def behind(text: str, columns: int, start: Place = START) -> Place:
    """Where the cursor is behind ``text`` that begins at ``start``; a full row leads to the next one."""
    if text.isascii():
        rows, column = divmod(start.column + len(text), columns)
        return Place(start.row + rows, column)
    row, column = start.row, start.column
    for character in text:
        size = width(character)
        if column + size > columns:
            row, column = row + 1, 0
        column += size
        if column >= columns:
            row, column = row + 1, 0
    return Place(row, column)
