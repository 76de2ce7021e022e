"""What the values of options may look like: sizes, seconds, places, names with a password."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

BASE = "portside.base"
"""Key of a click context's ``meta``: the folder that relative places start from (None: where we are)."""
PASSWORD = "PORTSIDE_PASSWORD"
"""The environment variable that holds a password which no process list should show."""

_SIZE = re.compile(r"([0-9]{1,15})([kmgt]?)(?:i?b)?", re.IGNORECASE | re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,6})?", re.ASCII)
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}


class Size(click.ParamType):  # type: ignore[type-arg]  # generic in new versions of click only
    """Bytes: a number, or one with K, M, G or T (powers of 1,024) behind it."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = _SIZE.fullmatch(value)
        if found is None:
            self.fail(f"'{value}' is no size; write 4096, 64K, 10M or 2G", param, ctx)
        return int(found[1]) * _UNITS[found[2].lower()]


class Seconds(click.ParamType):  # type: ignore[type-arg]  # generic in new versions of click only
    """A time in seconds, 0 or more, with a fraction or without."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        if not _SECONDS.fullmatch(value):
            self.fail(f"'{value}' is no time in seconds; write 30 or 0.5", param, ctx)
        return float(value)


class Place(click.ParamType):  # type: ignore[type-arg]  # generic in new versions of click only
    """A path, which starts at the folder of the file that names it where a file does."""

    name = "path"

    def __init__(self, *, folders: bool = False) -> None:
        self.name = "folder" if folders else "file"
        self._completer = click.Path(file_okay=not folders)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        if "\0" in str(value) or not str(value):
            self.fail("a path is neither empty nor holds a NUL", param, ctx)
        return placed(value, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return self._completer.shell_complete(ctx, param, incomplete)


class Account(click.ParamType):  # type: ignore[type-arg]  # generic in new versions of click only
    """``USER:PASSWORD``, or ``USER`` with the password in the environment."""

    name = "user:password"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value[0], value[1]
        user, colon, password = value.partition(":")
        password = password if colon else os.environ.get(PASSWORD, "")
        if not user or not password:
            self.fail(f"write USER:PASSWORD, or USER with the password in {PASSWORD}", param, ctx)
        if not (user + password).isprintable():
            self.fail("a user and a password hold no control characters", param, ctx)
        return user, password


def placed(path: str | Path, ctx: click.Context | None) -> Path:
    """``path`` seen from where it was written: the folder of a configuration, or the one we are in."""
    base = ctx.meta.get(BASE) if ctx is not None else None
    return (base / path) if base is not None else Path(path)


SIZE = Size()
SECONDS = Seconds()
FOLDER = Place(folders=True)
FILE = Place()
ACCOUNT = Account()
