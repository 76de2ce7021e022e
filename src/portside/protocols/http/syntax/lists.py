"""Field values made of parts: tokens, quoted strings, lists and parameters (RFC 9110 §5.6).

All of it works on ``bytes`` as they stood on the wire, and reads whatever a stranger sends: what fits no rule
is left out, and nothing here raises on what comes in. What goes out is checked (``LocalError``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from portside.errors import LocalError

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED = rb'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"'

_is_token = re.compile(_TOKEN).fullmatch
_is_quoted = re.compile(_QUOTED).fullmatch
_is_text = re.compile(rb"[\t \x21-\x7e\x80-\xff]*").fullmatch
_parameter = re.compile(rb"(" + _TOKEN + rb")[ \t]*=[ \t]*(" + _TOKEN + rb"|" + _QUOTED + rb")").fullmatch
_escaped = re.compile(rb"\\(.)", re.DOTALL)
_special = re.compile(rb'(["\\])')


def _pieces(separator: bytes) -> re.Pattern[bytes]:
    # A quoted string that never ends reaches to the end of the value, so that what it hides stays hidden.
    return re.compile(rb'(?:[^"' + separator + rb']+|"(?:[^"\\]+|\\.)*(?:"|\\?\Z))+', re.DOTALL)


_between_commas = _pieces(b",").findall
_between_semicolons = _pieces(b";").findall


def is_token(value: bytes) -> bool:
    """Whether ``value`` is a token: at least one tchar, and nothing else (RFC 9110 §5.6.2)."""
    return _is_token(value) is not None


def split_list(value: bytes) -> list[bytes]:
    """The elements of a list-valued field, in order, without white space around them (RFC 9110 §5.6.1).

    Commas inside quoted strings do not separate, and empty elements are left out.
    """
    pieces = _between_commas(value) if b'"' in value else value.split(b",")
    return [element for piece in pieces if (element := piece.strip(b" \t"))]


def parse_parameters(value: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    """``text/html; charset="utf-8"`` -> ``(b"text/html", {b"charset": b"utf-8"})`` (RFC 9110 §5.6.6).

    Names come in lower case, values unquoted. A parameter that is malformed is left out, and of two with one
    name the first counts.
    """
    if b";" not in value:
        return value.strip(b" \t"), {}
    pieces = _between_semicolons(value) if b'"' in value else value.split(b";")
    # With nothing before the first semicolon the pattern yields no empty piece for it.
    first = b"" if value.startswith(b";") and b'"' in value else pieces.pop(0)
    parameters: dict[bytes, bytes] = {}
    for piece in pieces:
        if pair := parse_parameter(piece):
            parameters.setdefault(*pair)
    return first.strip(b" \t"), parameters


def parse_parameter(value: bytes) -> tuple[bytes, bytes] | None:
    """``Name = "v"`` -> ``(b"name", b"v")``, None where it is no parameter.

    White space around the equals sign is read as well, as authentication parameters need (RFC 9110 §11.2).
    """
    match = _parameter(value.strip(b" \t"))
    if match is None:
        return None
    text = match[2]
    return match[1].lower(), text if text[0] != 0x22 else _unescape(text)


def serialise_parameters(value: bytes, parameters: Mapping[bytes, bytes]) -> bytes:
    """``value; name=token; name="other"``. Raises LocalError for a name or a value that cannot be written."""
    written = [value]
    for name, text in parameters.items():
        if not is_token(name):
            raise LocalError(f"{name!r} cannot be the name of a parameter")
        written.append(name + b"=" + (text if is_token(text) else quote(text)))
    return b"; ".join(written)


def quote(value: bytes) -> bytes:
    """``value`` as a quoted string (RFC 9110 §5.6.4). Raises LocalError where it holds a control character."""
    if not _is_text(value):
        raise LocalError("a quoted string cannot hold control characters")
    return b'"' + _special.sub(rb"\\\1", value) + b'"'


def unquote(value: bytes) -> bytes | None:
    """What a quoted string says, None where ``value`` is none."""
    return _unescape(value) if _is_quoted(value) else None


def _unescape(quoted: bytes) -> bytes:
    text = quoted[1:-1]
    return _escaped.sub(rb"\1", text) if b"\\" in text else text
