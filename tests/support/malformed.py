"""Requests that no server should take: each with the status of its refusal.

``REFUSED`` are refused as soon as they are whole, and the connection is closed. ``UNFINISHED`` could still become a
request: they wait, and time runs out (or they are refused when the client ends).
"""

from __future__ import annotations

from collections.abc import Iterator

_GET = b"GET / HTTP/1.1\r\n"
_HOST = b"Host: localhost\r\n"
_POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
_CHUNKED = _POST + b"Transfer-Encoding: chunked\r\n\r\n"


def _lines() -> Iterator[tuple[int, bytes]]:
    """Request lines."""
    for line in (
        b"GET / HTTP/01.1", b"GET / HTTP/1.01", b"GET / HTTP/11.1", b"GET / HTTP/1.11", b"GET / HTTP/1",
        b"GET / HTTP/1.",
        b"GET / HTTP/.1", b"GET / HTTP/", b"GET / HTTP", b"GET / http/1.1", b"GET / Http/1.1", b"GET / HTTP 1.1",
        b"GET / HTTP/1.1 ", b"GET / HTTP/1.1\t", b"GET / HTTP/1.1x", b"GET / HTTP/a.b", b"GET / HTTP/-1.1",
        b"GET / HTTP/1,1", b"GET / HTTPS/1.1", b"GET / HTPP/1.1", b"GET / ICE/1.0", b"GET / RTSP/1.0", b"GET /",
        b"GET / ",
        b"GET", b"GET ", b" ", b"GET  / HTTP/1.1", b"GET /  HTTP/1.1", b" GET / HTTP/1.1", b"GET\t/ HTTP/1.1",
        b"GET /\tHTTP/1.1", b"GET\x0b/ HTTP/1.1", b"GET /a b HTTP/1.1", b"GET HTTP/1.1", b" / HTTP/1.1", b"/ HTTP/1.1",
        b"HTTP/1.1 200 OK", b"GET /\x00 HTTP/1.1", b"GET /a\x1f HTTP/1.1", b"GET /\x7f HTTP/1.1", b"GE\x00T / HTTP/1.1",
        b"G\xcbT / HTTP/1.1", b"GET: / HTTP/1.1", b"G(T / HTTP/1.1", b"\"GET\" / HTTP/1.1", b"GET,POST / HTTP/1.1",
        b"G@T / HTTP/1.1", b"{GET} / HTTP/1.1", b"GET / HTTP/1.1 HTTP/1.1", b"\xff\xfeGET / HTTP/1.1",
        b"Host: localhost",
        b"GET /\r HTTP/1.1", b"GET / HTTP/1.\xd9\xa1", b"\x16\x03\x01\x02\x00\x01 / HTTP/1.1", b"\x00", b"\x80\x2e\x01",
        b"<html>", b"EHLO localhost", b"USER anonymous", b"SSH-2.0-client", b"\x1b[2J", b"GET /\n HTTP/1.1",
        b"GET http://a b/ HTTP/1.1", b"OPTIONS  * HTTP/1.1", b"=", b"\\", b"GET\\ / HTTP/1.1", b"[GET] / HTTP/1.1",
    ):  # fmt: skip
        yield 400, line + b"\r\n" + _HOST + b"\r\n"
    for version in (b"0.9", b"2.0", b"3.0", b"9.9", b"0.0"):
        yield 505, b"GET / HTTP/%b\r\n" % version + _HOST + b"\r\n"
    yield 505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def _line_ends() -> Iterator[tuple[int, bytes]]:
    """Lines that do not end in CRLF."""
    for head in (
        b"GET / HTTP/1.1\nHost: localhost\n\n", b"GET / HTTP/1.1\r\nHost: localhost\n\n",
        b"GET / HTTP/1.1\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\rHost: localhost\r\r", b"GET / HTTP/1.1\r\nHost: localhost\r\n\n",
        b"GET / HTTP/1.1\r\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\r\n\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\n\rX",
        b"GET / HTTP/1.1\r\nHost: localhost\n\r\n",
        b"GET / HTTP/1.1\n\rHost: localhost\n\r\n\r", b"\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\rGET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\r\n\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\n\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r \nHost: localhost\r\n\r\n",
        b"GET /\nHost: localhost\n\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nA: b\nC: d\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nA: b\rC: d\r\n\r\n",
    ):  # fmt: skip
        yield 400, head


