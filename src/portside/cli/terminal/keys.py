"""Keys as people write them: ``^]`` for the one that has the code 29."""

from __future__ import annotations

from portside.errors import UsageError


def shown_key(key: bytes) -> str:
    """A key for a person."""
    if not key:
        return "none"
    return f"^{chr(key[0] ^ 0x40)}" if key[0] < 32 or key[0] == 127 else key.decode("latin-1")


def parse_key(text: str) -> bytes:
    """``^]``, one character, or ``none``. Raises ``UsageError``."""
    if text.lower() == "none" or not text:
        return b""
    if len(text) == 2 and text[0] == "^" and "?" <= text[1].upper() <= "_":
        return bytes([ord(text[1].upper()) ^ 0x40])
    if len(text) == 1 and text.isascii() and text.isprintable():
        return text.encode()
    raise UsageError(f"'{text}' is no key; write ^] or one character, or none")
