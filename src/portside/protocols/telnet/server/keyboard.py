"""From characters to keys: control characters, and the sequences of arrow keys and such (ECMA-48 §5.4).

Text between them stays together, so that much of it is as quick as little. A sequence may come in any pieces; an escape
character with nothing behind it is the key itself, which only time can tell (``settle``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_SEQUENCE = 32
"""Characters of an unfinished sequence that are kept: no key has so many."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key that is no character: its name, and the characters by which it came."""

    name: str
    source: str


Stroke = str | Key
"""Text without any control character, or a key."""

ENTER = Key("enter", "\r")
_CONTROLS = {"\t": "tab", "\x08": "backspace", "\x7f": "backspace"}
_ARROWS = {"A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end", "Z": "back-tab"}
_FUNCTIONS = {"P": "f1", "Q": "f2", "R": "f3", "S": "f4"}
_NUMBERED = {
    "1": "home", "2": "insert", "3": "delete", "4": "end", "5": "page-up", "6": "page-down", "7": "home", "8": "end",
    "11": "f1", "12": "f2", "13": "f3", "14": "f4", "15": "f5", "17": "f6", "18": "f7", "19": "f8", "20": "f9",
    "21": "f10", "23": "f11", "24": "f12",
}  # fmt: skip
_UNSEEN = re.compile(
    "[\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
"""What has no shape of its own, and changes how others look: directions, separators, tags."""
_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f-\x9f]+)|(?P<line>\r\n|\r\0|\r|\n)"
    r"|(?P<csi>\x1b\[[0-?]*[ -/]*[@-~])|(?P<ss3>\x1bO[@-~])|(?P<part>\x1b(?:\[[0-?]*[ -/]*|O)?\Z)"
    r"|(?P<other>[\s\S])"
)


class Keyboard:
    """Takes characters in any pieces, and gives strokes."""

    __slots__ = ("_after_cr", "_part")

    def __init__(self) -> None:
        self._part = ""
        self._after_cr = False

    @property
    def undecided(self) -> bool:
        """Whether a sequence has begun that may also be the escape key."""
        return bool(self._part)

    def feed(self, text: str) -> Iterator[Stroke]:
        """The strokes in ``text``."""
        if self._after_cr and text[:1] in ("\n", "\0"):
            text = text[1:]
        text, self._part = self._part + text, ""
        self._after_cr = text.endswith("\r")
        for found in _TOKEN.finditer(text):
            stroke = self._stroke(found)
            if stroke:
                yield stroke

    def _stroke(self, found: re.Match[str]) -> Stroke | None:
        kind, text = found.lastgroup, found[0]
        match kind:
            case "text":
                return harmless(text)
            case "line":
                return ENTER
            case "part" if len(text) <= LONGEST_SEQUENCE:
                self._part = text
                return None
            case "csi" | "ss3":
                return _named(text)
        return _control(text)

    def settle(self) -> Iterator[Stroke]:
        """Nothing more came: what is undecided was the escape key."""
        part, self._part = self._part, ""
        if part:
            yield Key("escape", part)


def harmless(text: str) -> str:
    """``text`` without characters that have no shape but change how others look."""
    return text if text.isascii() else _UNSEEN.sub("", text)


def _control(text: str) -> Stroke | None:
    if text in _CONTROLS:
        return Key(_CONTROLS[text], text)
    if "\x01" <= text <= "\x1a":
        return Key(f"ctrl-{chr(ord(text) + 96)}", text)
    return Key("escape", text) if text == "\x1b" else None


def _named(sequence: str) -> Key | None:
    """The key of a whole sequence; None for one that no key has (a report, a mouse)."""
    last, numbers = sequence[-1], sequence[2:-1].split(";")
    name = _NUMBERED.get(numbers[0]) if last == "~" else _ARROWS.get(last) or _FUNCTIONS.get(last)
    return None if name is None else Key(name, sequence)