def _fields() -> Iterator[tuple[int, bytes]]:
    """Field lines."""
    for line in (
        b"A : b", b"A\t: b", b"A  : b", b" A: b", b"\tA: b", b" ", b"\t", b"A", b"A b", b"A=b", b"\xff", b": b", b":",
        b"A B: c",
        b"A(: b", b"A\x00: b", b"A\x7f: b", b"A\x80: b", b"A/B: c", b"A[]: b", b"\"A\": b", b"A@: b", b"A,B: c",
        b"A;B: c",
        b"A{: b", b"\x0bA: b", b"A\\: b", b"A: b\x00", b"A: \x00b", b"A: b\x01c", b"A: b\x0bc", b"A: b\x0cc",
        b"A: b\x1f",
        b"A: \x7f", b"A: b\x08", b"A:\x0bb", b"A: a\r\n b", b"A: a\r\n\tb", b"A: a\r\n ", b"A: a\r\n B: c",
        b"Content-Length : 0",
        b"Transfer-Encoding : chunked", b"Content-Length\t: 5", b"Content_Length 5", b"A\xc3\xa9: b", b"A: \x1b[2J",
        b"<A>: b",
        b"GET / HTTP/1.1", b"X:" + b" " * 30_000 + b"\x00", b"Host : localhost",
    ):  # fmt: skip
        yield 400, _GET + _HOST + line + b"\r\n\r\n"
        yield 400, _GET + line + b"\r\n" + _HOST + b"\r\n"


def _hosts() -> Iterator[tuple[int, bytes]]:
    """No host, several, or what is none."""
    for fields in (
        b"", b"Host: a\r\nHost: a\r\n", b"Host: a\r\nHost: b\r\n", b"Host: a\r\nHost:\r\n", b"Host:\r\nHost:\r\n",
        b"X-Host: a\r\n",
        b"Host: a\r\nhost: b\r\n", b"Host: a b\r\n", b"Host: a/b\r\n", b"Host: a@b\r\n", b"Host: http://a\r\n",
        b"Host: a:b\r\n",
        b"Host: a:-1\r\n", b"Host: a:123456\r\n", b"Host: [::1\r\n", b"Host: ::1\r\n", b"Host: a?b\r\n",
        b"Host: a\\b\r\n",
        b"Host: a, b\r\n", b"Host: <a>\r\n", b"Host: a#b\r\n", b"Host: \"a\"\r\n",
    ):  # fmt: skip
        yield 400, _GET + fields + b"\r\n"


def _lengths() -> Iterator[tuple[int, bytes]]:
    """Bodies whose length is in doubt."""
    for value in (
        b"+5", b"-5", b"-0", b"0x5", b"5_0", b"5, 5", b"5,5", b"5, 6", b"5;", b"5 5", b"", b"a", b"5a", b"1e3", b"5.0",
        b"5,", b",5",
        b"\xb2", b"\xd9\xa5", b"1234567890123456789", b"9" * 100, b"\"5\"", b"0b1", b"five", b"18446744073709551616",
        b"nan",
    ):  # fmt: skip
        yield 400, _POST + b"Content-Length: " + value + b"\r\n\r\nhello"
    yield 413, _POST + b"Content-Length: 123456789012345678\r\n\r\nhello"
    for fields in (
        b"Content-Length: 5\r\nContent-Length: 5\r\n", b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length:\r\nContent-Length: 5\r\n", b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
        b"Transfer-Encoding: identity\r\nContent-Length: 5\r\n", b"Transfer-Encoding:\r\nContent-Length: 5\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n",
    ):  # fmt: skip
        yield 400, _POST + fields + b"\r\n5\r\nhello\r\n0\r\n\r\n"
    for value, status in (
        (b"identity", 400), (b"gzip", 400), (b"xchunked", 400), (b"chunkedx", 400), (b"chunked, identity", 400),
        (b"chunked, chunked", 400), (b"chunked,", 400), (b",chunked", 400), (b"", 400), (b"\"chunked\"", 400),
        (b"chunked;q=1", 400), (b"chunke", 400), (b"gzip, chunked", 501), (b"identity, chunked", 501), (b"x,chunked",
        501),
    ):  # fmt: skip
        yield status, _POST + b"Transfer-Encoding: " + value + b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    yield 400, b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    for value in (b"200-ok", b"100-continue, 100-continue", b""):
        yield 417, _POST + b"Expect: " + value + b"\r\nContent-Length: 5\r\n\r\n"


