"""The content of a part as it was before it travelled: base64 and quoted-printable undone (RFC 2045 §6).

It is decoded in blocks, so that a large attachment takes little memory, and it never fails: strange octets in base64
are skipped as §6.8 says, and strange escapes in quoted-printable stay as they are.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator

from portside.mail.charsets import decode
from portside.mail.mime.part import Part

BLOCK = 256 * 1024
"""Octets that are decoded at once."""
LARGEST_TEXT = 4 << 20
"""Octets of one text that are read for people: four thousand pages."""

_NO_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_LONGEST_ESCAPE = 3


def blocks(part: Part) -> Iterator[bytes]:
    """The content in blocks of about ``BLOCK`` octets."""
    if part.encoding == "base64":
        return _from_base64(part)
    if part.encoding == "quoted-printable":
        return _from_quoted(part)
    return _raw(part)


def content(part: Part, most: int | None = None) -> bytes:
    """The content, ``most`` octets of it at most."""
    held: list[bytes] = []
    size = 0
    for block in blocks(part):
        held.append(block)
        size += len(block)
        if most is not None and size >= most:
            break
    return b"".join(held)[:most]


def size(part: Part) -> int:
    """Octets of the content, counted without keeping them."""
    return sum(len(block) for block in blocks(part))


def characters(part: Part, most: int = LARGEST_TEXT) -> str:
    """The content as text, with ``\\n`` as its line end; ``most`` octets of it at most."""
    return decode(content(part, most), part.charset).replace("\r\n", "\n")


def _raw(part: Part) -> Iterator[bytes]:
    for here in range(part.body, part.end, BLOCK):
        yield part.message[here : min(here + BLOCK, part.end)]


def _from_base64(part: Part) -> Iterator[bytes]:
    held = b""
    for block in _raw(part):
        letters, padding, _ = (held + block.translate(None, _NO_BASE64)).partition(b"=")
        if padding:
            held = letters
            break
        whole = len(letters) - len(letters) % 4
        yield binascii.a2b_base64(letters[:whole])
        held = letters[whole:]
    if len(held) % 4 == 1:  # six bits are no octet
        held = held[:-1]
    if held:
        yield binascii.a2b_base64(held + b"=" * (-len(held) % 4))


def _from_quoted(part: Part) -> Iterator[bytes]:
    """Lines are decoded whole, and a line that goes on and on in pieces that no escape lies across."""
    held = b""
    for block in _raw(part):
        held += block
        cut = held.rfind(b"\n") + 1 or _before_escape(held)
        yield _unquoted(held[:cut])
        held = held[cut:]
    if held:
        yield _unquoted(held)


def _before_escape(line: bytes) -> int:
    escape = line.rfind(b"=", len(line) - _LONGEST_ESCAPE + 1)
    return escape if escape > 0 else len(line)


def _unquoted(lines: bytes) -> bytes:
    """White space at the end of a line was added on the way, and goes (RFC 2045 §6.7 (3))."""
    if b" \n" in lines or b" \r\n" in lines or b"\t\n" in lines or b"\t\r\n" in lines:
        lines = b"\n".join(_trimmed(line) for line in lines.split(b"\n"))
    return binascii.a2b_qp(lines)


def _trimmed(line: bytes) -> bytes:
    return line[:-1].rstrip(b" \t") + b"\r" if line.endswith(b"\r") else line.rstrip(b" \t")
