"""How what is told looks at somebody's terminal: wrapped at its width, in few colours, in letters that it has.

What people say is wrapped with its further lines set in, so that no line of theirs begins where the narrator's do.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from portside.apps.world.model import Manner, Told

if TYPE_CHECKING:
    from portside.protocols.telnet.server.visitor import Visitor

Style = Callable[[str, str], str]
"""Dresses a text in a style ("bold red"), where the terminal has any."""

USUAL, NARROWEST, WIDEST = 80, 20, 100
"""Columns: of a terminal that does not tell, of one that is of any use, and of a line that is good to read."""

STYLES = {
    Manner.HEADING: "bold",
    Manner.EXITS: "green",
    Manner.TALK: "cyan",
    Manner.NOTICE: "yellow",
    Manner.HINT: "dim",
}
"""What stands out, and how; the narrator speaks plainly."""

SET_IN = "  "

PLAIN = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "ß": "ss", "æ": "ae", "Æ": "AE",
     "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "ð": "d", "þ": "th", "×": "x", "•": "*"}
)  # fmt: skip
"""What plain letters stand for others where the terminal knows ASCII alone."""


def shown(told: Told, columns: int, style: Style, charset: str = "utf-8") -> str:
    """``told`` as lines for a terminal of so many ``columns``, without the end of the last one."""
    width = max(NARROWEST, min(columns or USUAL, WIDEST)) - 1  # a full line would wrap by itself on some terminals
    text = lettered(told.text, charset)
    lines = _lines(text, told.manner, width)
    dress = STYLES.get(told.manner, "")
    return "\n".join(style(line, dress) if dress and line else line for line in lines)


def show(visitor: Visitor, text: str, manner: Manner = Manner.PLAIN) -> None:
    """Write a paragraph to a visitor's terminal, and end its line."""
    visitor.write(shown(Told("", text, manner), visitor.columns, visitor.style, visitor.charset) + "\n")


def lettered(text: str, charset: str) -> str:
    """``text`` with plain letters for those that ``charset`` lacks; the door replaces what remains."""
    try:
        text.encode(charset)
    except (UnicodeEncodeError, LookupError):
        parts = unicodedata.normalize("NFKD", text.translate(PLAIN))
        return "".join(letter for letter in parts if not unicodedata.combining(letter))
    return text


def width_of(text: str) -> int:
    """Columns that ``text`` takes: two for a wide letter, none for an accent of its own."""
    if text.isascii():
        return len(text)
    return sum(_columns(letter) for letter in text)


def wrapped(text: str, width: int, indent: str = "") -> Iterator[str]:
    """The words of ``text`` in lines of at most ``width`` columns; all but the first begin with ``indent``."""
    line, used = "", 0
    for word in _broken(text.split(), width - len(indent)):
        size = width_of(word)
        if line and used + 1 + size > width:
            yield line
            line, used = indent + word, len(indent) + size
        else:
            line, used = (f"{line} {word}", used + 1 + size) if line else (word, size)
    yield line


def _lines(text: str, manner: Manner, width: int) -> Iterator[str]:
    if manner is Manner.TABLE:
        for line in text.split("\n"):
            yield from _row(line, width)
        return
    if manner is Manner.HEADING:
        yield ""
    indent = SET_IN if manner is Manner.TALK else ""
    for number, paragraph in enumerate(text.split("\n\n")):
        if number:
            yield ""
        yield from wrapped(paragraph, width, indent)


def _row(line: str, width: int) -> Iterator[str]:
    """A line of a table; what is too long for it goes on below its last column."""
    if width_of(line) <= width:
        yield line
        return
    column = line[: width // 2].rfind("  ") + 2
    head = line[:column] if column > 1 else ""
    for part in wrapped(line[len(head) :], width - width_of(head)):
        yield head + part
        head = " " * width_of(head) if head else ""


def _broken(words: list[str], width: int) -> Iterator[str]:
    """``words``, and those in pieces that are longer than a line."""
    for word in words:
        piece, used = "", 0
        for letter in word:
            if used + _columns(letter) > width:
                yield piece
                piece, used = "", 0
            piece, used = piece + letter, used + _columns(letter)
        yield piece


def _columns(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
