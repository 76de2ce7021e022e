"""The heads of requests and responses: start line and field lines (RFC 9112 §2 to §5).

A line that was seen before is not looked at again: programs say the same lines in every request, so the strict
check is made once and its result remembered, bounded in number and in size. Whatever is not remembered takes the
same way through the same functions, so both give the same answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from portside.errors import LimitExceeded, LocalError, RemoteError
from portside.protocols.http.messages import FieldLine, Headers, Request, Response
from portside.syntax.recall import Recall

LINES_REMEMBERED = 4096
"""Field lines kept in memory; a browser and an API client each use some twenty."""
LONGEST_REMEMBERED = 512
"""Bytes of the longest line kept, so that all of them stay below some megabytes."""

_AROUND_TARGET = 64
"""Bytes of a request line besides its target: a method and a version."""

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE = re.compile(rb"(%b) ([!-~\x80-\xff]+) HTTP/([0-9])\.([0-9])" % _TOKEN)
_STATUS_LINE = re.compile(rb"HTTP/([0-9])\.([0-9]) ([1-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?")
# White space is taken whole or not at all (`*+`): given back piece by piece, a long run would cost its square.
_FIELD_LINE = re.compile(rb"(%b):[ \t]*+((?:[!-~\x80-\xff]+(?:[ \t]+[!-~\x80-\xff]+)*)?)[ \t]*" % _TOKEN)
_FIELD_VALUE = re.compile(rb"(?:[!-~\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[!-~\x80-\xff])?)?")
_METHOD = re.compile(_TOKEN)
_DIGITS = re.compile(rb"[0-9]{1,18}")
_BARE_LINE_END = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)")
_BEGINNING = re.compile(rb"%b(?: |\Z)|\r?\Z" % _TOKEN)
_HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~!$&'()*+,;=%\x80-\xff]*)(?::[0-9]{0,5})?")

_REQUEST_LINES: Recall[bytes, tuple[str, str, int]] = Recall(LINES_REMEMBERED)
_FIELD_LINES: Recall[bytes, tuple[bytes, FieldLine]] = Recall(LINES_REMEMBERED)

_BARE = "a line of the head does not end in CRLF"

CHUNKED = -1
"""The length of a body in chunks."""
UNTIL_CLOSE = -2
"""The length of a response's body that ends with the connection."""


@dataclass(frozen=True, slots=True)
class HeadLimits:
    """How large the head of a message may be.

    ``head`` bytes in all (RFC 9112 §3 asks for at least 8,000 in the request line), ``fields`` lines, and
    ``target`` bytes of the request target.
    """

    head: int = 64 * 1024
    fields: int = 128
    target: int = 16 * 1024


@dataclass(slots=True)
class Head:
    """A parsed head and what follows from it for the connection.

    ``length`` is the body's in bytes, or ``CHUNKED``, or ``UNTIL_CLOSE``; ``keep_alive`` says whether they want the
    connection kept; ``expects`` whether they wait for 100 (Continue).
    """

    message: Request | Response
    length: int
    keep_alive: bool
    expects: bool = False


# ----------------------------------------------------------------------------------------------- finding


def find_end(buffer: bytes | bytearray, start: int) -> int:
    """Where the head in ``buffer`` ends (behind the empty line), or -1 if its end has not come yet.

    ``start`` is how much of the buffer was searched before. Raises ``RemoteError`` (400) for a line that does not
    end in CRLF: such a head would never end, or be read differently by others (RFC 9112 §2.2).
    """
    start = max(0, start - 3)
    end = buffer.find(b"\r\n\r\n", start)
    if end >= 0:
        return end + 4  # a stray line end within the head is no part of any line, so parsing finds it
    if _BARE_LINE_END.search(buffer, start) is not None:
        raise RemoteError(_BARE, 400)
    return -1


def check_size(head: bytes | bytearray, limits: HeadLimits) -> None:
    """Refuse a head, or what has come of it so far, that is too large: by ``LimitExceeded`` with 414 or 431."""
    line = limits.target + _AROUND_TARGET
    if len(head) > line and head.find(b"\r\n", 0, line) < 0:
        raise LimitExceeded(f"the request target is longer than {limits.target} bytes", 414)
    if len(head) > limits.head:
        raise LimitExceeded(f"the head is longer than {limits.head} bytes", 431)


def check_beginning(buffer: bytes | bytearray) -> None:
    """Refuse, by ``RemoteError`` (400), what can never be a request: a TLS handshake at a plain port has no end."""
    if _BEGINNING.match(buffer) is None:
        raise RemoteError("the request line is malformed", 400)


def first_fault(head: bytes, error: RemoteError) -> RemoteError:
    """The fault that one who reads byte after byte meets first: ``error``, or a line that does not end in CRLF."""
    return error if _BARE_LINE_END.search(head) is None else RemoteError(_BARE, 400)


# ------------------------------------------------------------------------------------------------ parsing


