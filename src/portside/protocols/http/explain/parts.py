"""A message of HTTP/1.x taken apart: start line, fields, body, each with its meaning (RFC 9112 §2.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portside.interfaces import Role, Span
from portside.protocols.explaining import Field, Said
from portside.protocols.http.explain.bodies import MOST_CHUNKS, chunks, split_head
from portside.protocols.http.explain.credentials import holds_secret
from portside.protocols.http.explain.heads import Head
from portside.protocols.http.explain.meanings import FIELDS, METHODS, STATUS_CODES

MOST_LINES = 500
"""Fields of one head that are named; servers refuse more than some hundred."""
MOST_PARTS = 100
"""Parts of one field that are named."""
LONGEST_VALUE = 8192
"""Characters of a value that are shown."""

_REQUEST_LINE = re.compile(rb"(\S+)( +)(\S+)( +)(HTTP/\d\.\d)")
_STATUS_LINE = re.compile(rb"(HTTP/\d\.\d)( +)(\d{3})( *)([^\r\n]*)")
_FIELD = re.compile(rb"([^:\s]+)[ \t]*:[ \t]*")
_ITEM = re.compile(rb'[^",]*(?:"[^"]*"[^",]*)*')
_PARAMETER = re.compile(rb'[^";]*(?:"[^"]*"[^";]*)*')
_BY_SEMICOLON = {"cookie", "set-cookie", "content-type", "content-disposition", "strict-transport-security",
                 "content-security-policy", "keep-alive"}  # fmt: skip
_BY_COMMA = {"accept", "accept-charset", "accept-encoding", "accept-language", "access-control-allow-headers",
             "access-control-allow-methods", "access-control-expose-headers", "access-control-request-headers", "allow",
             "cache-control", "connection", "content-encoding", "content-language", "forwarded", "if-match",
             "if-none-match", "link", "permissions-policy", "pragma", "prefer", "te", "trailer", "transfer-encoding",
             "upgrade", "vary", "via", "x-forwarded-for"}  # fmt: skip


def fields(said: Said, data: bytes) -> list[Field]:
    """Every part of a message in the order of its bytes; ``data`` is all of it, or its beginning."""
    if said.kind == "data" or not data:
        return [Field("Data", (0, len(data)), f"{len(data):,} bytes", "no message of HTTP begins here")]
    size = split_head(data)
    found = list(_head(said, data, size))
    if size < len(data):
        found.append(_body(said, data, size))
    return found


def _head(said: Said, data: bytes, size: int) -> Iterator[Field]:
    lines = list(_lines(data, 0, size))
    for index, (start, stop) in enumerate(lines[:MOST_LINES]):
        line = data[start:stop]
        if index == 0:
            yield _status_line(data, start, stop) if said.role is Role.SERVER else _request_line(data, start, stop)
        elif not line.strip(b"\r\n"):
            yield Field("Empty line", (start, stop), "", "the head ends here", "RFC 9112 §2.1")
        else:
            yield _field(data, start, stop)
    if len(lines) > MOST_LINES:
        yield Field("Further lines", (lines[MOST_LINES][0], size), f"{len(lines) - MOST_LINES:,}")


def _lines(data: bytes, at: int, stop: int) -> Iterator[Span]:
    """Each line with its end; a line that is folded goes on in the next (RFC 9112 §5.2)."""
    start = at
    while at < stop:
        end = data.find(b"\n", at, stop) + 1 or stop
        if data[end : end + 1] not in (b" ", b"\t") or end >= stop or start == 0:
            yield start, end
            start = end
        at = end
    if start < stop:
        yield start, stop


def _text(data: bytes) -> str:
    return data[:LONGEST_VALUE].decode("utf-8", "replace")


def _stop(data: bytes, start: int, stop: int) -> int:
    """Where a line ends without its CR LF."""
    return start + len(data[start:stop].rstrip(b"\r\n"))


def _request_line(data: bytes, start: int, stop: int) -> Field:
    span = (start, _stop(data, start, stop))
    found = _REQUEST_LINE.match(data, *span)
    if found is None:
        return Field("Start line", span, _text(data[span[0] : span[1]]), "no request line", "RFC 9112 §3")
    method = _text(found[1])
    meaning, source = METHODS.get(method, ("", "RFC 9110 §9"))
    parts = (
        Field("Method", found.span(1), method, meaning, source),
        Field("Target", found.span(3), _text(found[3]), _form(found[3]), "RFC 9112 §3.2",
              tuple(_target(data, *found.span(3))), holds_secret(found[0])),
        Field("Version", found.span(5), _text(found[5]), "", "RFC 9112 §2.3"),
    )  # fmt: skip
    return Field("Request line", span, _text(found[0]), "", "RFC 9112 §3", parts)


def _form(target: bytes) -> str:
    if target.startswith(b"/"):
        return "a path on the host that Host names"
    if target == b"*":
        return "the server as a whole"
    return "a whole URL, as a proxy is asked" if b"://" in target else "a host and port, as a tunnel is asked for"


def _target(data: bytes, start: int, stop: int) -> Iterator[Field]:
    target = data[start:stop]
    path, mark, query = target.partition(b"?")
    if not mark:
        return
    yield Field("Path", (start, start + len(path)), _text(path), "", "RFC 3986 §3.3")
    at = start + len(path) + 1
    parts = []
    for parameter in query.split(b"&")[:MOST_PARTS]:
        if parameter:
            name, _, value = parameter.partition(b"=")
            secret = holds_secret(b"?" + parameter)
            parts.append(Field(_text(name), (at, at + len(parameter)), _text(value), secret=secret))
        at += len(parameter) + 1
    yield Field("Query", (start + len(path) + 1, stop), _text(query), "", "RFC 3986 §3.4", parts)


def _status_line(data: bytes, start: int, stop: int) -> Field:
    span = (start, _stop(data, start, stop))
    found = _STATUS_LINE.match(data, *span)
    if found is None:
        return Field("Start line", span, _text(data[span[0] : span[1]]), "no status line", "RFC 9112 §4")
    code = int(found[3])
    _, meaning = STATUS_CODES.get(code, ("", _class(code)))
    parts = (
        Field("Version", found.span(1), _text(found[1]), "", "RFC 9112 §2.3"),
        Field("Status code", found.span(3), str(code), meaning, "RFC 9110 §15"),
        Field("Reason phrase", found.span(5), _text(found[5]), "for people; programs pass over it", "RFC 9112 §4"),
    )
    return Field("Status line", span, _text(found[0]), "", "RFC 9112 §4", parts)


def _class(code: int) -> str:
    kinds = ("", "interim", "success", "look elsewhere", "the client's mistake", "the server's mistake")
    return f"{kinds[code // 100]} (not registered)" if code // 100 < len(kinds) else "no class of status codes"


def _field(data: bytes, start: int, stop: int) -> Field:
    end = _stop(data, start, stop)
    found = _FIELD.match(data, start, end)
    if found is None:
        return Field(
            "Line", (start, end), _text(data[start:end]), "no field: there is no name with a colon", "RFC 9112 §5"
        )
    name = _text(found[1])
    key = name.lower()
    meaning, source = FIELDS.get(key, ("", ""))
    value = data[found.end() : end].rstrip(b" \t")
    if key == "content-length" and value.isdigit() and len(value) < 19:
        meaning = f"{int(value):,} bytes of body follow"
    at = found.end()
    pattern = _ITEM if key in _BY_COMMA else _PARAMETER if key in _BY_SEMICOLON else None
    secret = holds_secret(data[start:end])
    parts = () if pattern is None else tuple(_parts(pattern, data, at, at + len(value), secret, key))
    return Field(name, (start, end), _text(value), meaning, source or "RFC 9110 §5.1", parts, secret)


def _parts(pattern: re.Pattern[bytes], data: bytes, at: int, stop: int, secret: bool, key: str) -> Iterator[Field]:
    """The items of a list, or a value and its parameters; one alone needs no parts."""
    items: list[Span] = []
    while at < stop and len(items) < MOST_PARTS:
        found = pattern.match(data, at, stop)
        end = at if found is None else found.end()
        if data[end : end + 1] == b'"':  # a quote without its end
            end = stop
        item = data[at:end]
        if item.strip():
            start = at + len(item) - len(item.lstrip())
            items.append((start, start + len(item.strip())))
        at = end + 1
    if len(items) < 2:
        return
    for index, (start, end) in enumerate(items):
        name, mark, value = data[start:end].partition(b"=")
        hidden = secret and (key != "set-cookie" or index == 0)
        if mark and len(name) < 64:
            yield Field(_text(name.strip()), (start, end), _text(value.strip()), secret=hidden)
        else:
            yield Field("Item", (start, end), _text(data[start:end]), secret=hidden)


# -------------------------------------------------------------------------------------------------- body


def _body(said: Said, data: bytes, size: int) -> Field:
    span = (size, len(data))
    length = said.stop - said.start - size
    if not Head(data[:size]).chunked:
        return Field("Body", span, f"{length:,} bytes", str(said.facts.get("type", "")), "RFC 9112 §6")
    parts: list[Field] = []
    end = size
    for chunk in chunks(data, size):
        end = chunk.end
        if len(parts) >= 2 * MOST_CHUNKS:
            parts.append(Field("Further chunks", (chunk.start, len(data)), f"{len(data) - chunk.start:,} bytes"))
            end = len(data)
            break
        count = chunk.stop - chunk.data
        line = (chunk.start, _stop(data, chunk.start, chunk.data))
        value = _text(data[slice(*line)].partition(b";")[0].strip())
        last = chunk.data == chunk.end and not count
        meaning = "no bytes: the body ends here" if last else f"{int(value or b'0', 16):,} bytes follow"
        extension = chunk.extension.strip(b"; \t")
        meaning += f"; extension {_text(extension)}" if extension else ""
        parts.append(Field("Chunk size", line, value, meaning, "RFC 9112 §7.1"))
        if count:
            parts.append(Field("Chunk data", (chunk.data, chunk.stop), f"{count:,} bytes"))
    for start, stop in list(_lines(data, end, len(data)))[:MOST_LINES]:
        if data[start:stop].strip(b"\r\n"):
            parts.append(_field(data, start, stop))
        else:
            parts.append(Field("Empty line", (start, stop), "", "the trailer section ends here", "RFC 9112 §7.1.2"))
    return Field("Body", span, f"{said.facts.get('length', 0):,} bytes in chunks", str(said.facts.get("type", "")),
                 "RFC 9112 §7.1", parts)  # fmt: skip
