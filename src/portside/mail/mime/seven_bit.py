"""A message of eight bits made into one of seven, for a server that takes no more (RFC 6152 §3).

Every part whose content has eight bits is encoded, and says so; nothing else is changed. What cannot be changed without
harm is left alone: a header in UTF-8 (it would need other words), and what somebody has signed (RFC 1847 §2.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from portside.mail.fields import Header
from portside.mail.mime.building import base64_lines, encoded_text
from portside.mail.mime.parsing import parse
from portside.mail.mime.part import Part

UNTOUCHABLE = frozenset({"multipart/signed", "multipart/encrypted"})
"""What is proven by its octets, one by one."""


@dataclass(frozen=True, slots=True)
class _Change:
    """``message[start:end]`` becomes ``data``."""

    start: int
    end: int
    data: bytes


def seven_bit(message: bytes) -> bytes | None:
    """``message``, whose lines end in CRLF, with seven bits; None where that would harm it."""
    whole = parse(message)
    parts = list(whole.walk())
    if whole.is_cut or any(_harmed(part) for part in parts):
        return None
    changes = sorted((change for part in parts for change in _changes(part)), key=lambda change: change.start)
    made = _applied(message, changes)
    return made if made.isascii() and b"\0" not in made else None  # what stands between parts may have eight bits, too


def _harmed(part: Part) -> bool:
    header = part.message[_start(part.header, part.body) : part.body]
    return part.type in UNTOUCHABLE or part.header.is_cut or not header.isascii()


def _start(header: Header, body: int) -> int:
    return header.fields[0].start if header.fields else body


def _changes(part: Part) -> Iterator[_Change]:
    if not part.is_leaf or part.holds_message:
        if part.encoding in ("8bit", "binary"):
            yield from _said(part, "7bit")
        return
    body = part.raw
    if body.isascii() and b"\0" not in body:
        if part.encoding in ("8bit", "binary"):
            yield from _said(part, "7bit")
        return
    encoding, encoded = encoded_text(body) if part.type.startswith("text/") else ("base64", b"")
    if encoding == "base64":
        encoded = base64_lines(body).removesuffix(b"\r\n")
    yield from _said(part, encoding)
    yield _Change(part.body, part.end, encoded)


def _said(part: Part, encoding: str) -> Iterator[_Change]:
    """The field that tells the encoding, in place of what was told; a message from before MIME tells all of it now."""
    said = f"Content-Transfer-Encoding: {encoding}\r\n".encode("ascii")
    before = part.header.first("content-transfer-encoding")
    if before is not None:
        yield _Change(before.start, before.end, said)
        return
    if part.number == 0 and part.header.first("mime-version") is None:
        said = b"MIME-Version: 1.0\r\n" + (said if part.header.first("content-type") else _guessed(part) + said)
    here = part.header.fields[-1].end if part.header.fields else part.body - len(b"\r\n")
    yield _Change(here, here, said)


def _guessed(part: Part) -> bytes:
    """What a text is that nothing is said of (RFC 1428 §3)."""
    try:
        part.raw.decode("utf-8")
    except UnicodeDecodeError:
        return b"Content-Type: text/plain; charset=unknown-8bit\r\n"
    return b"Content-Type: text/plain; charset=utf-8\r\n"


def _applied(message: bytes, changes: list[_Change]) -> bytes:
    made: list[bytes] = []
    here = 0
    for change in changes:
        made += [message[here : change.start], change.data]
        here = change.end
    return b"".join([*made, message[here:]])