def parse_request(head: bytes, limits: HeadLimits) -> Head:
    """The request in ``head``, which ends behind its empty line. Raises ``RemoteError`` with the status to answer."""
    lines = head[:-4].split(b"\r\n")
    start = lines[0]
    method, target, minor = _REQUEST_LINES.known.get(start) or _request_line(start, limits.target)
    if len(target) > limits.target:
        raise LimitExceeded(f"the request target is longer than {limits.target} bytes", 414)
    headers, index = _headers(lines, limits)
    _check_host(index.get(b"host"), minor)
    length = _request_length(index.get(b"transfer-encoding"), index.get(b"content-length"), minor)
    option = index.get(b"connection")
    keep_alive = minor == 1 if option is None else _keeps_alive(option, minor)
    expects = b"expect" in index and _expects(index[b"expect"], minor) and length != 0
    return Head(Request(method, target, headers, minor, length != 0), length, keep_alive, expects)


def _request_line(line: bytes, longest: int) -> tuple[str, str, int]:
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        if line.count(b" ") > 1 and len(line) > longest:
            raise LimitExceeded("the request target is too long", 414)
        raise RemoteError("the request line is malformed", 400)
    method, target, major, minor = match.groups()
    if major != b"1":
        raise RemoteError("only HTTP/1.0 and HTTP/1.1 are spoken here", 505)
    meaning = method.decode("ascii"), target.decode("latin-1"), min(int(minor), 1)
    if len(line) <= LONGEST_REMEMBERED:
        _REQUEST_LINES.keep(line, meaning)
    return meaning


def parse_response(head: bytes, limits: HeadLimits, method: str) -> Head:
    """The response in ``head`` to a request of ``method``. Raises ``RemoteError``.

    ``method`` decides whether a body follows (RFC 9112 §6.3).
    """
    lines = _unfold(head[:-4].split(b"\r\n"))
    match = _STATUS_LINE.fullmatch(lines[0])
    if match is None:
        raise RemoteError("the answer does not begin with a status line of HTTP/1.x")
    major, minor, status, reason = match.groups()
    if major != b"1":
        raise RemoteError(f"the answer is in HTTP/{major.decode()}, which was not asked for")
    headers, index = _headers(lines, limits)
    code = int(status)
    response = Response(code, headers, b"", (reason or b"").decode("latin-1"), min(int(minor), 1))
    length = _response_length(headers, code, method)
    option = index.get(b"connection")
    keep_alive = response.minor == 1 if option is None else _keeps_alive(option, response.minor)
    return Head(response, length, keep_alive and length != UNTIL_CLOSE)


def _unfold(lines: list[bytes]) -> list[bytes]:
    """A user agent reads an obsolete line folding as spaces (RFC 9112 §5.2)."""
    if not any(line[:1] in (b" ", b"\t") for line in lines):
        return lines
    unfolded = [lines[0]]
    for line in lines[1:]:
        if line[:1] in (b" ", b"\t") and len(unfolded) > 1:
            unfolded[-1] += b" " + line.strip(b" \t")
        else:
            unfolded.append(line)
    return unfolded


def _headers(lines: Sequence[bytes], limits: HeadLimits) -> tuple[Headers, dict[bytes, bytes]]:
    """The fields in all lines but the first, and their values by lower-case name."""
    if len(lines) - 1 > limits.fields:
        raise LimitExceeded(f"more than {limits.fields} header fields", 431)
    index: dict[bytes, bytes] = {}
    fields: list[FieldLine] = []
    known = _FIELD_LINES.known
    for line in lines[1:]:
        name, field = known.get(line) or _field_line(line)
        if name in index:
            index[name] += b", " + field[1]
        else:
            index[name] = field[1]
        fields.append(field)
    return Headers(fields, index), index


def _field_line(line: bytes) -> tuple[bytes, FieldLine]:
    match = _FIELD_LINE.fullmatch(line)
    if match is None:
        raise RemoteError(_what_is_wrong(line), 400)
    name, value = match.groups()
    meaning = name.lower(), (name, value)
    if len(line) <= LONGEST_REMEMBERED:
        _FIELD_LINES.keep(line, meaning)
    return meaning


def _what_is_wrong(line: bytes) -> str:
    name, colon, _ = line.partition(b":")
    if line[:1] in (b" ", b"\t"):
        return "a header field is folded over two lines"
    if not colon:
        return "a header line has no colon"
    if _METHOD.fullmatch(name.rstrip(b" \t")) and name[-1:] in (b" ", b"\t"):
        return "a header field has white space before its colon"
    if _METHOD.fullmatch(name) is None:
        return "a header field's name is not a token"
    return "a header field's value has a control character"


def parse_fields(block: bytes, limits: HeadLimits) -> Headers:
    """Field lines, each ending in CRLF, without a start line: trailers, or the head of a part."""
    return _headers([b"", *block.split(b"\r\n")[:-1]], limits)[0]


# -------------------------------------------------------------------------- what the fields mean for framing


def _request_length(coding: bytes | None, length: bytes | None, minor: int) -> int:
    """RFC 9112 §6.1, §6.3: whatever leaves the length in doubt is refused, since others may read it otherwise."""
    if coding is None:
        return 0 if length is None else _number(length)
    if length is not None:
        raise RemoteError("both Transfer-Encoding and Content-Length are given", 400)
    if minor == 0:
        raise RemoteError("HTTP/1.0 knows no Transfer-Encoding", 400)
    _check_chunked(coding)
    return CHUNKED


