"""Agreeing upon a character set (RFC 2066). Translation tables are neither offered nor taken."""

from __future__ import annotations

from collections.abc import Sequence

from portside.errors import LocalError, RemoteError
from portside.protocols.telnet.syntax.text import parse_text

REQUEST, ACCEPTED, REJECTED, TTABLE_IS, TTABLE_REJECTED = b"\x01", b"\x02", b"\x03", b"\x04", b"\x05"
MOST_CHARSETS = 256
"""In one request: as many as are registered."""
_SEPARATORS = (";", " ", ",", "|")
_TTABLE = b"[TTABLE ]"


def parse_request(payload: bytes) -> tuple[str, ...]:
    """The names behind REQUEST, the best first. Raises ``RemoteError`` where there is none."""
    listed = payload[1:]
    if listed.startswith(_TTABLE):
        listed = listed[len(_TTABLE) + 1 :]  # and the version of the tables
    if len(listed) < 2:
        raise RemoteError("a request for a character set names none")
    names = tuple(parse_text(name) for name in listed[1:].split(listed[:1], MOST_CHARSETS)[:MOST_CHARSETS] if name)
    if not names:
        raise RemoteError("a request for a character set names none")
    return names


def serialise_request(names: Sequence[str]) -> bytes:
    """A request. Raises ``LocalError`` for names that are not ASCII, or of which none is given."""
    whole = "".join(names)
    separator = next((one for one in _SEPARATORS if one not in whole), "")
    if not names or not all(names) or not whole.isascii() or not separator:
        raise LocalError("a character set is asked for by its name, in ASCII")
    return REQUEST + (separator + separator.join(names)).encode("ascii")


def choose(offered: Sequence[str], ours: Sequence[str]) -> str | None:
    """The first of ``ours`` that is offered, as the other side has written it."""
    for name in ours:
        for other in offered:
            if other.upper() == name.upper():
                return other
    return None
