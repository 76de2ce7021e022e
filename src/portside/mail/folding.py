"""Fields of a header, written: folded, in ASCII or UTF-8, and never more than one field (RFC 5322 §2.2.3, RFC 6532)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from portside.errors import UsageError
from portside.mail.addresses import Address, serialise_address
from portside.mail.words import encode_words, needs_encoding

WIDTH = 78
"""Octets of a line that should not be exceeded (RFC 5322 §2.1.1)."""
LONGEST_LINE = 998
"""Octets of a line that must not be exceeded (RFC 5322 §2.1.1)."""

_name = re.compile(r"[!-9;-~]+").fullmatch
_word = re.compile(r" *[^ ]+").findall


def check_name(name: str) -> str:
    """The name of a field. Raises ``UsageError`` where it is none (RFC 5322 §3.6.8)."""
    if not _name(name):
        raise UsageError(f"{name!r} cannot be the name of a header field: use letters, digits and hyphens")
    return name


def check_line(value: str, what: str) -> str:
    """One line of text. Raises ``UsageError`` where a control in it could begin something else."""
    if not value.replace("\t", " ").isprintable():
        raise UsageError(f"{what} must be one line without control characters: take them out of {value[:60]!r}")
    return value


def serialise_text(name: str, value: str, *, utf8: bool = False) -> bytes:
    """An unstructured field. What ASCII cannot say becomes encoded words (RFC 2047), unless ``utf8`` allows it."""
    text = check_line(value, f"the field {check_name(name)}").replace("\t", " ").strip()
    words = [word[1:] if number else word for number, word in enumerate(_word(text))]
    is_too_long = any(len(word.encode("utf-8")) + len(name) + 2 > LONGEST_LINE for word in words)
    is_plain = "=?" not in text if utf8 else not needs_encoding(text)
    return serialise_words(name, words if is_plain and not is_too_long else encode_words(text))


def serialise_addresses(name: str, addresses: Iterable[Address], *, utf8: bool = False) -> bytes:
    """A field of addresses, folded behind commas where that is possible."""
    words: list[str] = []
    for address in addresses:
        check_line(str(address), f"an address in {check_name(name)}")
        words += serialise_address(address, utf8=utf8)
        words[-1] += ","
    return serialise_words(name, [*words[:-1], words[-1][:-1]] if words else [])


def serialise_words(name: str, words: Sequence[str]) -> bytes:
    """A field of words with a space between any two, a new line begun wherever one gets too long."""
    lines, line = [], f"{check_name(name)}:"
    for word in words:
        if len(line.encode("utf-8")) + 1 + len(word.encode("utf-8")) > WIDTH and line != f"{name}:":
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, line, ""]).encode("utf-8")