def _chunks() -> Iterator[tuple[int, bytes]]:
    """Chunks that are none."""
    for body in (
        b"0x5\r\nhello\r\n", b"5 \r\nhello\r\n", b" 5\r\nhello\r\n", b"+5\r\nhello\r\n", b"-5\r\nhello\r\n",
        b"5_0\r\n", b"5h\r\nhello\r\n",
        b"g\r\n", b"\r\n", b"\n", b";ext\r\n", b"5 ;a\r\nhello\r\n", b"\xb2\r\n", b"5,5\r\n", b"5.0\r\n",
        b"ffffffffffffffff\r\n",
        b"10000000000000000\r\n", b"f" * 2000, b"5\x00\r\nhello\r\n", b"5\nhello\r\n", b"5\rhello\r\n",
        b"5\r\r\nhello\r\n",
        b"5\r\nhello\n0\r\n\r\n", b"5\r\nhello0\r\n\r\n", b"5\r\nhelloX", b"5\r\nhello\r\n\r\n", b"4\r\nhello\r\n",
        b"6\r\nhello\r\n0\r\n\r\n",
        b"5;a=\"b\nc\"\r\nhello\r\n", b"5;a=\"b\rc\"\r\nhello\r\n", b"5;a\x00\r\nhello\r\n", b"5;" + b"a" * 5000,
        b"0\r\nA\r\n\r\n",
        b"0\r\nA : b\r\n\r\n", b"0\r\n A: b\r\n\r\n", b"0\r\nA: b\r\n c\r\n\r\n", b"0\r\nA: b\n\r\n", b"0\r\n\n",
        b"0\n\n", b"0\r\n\rX",
        b"0\r\nContent-Length: 5\r\n\r\n", b"0\r\nTransfer-Encoding: chunked\r\n\r\n", b"0\r\nHost: b\r\n\r\n",
    ):  # fmt: skip
        yield 400, _CHUNKED + body
    yield 431, _CHUNKED + b"0\r\n" + b"A: b\r\n" * 100 + b"\r\n"
    yield 431, _CHUNKED + b"0\r\nA: " + b"b" * 20_000


def _sizes() -> Iterator[tuple[int, bytes]]:
    """Heads that are too large, or have no end."""
    yield 414, b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + _HOST + b"\r\n"
    yield 414, b"GET /" + b"a" * 200_000
    yield 414, b"A" * 200_000
    yield 431, _GET + _HOST + b"A: b\r\n" * 200 + b"\r\n"
    yield 431, _GET + _HOST + b"A: " + b"b" * 70_000 + b"\r\n\r\n"
    yield 431, _GET + _HOST + b"A: " + b"b" * 200_000
    yield 431, _GET + _HOST + b"A: b\r\n" * 20_000
    yield 431, _GET + _HOST + b"A" * 70_000


REFUSED: tuple[tuple[int, bytes], ...] = (
    *_lines(), *_line_ends(), *_fields(), *_hosts(), *_lengths(), *_chunks(), *_sizes(),
)  # fmt: skip
"""(status, bytes) of requests that are refused, each on a connection of its own."""

UNFINISHED: tuple[bytes, ...] = (
    b"G", b"GET", b"GET ", b"GET /", b"GET / HTTP/1.1", b"GET / HTTP/1.1\r", b"GET / HTTP/1.1\r\n", _GET + b"Host",
    _GET + _HOST,
    _GET + _HOST + b"\r", b"\r", b"GET /\r\n", b"GET / HTTP/9.9\r\n", _POST + b"Content-Length: 5\r\n\r\nhell",
    _POST + b"Content-Length: 5\r\n\r\n", _CHUNKED, _CHUNKED + b"5", _CHUNKED + b"5\r\nhel", _CHUNKED + b"5\r\nhello",
    _CHUNKED + b"5\r\nhello\r\n", _CHUNKED + b"0\r\n", _CHUNKED + b"0\r\nA: b\r\n",
)  # fmt: skip
"""The beginnings of requests."""
