"""One direction as it passes: its tokens, with the bytes that they stand in, plain or compressed (MCCP2).

Compressed bytes are unpacked one by one, so that each token has its place among them whatever pieces they come in: it
ends with the byte that completed it. A byte stands for some thousand at most, so that nothing can swell.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from portside.protocols.telnet.messages import Option
from portside.protocols.telnet.syntax.commands import IAC
from portside.protocols.telnet.syntax.scanning import Ending, Scanner, Subnegotiation, Token

LONGEST_KEPT = 8 * 1024
"""Bytes of a subnegotiation that are looked at: all but a game's largest maps."""


class Seen(NamedTuple):
    """A token, and the bytes of the direction that it stands in. ``token`` None: bytes that cannot be read."""

    token: Token | None
    start: int
    stop: int
    compressed: bool = False


class Direction:
    """Reads what one side says. ``may_compress``: whether it is the server, which MCCP2 is for."""

    __slots__ = ("_begun", "_inflater", "_lost", "_may_compress", "_scanner", "at")

    def __init__(self, *, may_compress: bool) -> None:
        self._may_compress = may_compress
        self._scanner = Scanner(LONGEST_KEPT)
        self._inflater: zlib._Decompress | None = None
        self._lost = False
        self._begun = 0
        self.at = 0

    def copy(self) -> Direction | None:
        """Another one that goes on from here; None in the middle of a command."""
        if not self.between:
            return None
        other = Direction(may_compress=self._may_compress)
        other._inflater = None if self._inflater is None else self._inflater.copy()
        other._lost, other._begun, other.at = self._lost, self._begun, self.at
        return other

    @property
    def between(self) -> bool:
        """Whether no command has begun."""
        return self._scanner.between

    @property
    def plain(self) -> bool:
        """Whether bytes are what they seem, neither compressed nor lost."""
        return self._inflater is None and not self._lost

    @property
    def begun(self) -> int:
        """Where the command that has begun begins."""
        return self._scanner.began if self.plain else self._begun

    def pass_plain(self, data: bytes) -> bool:
        """Whether ``data`` is nothing but data, as is told at a glance; then it has been taken."""
        if not self.plain or not self.between or IAC in data:
            return False
        self.at += len(data)
        return True

    def take(self, data: bytes) -> Iterator[Seen]:
        """The tokens that are complete with ``data``; all of it has to be read."""
        while data:
            if self._lost:
                self.at += len(data)
                yield Seen(None, self.at - len(data), self.at)
                return
            behind = self.at + len(data)
            yield from self._take_plain(data) if self._inflater is None else self._take_compressed(data)
            data = data[len(data) - (behind - self.at) :] if self.at < behind else b""

    def missed(self, count: int) -> None:
        """``count`` bytes will never come: what was compressed cannot be read any more."""
        self._lost = self._lost or self._inflater is not None
        self._inflater = None
        self._scanner.reset()
        self.at += count

    def _take_plain(self, data: bytes) -> Iterator[Seen]:
        scanner, base = self._scanner, self.at
        scanner.at = base
        self.at = base + len(data)
        for token in scanner.scan(data):
            yield Seen(token, token.start, token.stop)
            if self._may_compress and _begins_compression(token):
                self._inflater = zlib.decompressobj()
                self._begun = self.at = token.stop
                return

    def _take_compressed(self, data: bytes) -> Iterator[Seen]:
        inflater, scanner = self._inflater, self._scanner
        assert inflater is not None
        for place in range(len(data)):
            try:
                piece = inflater.decompress(data[place : place + 1])
            except zlib.error:
                self._inflater, self._lost = None, True
                scanner.reset()
                return
            self.at += 1
            for token in scanner.scan(piece):
                yield Seen(token, self._begun, self.at, True)
            if piece and scanner.between:
                self._begun = self.at
            if inflater.eof:
                self._inflater = None
                scanner.reset()
                return


def _begins_compression(token: Token) -> bool:
    return isinstance(token, Subnegotiation) and token.option == Option.MCCP2 and token.ending is Ending.WHOLE
