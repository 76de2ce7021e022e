"""One message of SMTP taken apart: verb and paths, reply code and text, each with its meaning (RFC 5321)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portside.errors import RemoteError
from portside.interfaces import Role
from portside.protocols.explaining import Content, Field, Said
from portside.protocols.smtp.explain.arguments import LONGEST_VALUE, argument_fields, text
from portside.protocols.smtp.explain.contents import KINDS, content_fields, content_of
from portside.protocols.smtp.explain.dialogue import COMMAND_LINE
from portside.protocols.smtp.syntax.codes import FIRST_DIGIT, SECOND_DIGIT, meaning_of, meaning_of_enhanced
from portside.protocols.smtp.syntax.commands import row_of
from portside.protocols.smtp.syntax.extensions import DESCRIPTIONS
from portside.protocols.smtp.syntax.lines import CHALLENGE, parse_base64

MOST_LINES = 500
"""Lines of one reply that are named."""

_REPLY = re.compile(rb"([0-9]{3})([ -]?)(?:([245]\.[0-9]{1,3}\.[0-9]{1,3})(?=[ \r\n]|$) ?)?([^\r\n]*)")
_KEYWORD = re.compile(rb"([A-Za-z0-9][A-Za-z0-9-]*)(?:[ =]([^\r\n]*))?")
_GREETINGS = frozenset({"EHLO", "LHLO"})


def fields(said: Said, data: bytes) -> list[Field]:
    """Every part of a message in the order of its bytes; ``data`` is all of it, or its beginning."""
    if said.kind in KINDS:
        return content_fields(said, data)
    if said.kind == "unknown" or not data:
        return [Field("Data", (0, len(data)), f"{len(data):,} bytes", "no whole line of SMTP")]
    if said.kind == "response":
        return list(_response(data))
    return list(_command(data) if said.role is Role.CLIENT else _reply(said, data))


def content(said: Said, data: bytes) -> Content | None:
    """The message that was sent, without its stuffed dots; or what a reply of several lines tells."""
    if said.kind in KINDS:
        return content_of(said, data)
    if said.kind != "reply" or data.count(b"\n") < 2:
        return None
    return Content(data, "text/plain; charset=utf-8", len(data) == said.stop - said.start)


def _line_end(data: bytes, at: int) -> Iterator[Field]:
    if at < len(data):
        name = {b"\r\n": "CR LF", b"\n": "LF"}.get(data[at:], f"{len(data) - at:,} bytes")
        yield Field("Line end", (at, len(data)), name, "", "RFC 5321 §2.3.8")


# -------------------------------------------------------------------------------------------- commands


def _response(data: bytes) -> Iterator[Field]:
    """A line of a login: a secret, but where it gives up."""
    end = len(data.rstrip(b"\r\n"))
    if end:
        told = "gives up" if data[:end] == b"*" else "answers the challenge"
        yield Field("Response", (0, end), text(data[:end]), told, "RFC 4954 §4", secret=data[:end] != b"*")
    yield from _line_end(data, end)


def _command(data: bytes) -> Iterator[Field]:
    found = COMMAND_LINE.match(data)
    if found is None:
        yield Field("Data", (0, len(data)), text(data.rstrip(b"\r\n")), "no command of SMTP")
        return
    row = row_of(found[1].decode("ascii").upper())
    told = (row.help, row.source) if row is not None else ("not known here", "")
    yield Field("Command verb", found.span(1), found[1].decode("ascii"), *told)
    if found[2]:
        yield from argument_fields(row, data, found.start(2), found.end(2))
    yield from _line_end(data, found.end())


# --------------------------------------------------------------------------------------------- replies


def _reply(said: Said, data: bytes) -> Iterator[Field]:
    first = _REPLY.match(data)
    if first is None:
        yield Field("Data", (0, len(data)), text(data.rstrip(b"\r\n")), "no reply of SMTP")
        return
    code, verb = int(first[1]), str(said.facts.get("command", ""))
    yield Field("Reply code", first.span(1), first[1].decode(), meaning_of(code), "RFC 5321 §4.2", tuple(_digits(code)))
    if first[2] == b"-":
        yield Field("Continuation", first.span(2), "-", "further lines follow", "RFC 5321 §4.2.1")
    yield from _enhanced(first, 0)
    if first[4]:
        yield Field("Text", _span(first, 4, 0), text(first[4]), *_told(code, first[4]))
    yield from _further_lines(verb, data, first.end())


def _digits(code: int) -> Iterator[Field]:
    digits = f"{code:03d}"
    yield Field("First digit", (0, 1), digits[0], FIRST_DIGIT.get(code // 100, ""), "RFC 5321 §4.2.1")
    yield Field("Second digit", (1, 2), digits[1], SECOND_DIGIT.get(code // 10 % 10, ""), "RFC 5321 §4.2.1")
    yield Field("Third digit", (2, 3), digits[2])


def _span(found: re.Match[bytes], group: int, at: int) -> tuple[int, int]:
    return found.start(group) + at, found.end(group) + at


def _enhanced(found: re.Match[bytes], at: int) -> Iterator[Field]:
    if found[3]:
        code = found[3].decode("ascii")
        yield Field("Enhanced status code", _span(found, 3, at), code, meaning_of_enhanced(code), "RFC 3463 §2")


def _told(code: int, text: bytes) -> tuple[str, str]:
    """What the text of a first line means, and where that is specified: a challenge is base64."""
    if code != CHALLENGE:
        return "", ""
    try:
        plain = parse_base64(text.strip()).decode("utf-8", "replace")
    except RemoteError:
        return "no base64", "RFC 4954 §4"
    return f"the challenge: {plain}"[:LONGEST_VALUE], "RFC 4954 §4"


def _further_lines(verb: str, data: bytes, at: int) -> Iterator[Field]:
    end = data.find(b"\n", at) + 1
    if not end or end == len(data):
        yield from _line_end(data, at)
        return
    for _ in range(MOST_LINES):
        if end == len(data):
            return
        start, end = end, data.find(b"\n", end) + 1 or len(data)
        yield _further_line(verb, data[start:end], start)
    if end < len(data):
        yield Field("Further lines", (end, len(data)), f"{len(data) - end:,} bytes")


def _further_line(verb: str, line: bytes, at: int) -> Field:
    """A line behind the first: one of EHLO's reply names an extension."""
    found = _REPLY.match(line)
    value = text(line.rstrip(b"\r\n"))
    if found is None:
        return Field("Line", (at, at + len(line)), value)
    last = found[2] != b"-"
    keyword = _KEYWORD.match(found[4]) if verb in _GREETINGS and not found[3] else None
    if keyword is not None:
        meaning, source = DESCRIPTIONS.get(keyword[1].decode("ascii").upper(), ("an extension", ""))
        parts = tuple(_extension(found, keyword, at))
        return Field("EHLO keyword", (at, at + len(line)), text(found[4]), meaning, source, parts)
    meaning = "the reply ends here" if last else ""
    return Field("Last line" if last else "Line", (at, at + len(line)), value, meaning, "", tuple(_enhanced(found, at)))


def _extension(found: re.Match[bytes], keyword: re.Match[bytes], at: int) -> Iterator[Field]:
    begin = at + found.start(4)
    yield Field("Keyword", (begin + keyword.start(1), begin + keyword.end(1)), keyword[1].decode("ascii"))
    if keyword[2]:
        yield Field("Parameters", (begin + keyword.start(2), begin + keyword.end(2)), text(keyword[2]))
