"""One message of FTP taken apart: verb and argument, code and text, with what each of them means."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from portside.errors import RemoteError
from portside.interfaces import Role
from portside.protocols.explaining import Content, Field, Said
from portside.protocols.ftp.explain.masking import SECRET
from portside.protocols.ftp.syntax.addresses import parse_eprt, parse_epsv, parse_pasv, parse_port
from portside.protocols.ftp.syntax.codes import FIRST_DIGIT, SECOND_DIGIT, meaning_of
from portside.protocols.ftp.syntax.commands import row_of
from portside.protocols.ftp.syntax.lines import decode
from portside.protocols.http.syntax.types import content_type

MOST_INFLATED = 1024 * 1024
"""Bytes that a compressed transfer is shown from (MODE Z)."""
MOST_LINES = 512
"""Lines of a reply that are fields of their own."""
LISTINGS = {"LIST", "NLST", "MLSD"}


def fields(said: Said, data: bytes) -> Sequence[Field]:
    """The parts of a message, in the order of their bytes."""
    if said.kind == "data":
        return [Field("Data", (0, len(data)), f"{said.stop - said.start:,} bytes", said.title, "RFC 959 §3")]
    return _command(data) if said.role is Role.CLIENT else _reply(data)


def _command(data: bytes) -> list[Field]:
    line = data.rstrip(b"\r\n")
    verb = line.partition(b" ")[0]
    name = decode(verb).upper()
    row = row_of(name)
    found = [Field("Command", (0, len(verb)), name, row.help if row else "not a command of FTP", _source(name))]
    if len(line) > len(verb):
        argument = decode(line[len(verb) + 1 :])
        secret = SECRET.match(line) is not None
        meaning = "" if secret else _address(name, argument)
        label = row.usage.capitalize() if row is not None and row.usage.isalpha() else "Argument"
        found.append(Field(label, (len(verb) + 1, len(line)), argument, meaning, _source(name), (), secret))
    return _with_end(found, line, data)


def _source(verb: str) -> str:
    row = row_of(verb)
    return "" if row is None or not row.source.startswith("RFC") else row.source


def _address(verb: str, argument: str) -> str:
    try:
        if verb == "PORT":
            return f"the client listens at {parse_port(argument)}"
        if verb == "EPRT":
            return f"the client listens at {parse_eprt(argument)}"
    except RemoteError as error:
        return str(error)
    return ""


def _with_end(found: list[Field], line: bytes, data: bytes) -> list[Field]:
    if len(line) < len(data):
        end = data[len(line) :]
        meaning = "" if end == b"\r\n" else "FTP ends its lines by CR LF"
        found.append(Field("Line end", (len(line), len(data)), "CR LF" if end == b"\r\n" else ascii(end), meaning))
    return found


def _reply(data: bytes) -> list[Field]:
    line = data.partition(b"\n")[0].rstrip(b"\r")
    if not line[:3].isdigit():
        return [Field("Text", (0, len(data)), decode(data.rstrip(b"\r\n")), "no reply of FTP: it has no code")]
    code = int(line[:3])
    digits = (
        Field("First digit", (0, 1), chr(data[0]), FIRST_DIGIT.get(code // 100, ""), "RFC 959 §4.2.1"),
        Field("Second digit", (1, 2), chr(data[1]), SECOND_DIGIT.get(code // 10 % 10, ""), "RFC 959 §4.2.1"),
        Field("Third digit", (2, 3), chr(data[2])),
    )
    found = [Field("Reply code", (0, 3), str(code), meaning_of(code), "RFC 959 §4.2", digits)]
    if line[3:4] == b"-":
        found.append(Field("Continuation", (3, 4), "-", "further lines follow", "RFC 959 §4.2"))
    return found + _texts(data, code)


def _texts(data: bytes, code: int) -> list[Field]:
    found: list[Field] = []
    at = 0
    for number, whole in enumerate(data.splitlines(keepends=True)[:MOST_LINES]):
        line = whole.rstrip(b"\r\n")
        skip = 4 if line[:3] == b"%03d" % code and line[3:4] in (b" ", b"-") else 0
        if len(line) > skip:
            text = decode(line[skip:])
            meaning = _place(code, text) if number == 0 else ""
            found.append(Field("Text", (at + skip, at + len(line)), text, meaning))
        at += len(whole)
    return found


def _place(code: int, text: str) -> str:
    try:
        if code == 227:
            return f"the server listens at {parse_pasv(text)}"
        if code == 229:
            return f"the server listens at port {parse_epsv(text)}, on the address of this connection"
    except RemoteError as error:
        return str(error)
    return ""


def content(said: Said, data: bytes) -> Content | None:
    """What a data connection carries; commands and replies carry nothing of their own."""
    if said.kind != "data":
        return None
    whole = len(data) == said.stop - said.start
    wrapping = ""
    if said.facts.get("mode") == "Z":
        data, done = _inflated(data)
        whole, wrapping = whole and done, "MODE Z"
    return Content(data, _type(said), whole, wrapping)


def _type(said: Said) -> str:
    if said.facts.get("command") in LISTINGS:
        return "text/plain"
    name = str(said.facts.get("argument", ""))
    return content_type(name).decode("ascii") if name else ""


def _inflated(data: bytes) -> tuple[bytes, bool]:
    """The beginning of what was compressed, and whether it is all of it."""
    inflating = zlib.decompressobj()
    try:
        return inflating.decompress(data, MOST_INFLATED), inflating.eof
    except zlib.error:
        return b"", False
