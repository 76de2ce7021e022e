"""What game worlds added: GMCP's packages and MSSP's variables."""

from __future__ import annotations

from collections.abc import Iterable

from portside.errors import LocalError, RemoteError
from portside.protocols.telnet.messages import Gmcp, Mssp
from portside.protocols.telnet.syntax.text import parse_text, serialise_text

MOST_VALUES = 1024
"""Values of all of MSSP's variables: its list of known ones has about sixty."""
LONGEST_PACKAGE = 255
"""Bytes of a package's name."""
_VAR, _VAL = b"\x01", b"\x02"


def parse_gmcp(payload: bytes) -> Gmcp:
    """``Package.Name {json}``. Raises ``RemoteError`` where there is no name; the JSON is not looked into."""
    package, _, data = payload.partition(b" ")
    if not 0 < len(package) <= LONGEST_PACKAGE:
        raise RemoteError("a message of GMCP without the name of its package")
    return Gmcp(parse_text(package), parse_text(data))


def serialise_gmcp(message: Gmcp) -> bytes:
    """Raises ``LocalError`` for a package that has no name, or one with a space in it."""
    if not message.package or " " in message.package:
        raise LocalError("a package of GMCP has a name without spaces")
    return serialise_text(f"{message.package} {message.data}" if message.data else message.package)


def parse_mssp(payload: bytes) -> Mssp:
    """VAR name VAL value VAL value VAR ... Raises ``RemoteError`` for anything else."""
    if payload[:1] != _VAR:
        raise RemoteError("a server's status without the name of a variable")
    if payload.count(_VAL) > MOST_VALUES or payload.count(_VAR) > MOST_VALUES:
        raise RemoteError(f"a server's status with more than {MOST_VALUES} values")
    variables = []
    for part in payload[1:].split(_VAR):
        name, *values = (parse_text(text) for text in part.split(_VAL))
        variables.append((name, tuple(values)))
    return Mssp(tuple(variables))


def serialise_mssp(variables: Iterable[tuple[str, tuple[str, ...]]]) -> bytes:
    """Bytes that would end a name or a value are left out, NUL too (as the standard asks for)."""
    return b"".join(
        _VAR + _plain(name) + b"".join(_VAL + _plain(value) for value in values) for name, values in variables
    )


def _plain(text: str) -> bytes:
    return serialise_text(text).translate(None, b"\0\x01\x02\xff")