def _check_chunked(value: bytes) -> None:
    codings = [coding.strip(b" \t").lower() for coding in value.split(b",")]
    if codings == [b"chunked"]:
        return
    if codings[-1] == b"chunked" and codings.count(b"chunked") == 1 and b"" not in codings:
        raise RemoteError("only the transfer coding 'chunked' is known here", 501)
    raise RemoteError("the transfer coding does not end in one 'chunked'", 400)


def _number(value: bytes) -> int:
    if _DIGITS.fullmatch(value) is None:
        raise RemoteError("the Content-Length is not one decimal number", 400)
    return int(value)


def _response_length(headers: Headers, status: int, method: str) -> int:
    if method == "HEAD" or status < 200 or status in (204, 304):
        return 0
    coding = headers.get(b"transfer-encoding")
    lengths = {value.strip(b" \t") for value in (headers.get(b"content-length") or b"").split(b",")} - {b""}
    if coding is not None:
        if lengths:
            raise RemoteError("the answer gives both Transfer-Encoding and Content-Length")
        _check_chunked(coding)
        return CHUNKED
    if len(lengths) > 1:
        raise RemoteError("the answer gives two different lengths")
    return _number(lengths.pop()) if lengths else UNTIL_CLOSE


def _check_host(host: bytes | None, minor: int) -> None:
    """One Host in every request of HTTP/1.1 (RFC 9112 §3.2); two are joined by a comma and a space, as no host is."""
    if host is None:
        if minor:
            raise RemoteError("the Host field is missing", 400)
    elif not (_is_known_host(host) if len(host) <= LONGEST_REMEMBERED else _is_host(host)):
        raise RemoteError("the Host field is not one host", 400)


def _is_host(value: bytes) -> bool:
    return _HOST.fullmatch(value) is not None


_is_known_host = lru_cache(1024)(_is_host)


def _expects(value: bytes, minor: int) -> bool:
    """RFC 9110 §10.1.1: an expectation other than 100-continue cannot be met; 1.0 has none."""
    if minor and value.lower() != b"100-continue":
        raise RemoteError("the expectation cannot be met", 417)
    return minor == 1


def _keeps_alive(value: bytes, minor: int) -> bool:
    """RFC 9112 §9.3: kept in 1.1 unless somebody says close, closed in 1.0 unless both say keep-alive."""
    options = connection_options(value)
    return b"close" not in options and (minor == 1 or b"keep-alive" in options)


def connection_options(value: bytes) -> frozenset[bytes]:
    """The options in a Connection field, in lower case (RFC 9110 §7.6.1)."""
    return _known_options(value) if len(value) <= LONGEST_REMEMBERED else _options(value)


def _options(value: bytes) -> frozenset[bytes]:
    return frozenset(option.strip(b" \t").lower() for option in value.split(b","))


_known_options = lru_cache(256)(_options)


# -------------------------------------------------------------------------------------------- serialising


def _serialised_line(name: bytes, value: bytes) -> bytes:
    if _METHOD.fullmatch(name) is None or _FIELD_VALUE.fullmatch(value) is None:
        raise LocalError(f"{name!r}: {value!r} is no field line that may be sent")
    return b"%b: %b\r\n" % (name, value)


_known_serialised_line = lru_cache(LINES_REMEMBERED)(_serialised_line)


def serialise_fields(lines: Iterable[FieldLine]) -> bytes:
    """Field lines as they are sent. Raises ``LocalError`` for a name or value that would break out of its line."""
    return b"".join([
        _known_serialised_line(name, value) if len(value) <= LONGEST_REMEMBERED else _serialised_line(name, value)
        for name, value in lines
    ])  # fmt: skip


def serialise_request(request: Request, extra: Iterable[FieldLine] = ()) -> bytes:
    """The head of ``request``, with ``extra`` lines at its end."""
    line = b"%b %b HTTP/1.%d" % (_octets(request.method), _octets(request.target), request.minor)
    if _REQUEST_LINE.fullmatch(line) is None:
        raise LocalError(f"{request.method!r} {request.target!r} is no request line that may be sent")
    return b"%b\r\n%b%b\r\n" % (line, serialise_fields(request.headers.lines), serialise_fields(extra))


def serialise_response(response: Response, extra: Iterable[FieldLine] = ()) -> bytes:
    """The head of ``response``, with ``extra`` lines at its end; always sent as HTTP/1.1 (RFC 9110 §6.2)."""
    line = b"HTTP/1.1 %d %b" % (response.status, _octets(response.phrase))
    if _STATUS_LINE.fullmatch(line) is None:
        raise LocalError(f"{response.status} {response.phrase!r} is no status line that may be sent")
    return b"%b\r\n%b%b\r\n" % (line, serialise_fields(response.headers.lines), serialise_fields(extra))


def _octets(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError as error:
        raise LocalError(f"{text!r} holds a character that no start line can hold") from error
