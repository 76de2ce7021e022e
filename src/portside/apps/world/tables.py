"""Reads the tables of a world's file strictly: what is missing, of another kind or unknown is said with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from portside.errors import UsageError

LONGEST_TEXT = 4000
"""Characters of one text: a screen or two, which is as much as anybody reads at once."""
MOST_NUMBER = 1_000_000
"""Of seconds and points: eleven days, and more than any game gives."""


class Table:
    """One table of ``file`` under its dotted ``path``. Each value is taken once; ``end`` refuses what nobody took."""

    def __init__(self, file: Path, path: str, values: Mapping[str, Any]) -> None:
        self.file = file
        self.path = path
        self._values = values
        self._taken: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def wrong(self, what: str) -> UsageError:
        """The error that says ``what`` is wrong in this table."""
        return UsageError(f"{self.file}: [{self.path or 'the top'}] {what}")

    def end(self) -> None:
        """Refuse what nobody asked for: most likely a word that is spelt wrong."""
        for key in self._values:
            if key not in self._taken:
                raise self.wrong(f"has '{key}', which means nothing here")

    def text(self, key: str, default: str | None = None) -> str:
        """A text without control characters; required where there is no ``default``."""
        value = self._take(key, default)
        if not isinstance(value, str):
            raise self.wrong(f"'{key}' has to be a text in quotes")
        return self._checked(key, value)

    def number(self, key: str, default: int | None = None, least: int = 0) -> int:
        """A whole number from ``least`` on."""
        value = self._take(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= MOST_NUMBER:
            raise self.wrong(f"'{key}' has to be a whole number from {least} to {MOST_NUMBER}")
        return value

    def flag(self, key: str) -> bool:
        """True or false, and false where it is not said."""
        value = self._take(key, False)
        if not isinstance(value, bool):
            raise self.wrong(f"'{key}' has to be true or false")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; one text alone stands for a list of one, and nothing for none."""
        value = self._take(key, [])
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
            raise self.wrong(f"'{key}' has to be a list of texts")
        return tuple(self._checked(key, item) for item in values)

    def choice(self, key: str, among: Sequence[str], default: str) -> str:
        """One text of a few."""
        value = self.text(key, default)
        if value not in among:
            raise self.wrong(f"'{key}' has to be one of: {', '.join(filter(None, among))}")
        return value

    def table(self, key: str) -> Table:
        """The table below this one; an empty one where there is none."""
        value = self._take(key, {})
        if not isinstance(value, dict):
            raise self.wrong(f"'{key}' has to be a table")
        return Table(self.file, self._below(key), value)

    def rows(self, key: str) -> list[Table]:
        """The tables of a list, ``[[key]]`` in the file."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.wrong(f"'{key}' has to be a list of tables")
        return [Table(self.file, f"{self._below(key)}, number {place}", item) for place, item in enumerate(value, 1)]

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Every table below this one, by its name."""
        for key in self._values:
            yield key, self.table(key)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every text of this table, by its name."""
        for key in self._values:
            yield key, self.text(key)

    def names(self) -> tuple[str, ...]:
        """The names that stand in this table."""
        return tuple(self._values)

    def holds_table(self, key: str) -> bool:
        """Whether a table stands at ``key``, where a text could stand as well."""
        return isinstance(self._values.get(key), dict)

    def _below(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _take(self, key: str, default: Any) -> Any:
        self._taken.add(key)
        value = self._values.get(key, default)
        if value is None:
            raise self.wrong(f"needs '{key}'")
        return value

    def _checked(self, key: str, text: str) -> str:
        if len(text) > LONGEST_TEXT:
            raise self.wrong(f"'{key}' is longer than {LONGEST_TEXT} characters")
        if not text.replace("\n", " ").isprintable():
            raise self.wrong(f"'{key}' holds a control character")
        return text.strip()
