"""Environment variables (RFC 1572): a row of names with or without values, behind IS, SEND or INFO."""

from __future__ import annotations

import re
from collections.abc import Iterable

from portside.errors import RemoteError
from portside.protocols.telnet.messages import Variable
from portside.protocols.telnet.syntax.text import parse_text, serialise_text

IS, SEND, INFO = b"\0", b"\x01", b"\x02"
MOST_VARIABLES = 512
"""In one subnegotiation: more than any environment has that somebody made by hand."""
_VAR, _VALUE, _ESC, _USERVAR = 0, 1, 2, 3
PART = re.compile(rb"([\x00\x01\x03])((?:[^\x00-\x03]|\x02.)*+)", re.DOTALL)
"""One name or value with its type before it."""
_ESCAPED = re.compile(rb"\x02(.)", re.DOTALL)
_SPECIAL = re.compile(rb"[\x00-\x03]")


def parse_variables(payload: bytes) -> tuple[Variable, ...]:
    """The row. Raises ``RemoteError`` where it is none, or longer than ``MOST_VARIABLES``."""
    found: list[Variable] = []
    at = 1
    while at < len(payload):
        part = PART.match(payload, at)
        if part is None or (part[1][0] == _VALUE and (not found or found[-1].value is not None)):
            raise RemoteError("a row of variables with a value that belongs to none of them")
        _add(found, part[1][0], parse_text(unescape(part[2])))
        at = part.end()
    return tuple(found)


def _add(found: list[Variable], kind: int, text: str) -> None:
    if kind == _VALUE:
        found[-1] = Variable(found[-1].name, text, found[-1].user)
        return
    if len(found) == MOST_VARIABLES:
        raise RemoteError(f"more than {MOST_VARIABLES} variables at once")
    found.append(Variable(text, None, kind == _USERVAR))


def serialise_variables(variables: Iterable[Variable]) -> bytes:
    """The row; an empty name stands for all variables of its kind (in SEND)."""
    return b"".join(_serialise_variable(variable) for variable in variables)


def _serialise_variable(variable: Variable) -> bytes:
    name = bytes((_USERVAR if variable.user else _VAR,)) + _escape(variable.name)
    return name if variable.value is None else name + bytes((_VALUE,)) + _escape(variable.value)


def _escape(text: str) -> bytes:
    return _SPECIAL.sub(lambda found: b"\x02" + found[0], serialise_text(text))


def unescape(data: bytes) -> bytes:
    """A name or a value without its ESCs."""
    return _ESCAPED.sub(lambda found: found[1], data) if b"\x02" in data else data
