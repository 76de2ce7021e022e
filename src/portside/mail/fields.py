"""The header of a message: its fields as they stand, octet for octet, and what they say (RFC 5322 §2.2, RFC 6532).

Lines may end in CRLF, as mail travels, or in LF, as it lies on a disk. What is no field (a line without a colon, mbox's
``From ``) is kept among the fields without a name, so that nothing is lost and nothing that follows is hidden.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from portside.mail.charsets import decode
from portside.mail.words import decode_words

if TYPE_CHECKING:
    from mmap import mmap

LONGEST_HEADER = 1 << 20
"""Octets of one header that are read: real ones have some kilobytes, and each field costs memory."""
MOST_FIELDS = 10_000
"""Fields of one header that are read."""

Octets: TypeAlias = "bytes | mmap"
"""A message, in memory or on the disk."""

_field = re.compile(rb"([!-9;-~\x80-\xff]+)[ \t]*:").match
_fold = re.compile(rb"\r?\n(?=[ \t])").sub
_blank = re.compile(rb"\n(\r?\n)").search
_WHITE = b" \t"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``name`` as it is written, b"" where the line is none; ``value`` is what stands behind its colon, with
    its folding and without the last line end. It is ``message[start:end]``, line end included.
    """

    name: bytes
    value: bytes
    start: int = 0
    end: int = 0

    @property
    def key(self) -> str:
        """The name to compare by: ASCII in lower case."""
        return self.name.decode("latin-1").lower()

    @property
    def unfolded(self) -> bytes:
        """The value in one line, without white space around it (RFC 5322 §2.2.3)."""
        return _fold(b"", self.value).strip(b" \t\r\n")

    @property
    def raw_text(self) -> str:
        """The value in one line as text; encoded words still stand in it."""
        return decode(self.unfolded)

    @property
    def text(self) -> str:
        """The value for people: one line, encoded words decoded (RFC 2047)."""
        return decode_words(self.raw_text)


@dataclass(frozen=True, slots=True)
class Header:
    """All fields of a header in their order. The body begins at ``end``, behind the blank line.

    ``is_cut`` says that the header has more than is read (``LONGEST_HEADER``, ``MOST_FIELDS``).
    """

    fields: tuple[Field, ...] = ()
    end: int = 0
    is_cut: bool = False

    def all(self, name: str) -> list[Field]:
        """The fields of this name, in whatever case it is written, in their order."""
        key = name.lower()
        return [field for field in self.fields if field.key == key]

    def first(self, name: str) -> Field | None:
        """The first field of this name."""
        key = name.lower()
        return next((field for field in self.fields if field.key == key), None)

    def text(self, name: str, default: str = "") -> str:
        """What the first field of this name says to people."""
        found = self.first(name)
        return default if found is None else found.text

    def raw_text(self, name: str, default: str = "") -> str:
        """What the first field of this name says to programs: unfolded, not decoded."""
        found = self.first(name)
        return default if found is None else found.raw_text


def parse_header(message: Octets, start: int = 0, end: int | None = None, most_fields: int = MOST_FIELDS) -> Header:
    """The header that begins at ``start`` and does not reach beyond ``end``. It never fails."""
    stop = len(message) if end is None else end
    most = min(stop, start + LONGEST_HEADER)
    fields: list[Field] = []
    here = start
    while here < most and len(fields) < most_fields:
        after = _blank_line(message, here, stop)
        if after:
            return Header(tuple(fields), after)
        next_field = _end_of_field(message, here, most)
        fields.append(_parse_field(message[here:next_field], here))
        here = next_field
    if here >= stop:
        return Header(tuple(fields), stop)
    return _cut(message, fields, here, stop)


def _blank_line(message: Octets, here: int, stop: int) -> int:
    """Where the body begins if the line at ``here`` is empty; else 0."""
    line = message[here : min(here + 2, stop)]
    return here + 1 if line[:1] == b"\n" else here + 2 if line == b"\r\n" else 0


def _end_of_field(message: Octets, here: int, most: int) -> int:
    """Behind the line at ``here`` and those that continue it."""
    while True:
        found = message.find(b"\n", here, most)
        if found < 0:
            return most
        here = found + 1
        if here >= most or message[here] not in _WHITE:
            return here


def _parse_field(line: bytes, start: int) -> Field:
    match = _field(line)
    value = line[match.end() if match else 0 :]
    bare = value[:-2] if value.endswith(b"\r\n") else value[:-1] if value.endswith(b"\n") else value
    return Field(match[1] if match else b"", bare, start, start + len(line))


def _cut(message: Octets, fields: list[Field], here: int, stop: int) -> Header:
    """A header that has more than is read: its body is found all the same."""
    after = _blank_line(message, here, stop)
    if after and message[here - 1 : here] in {b"\n", b""}:
        return Header(tuple(fields), after)  # it has exactly as many as are read
    match = _blank(message, max(here - 1, 0), stop)
    return Header(tuple(fields), match.end() if match else stop, is_cut=True)
