"""One line as it is typed: its text, the cursor in it, and the lines before it. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum, auto

HISTORY = 100
"""Lines that the up key brings back: more than anyone goes through."""


class Effect(Enum):
    """What a key did to the line."""

    NOTHING = auto()
    APPENDED = auto()  # characters came to the end of the line, where the cursor is
    CHANGED = auto()
    DONE = auto()
    FULL = auto()  # not all of it was taken
    END = auto()  # no more lines


class Editor:
    """Takes text and the names of keys. ``limit``: the most characters; ``history``: lines that may come back."""

    __slots__ = ("_at", "_drafts", "_limit", "cursor", "lost", "text", "warned")

    def __init__(self, limit: int, history: list[str] | None = None) -> None:
        self.text = ""
        self.cursor = 0
        self.lost = 0  # characters that were too many
        self.warned = False  # whoever types was told
        self._limit = limit
        self._drafts = [*(history or ()), ""]
        self._at = len(self._drafts) - 1

    def insert(self, text: str) -> Effect:
        """Put characters in at the cursor, as far as there is room."""
        fits = text[: self._limit - len(self.text)]
        self.lost += len(text) - len(fits)
        at_end = self.cursor == len(self.text)
        self.text = self.text[: self.cursor] + fits + self.text[self.cursor :]
        self.cursor += len(fits)
        if len(fits) < len(text):
            return Effect.FULL
        return Effect.APPENDED if at_end else Effect.CHANGED

    def press(self, key: str) -> Effect:
        """Do what a key means."""
        if key == "enter":
            return Effect.DONE
        if key == "tab":
            return self.insert(" ")
        if key == "ctrl-d":
            return self._delete(self.cursor, self.cursor + 1) if self.text else Effect.END
        move = _MOVES.get(key)
        if move is not None:
            return self._go(move(self))
        cut = _CUTS.get(key)
        if cut is not None:
            return self._delete(*cut(self))
        step = _STEPS.get(key)
        return Effect.NOTHING if step is None else self._recall(self._at + step)

    def clear(self) -> None:
        """Begin anew."""
        self.text, self.cursor = "", 0

    def _go(self, place: int) -> Effect:
        place = max(0, min(place, len(self.text)))
        changed, self.cursor = place != self.cursor, place
        return Effect.CHANGED if changed else Effect.NOTHING

    def _delete(self, start: int, stop: int) -> Effect:
        start, stop = max(start, 0), min(stop, len(self.text))
        if start >= stop:
            return Effect.NOTHING
        self.text = self.text[:start] + self.text[stop:]
        self.cursor = start
        return Effect.CHANGED

    def _recall(self, at: int) -> Effect:
        if not 0 <= at < len(self._drafts):
            return Effect.NOTHING
        self._drafts[self._at] = self.text
        self._at = at
        self.text = self._drafts[at][: self._limit]
        self.cursor = len(self.text)
        return Effect.CHANGED

    def word_start(self) -> int:
        """Where the word before the cursor begins."""
        return self.text[: self.cursor].rstrip(" ").rfind(" ") + 1


_MOVES: Mapping[str, Callable[[Editor], int]] = {
    "left": lambda line: line.cursor - 1,
    "ctrl-b": lambda line: line.cursor - 1,
    "right": lambda line: line.cursor + 1,
    "ctrl-f": lambda line: line.cursor + 1,
    "home": lambda _: 0,
    "ctrl-a": lambda _: 0,
    "end": lambda line: len(line.text),
    "ctrl-e": lambda line: len(line.text),
}
_CUTS: Mapping[str, Callable[[Editor], tuple[int, int]]] = {
    "backspace": lambda line: (line.cursor - 1, line.cursor),
    "delete": lambda line: (line.cursor, line.cursor + 1),
    "ctrl-u": lambda line: (0, line.cursor),
    "ctrl-k": lambda line: (line.cursor, len(line.text)),
    "ctrl-w": lambda line: (line.word_start(), line.cursor),
}
_STEPS = {"up": -1, "ctrl-p": -1, "down": 1, "ctrl-n": 1}


def remember(line: str, history: list[str]) -> None:
    """Add ``line`` to ``history``, unless it is empty or the last one again."""
    if line.strip() and history[-1:] != [line]:
        history.append(line)
        del history[:-HISTORY]
