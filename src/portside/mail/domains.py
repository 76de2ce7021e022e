"""Domains as the DNS knows them: ASCII, whatever script they are written in (RFC 5891, RFC 8616)."""

from __future__ import annotations

import re

LONGEST = 253
"""Octets of a name in the DNS (RFC 1035 §2.3.4)."""

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_is_domain = re.compile(rf"{_LABEL}(?:\.{_LABEL})*").fullmatch


def is_domain(name: str) -> bool:
    """Whether it can be asked for: labels of letters, digits, hyphens and underscores, ``LONGEST`` octets in all."""
    return len(name) <= LONGEST and _is_domain(name) is not None


def to_ascii(domain: str) -> str:
    """A domain in lower case without its final dot, labels in other scripts as ``xn--``; as it is where it is none."""
    plain = domain.rstrip(".").lower()
    if plain.isascii() or len(plain) > LONGEST:
        return plain
    try:
        return plain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return plain
