"""What is known of a visitor's terminal: its name, window, colours and character set."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping

from portside.protocols.telnet.messages import (
    CharsetChosen,
    Environment,
    Message,
    Mtts,
    TerminalTypes,
    Variable,
    WindowSize,
)
from portside.protocols.telnet.server.styles import ALL, FEW, MANY, NONE

COLUMNS, ROWS = 80, 24
"""The window of those who do not tell theirs: what terminals had when Telnet was made."""
WIDEST, HIGHEST = 1000, 500
"""Columns and rows that are believed; more would only make us draw more."""
CHARSETS = ("UTF-8", "US-ASCII")
"""What we propose and take, the best first."""
LONGEST_VALUE = 64
"""Characters of a variable of the environment that is believed."""

_NAME = re.compile(r"[A-Za-z0-9.+-]{1,40}", re.ASCII)
_VALUE = re.compile(r"[A-Za-z0-9_.,:@+-]{0,64}", re.ASCII)
_ANSI = (
    "xterm", "vt1", "vt2", "vt3", "vt4", "vt5", "linux", "screen", "tmux", "ansi", "rxvt", "konsole", "putty", "cygwin",
    "kitty", "alacritty", "foot", "wezterm", "st-", "iterm", "gnome", "vte", "eterm", "ms-terminal",
)  # fmt: skip
"""How the names of terminals begin that understand ECMA-48, so that lines can be edited on them."""
_ALL_COLOURS = ("truecolor", "direct", "24bit")


class Terminal:
    """Facts, as far as they are known by now; what they hold is harmless.

    ``wanted`` are the names of variables that are kept of the environment.
    """

    __slots__ = ("_mtts", "_names", "_wanted", "charset", "columns", "environment", "rows")

    def __init__(self, charset: str = "utf-8", wanted: Iterable[str] = ()) -> None:
        self._names: tuple[str, ...] = ()
        self._mtts: Mtts | None = None
        self._wanted = frozenset(wanted)
        self.charset = charset
        self.columns = COLUMNS
        self.rows = ROWS
        self.environment: Mapping[str, str] = {}

    def hear(self, message: Message) -> None:
        """Learn from what was said."""
        match message:
            case WindowSize(columns, rows):
                self.columns = min(columns or COLUMNS, WIDEST)
                self.rows = min(rows or ROWS, HIGHEST)
            case TerminalTypes(names, mtts):
                self._names = tuple(name.lower() for name in names if _NAME.fullmatch(name))
                self._mtts = mtts
                self._believe_in_unicode(mtts)
            case CharsetChosen(name):
                self.charset = _known(name) or self.charset
            case Environment(variables):
                self._remember(variables)

    def _believe_in_unicode(self, mtts: Mtts | None) -> None:
        if mtts is not None and Mtts.UTF_8 in mtts:
            self.charset = "utf-8"

    def _remember(self, variables: Iterable[Variable]) -> None:
        told = {variable.name: variable.value for variable in variables if variable.name in self._wanted}
        kept = {name: value for name, value in told.items() if value is not None and _VALUE.fullmatch(value)}
        self.environment = {**self.environment, **kept}

    # ------------------------------------------------------------------------------------------ what it means

    @property
    def name(self) -> str:
        """Its best name, in lower case: one that says what it can, where there are several."""
        ansi = [name for name in self._names if name.startswith(_ANSI)]
        return next(iter(ansi or self._names), "")

    @property
    def draws(self) -> bool:
        """Whether lines can be edited on it by us: it understands ECMA-48, and has no line of its own for them."""
        return self._mtts is None and self.name.startswith(_ANSI)

    @property
    def colours(self) -> int:
        """How many colours it shows."""
        if self._mtts is not None:
            return _colours_of(self._mtts)
        name = self.name
        if not name.startswith(_ANSI):
            return NONE
        if self.environment.get("COLORTERM") in ("truecolor", "24bit") or any(word in name for word in _ALL_COLOURS):
            return ALL
        return MANY if "256" in name else FEW


def _colours_of(mtts: Mtts) -> int:
    if Mtts.TRUECOLOUR in mtts:
        return ALL
    if Mtts.COLOURS_256 in mtts:
        return MANY
    return FEW if Mtts.ANSI in mtts else NONE


def _known(name: str) -> str | None:
    """Python's name for one of ``CHARSETS``."""
    return codecs.lookup(name).name if name.upper() in CHARSETS else None
