"""``portside.toml``: several servers in one file, each a table ``[[serve]]`` with the options of ``portside serve``.

::

    [[serve]]
    protocol = "http"        # http where it is left out
    target = "site"          # relative to this file, as every path in it
    port = 8000
    max-head = "16K"         # max_head is the same
    host = ["127.0.0.1", "::1"]

A table becomes the arguments that one would type, so that a value is checked in one place only, however it came.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from portside.cli.serving import DEFAULT, OFFERS
from portside.cli.usage import OptionalValue, not_built
from portside.cli.verbs import LATER_PROTOCOLS
from portside.errors import UsageError

TABLE = "serve"
_HEADER = re.compile(r"\s*\[\[\s*(?:serve|\"serve\"|'serve')\s*\]\]")
_KEY = re.compile(r"\s*(?:\"([\w-]+)\"|'([\w-]+)'|([\w-]+))\s*=")


class BadLine(UsageError):
    """One line of the file makes no sense; ``line`` counts from 1, 0 is the file as a whole."""

    def __init__(self, text: str, line: int = 0) -> None:
        super().__init__(text)
        self.line = line


@dataclass(frozen=True, slots=True)
class Entry:
    """One table: the protocol, its keys (with dashes) and values, and the lines they stand in."""

    protocol: str
    values: Mapping[str, Any]
    lines: Mapping[str, int]
    line: int = 0

    def line_of(self, key: str) -> int:
        """Where ``key`` stands, or else the table."""
        return self.lines.get(key, self.line)


def parse_configuration(text: str) -> list[Entry]:
    """The tables of a ``portside.toml``. Raises ``BadLine``."""
    try:
        whole = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _bad_toml(error) from error
    lines = _lines_of_tables(text)
    for key in whole:
        if key != TABLE:
            raise BadLine(f"'{key}' stands outside of a table [[{TABLE}]]", _line_outside(text, key))
    tables = whole.get(TABLE, [])
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise BadLine(f"it needs a table [[{TABLE}]] for each server")
    if len(lines) != len(tables):  # written as an array of inline tables: valid, and without lines of their own
        lines = [{"": 0}] * len(tables)
    return [_entry(table, where) for table, where in zip(tables, lines, strict=True)]


def _bad_toml(error: tomllib.TOMLDecodeError) -> BadLine:
    found = re.search(r" \(at line ([0-9]+), column [0-9]+\)$", str(error))
    if found is None:
        return BadLine(f"not TOML: {error}")
    reason = str(error)[: found.start()]
    return BadLine(f"not TOML: {reason[:1].lower()}{reason[1:]}", int(found[1]))


def _lines_of_tables(text: str) -> list[dict[str, int]]:
    """For each header ``[[serve]]`` the lines of the keys behind it; the header's own stands under ""."""
    tables: list[dict[str, int]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if _HEADER.match(line):
            tables.append({"": number})
        elif tables and (found := _KEY.match(line)):
            tables[-1].setdefault(_dashed(found[1] or found[2] or found[3]), number)
    return tables


def _line_outside(text: str, key: str) -> int:
    lines = enumerate(text.splitlines(), 1)
    return next((number for number, line in lines if re.match(rf"\s*\[*\s*[\"']?{re.escape(key)}\b", line)), 0)


def _dashed(key: str) -> str:
    return key.replace("_", "-")


def _entry(table: Mapping[str, Any], lines: Mapping[str, int]) -> Entry:
    values: dict[str, Any] = {}
    for key, value in table.items():
        if _dashed(key) in values:
            raise BadLine(f"'{key}' is set twice", lines.get(_dashed(key), lines[""]))
        values[_dashed(key)] = value
    protocol = values.pop("protocol", DEFAULT)
    line = lines.get("protocol", lines[""])
    if protocol in LATER_PROTOCOLS:
        raise BadLine(str(not_built(f"serve {protocol}")), line)
    if protocol not in OFFERS:
        raise BadLine(f"there is no protocol '{protocol}'{_near(str(protocol), list(OFFERS))}", line)
    return Entry(protocol, values, lines, lines[""])


# ------------------------------------------------------------------------------------------- to arguments


def arguments(entry: Entry, command: click.Command) -> list[str]:
    """What one would type behind ``portside serve PROTOCOL`` for this table. Raises ``BadLine``."""
    given: list[str] = []
    for key, value in entry.values.items():
        if key == "target" and _takes_target(command):
            continue
        option = _option(entry, key, command)
        try:
            given += _switch(option, key, value) if option.is_flag else _valued(option, key, value)
        except UsageError as error:
            raise BadLine(str(error), entry.line_of(key)) from error
    target = entry.values.get("target")
    if target is not None and not isinstance(target, str):
        raise BadLine("'target' is a text", entry.line_of("target"))
    return given if target is None else [*given, "--", target]


def _takes_target(command: click.Command) -> bool:
    return any(isinstance(param, click.Argument) and param.name == "target" for param in command.params)


def _option(entry: Entry, key: str, command: click.Command) -> click.Option:
    options = [param for param in command.params if isinstance(param, click.Option)]
    for option in options:
        if f"--{key}" in (*option.opts, *option.secondary_opts):
            return option
    known = ["protocol", *(["target"] if _takes_target(command) else [])]
    known += [name[2:] for option in options for name in option.opts if name.startswith("--")]
    raise BadLine(f"'serve {entry.protocol}' has no '{key}'{_near(key, known)}", entry.line_of(key))


def _switch(option: click.Option, key: str, value: object) -> list[str]:
    if not isinstance(value, bool):
        raise UsageError(f"'{key}' is true or false")
    names = (option.opts, option.secondary_opts)
    positive = f"--{key}" in option.opts
    chosen = names[0] if value is positive else names[1]
    return [chosen[0]] if chosen else []


def _valued(option: click.Option, key: str, value: object) -> list[str]:
    if isinstance(value, list) and not option.multiple:
        raise UsageError(f"'{key}' has one value, not a list of them")
    values = value if isinstance(value, list) else [value]
    for each in values:
        if isinstance(each, bool) and isinstance(option, OptionalValue):
            raise UsageError(f"'{key}' is a number: write {key} = {option.alone}")
        if isinstance(each, bool) or not isinstance(each, str | int | float):
            raise UsageError(f"'{key}' is a text or a number")
    return [f"--{key}={each}" for each in values]


def _near(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else f"; there are {', '.join(known)}" if len(known) < 6 else ""
