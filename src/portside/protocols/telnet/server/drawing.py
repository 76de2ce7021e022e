"""A line that is being typed, as it stands in the window: the prompt, the text, and the cursor within.

Each method returns what is to be written so that the window shows what it should; rows that the line takes beyond its
first are minded. The terminal understands ECMA-48.
"""

from __future__ import annotations

from portside.protocols.telnet.server.layout import Place, behind, flowing, width
from portside.protocols.telnet.server.styles import unstyled

ERASE_BELOW = "\x1b[J"


class DrawnLine:
    """Knows what stands there. ``prompt`` is one row or more without a newline; it may hold styles."""

    __slots__ = ("_cursor", "_prompt", "_seen_prompt", "_text")

    def __init__(self, prompt: str) -> None:
        self._prompt = prompt
        self._seen_prompt = unstyled(prompt)
        self._text = ""
        self._cursor = 0

    def paint(self, columns: int) -> str:
        """The whole, from the beginning of an empty row."""
        end, here = self._place(len(self._text), columns), self._place(self._cursor, columns)
        text = flowing(self._text, columns, self._place(0, columns))
        return self._prompt + text + _wrapped(end) + _move(end, here)

    def erase(self, columns: int) -> str:
        """Nothing is left, and the cursor is where the line began."""
        here = self._place(self._cursor, columns)
        return "\r" + (f"\x1b[{here.row}A" if here.row else "") + ERASE_BELOW

    def show(self, text: str, cursor: int, columns: int) -> str:
        """From what stands there to ``text`` with the cursor at ``cursor``: as little as will do."""
        before, at_end = self._text, self._cursor == len(self._text)
        if at_end and cursor == len(text) and text.startswith(before):
            return self._append(text, columns)
        if at_end and cursor == len(text) and text == before[:-1]:
            return self._remove_last(columns)
        erased = self.erase(columns)
        self._text, self._cursor = text, cursor
        return erased + self.paint(columns)

    def _append(self, text: str, columns: int) -> str:
        added = flowing(text[len(self._text) :], columns, self._place(len(self._text), columns))
        self._text, self._cursor = text, len(text)
        return added + (_wrapped(self._place(len(text), columns)) if added else "")

    def _remove_last(self, columns: int) -> str:
        gone, before = width(self._text[-1]), self._place(len(self._text), columns)
        after = self._place(len(self._text) - 1, columns)
        if gone and before.row == after.row:
            self._text = self._text[:-1]
            self._cursor -= 1
            return "\b" * gone + " " * gone + "\b" * gone
        erased = self.erase(columns)
        self._text, self._cursor = self._text[:-1], self._cursor - 1
        return erased + self.paint(columns)

    def finish(self, columns: int) -> str:
        """The cursor goes below the line."""
        end, here = self._place(len(self._text), columns), self._place(self._cursor, columns)
        down = f"\x1b[{end.row - here.row}B" if end.row > here.row else ""
        return down + ("\r" if end.row and not end.column else "\n")

    def _place(self, count: int, columns: int) -> Place:
        return behind(self._text[:count], columns, behind(self._seen_prompt, columns))


def _wrapped(end: Place) -> str:
    """A terminal stays in a full row until more comes: send it on."""
    return "\n" if end.row and not end.column else ""


def _move(start: Place, goal: Place) -> str:
    if start == goal:
        return ""
    up = f"\x1b[{start.row - goal.row}A" if start.row > goal.row else ""
    return up + "\r" + (f"\x1b[{goal.column}C" if goal.column else "")
