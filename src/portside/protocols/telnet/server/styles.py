"""Colours and attributes of text, as far as a terminal has them (ECMA-48 §8.3.117, SGR)."""

from __future__ import annotations

import re
from functools import lru_cache

from portside.errors import LocalError

NONE, FEW, MANY, ALL = 0, 16, 256, 2**24
"""How many colours a terminal shows."""
ATTRIBUTES = {"bold": "1", "dim": "2", "italic": "3", "underline": "4", "reverse": "7"}
COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
RESET = "\x1b[0m"
SGR = re.compile(r"\x1b\[[0-9;]*m")
"""One change of style within a text; it takes no room in the window."""

_STEPS = (0, 95, 135, 175, 215, 255)
"""The six shades of red, green and blue in a palette of 256."""
_RGB = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", re.ASCII | re.IGNORECASE)


def styled(text: str, style: str, colours: int) -> str:
    """``text`` in ``style``, and plain again behind it. Raises ``LocalError`` for words that are no style."""
    codes = _codes(style, colours)
    return f"\x1b[{codes}m{text}{RESET}" if codes and colours and text else text


@lru_cache(maxsize=256)
def _codes(style: str, colours: int) -> str:
    return ";".join(_code(word, colours) for word in style.split())


def _code(word: str, colours: int) -> str:
    if word in ATTRIBUTES:
        return ATTRIBUTES[word]
    name = word.removeprefix("bright-")
    if name in COLOURS:
        return str(COLOURS.index(name) + (90 if name != word else 30))
    found = _RGB.fullmatch(word)
    if found is None:
        raise LocalError(f"'{word}' is neither a colour nor an attribute; try 'bold', 'red', 'bright-red' or '#ff8800'")
    red, green, blue = (int(shade, 16) for shade in found.groups())
    return _true_colour(red, green, blue, colours)


def _true_colour(red: int, green: int, blue: int, colours: int) -> str:
    if colours >= ALL:
        return f"38;2;{red};{green};{blue}"
    if colours >= MANY:
        return f"38;5;{16 + 36 * _step(red) + 6 * _step(green) + _step(blue)}"
    bits = (red > 127) + 2 * (green > 127) + 4 * (blue > 127)
    return str(30 + bits if max(red, green, blue) < 192 else 90 + bits)


def _step(shade: int) -> int:
    """The nearest of the six shades."""
    return min(range(len(_STEPS)), key=lambda step: abs(_STEPS[step] - shade))


def unstyled(text: str) -> str:
    """``text`` without its styles."""
    return SGR.sub("", text)
