"""The argument of a command taken apart: paths with their local part and domain, parameters, a login's mechanism."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from portside.errors import RemoteError
from portside.protocols.explaining import Field
from portside.protocols.smtp.explain.masking import MECHANISMS
from portside.protocols.smtp.syntax.commands import Row
from portside.protocols.smtp.syntax.content import parse_chunk
from portside.protocols.smtp.syntax.parameters import parse_mail, parse_rcpt

LONGEST_VALUE = 8192
"""Characters of a value that are shown."""
MOST_PARAMETERS = 50
"""Parameters of one command that are named."""

_PATH = re.compile(rb'(?:(FROM|TO):[ \t]*)?(<(?:"(?:[^"\\\r\n]|\\[^\r\n])*"|[^">\r\n])*>)', re.IGNORECASE)
_PARAMETER = re.compile(rb"[^ \t\r\n]+")
_WORD = re.compile(rb"([^ \t\r\n]+)[ \t]*([^\r\n]*)")
_MEANINGS: Mapping[str, tuple[str, str]] = {
    "SIZE": ("the octets that the message has", "RFC 1870 §5"),
    "BODY": ("how the content is encoded", "RFC 6152 §3"),
    "SMTPUTF8": ("addresses and header fields may be in UTF-8", "RFC 6531 §3.4"),
    "RET": ("what a report of failure shall hold", "RFC 3461 §4.3"),
    "ENVID": ("the sender's own name of this envelope", "RFC 3461 §4.4"),
    "AUTH": ("who has submitted it first", "RFC 4954 §5"),
    "REQUIRETLS": ("TLS is required all the way", "RFC 8689 §2"),
    "NOTIFY": ("when the sender wants to hear of it", "RFC 3461 §4.1"),
    "ORCPT": ("the address that the sender wrote first", "RFC 3461 §4.2"),
}


def argument_fields(row: Row | None, data: bytes, start: int, stop: int) -> Iterator[Field]:
    """The parts of ``data[start:stop]``, the argument of the command that ``row`` is of."""
    verb = row.verb if row is not None else ""
    if verb in _PATHS:
        yield from _path(verb, data, start, stop)
    elif verb in _ARGUMENTS:
        yield from _ARGUMENTS[verb](data, start, stop)
    else:
        yield from _whole(row, data, start, stop)


def text(data: bytes) -> str:
    """What is shown of ``data``."""
    return data[:LONGEST_VALUE].decode("utf-8", "replace")


def _whole(row: Row | None, data: bytes, start: int, stop: int) -> Iterator[Field]:
    meaning = _fault(row.parse, data[start:stop]) if row is not None else ""
    yield Field("Argument", (start, stop), text(data[start:stop]), meaning, row.source if row is not None else "")


def _fault(parse: Callable[[str], object], argument: bytes) -> str:
    """What is wrong with an argument, "" where nothing is."""
    try:
        parse(argument.decode("utf-8", "surrogateescape").rstrip(" \t"))
    except RemoteError as error:
        return str(error)
    return ""


def _name(data: bytes, start: int, stop: int) -> Iterator[Field]:
    literal = data[start : start + 1] == b"["
    meaning = "the address that the client speaks from" if literal else "the name that the client gives itself"
    title = "Address literal" if literal else "Domain"
    yield Field(title, (start, stop), text(data[start:stop]), meaning, "RFC 5321 §4.1.1.1")


def _chunk(data: bytes, start: int, stop: int) -> Iterator[Field]:
    try:
        chunk = parse_chunk(data[start:stop].decode("ascii", "replace").rstrip())
    except RemoteError as error:
        yield Field("Argument", (start, stop), text(data[start:stop]), str(error), "RFC 3030 §2")
        return
    word = _WORD.match(data, start, stop)
    assert word is not None, "a chunk has a size"
    yield Field("chunk-size", word.span(1), text(word[1]), f"{chunk.size:,} octets follow", "RFC 3030 §2")
    if chunk.last:
        yield Field("end-marker", word.span(2), text(word[2]), "the message is whole with them", "RFC 3030 §2")


def _login(data: bytes, start: int, stop: int) -> Iterator[Field]:
    word = _WORD.match(data, start, stop)
    assert word is not None, "whoever asks has seen an argument"
    known = word[1].decode("ascii", "replace").upper() in MECHANISMS
    meaning = "how to log in" if known else "no mechanism that is known"
    yield Field("Mechanism", word.span(1), text(word[1]), meaning, "RFC 4954 §4", secret=not known)
    if word[2]:
        told = "an empty one" if word[2].strip() == b"=" else "a secret"
        yield Field("Initial response", word.span(2), text(word[2]), told, "RFC 4954 §4", secret=True)


def _path(verb: str, data: bytes, start: int, stop: int) -> Iterator[Field]:
    """MAIL and RCPT: a path, and parameters behind it."""
    title, parse, source = _PATHS[verb]
    fault = _fault(parse, data[start:stop])
    found = _PATH.match(data, start, stop)
    if found is None:
        yield Field("Argument", (start, stop), text(data[start:stop]), fault, source)
        return
    told = fault or ("nobody: no report ever comes" if found[2] == b"<>" else "")
    parts = tuple(_address(data, found.start(2), found.end(2)))
    yield Field(title, found.span(2), text(found[2]), told, source, parts)
    yield from _parameters(data, found.end(), stop)


def _lenient_rcpt(argument: str) -> object:
    """Whether SMTPUTF8 was said stands elsewhere."""
    return parse_rcpt(argument, utf8=True)


def _address(data: bytes, start: int, stop: int) -> Iterator[Field]:
    """A path's route, local part and domain."""
    inside = data[start + 1 : stop - 1]
    route = inside.find(b":") + 1 if inside.startswith(b"@") else 0
    if route:
        span = (start + 1, start + 1 + route)
        yield Field("Source route", span, text(inside[:route]), "dropped", "RFC 5321 §C")
    at = inside.rfind(b"@")
    if at < route or not inside[route:]:
        return
    local, domain = (start + 1 + route, start + 1 + at), (start + 2 + at, stop - 1)
    if local[0] < local[1]:
        yield Field("Local-part", local, text(data[slice(*local)]), "the mailbox", "RFC 5321 §4.1.2")
    if domain[0] < domain[1]:
        yield Field("Domain", domain, text(data[slice(*domain)]), "where it is", "RFC 5321 §4.1.2")


def _parameters(data: bytes, start: int, stop: int) -> Iterator[Field]:
    for count, found in enumerate(_PARAMETER.finditer(data, start, stop)):
        if count == MOST_PARAMETERS:
            yield Field("Further parameters", (found.start(), stop), f"{stop - found.start():,} bytes")
            return
        keyword = found[0].partition(b"=")[0].decode("ascii", "replace").upper()
        meaning, source = _MEANINGS.get(keyword, ("not known here", "RFC 5321 §4.1.1.11"))
        yield Field("Parameter", found.span(), text(found[0]), meaning, source)


_PATHS: Mapping[str, tuple[str, Callable[[str], object], str]] = {
    "MAIL": ("Reverse-path", parse_mail, "RFC 5321 §4.1.1.2"),
    "RCPT": ("Forward-path", _lenient_rcpt, "RFC 5321 §4.1.1.3"),
}
"""What a path is called, how the whole argument is read, and where it is specified."""
_ARGUMENTS: Mapping[str, Callable[[bytes, int, int], Iterator[Field]]] = {
    "EHLO": _name,
    "HELO": _name,
    "LHLO": _name,
    "BDAT": _chunk,
    "AUTH": _login,
}
