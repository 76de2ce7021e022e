"""How a user's name stands among the fields of SCRAM and of OAUTHBEARER (RFC 5802 §5.1, RFC 5801 §4)."""

from __future__ import annotations


def escaped(name: str) -> str:
    """The name with ``=`` and ``,`` as ``=3D`` and ``=2C``."""
    return name.replace("=", "=3D").replace(",", "=2C")


def unescaped(name: str) -> str:
    """The name that was meant; the fields' pattern lets no other ``=`` through."""
    return name.replace("=2C", ",").replace("=3D", "=")
