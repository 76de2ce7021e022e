"""Parts of a representation: Range, Content-Range and multipart/byteranges (RFC 9110 §14).

A server asks ``parse_range`` what to send; a client that resumes asks ``parse_content_range`` what it got.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from portside.errors import LocalError

MAX_RANGES = 32
"""Ranges of one request. A field with more is ignored: nobody needs them, and each costs a part (RFC 9110 §17.15)."""

_UNIT = b"bytes="
_SPEC = rb"(?:[0-9]+-[0-9]*|-[0-9]+)"
# White space before a comma and after it are told apart: one run has one reading, so a long field takes one pass.
_is_range_set = re.compile(rb"[ \t,]*" + _SPEC + rb"(?:[ \t]*,[ \t,]*" + _SPEC + rb")*[ \t,]*").fullmatch
_range_specs = re.compile(rb"([0-9]*)-([0-9]*)").findall
_content_range = re.compile(rb"bytes (?:([0-9]+)-([0-9]+)/([0-9]+|\*)|\*/([0-9]+))", re.IGNORECASE).fullmatch
_is_boundary = re.compile(rb"[0-9A-Za-z'()+_,\-./:=?]{1,70}").fullmatch
_is_line = re.compile(rb"[\t \x21-\x7e\x80-\xff]*").fullmatch

_LONGEST_NUMBER = 20
"""Digits that are looked at: any number of 20 digits is beyond the end of any file."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from ``first`` to ``last``, both included, as HTTP counts them."""

    first: int
    last: int

    @property
    def count(self) -> int:
        """How many bytes that is; at least 1."""
        return self.last - self.first + 1


class RangeFault(Enum):
    """Why a Range field selects nothing."""

    IGNORED = "ignored"  # answer as if it were not there: 200 and everything
    UNSATISFIABLE = "unsatisfiable"  # answer 416 with `Content-Range: bytes */size`


Ranges = tuple[ByteRange, ...]


def parse_range(value: bytes, size: int) -> Ranges | RangeFault:
    """What a Range field asks of a representation of ``size`` bytes (RFC 9110 §14.2).

    - at least one range, clipped to the size: those that overlap or touch are made one (so that the parts
      never add up to more than the whole), the rest stay in the order in which they were asked for;
    - ``RangeFault.IGNORED``: another unit, a syntax error, more than ``MAX_RANGES``, or the last bytes of nothing;
    - ``RangeFault.UNSATISFIABLE``: a proper field, and none of its ranges touches the representation.
    """
    if value[:6].lower() != _UNIT or not _is_range_set(value, 6):
        return RangeFault.IGNORED
    specs = _range_specs(value, 6)
    if len(specs) > MAX_RANGES:
        return RangeFault.IGNORED
    wanted: list[ByteRange] = []
    for first, last in specs:
        if first and last and _number(last) < _number(first):
            return RangeFault.IGNORED
        if selected := _select(first, last, size):
            wanted.append(selected)
    if wanted:
        return tuple(wanted) if len(wanted) == 1 else _coalesce(wanted)
    # The last n bytes of an empty file can be satisfied (§14.1.2), and no Content-Range could say so.
    empty_suffix = size == 0 and any(not first and _number(last) for first, last in specs)
    return RangeFault.IGNORED if empty_suffix else RangeFault.UNSATISFIABLE


def _number(digits: bytes) -> int:
    return int(digits.lstrip(b"0")[:_LONGEST_NUMBER] or b"0")


def _select(first: bytes, last: bytes, size: int) -> ByteRange | None:
    if not first:
        count = min(_number(last), size)
        return ByteRange(size - count, size - 1) if count else None
    start = _number(first)
    if start >= size:
        return None
    return ByteRange(start, min(_number(last), size - 1) if last else size - 1)


