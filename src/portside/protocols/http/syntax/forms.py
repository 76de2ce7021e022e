"""Forms with files: multipart/form-data, read as it comes (RFC 7578, RFC 2046 §5.1).

``FormParser`` takes a body in any pieces and says what it holds; it keeps no more than the head of one part and
the length of a boundary. What is malformed raises ``RemoteError`` (400), what is too much ``LimitExceeded`` (413,
and 431 for the fields of one part).

Decisions: only a line that is exactly the delimiter counts, and one that goes on otherwise (a boundary that is the
beginning of some data) is an error, since two readers could tell the parts differently. What stands before the
first delimiter is skipped up to a limit, what stands behind the last one altogether. Every part is a
``form-data`` with one name. The file name is what the other side says, perhaps with folders in it: whoever opens
a file by it takes ``base_name`` and has it checked by ``targets.check_name``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from portside.errors import LimitExceeded, RemoteError
from portside.protocols.http.messages import Headers
from portside.protocols.http.syntax.heads import HeadLimits, parse_fields
from portside.protocols.http.syntax.lists import parse_parameters

_is_boundary = re.compile(rb"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]").fullmatch
_disposition = re.compile(
    rb"form-data[ \t]*((?:;[ \t]*[^\s\"=;]+=(?:\"(?:[^\"\\]|\\.)*\"|[^\s\";]*)[ \t]*)*);?", re.I | re.S
).fullmatch
_parameters = re.compile(rb";[ \t]*([^\s\"=;]+)=(?:\"((?:[^\"\\]|\\.)*)\"|([^\s\";]*))", re.S).findall
_browser_escape = re.compile(rb"%(22|0[AaDd])|\\([\"\\])")
_IDENTITY = frozenset({b"7bit", b"8bit", b"binary"})


@dataclass(frozen=True, slots=True)
class FormLimits:
    """How large a form may be: ``parts`` in all, ``head`` bytes of one part's head and ``fields`` lines in it.

    ``preamble`` bytes may stand before the first part, and as much white space behind a delimiter. How long the
    parts are is for the caller to bound.
    """

    parts: int = 1000
    head: int = 8 * 1024
    fields: int = 16
    preamble: int = 1024


DEFAULT_LIMITS = FormLimits()


@dataclass(frozen=True, slots=True)
class PartBegin:
    """A field of the form begins; ``filename`` is None where it is no file. Text is UTF-8 (surrogateescape)."""

    name: str
    filename: str | None
    headers: Headers


@dataclass(frozen=True, slots=True)
class PartData:
    """Some bytes of the part, at least one."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PartEnd:
    """The part is complete."""


@dataclass(frozen=True, slots=True)
class FormEnd:
    """The form is complete."""


FormEvent = PartBegin | PartData | PartEnd | FormEnd


class _Place(Enum):
    PREAMBLE = auto()
    DELIMITER = auto()  # behind a boundary: its line goes on
    HEAD = auto()
    BLANK = auto()  # at the end of a head: a delimiter may follow at once
    BODY = auto()
    EPILOGUE = auto()


