"""Content-Type and Content-Disposition: a value and its parameters (RFC 2045 §5.1, RFC 2183, RFC 2231)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from portside.mail.charsets import decode
from portside.mail.words import decode_words

MOST_PARAMETERS = 100
"""Parameters of one field that are read; a long file name is cut into some ten."""
LONGEST_VALUE = 64 * 1024
"""Octets of one field that are read for parameters."""

_parameter = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]++|\\.)*+"?|[^;]*)', re.S).finditer
_quoted_pair = re.compile(r"\\(.)", re.S).sub
_section = re.compile(r"([^*]+)(?:\*(0|[1-9][0-9]{0,3}))?(\*)?").fullmatch
_percent = re.compile(rb"%([0-9A-Fa-f]{2})").sub
_NAMES = frozenset({"name", "filename"})  # people put spaces and parentheses in these, and no quotes around them


@dataclass(frozen=True, slots=True)
class Valued:
    """A value in lower case ("text/plain", "attachment") and its parameters, by name in lower case, decoded."""

    value: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


def parse_valued(text: str) -> Valued:
    """Reads a field. It never fails; of a parameter that stands there twice the first counts."""
    text = text[:LONGEST_VALUE]
    value = text.partition(";")[0].partition("(")[0].strip().lower()
    sections: dict[str, dict[int, tuple[bool, str]]] = {}
    plain: dict[str, str] = {}
    for count, match in enumerate(_parameter(text)):
        if count >= MOST_PARAMETERS:
            break
        _take(match[1].lower(), match[2].strip(), plain, sections)
    joined = {name: _joined(pieces) for name, pieces in sections.items() if 0 in pieces}
    return Valued(value, plain | joined)


def _take(name: str, written: str, plain: dict[str, str], sections: dict[str, dict[int, tuple[bool, str]]]) -> None:
    match = _section(name)
    if match is None:
        return
    if match[2] is None and match[3] is None:
        plain.setdefault(name, decode_words(_unquoted(name, written)))
        return
    piece = (match[3] is not None, _unquoted(name, written))
    sections.setdefault(match[1], {}).setdefault(int(match[2] or "0"), piece)


def _unquoted(name: str, written: str) -> str:
    if written[:1] == '"':
        return _quoted_pair(r"\1", written[1:-1] if len(written) > 1 and written.endswith('"') else written[1:])
    if name.partition("*")[0] in _NAMES:
        return written
    return written.partition("(")[0].strip()


def _joined(pieces: Mapping[int, tuple[bool, str]]) -> str:
    """The sections of a value in their order, up to one that is missing (RFC 2231 §3 and §4.1)."""
    charset, octets = "", bytearray()
    for number in range(len(pieces)):
        if number not in pieces:
            break
        is_extended, text = pieces[number]
        if is_extended and number == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        raw = text.encode("utf-8", "replace")
        octets += _percent(lambda match: bytes((int(match[1], 16),)), raw) if is_extended else raw
    return decode(bytes(octets), charset)


# ----------------------------------------------------------------------------------------------- writing

LONGEST_SECTION = 50
"""Octets of one section of a value that we write, so that its line stays short."""

_is_token = re.compile(r"[A-Za-z0-9!#$&+.^_`|{}~-]+").fullmatch
_ATTRIBUTE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`{}~")


def serialise_parameters(parameters: Mapping[str, str]) -> list[str]:
    """``; name=value`` for each, as words of a field: tokens, quoted strings, or sections of RFC 2231 in UTF-8."""
    return [word for name, value in parameters.items() for word in _serialised(name, value)]


def _serialised(name: str, value: str) -> list[str]:
    if _is_token(value) and len(value) <= LONGEST_SECTION:
        return [f"{name}={value}"]
    if value.isascii() and value.isprintable() and len(value) <= LONGEST_SECTION:
        escaped = re.sub(r'(["\\])', r"\\\1", value)
        return [f'{name}="{escaped}"']
    sections = _sections("utf-8''" + _percent_encoded(value))
    if len(sections) == 1:
        return [f"{name}*={sections[0]}"]
    return [f"{name}*{number}*={section}" for number, section in enumerate(sections)]


def _percent_encoded(value: str) -> str:
    return "".join(chr(octet) if octet in _ATTRIBUTE else f"%{octet:02X}" for octet in value.encode("utf-8", "replace"))


def _sections(encoded: str) -> list[str]:
    """``encoded`` in pieces; none ends within a ``%XX``."""
    pieces: list[str] = []
    while len(encoded) > LONGEST_SECTION:
        cut = encoded.rfind("%", LONGEST_SECTION - 2, LONGEST_SECTION)
        cut = cut if cut > 0 else LONGEST_SECTION
        pieces.append(encoded[:cut])
        encoded = encoded[cut:]
    return [*pieces, encoded]
