"""What a caller asks for, and the request that says it."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from portside.errors import UsageError
from portside.protocols.http.client.urls import Url
from portside.protocols.http.client.ways import Way, proxy_login
from portside.protocols.http.messages import FieldLine, Headers, Request
from portside.protocols.http.syntax.decoding import ACCEPTED

EXPECT_FROM = 1024 * 1024
"""Bytes of a body from which we ask before we send it."""
REMEMBERED = 256
"""Origins whose usual fields are kept ready."""
DROPPED = b"\0"
"""The value of a field that takes a usual one away (no real value holds a NUL)."""

FieldsIn = Mapping[str, str] | Sequence[tuple[str, str]]
BodyIn = bytes | AsyncIterable[bytes] | None
"""A body: bytes, or pieces. One that gives a new iterator each time can be sent again (a generator cannot);
one with an attribute ``length`` is sent with its length, others in chunks."""
Account = tuple[str, str]
"""A user and the password."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request as it is wanted now; each round (redirect, login, retry) makes the next one from it."""

    method: str
    url: Url
    lines: tuple[FieldLine, ...] = ()
    body: BodyIn = None
    compressed: bool = True
    expect: bool = True
    account: Account | None = None

    @property
    def repeatable_body(self) -> bool:
        """Whether the body can be said again."""
        return self.body is None or isinstance(self.body, bytes) or aiter(self.body) is not self.body


def field_lines(fields: FieldsIn) -> tuple[FieldLine, ...]:
    """A caller's fields as they are sent: ISO 8859-1 where that holds the value, UTF-8 elsewhere."""
    pairs: Iterable[tuple[str, str]] = fields.items() if isinstance(fields, Mapping) else fields
    return tuple((_octets(name), _octets(value)) for name, value in pairs)


def _octets(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape")


_BODILESS = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})


class Requests:
    """Writes requests. What every request to one origin says is put together once."""

    def __init__(self, user_agent: str) -> None:
        self._user_agent = user_agent.encode("latin-1")
        self._usual: dict[tuple[str, bool], Headers] = {}

    def write(self, ask: Ask, way: Way, extra: Sequence[FieldLine] = ()) -> Request:
        """The request for ``ask`` along ``way``, with ``extra`` fields (a login, cookies) that the caller may replace.

        Raises ``UsageError`` for fields of the caller that would contradict the body.
        """
        usual = self._usual_fields(ask)
        if not ask.lines and not extra and ask.body is None and way.proxy is None and ask.method in _BODILESS:
            return Request(ask.method, ask.url.target, usual)
        lines = _merged((*usual.lines, *extra), ask.lines)
        lines += _framing(ask)
        if way.absolute and way.proxy is not None and (login := proxy_login(way.proxy)) is not None:
            lines.append(login)
        return Request(ask.method, target_of(ask.url, way), Headers(lines), body=ask.body is not None)

    def _usual_fields(self, ask: Ask) -> Headers:
        key = (ask.url.authority, ask.compressed)
        known = self._usual.get(key)
        if known is None:
            if len(self._usual) >= REMEMBERED:
                self._usual.clear()
            known = self._usual[key] = Headers(
                (
                    (b"Host", ask.url.authority.encode("ascii")),
                    (b"User-Agent", self._user_agent),
                    (b"Accept", b"*/*"),
                    (b"Accept-Encoding", ACCEPTED if ask.compressed else b"identity"),
                )
            )
        return known


def target_of(url: Url, way: Way) -> str:
    """The request target: the path, or the whole URL for a proxy that reads it (RFC 9112 §3.2)."""
    return f"http://{url.authority}{url.target}" if way.absolute else url.target


def _merged(usual: Sequence[FieldLine], own: Sequence[FieldLine]) -> list[FieldLine]:
    """The usual fields and the caller's, who replaces a usual one by naming it."""
    named = {name.lower() for name, _ in own}
    return [line for line in usual if line[0].lower() not in named] + [line for line in own if line[1] != DROPPED]


def _framing(ask: Ask) -> list[FieldLine]:
    """The fields that tell how long the body is, and whether we ask first."""
    named = {name.lower(): value for name, value in ask.lines}
    if b"content-length" in named or b"transfer-encoding" in named:
        raise UsageError("Content-Length and Transfer-Encoding follow from the body: leave them out")
    if ask.body is None:
        return [(b"Content-Length", b"0")] if ask.method in ("POST", "PUT", "PATCH") else []
    length = len(ask.body) if isinstance(ask.body, bytes) else getattr(ask.body, "length", None)
    framing = [] if length is None else [(b"Content-Length", b"%d" % length)]
    if ask.expect and (length is None or length > EXPECT_FROM) and b"expect" not in named:
        framing.append((b"Expect", b"100-continue"))
    return framing
