"""Bytes of a terminal as text: in the character set that both sides agree upon, with the network's line ends undone.

NUL is left out: to a terminal it is nothing (RFC 854).
"""

from __future__ import annotations

import codecs


class Decoding:
    """Turns bytes into text as they come, in any split. What a character set lacks becomes U+FFFD."""

    __slots__ = ("_cr", "_decoder", "charset")

    def __init__(self, charset: str) -> None:
        self._cr = ""
        self.charset = ""
        self.change(charset)

    def change(self, charset: str) -> None:
        """What follows is in ``charset``, where Python knows one of that name; otherwise all stays as it was."""
        try:
            found = codecs.lookup(charset)
        except LookupError:
            return
        self.charset = found.name
        self._decoder = found.incrementaldecoder("replace")

    def decode(self, data: bytes) -> str:
        """The text of ``data``. CR LF is one newline; a CR at its end waits for what comes next."""
        text = self._cr + self._decoder.decode(data).replace("\0", "")
        self._cr = "\r" if text.endswith("\r") else ""
        return text.removesuffix(self._cr).replace("\r\n", "\n")

    def end(self) -> str:
        """What had waited for more."""
        text, self._cr = self._cr + self._decoder.decode(b"", final=True), ""
        return text


def encode(text: str, charset: str) -> bytes:
    """``text`` to be sent, newlines as CR LF; what ``charset`` lacks becomes a question mark."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode(charset, "replace")
