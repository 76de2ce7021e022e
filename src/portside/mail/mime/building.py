"""Parts of a message, written: ``entity`` and ``multipart`` give octets in CRLF form (RFC 2045, RFC 2046).

Every entity is a header and a body. Text gets an encoding that survives any relay: 7bit where it is ASCII in lines of a
bearable length, else quoted-printable for scripts that are mostly ASCII, and base64 for others.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence

from portside.mail.folding import LONGEST_LINE, serialise_words
from portside.mail.mime.parameters import serialise_parameters

_BASE64_LINE = 57
"""Octets that become one line of 76 (RFC 2045 §6.8)."""

_ASCII = bytes(range(128))

_line_end = re.compile(rb"\r\n|\r|\n").sub
_too_long = re.compile(rb"[^\n]{%d}" % LONGEST_LINE).search
_may_be_mangled = re.compile(rb"^(?:From |\.)", re.M).search  # mbox and SMTP touch such lines


def canonical(text: bytes) -> bytes:
    """``text`` with CRLF as its only line end."""
    return _line_end(b"\r\n", text)


def valued(name: str, value: str, parameters: Mapping[str, str] | None = None) -> bytes:
    """A field of a value and parameters: ``Content-Type: text/plain; charset=utf-8``."""
    words = [value, *serialise_parameters(parameters or {})]
    return serialise_words(name, [f"{word};" for word in words[:-1]] + words[-1:])


def text_entity(subtype: str, text: str) -> bytes:
    """``text/subtype`` in ASCII where that is enough, else in UTF-8."""
    data = canonical(text.encode("utf-8", "replace"))
    if data and not data.endswith(b"\r\n"):
        data += b"\r\n"
    encoding, body = encoded_text(data)
    charset = {"charset": "us-ascii" if data.isascii() else "utf-8"}
    return valued("Content-Type", f"text/{subtype}", charset) + _encoding(encoding) + b"\r\n" + body


def entity(type: str, content: bytes, parameters: Mapping[str, str], fields: Sequence[bytes] = ()) -> bytes:
    """Content of any type, octet for octet: in base64, but for messages, which must not be (RFC 2046 §5.2.1)."""
    head = valued("Content-Type", type, parameters) + b"".join(fields)
    if type.startswith("message/"):
        return head + _encoding("7bit" if content.isascii() else "8bit") + b"\r\n" + canonical(content)
    return head + _encoding("base64") + b"\r\n" + base64_lines(content)


def multipart(subtype: str, parts: Sequence[bytes], parameters: Mapping[str, str] | None = None) -> bytes:
    """Several entities in one. The boundary comes from what lies between, and so is in none of it."""
    boundary = _boundary(parts)
    line = b"--" + boundary.encode("ascii")
    head = valued("Content-Type", f"multipart/{subtype}", {**(parameters or {}), "boundary": boundary})
    body = b"".join(line + b"\r\n" + part + b"\r\n" for part in parts)  # that line end belongs to the delimiter
    return head + b"\r\n" + body + line + b"--\r\n"


def encoded_text(data: bytes) -> tuple[str, bytes]:
    """The encoding chosen for text in CRLF form, and the text in it."""
    if data.isascii() and b"\0" not in data and not _too_long(data) and not _may_be_mangled(data):
        return "7bit", data
    if len(data.translate(None, _ASCII)) <= len(data) // 3:  # most of it can be read as it travels
        return "quoted-printable", _quoted(data)
    return "base64", base64_lines(data)


def _encoding(name: str) -> bytes:
    return serialise_words("Content-Transfer-Encoding", [name])


def _quoted(data: bytes) -> bytes:
    quoted = binascii.b2a_qp(data, istext=True)
    return re.sub(rb"^From ", b"=46rom ", re.sub(rb"^\.", b"=2E", quoted, flags=re.M), flags=re.M)


def base64_lines(data: bytes) -> bytes:
    """``data`` in base64, in lines of 76 characters that end with CRLF (RFC 2045 §6.8)."""
    view = memoryview(data)
    lines = (view[here : here + _BASE64_LINE] for here in range(0, len(data), _BASE64_LINE))
    return b"".join(binascii.b2a_base64(line, newline=False) + b"\r\n" for line in lines)


def _boundary(parts: Sequence[bytes]) -> str:
    """``=_`` stands in neither base64 nor quoted-printable, and nobody can write a digest of what it lies in."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    boundary = "=_" + digest.hexdigest()[:32]
    while any(boundary.encode("ascii") in part for part in parts):
        digest.update(b"again")
        boundary = "=_" + digest.hexdigest()[:32]
    return boundary