class FormParser:
    """Reads one form. After an error it must not be fed again."""

    def __init__(self, boundary: bytes, limits: FormLimits = DEFAULT_LIMITS) -> None:
        """``boundary`` as ``boundary_of`` gives it."""
        self._limits = limits
        self._head_limits = HeadLimits(limits.head, limits.fields)
        self._delimiter = b"\r\n--" + boundary
        self._held = b"\r\n"  # the first delimiter needs no line end before it: here is one
        self._place = _Place.PREAMBLE
        self._skipped = 0
        self._parts = 0
        self._steps: dict[_Place, Callable[[bytes, int, list[FormEvent]], int]] = {
            _Place.PREAMBLE: self._preamble,
            _Place.DELIMITER: self._after_delimiter,
            _Place.HEAD: self._head,
            _Place.BLANK: self._after_head,
            _Place.BODY: self._body,
        }

    def feed(self, data: bytes) -> list[FormEvent]:
        """What ``data`` adds. However a form is cut, its parts come out the same; only their data is cut otherwise."""
        events: list[FormEvent] = []
        buffer = self._held + data if self._held else data
        start = 0
        while self._place is not _Place.EPILOGUE:
            place = self._place
            start = self._steps[place](buffer, start, events)
            if self._place is place:  # it needs more than there is
                self._held = buffer[start:]
                return events
        self._held = b""
        return events

    def finish(self) -> None:
        """The body has ended. Raises RemoteError (400) if the form has not."""
        if self._place is not _Place.EPILOGUE:
            raise RemoteError("the form ends before its last boundary", 400)

    # Each step returns where the rest begins, and moves on to another place or has too little to do so.

    def _preamble(self, buffer: bytes, start: int, events: list[FormEvent]) -> int:
        found = buffer.find(self._delimiter, start)
        end = found if found >= 0 else self._safe_end(buffer, start)
        self._skipped += end - start
        if self._skipped > self._limits.preamble:
            raise RemoteError("the form does not begin with its boundary", 400)
        if found < 0:
            return end
        self._place = _Place.DELIMITER
        return found + len(self._delimiter)

    def _safe_end(self, buffer: bytes, start: int) -> int:
        """Up to where nothing can belong to a delimiter that is not yet there in full."""
        candidate = buffer.find(b"\r", max(start, len(buffer) - len(self._delimiter) + 1))
        while candidate >= 0 and not self._delimiter.startswith(buffer[candidate:]):
            candidate = buffer.find(b"\r", candidate + 1)
        return candidate if candidate >= 0 else len(buffer)

    def _after_delimiter(self, buffer: bytes, start: int, events: list[FormEvent]) -> int:
        if buffer[start : start + 2] == b"--":
            events.append(FormEnd())
            self._place = _Place.EPILOGUE
            return len(buffer)
        if buffer[start:] == b"-":
            return start
        end = start
        while buffer[end : end + 1] in (b" ", b"\t"):  # padding that a mail transport might add
            end += 1
        if end - start > self._limits.preamble or buffer[end : end + 2] not in (b"\r\n", b"\r", b""):
            raise RemoteError("a boundary of the form is followed by something else", 400)
        if len(buffer) < end + 2:
            return start
        self._place = _Place.HEAD
        # The head's first line may be empty at once: its end is then this line's own.
        return end

    def _head(self, buffer: bytes, start: int, events: list[FormEvent]) -> int:
        end = buffer.find(b"\r\n\r\n", start, start + self._limits.head + 4)
        if end < 0:
            if len(buffer) - start >= self._limits.head + 4:
                raise LimitExceeded("the head of a part of the form is too long", 413)
            return start
        self._parts += 1
        if self._parts > self._limits.parts:
            raise LimitExceeded(f"the form has more than {self._limits.parts} parts", 413)
        events.append(_begin(parse_fields(buffer[start + 2 : end + 2], self._head_limits)))
        self._place = _Place.BLANK
        return end + 2

    def _after_head(self, buffer: bytes, start: int, events: list[FormEvent]) -> int:
        # RFC 2046 §5.1.1: a part may have no body at all; the empty line is then part of the delimiter.
        follows = buffer[start : start + len(self._delimiter)]
        if follows == self._delimiter:
            events.append(PartEnd())
            self._place = _Place.DELIMITER
            return start + len(follows)
        if self._delimiter.startswith(follows):
            return start
        self._place = _Place.BODY
        return start + 2

    def _body(self, buffer: bytes, start: int, events: list[FormEvent]) -> int:
        found = buffer.find(self._delimiter, start)
        end = found if found >= 0 else self._safe_end(buffer, start)
        if end > start:
            events.append(PartData(buffer[start:end]))
        if found < 0:
            return end
        events.append(PartEnd())
        self._place = _Place.DELIMITER
        return found + len(self._delimiter)


def _begin(headers: Headers) -> PartBegin:
    """What the head of a part says (RFC 7578 §4.2)."""
    if len(headers.all(b"content-disposition")) != 1:
        raise RemoteError("a part of the form has no Content-Disposition, or several", 400)
    match = _disposition(headers.get(b"content-disposition") or b"")
    if match is None:
        raise RemoteError("a part of the form has a Content-Disposition that is not form-data", 400)
    coding = headers.get(b"content-transfer-encoding")
    if coding is not None and coding.lower() not in _IDENTITY:
        raise RemoteError("a part of the form has a Content-Transfer-Encoding, which forms do not use", 400)
    values = _values(match[1])
    if "name" not in values:
        raise RemoteError("a part of the form has no name", 400)
    return PartBegin(values["name"], values.get("filename"), headers)


def _values(parameters: bytes) -> dict[str, str]:
    """The parameters' values. ``filename*`` is one of its own, which forms do not use (RFC 7578 §4.2)."""
    values: dict[str, str] = {}
    for name, quoted, token in _parameters(parameters):
        key = name.lower().decode("latin-1")
        if key in values:
            raise RemoteError("a part of the form says one thing twice", 400)
        values[key] = (_browser_escape.sub(_unescape, quoted) or token).decode("utf-8", "surrogateescape")
    return values


def _unescape(match: re.Match[bytes]) -> bytes:
    """Browsers write ``%22``, ``%0D`` and ``%0A`` for what a quoted string cannot hold; others write ``\\"``.

    Any other backslash is one: browsers do not escape it.
    """
    return match[2] or bytes((int(match[1], 16),))


def base_name(filename: str) -> str:
    """The last part of a file name that came with folders in it, of either kind; may be empty, ``.`` or ``..``."""
    return filename.replace("\\", "/").rpartition("/")[2]


def boundary_of(content_type: bytes) -> bytes:
    """The boundary that a Content-Type names (RFC 2046 §5.1.1).

    Raises RemoteError: 415 for another type than multipart/form-data, 400 for a boundary that is missing, named
    twice, longer than 70 characters or made of others than allowed.
    """
    media_type, parameters = parse_parameters(content_type)
    if media_type.lower() != b"multipart/form-data":
        raise RemoteError("this is not a form with files (multipart/form-data)", 415)
    boundary = parameters.get(b"boundary", b"")
    if not _is_boundary(boundary) or content_type.lower().count(b"boundary") != 1 + boundary.lower().count(b"boundary"):
        raise RemoteError("the form does not say, once and properly, what its boundary is", 400)
    return boundary