def _coalesce(wanted: list[ByteRange]) -> Ranges:
    merged: list[tuple[int, ByteRange]] = []
    for place, part in sorted(enumerate(wanted), key=lambda item: item[1].first):
        if merged and part.first <= merged[-1][1].last + 1:
            earlier, known = merged[-1]
            merged[-1] = min(earlier, place), ByteRange(known.first, max(known.last, part.last))
        else:
            merged.append((place, part))
    return tuple(part for _, part in sorted(merged, key=lambda item: item[0]))


def serialise_range(ranges: Sequence[tuple[int, int | None]]) -> bytes:
    """``bytes=0-9,20-`` of pairs first and last (None: to the end); a first below 0 means that many last bytes.

    Raises LocalError for no range, or one that ends before it begins.
    """
    if not ranges:
        raise LocalError("a Range field needs at least one range")
    return _UNIT + b",".join(_range_spec(first, last) for first, last in ranges)


def _range_spec(first: int, last: int | None) -> bytes:
    if last is None:
        return b"%d" % first if first < 0 else b"%d-" % first
    if first < 0 or last < first:
        raise LocalError(f"{first}-{last} is no range")
    return b"%d-%d" % (first, last)


# ------------------------------------------------------------------------------------------ Content-Range


@dataclass(frozen=True, slots=True)
class ContentRange:
    """Which part of a representation this is (RFC 9110 §14.4).

    ``part`` is None in a 416 (``bytes */100``), ``size`` is None where the whole is not known (``bytes 0-9/*``).
    """

    part: ByteRange | None
    size: int | None


def parse_content_range(value: bytes) -> ContentRange | None:
    """What a Content-Range field says; None for another unit, a syntax error or a part beyond the size."""
    match = _content_range(value)
    if match is None or max(map(len, value[6:].replace(b"/", b"-").split(b"-"))) >= _LONGEST_NUMBER:
        return None
    if match[4]:
        return ContentRange(None, int(match[4]))
    part = ByteRange(int(match[1]), int(match[2]))
    size = None if match[3] == b"*" else int(match[3])
    if part.last < part.first or (size is not None and size <= part.last):
        return None
    return ContentRange(part, size)


def serialise_content_range(part: ByteRange | None, size: int | None) -> bytes:
    """``bytes 0-9/100``, ``bytes 0-9/*`` or ``bytes */100``. Raises LocalError where neither is known."""
    whole = b"*" if size is None else b"%d" % size
    if part is not None:
        return b"bytes %d-%d/%s" % (part.first, part.last, whole)
    if size is None:
        raise LocalError("a Content-Range needs a part or a size")
    return b"bytes */" + whole


# ---------------------------------------------------------------------------------- multipart/byteranges


@dataclass(frozen=True, slots=True)
class Multipart:
    """How several parts are framed in one body: ``heads[i]``, then the bytes of the range i, at last ``tail``."""

    content_type: bytes
    heads: tuple[bytes, ...]
    tail: bytes
    length: int


def frame_parts(ranges: Ranges, size: int, boundary: bytes, content_type: bytes) -> Multipart:
    """The framing of a 206 with several parts (RFC 9110 §14.6), without the parts' bytes.

    ``content_type`` is the representation's own; ``boundary`` (at most 70 characters, RFC 2046 §5.1.1) must not
    occur in it, so the caller draws it by lot. ``length`` is the Content-Length. Raises LocalError for a boundary
    or a type that would break the frame.
    """
    if not _is_boundary(boundary) or not _is_line(content_type):
        raise LocalError("this boundary or content type cannot frame the parts of a message")
    heads = tuple(
        b"%s--%s\r\nContent-Type: %s\r\nContent-Range: %s\r\n\r\n"
        % (b"\r\n" if place else b"", boundary, content_type, serialise_content_range(part, size))
        for place, part in enumerate(ranges)
    )
    tail = b"\r\n--" + boundary + b"--\r\n"
    length = sum(map(len, heads)) + sum(part.count for part in ranges) + len(tail)
    return Multipart(b'multipart/byteranges; boundary="' + boundary + b'"', heads, tail, length)
