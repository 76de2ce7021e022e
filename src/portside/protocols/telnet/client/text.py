"""Bytes of a terminal as text: in the character set that both sides agree upon, with the network's line ends undone.

NUL is left out: to a terminal it is nothing (RFC 854).
"""

from __future__ import annotations

import codecs


class Decoding:
    """Turns bytes into text as they come, in any split. What a character set lacks becomes what ``errors`` says."""

    __slots__ = ("_cr", "_decoder", "_errors", "charset")

    def __init__(self, charset: str, errors: str = "replace") -> None:
        self._cr = ""
        self._errors = errors
        self.charset = ""
        self.change(charset)

    def change(self, charset: str) -> None:
        """What follows is in ``charset``, where Python knows one of that name; otherwise all stays as it was."""
        found = lookup(charset)
        if found is not None and found.name != self.charset:
            self.charset = found.name
            self._decoder = found.incrementaldecoder(self._errors)

    def decode(self, data: bytes) -> str:
        """The text of ``data``. CR LF is one newline; a CR at its end waits for what comes next."""
        text = self._cr + self._decoder.decode(data).replace("\0", "")
        self._cr = "\r" if text.endswith("\r") else ""
        return text.removesuffix(self._cr).replace("\r\n", "\n")

    def end(self) -> str:
        """What had waited for more."""
        text, self._cr = self._cr + self._decoder.decode(b"", final=True), ""
        return text


def line_end(*, binary: bool) -> str:
    """How a line ends on the wire: CR LF (RFC 854), which BINARY does not know: there a terminal takes it for two."""
    return "\n" if binary else "\r\n"


def encode(text: str, charset: str, *, binary: bool = False) -> bytes:
    """``text`` to be sent, newlines as ``line_end``; what ``charset`` lacks becomes a question mark."""
    return text.replace("\r\n", "\n").replace("\n", line_end(binary=binary)).encode(charset, "replace")


class Translation:
    """Bytes in one character set become bytes in another as they come, in any split; line ends stay as they are."""

    __slots__ = ("_decoder", "_encoder")

    def __init__(self, from_set: str, to_set: str) -> None:
        """Raises ``LookupError`` where Python does not know one of them."""
        self._decoder = codecs.getincrementaldecoder(from_set)("replace")
        self._encoder = codecs.getincrementalencoder(to_set)("replace")

    def __call__(self, data: bytes) -> bytes:
        """``data``, translated; half a character waits for its rest."""
        return self._encoder.encode(self._decoder.decode(data))


def lookup(charset: str) -> codecs.CodecInfo | None:
    """What Python knows of a character set of text; None: nothing."""
    try:
        "".encode(charset)  # "hex" and such are none of text
        return codecs.lookup(charset)
    except (LookupError, ValueError):  # a name with NUL in it is not even looked for
        return None
