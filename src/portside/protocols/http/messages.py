"""What is said over HTTP: requests, responses, and the pieces of a body (RFC 9110, RFC 9112).

Field names and values stay ``bytes`` as they stood on the wire; ``Headers`` offers text where a person or a
program wants text. Names compare without regard to case (RFC 9110 §5.1).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import BinaryIO, Final

FieldLine = tuple[bytes, bytes]
"""A field's name, as written, and its value without the white space around it."""


class Headers:
    """Field lines in the order in which they were sent; never changed after it is made.

    >>> headers = Headers([(b"Host", b"a"), (b"Accept", b"x"), (b"accept", b"y")])
    >>> headers.get(b"accept"), headers["Host"], "accept" in headers
    (b'x, y', 'a', True)
    """

    __slots__ = ("_index", "lines")

    def __init__(self, lines: Iterable[FieldLine] = (), index: dict[bytes, bytes] | None = None) -> None:
        """``index`` (lower-case name to combined value) spares a second pass where a parser has it already."""
        self.lines: tuple[FieldLine, ...] = tuple(lines)
        self._index = _index(self.lines) if index is None else index

    def get(self, name: bytes) -> bytes | None:
        """The value of the field ``name`` (lower case); several lines are joined by ``, `` (RFC 9110 §5.3)."""
        return self._index.get(name)

    def any_of(self, names: frozenset[bytes]) -> bool:
        """Whether one of the fields ``names`` (lower case) is there."""
        return not self._index.keys().isdisjoint(names)

    def all(self, name: bytes) -> list[bytes]:
        """Each line's value of the field ``name`` (lower case), in order: what ``Set-Cookie`` needs."""
        if name not in self._index:
            return []
        return [value for key, value in self.lines if key.lower() == name]

    def text(self, name: str, default: str = "") -> str:
        """The value of the field as text (ISO 8859-1, which keeps every byte)."""
        value = self._index.get(name.lower().encode("latin-1"))
        return default if value is None else value.decode("latin-1")

    def __getitem__(self, name: str) -> str:
        return self._index[name.lower().encode("latin-1")].decode("latin-1")

    def __contains__(self, name: object) -> bool:
        key = name.lower().encode("latin-1") if isinstance(name, str) else name
        return key in self._index

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for name, value in self.lines:
            yield name.decode("latin-1"), value.decode("latin-1")

    def __len__(self) -> int:
        return len(self.lines)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self.lines == other.lines

    def __hash__(self) -> int:
        return hash(self.lines)

    def __repr__(self) -> str:
        return f"Headers({list(self.lines)!r})"

    def with_lines(self, *lines: FieldLine) -> Headers:
        """A copy with ``lines`` at its end."""
        return Headers((*self.lines, *lines))

    def without(self, *names: bytes) -> Headers:
        """A copy without the fields ``names`` (lower case)."""
        return Headers(line for line in self.lines if line[0].lower() not in names)


def _index(lines: Iterable[FieldLine]) -> dict[bytes, bytes]:
    index: dict[bytes, bytes] = {}
    for name, value in lines:
        key = name.lower()
        known = index.get(key)
        index[key] = value if known is None else known + b", " + value
    return index


NO_HEADERS = Headers()


@dataclass(slots=True, eq=False)
class Request:
    """The head of a request (RFC 9112 §3). Compared by identity: it may be shared by equal heads.

    ``target`` is the request target as written (origin, absolute, authority or asterisk form); ``minor`` is the
    x of HTTP/1.x; ``body`` tells whether ``Data`` and ``End`` follow. ``lasting`` says that this very object stands
    for later requests with the same head as well, so that what follows from it may be remembered.

    Never changed after it is made: the type checker sees to that (``Final``), since freezing it at run time would
    take longer than all the rest of making it, and one is made for every request.
    """

    method: Final[str]
    target: Final[str]
    headers: Final[Headers] = NO_HEADERS
    minor: Final[int] = 1
    body: Final[bool] = False
    lasting: Final[bool] = False


@dataclass(frozen=True, slots=True)
class FileBody:
    """``count`` bytes of an open regular file, from ``offset``; whoever sends it closes it."""

    file: BinaryIO
    offset: int
    count: int


Body = bytes | FileBody | AsyncIterator[bytes]


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """The head of a response (RFC 9112 §4), and, on the side that sends it, its body.

    A server's application gives the body here; ``bytes`` and ``FileBody`` get a Content-Length, an iterator is
    sent chunked (or until close to a 1.0 client). On the side that receives, ``body`` is empty and ``Data`` and
    ``End`` follow. ``lasting`` says that this very object is the answer to later requests as well, so that its
    bytes may be remembered.
    """

    status: int
    headers: Headers = NO_HEADERS
    body: Body = b""
    reason: str = ""
    minor: int = 1
    lasting: bool = False

    @property
    def phrase(self) -> str:
        """The reason phrase as sent, or the registered one."""
        return self.reason or reason_phrase(self.status)


@dataclass(frozen=True, slots=True)
class Data:
    """A piece of a body, with its transfer coding taken off."""

    data: bytes


@dataclass(frozen=True, slots=True)
class End:
    """The end of a message, with its trailer fields (RFC 9112 §7.1.2)."""

    trailers: Headers = field(default=NO_HEADERS)


Message = Request | Response | Data | End

_PHRASES = {status.value: status.phrase for status in HTTPStatus} | {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}


def reason_phrase(status: int) -> str:
    """The phrase registered for a status code (RFC 9110 §15), empty for an unknown one."""
    return _PHRASES.get(status, "")
