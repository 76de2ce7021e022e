"""One message of FTP taken apart: command code and argument, reply code and text, each with its meaning (RFC 959)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from portside.errors import RemoteError
from portside.interfaces import Address, Role, Span
from portside.protocols.explaining import Content, Field, Said
from portside.protocols.ftp.explain.data import KINDS, data_content, data_fields
from portside.protocols.ftp.explain.masking import holds_secret
from portside.protocols.ftp.explain.places import between_bars, six_numbers
from portside.protocols.ftp.syntax.addresses import parse_epsv, parse_pasv
from portside.protocols.ftp.syntax.codes import FIRST_DIGIT, SECOND_DIGIT, meaning_of
from portside.protocols.ftp.syntax.commands import Row, Setting, TimeOf, parse_argument, row_of
from portside.protocols.ftp.syntax.lines import parse_command, undo_telnet
from portside.protocols.ftp.syntax.names import parse_quoted
from portside.protocols.ftp.syntax.times import parse_time, serialise_time

MOST_LINES = 500
"""Lines of one reply that are named."""
LONGEST_VALUE = 8192
"""Characters of a value that are shown."""

_LINE = re.compile(rb"((?:\xff[\xfb-\xfe].|\xff[\xf0-\xfa]|[ \t])*)([A-Za-z]{1,8})([ \t]?)([^\r\n]*)", re.DOTALL)
_FIRST = re.compile(rb"([0-9]{3})([ -]?)([^\r\n]*)")
_CODES: Mapping[tuple[str, str], str] = {
    ("TYPE", "A"): "ASCII: lines end with CR LF on the way (RFC 959 §3.1.1.1)",
    ("TYPE", "I"): "image: the bytes as they are (RFC 959 §3.1.1.3)",
    ("MODE", "S"): "stream: the end of the connection ends the file (RFC 959 §3.4.1)",
    ("MODE", "Z"): "compressed by deflate",
    ("STRU", "F"): "a file is a row of bytes (RFC 959 §3.1.2.1)",
    ("PROT", "C"): "clear: data connections without TLS (RFC 2228 §3)",
    ("PROT", "P"): "private: data connections over TLS (RFC 4217 §9)",
    ("PBSZ", "0"): "TLS has buffers of its own (RFC 4217 §8)",
    ("AUTH", "TLS"): "TLS begins behind the reply 234 (RFC 4217 §4)",
    ("EPSV", "ALL"): "from now on nothing but EPSV opens data connections (RFC 2428 §4)",
}


def fields(said: Said, data: bytes) -> list[Field]:
    """Every part of a message in the order of its bytes; ``data`` is all of it, or its beginning."""
    if said.kind in KINDS:
        return data_fields(said, data)
    if said.kind == "unknown" or not data:
        return [Field("Data", (0, len(data)), f"{len(data):,} bytes", "no whole line of FTP")]
    return list(_command(data) if said.role is Role.CLIENT else _reply(said, data))


def content(said: Said, data: bytes) -> Content | None:
    """What a data connection has carried, or a reply of several lines tells (a listing by STAT, HELP)."""
    if said.kind in KINDS:
        return data_content(said, data)
    lines = data.splitlines(keepends=True)
    if said.role is Role.CLIENT or said.kind == "unknown" or len(lines) < 2:
        return None
    inner = b"".join(lines[1:-1]) if len(data) == said.stop - said.start else b"".join(lines[1:])
    return Content(inner, "text/plain; charset=utf-8", len(data) == said.stop - said.start)


def _text(data: bytes) -> str:
    return undo_telnet(data)[:LONGEST_VALUE].decode("utf-8", "replace")


def _line_end(data: bytes, at: int) -> Iterator[Field]:
    if at < len(data):
        yield Field("Line end", (at, len(data)), "CR LF" if data[at:] == b"\r\n" else "LF", "", "RFC 959 §5.3")


# -------------------------------------------------------------------------------------------- commands


def _command(data: bytes) -> Iterator[Field]:
    found = _LINE.match(data)
    if found is None:
        yield Field("Data", (0, len(data)), _text(data.rstrip(b"\r\n")), "no command of FTP")
        return
    row = row_of(found[2].decode().upper())
    if found[1]:
        yield Field("Telnet orders", found.span(1), found[1].hex(" "), "calls for attention", "RFC 959 §4.1.3")
    yield Field("Command code", found.span(2), found[2].decode(), *_of_row(row))
    if found[4]:
        yield _argument(row, found, data)
    yield from _line_end(data, found.end())


def _of_row(row: Row | None) -> tuple[str, str]:
    return (row.help, row.source) if row is not None else ("not known here", "")


def _argument(row: Row | None, found: re.Match[bytes], data: bytes) -> Field:
    span, value = found.span(4), _text(found[4])
    if holds_secret(data):
        return Field("Argument", span, value, "a secret", row.source if row else "", secret=True)
    if row is None:
        return Field("Argument", span, value)
    if row.verb in _PLACES:
        return _address(row, span, value, data)
    return Field("Pathname" if row.names else "Argument", span, value, _argument_meaning(row, data), row.source)


def _argument_of(data: bytes) -> object:
    """What the argument of a command means; None where it means nothing."""
    try:
        return parse_argument(parse_command(data.rstrip(b"\r\n")))[1]
    except RemoteError:
        return None


def _argument_meaning(row: Row, data: bytes) -> str:
    try:
        _, argument = parse_argument(parse_command(data.rstrip(b"\r\n")))
    except RemoteError as error:
        return str(error)
    match argument:
        case TimeOf(time, path):
            return f"{_moment(time)} for {path}"
        case Setting(name, value):
            return f"{name}: {value}" if value else name
        case int():
            return f"{argument:,} bytes" if row.verb in ("REST", "ALLO") else _CODES.get((row.verb, str(argument)), "")
        case _:
            return _CODES.get((row.verb, str(getattr(argument, "code", argument)).upper()), "")


def _moment(seconds: float) -> str:
    text = serialise_time(seconds)
    return f"{text[:4]}-{text[4:6]}-{text[6:8]} {text[8:10]}:{text[10:12]}:{text[12:14]} UTC"


_Place = tuple[str, Callable[[bytes, int], Iterator[Field]]]
_PLACES: Mapping[str, _Place] = {"PORT": ("Host-port", six_numbers), "EPRT": ("Address", between_bars)}


def _address(row: Row, span: Span, value: str, data: bytes) -> Field:
    name, take_apart = _PLACES[row.verb]
    address = _argument_of(data)
    if not isinstance(address, Address):
        return Field(name, span, value, "no address", row.source)
    return Field(name, span, value, f"waits at {address}", row.source, tuple(take_apart(data, span[0])))


# --------------------------------------------------------------------------------------------- replies


def _reply(said: Said, data: bytes) -> Iterator[Field]:
    first = _FIRST.match(data)
    if first is None:
        yield Field("Data", (0, len(data)), _text(data.rstrip(b"\r\n")), "no reply of FTP")
        return
    code, verb = int(first[1]), str(said.facts.get("command", ""))
    yield Field("Reply code", first.span(1), first[1].decode(), meaning_of(code), "RFC 959 §4.2", tuple(_digits(code)))
    if first[2] == b"-":
        yield Field("Continuation", first.span(2), "-", "further lines follow", "RFC 959 §4.2")
    if first[3]:
        meaning = _text_meaning(code, verb, _text(first[3]))
        places = _MEETING[code](first[0], first.start(3)) if code in _MEETING else ()
        yield Field("Text", first.span(3), _text(first[3]), meaning, "", tuple(places))
    yield from _further_lines(first[1], verb, data, first.end())


def _digits(code: int) -> Iterator[Field]:
    digits = f"{code:03d}"
    yield Field("First digit", (0, 1), digits[0], FIRST_DIGIT.get(code // 100, ""), "RFC 959 §4.2.1")
    yield Field("Second digit", (1, 2), digits[1], SECOND_DIGIT.get(code // 10 % 10, ""), "RFC 959 §4.2.1")
    yield Field("Third digit", (2, 3), digits[2])


def _further_lines(code: bytes, verb: str, data: bytes, at: int) -> Iterator[Field]:
    end = data.find(b"\n", at) + 1
    if not end or end == len(data):
        yield from _line_end(data, at)
        return
    for count, line in enumerate(data[end:].splitlines(keepends=True)):
        if count == MOST_LINES:
            yield Field("Further lines", (end, len(data)), f"{len(data) - end:,} bytes")
            return
        last = line[:3] == code and line[3:4] in (b" ", b"\r", b"\n", b"")
        value = _text(line.rstrip(b"\r\n"))
        yield Field("Last line" if last else "Line", (end, end + len(line)), value, _line_meaning(verb, value, last))
        end += len(line)


def _line_meaning(verb: str, line: str, last: bool) -> str:
    """A line of FEAT names a command; one of anything else says what it says."""
    if verb != "FEAT" or last:
        return "the reply ends here" if last else ""
    words = line.split()
    row = row_of(words[0].upper()) if words else None
    return row.help if row is not None else ""


def _text_meaning(code: int, verb: str, text: str) -> str:
    """What a reply's text tells, where programs read it."""
    try:
        return _TEXTS[code](verb, text) if code in _TEXTS else ""
    except RemoteError:
        return "says nothing that a program could read"


def _size_or_time(verb: str, text: str) -> str:
    if verb in ("MDTM", "MFMT"):
        return f"changed {_moment(parse_time(text.strip()))}"
    return f"{int(text):,} bytes" if verb == "SIZE" and re.fullmatch(r"[0-9]{1,18}", text) else ""


def _path(_verb: str, text: str) -> str:
    path = parse_quoted(text)
    return "" if path is None else f"the path {path}"


_MEETING: Mapping[int, Callable[[bytes, int], Iterator[Field]]] = {227: six_numbers, 229: between_bars}
_TEXTS: Mapping[int, Callable[[str, str], str]] = {
    213: _size_or_time,
    227: lambda _, text: f"waits at {parse_pasv(text)}",
    229: lambda _, text: f"waits at port {parse_epsv(text)}",
    257: _path,
}
