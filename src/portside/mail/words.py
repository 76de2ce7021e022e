"""Words of other scripts in a header that is ASCII: ``=?utf-8?q?f=C3=BCr?=`` (RFC 2047)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from portside.mail.charsets import decode

LONGEST_WORD = 75
"""Octets of one encoded word that we write (RFC 2047 §2)."""

_ADDED = len("=?utf-8?q??=")
_word = re.compile(r"=\?([!-)+->@-~]{1,60})(?:\*[!-)+->@-~]{0,60})?\?([BbQq])\?([^?\r\n]*)\?=")
_between = re.compile(r"[ \t\r\n]*")
_CONTROLS = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029]+")
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
"""What stands for itself in a Q-encoded word, wherever the word stands (RFC 2047 §5 (3))."""
_QUOTED = {octet: chr(octet) if octet in _PLAIN else f"={octet:02X}" for octet in range(256)} | {0x20: "_"}


# ----------------------------------------------------------------------------------------------- reading


def decode_words(text: str) -> str:
    """``text`` with its encoded words decoded, in one line: controls that were hidden in them become spaces.

    White space between two of them is dropped (§6.2), and neighbours of one charset are decoded together, since many
    programs cut characters in two. What is no encoded word stays as it is.
    """
    if "=?" not in text:
        return _CONTROLS.sub(" ", text)
    return _CONTROLS.sub(" ", "".join(_pieces(text)))


def _pieces(text: str) -> Iterator[str]:
    charset, held, end = "", bytearray(), 0
    for match in _word.finditer(text):
        gap = text[end : match.start()]
        is_next = bool(end) and _between.fullmatch(gap) is not None
        if not is_next or match[1].lower() != charset:
            yield decode(bytes(held), charset)
            held.clear()
        if not is_next:
            yield gap
        charset, end = match[1].lower(), match.end()
        held += _octets(match[2], match[3])
    yield decode(bytes(held), charset)
    yield text[end:]


def _octets(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "Qq":
        return binascii.a2b_qp(data, header=True)
    return decode_base64(data)


_NO_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))


def decode_base64(data: bytes) -> bytes:
    """What base64 says up to its first padding; strange octets are skipped (RFC 2045 §6.8), half a group is dropped."""
    letters = data.partition(b"=")[0].translate(None, _NO_BASE64)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


# ----------------------------------------------------------------------------------------------- writing


def needs_encoding(text: str) -> bool:
    """Whether ``text`` cannot stand in an ASCII header as it is, or would be read as an encoded word."""
    return not (text.isascii() and text.isprintable()) or "=?" in text


def encode_words(text: str) -> list[str]:
    """``text`` as encoded words, each of ``LONGEST_WORD`` octets at most and of whole characters (§5).

    B or Q, whichever is shorter.
    """
    quoted = sum(len(_QUOTED[octet]) for octet in text.encode("utf-8"))
    in_base64 = (len(text.encode("utf-8")) + 2) // 3 * 4
    return list(_base64_words(text) if in_base64 < quoted else _quoted_words(text))


def _quoted_words(text: str) -> Iterator[str]:
    room = LONGEST_WORD - _ADDED
    held = ""
    for character in text:
        said = "".join(_QUOTED[octet] for octet in character.encode("utf-8"))
        if len(held) + len(said) > room:
            yield f"=?utf-8?q?{held}?="
            held = ""
        held += said
    yield f"=?utf-8?q?{held}?="


def _base64_words(text: str) -> Iterator[str]:
    room = (LONGEST_WORD - _ADDED) // 4 * 3
    held = b""
    for character in text:
        octets = character.encode("utf-8")
        if len(held) + len(octets) > room:
            yield f"=?utf-8?b?{binascii.b2a_base64(held, newline=False).decode('ascii')}?="
            held = b""
        held += octets
    yield f"=?utf-8?b?{binascii.b2a_base64(held, newline=False).decode('ascii')}?="
