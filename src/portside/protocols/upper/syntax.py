"""Bytes and their upper case: UTF-8 where it is UTF-8, and everything else as it is."""

from __future__ import annotations

from codecs import utf_8_decode

LONGEST_REST = 3
"""Bytes of a character that is not yet complete, at most: UTF-8 takes four (RFC 3629 §3)."""
GROWTH = 3
"""How many times as long as a text its upper case may be: U+0390 takes two bytes, its upper case six."""


def upper(data: bytes) -> bytes:
    """``data`` in upper case as Unicode has it: ``ß`` becomes ``SS``.

    Bytes that are no UTF-8 stay what they are, and the characters beside them are not spared.
    """
    if data.isascii():
        return data.upper()
    return data.decode("utf-8", "surrogateescape").upper().encode("utf-8", "surrogateescape")


def split_incomplete(data: bytes) -> tuple[bytes, bytes]:
    """``data`` up to its last whole character, and the beginning of the next one (at most 3 bytes).

    Bytes that no further byte can make a character of count as whole.
    """
    if not data or data[-1] < 0x80:
        return data, b""
    start = len(data) - 1
    while start > 0 and data[start] & 0xC0 == 0x80 and len(data) - start < LONGEST_REST:
        start -= 1  # back to the byte that begins a character
    _, consumed = utf_8_decode(data[start:], "surrogateescape", False)
    rest = data[start + consumed :]
    if rest[:1] == b"\xed" and rest[1:2] >= b"\xa0":
        return data, b""  # half a surrogate (RFC 3629 §3), for which Python's decoder waits
    return data[: start + consumed], rest
