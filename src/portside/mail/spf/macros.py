"""Macros of SPF: ``%{ir}.%{v}._spf.%{d2}`` (RFC 7208 §7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from portside.errors import RemoteError

LONGEST_DOMAIN = 253
"""Octets of a name in the DNS; a longer one loses labels at its left (§7.3)."""
LONGEST_EXPANDED = 64 * 1024
"""Letters that a macro string may become; what others wrote into the envelope stands in it again and again."""

IN_DOMAINS = frozenset("slodiphv")
IN_EXPLANATIONS = IN_DOMAINS | frozenset("crt")

_piece = re.compile(r"%\{([A-Za-z])([0-9]*)([rR]?)([-.+,/_=]*)\}|%([%_-])|([!-$&-~]+)").match
_pieces = re.compile(r"%\{([A-Za-z])([0-9]*)([rR]?)([-.+,/_=]*)\}|%([%_-])").sub
_top_label = re.compile(r"(?:.*\.)?(?!-)(?![0-9]+\.?$)[A-Za-z0-9-]*[A-Za-z0-9]\.?").fullmatch
_ends_in_macro = re.compile(r".*(?:%\{[A-Za-z][0-9]*[rR]?[-.+,/_=]*\}|%[%_-])", re.S).fullmatch
_ESCAPES = {"%": "%", "_": " ", "-": "%20"}


def check_macros(text: str, letters: frozenset[str] = IN_DOMAINS) -> str:
    """``text``, which is a macro string with these letters. Raises ``RemoteError`` where it is none (§7.1)."""
    here = 0
    while here < len(text):
        match = _piece(text, here)
        if match is None or (match[1] and (match[1].lower() not in letters or (match[2] and not int(match[2][:9])))):
            raise RemoteError(f"{text[:60]!r} has a macro that nobody knows")
        here = match.end()
    return text


def check_domain_spec(text: str) -> str:
    """``text``, which is a domain with macros: it ends in a top label or in a macro (§7.1). Raises ``RemoteError``."""
    check_macros(text)
    if not (_ends_in_macro(text) or ("." in text.strip(".") and _top_label(text))):
        raise RemoteError(f"{text[:60]!r} is no domain")
    return text


def letters_in(text: str) -> frozenset[str]:
    """The letters of the macros in ``text``, in lower case."""
    return frozenset(letter.lower() for letter in re.findall(r"%\{([A-Za-z])", text))


def expand(text: str, values: Mapping[str, str]) -> str:
    """A macro string that was checked, with its macros replaced by ``values`` (by letter, in lower case).

    Raises ``RemoteError`` where it grows beyond ``LONGEST_EXPANDED``.
    """
    count = text.count("%")
    if count * max(map(len, values.values()), default=0) > LONGEST_EXPANDED:
        raise RemoteError("a macro string grows too long")
    return _pieces(lambda match: _expanded(match, values), text)


def expand_domain(text: str, values: Mapping[str, str]) -> str:
    """A domain-spec as a name to ask for; it loses labels at its left until it fits (§7.3)."""
    name = expand(text, values).rstrip(".")
    while len(name) > LONGEST_DOMAIN and "." in name:
        name = name.partition(".")[2]
    return name


def _expanded(match: re.Match[str], values: Mapping[str, str]) -> str:
    letter, digits, reverse, delimiters, escape = match.group(1, 2, 3, 4, 5)
    if escape:
        return _ESCAPES[escape]
    value = values[letter.lower()]
    if digits or reverse or delimiters:
        parts = re.split(f"[{re.escape(delimiters or '.')}]", value)
        parts = parts[::-1] if reverse else parts
        value = ".".join(parts[-int(digits[:9]) :] if digits else parts)
    return quote(value, safe="-._~") if letter.isupper() else value
