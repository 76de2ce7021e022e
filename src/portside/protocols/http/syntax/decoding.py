"""Content codings taken off while the body streams: gzip, deflate, br, zstd (RFC 9110 §8.4.1, RFC 8878).

Two things are not believed. *The size*: some kilobytes can unfold into gigabytes, so no call unfolds more than
``STEP`` bytes at once, and a body that has grown beyond ``BOMB_SIZE`` and is ``BOMB_RATIO`` times as long as what came
is refused. *The end*: a coded body that stops before its own end mark was cut, whatever the framing says.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, Protocol

from portside.errors import BrokenPromise, LimitExceeded, RemoteError

STEP = 256 * 1024
"""Bytes unfolded at once."""
BOMB_RATIO = 1000
"""Times as long as what came: gzip's own limit is 1,032, and honest pages reach 20."""
BOMB_SIZE = 64 * 1024 * 1024
"""Bytes up to which any ratio is let pass."""
CODINGS_AT_MOST = 4
"""Codings stacked on each other; nobody uses more than two."""
WINDOW = 8 * 1024 * 1024
"""Bytes of zstd's window: what RFC 9659 allows on the web."""
ACCEPTED = b"gzip, deflate, br, zstd"
"""What we ask for."""

Sink = Callable[[bytes], object]


class Decoder(Protocol):
    """Takes one coding off: hands what it has unfolded to the sink that it was made with."""

    def feed(self, data: bytes) -> None:
        """Some more of the coded body. Raises ``BrokenPromise`` where it is corrupt."""
        ...

    def end(self) -> None:
        """The coded body has ended. Raises ``BrokenPromise`` where its own end has not come."""
        ...


class Bounded:
    """A coded body on its way to ``sink``, through a chain of decoders, with a look at how much it grows."""

    def __init__(self, codings: list[bytes], sink: Sink) -> None:
        self._sink = sink
        self._came = 0
        self._grown = 0
        self._chain: list[Decoder] = []
        target: Sink = self._take
        for coding in codings:  # the last one applied comes off first, so it is made last
            decoder = _DECODERS[coding](target)
            self._chain.append(decoder)
            target = self._counting(decoder)

    def _counting(self, decoder: Decoder) -> Sink:
        def feed(data: bytes) -> None:
            self._check(len(data))
            decoder.feed(data)

        return feed

    def feed(self, data: bytes) -> None:
        """Some of the body, as it came. Raises ``BrokenPromise`` and ``LimitExceeded``."""
        self._came += len(data)
        self._chain[-1].feed(data)

    def end(self) -> None:
        """The body has ended. Raises ``BrokenPromise`` where it was cut."""
        if self._came:  # a HEAD, or a body of nothing, has no end mark either
            for decoder in reversed(self._chain):
                decoder.end()

    def _take(self, data: bytes) -> None:
        self._check(len(data))
        self._sink(data)

    def _check(self, more: int) -> None:
        self._grown += more
        if self._grown > BOMB_SIZE and self._grown > self._came * BOMB_RATIO:
            raise LimitExceeded(
                f"{self._came:,} bytes have unfolded into more than {self._grown:,}: this is refused as a bomb"
            )


def decoder_for(value: bytes | None, sink: Sink) -> Bounded | None:
    """What takes off the codings of a Content-Encoding field; None where there is none.

    Raises ``RemoteError`` for a coding that is not known, or too many of them.
    """
    names = [name.strip(b" \t").lower() for name in (value or b"").split(b",")]
    codings = [name for name in names if name not in (b"", b"identity")]
    if not codings:
        return None
    for name in codings:
        if name not in _DECODERS:
            raise RemoteError(
                f"the answer is in the content coding {name.decode('latin-1')!r}, which is not known here"
            )
    if len(codings) > CODINGS_AT_MOST:
        raise LimitExceeded(f"the answer has {len(codings)} content codings on top of each other")
    return Bounded(codings, sink)


def _corrupt(name: str, error: Exception | None = None) -> BrokenPromise:
    return BrokenPromise(f"the answer's {name} data is corrupt" + (f" ({error})" if error else ""))


def _cut(name: str) -> BrokenPromise:
    return BrokenPromise(f"the answer was cut short: its {name} data has no end")


class _Gzip:
    """Members one after the other, perhaps padded with zeros (RFC 1952)."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._member: Any = zlib.decompressobj(31)
        self._between = False  # a member has ended, and no other begun

    def feed(self, data: bytes) -> None:
        while data:
            if self._between:
                data = data.lstrip(b"\0")
                if not data:
                    return
                self._member, self._between = zlib.decompressobj(31), False
            data = _inflate(self._member, data, self._sink, "gzip")
            self._between = self._member.eof

    def end(self) -> None:
        if not self._between:
            raise _cut("gzip")


class _Deflate:
    """zlib's format as the RFC says, or bare deflate as some servers send it; the first two bytes tell."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._first = b""
        self._body: Any = None

    def feed(self, data: bytes) -> None:
        if self._body is None:
            self._first += data
            if len(self._first) < 2:
                return
            data = self._first
            is_zlib = data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0
            self._body = zlib.decompressobj(15 if is_zlib else -15)
        if self._body.eof or _inflate(self._body, data, self._sink, "deflate"):
            raise BrokenPromise("something follows the end of the answer's deflate data")

    def end(self) -> None:
        if self._body is None or not self._body.eof:
            raise _cut("deflate")


def _inflate(body: Any, data: bytes, sink: Sink, name: str) -> bytes:
    """Unfold ``data`` step by step; what follows the end of the format is returned."""
    try:
        piece = body.decompress(data, STEP)
        while piece:
            sink(piece)
            piece = b"" if body.eof else body.decompress(body.unconsumed_tail, STEP)
    except zlib.error as error:
        raise _corrupt(name, error) from None
    unused: bytes = body.unused_data
    return unused


class _Brotli:
    """RFC 7932."""

    def __init__(self, sink: Sink) -> None:
        import brotli  # imported where needed: most answers have no coding

        self._sink = sink
        self._error = brotli.error
        self._body: Any = brotli.Decompressor()

    def feed(self, data: bytes) -> None:
        try:
            if self._body.is_finished():
                raise BrokenPromise("something follows the end of the answer's br data")
            piece = self._body.process(data, output_buffer_limit=STEP)
            while piece or not self._body.can_accept_more_data():
                self._sink(piece)
                piece = self._body.process(b"", output_buffer_limit=STEP) if not self._body.is_finished() else b""
        except self._error as error:
            raise _corrupt("br", error) from None

    def end(self) -> None:
        if not self._body.is_finished():
            raise _cut("br")


class _Zstd:
    """Frames one after the other (RFC 8878)."""

    def __init__(self, sink: Sink) -> None:
        import zstandard

        self._sink = sink
        self._error = zstandard.ZstdError
        self._make = zstandard.ZstdDecompressor(max_window_size=WINDOW).decompressobj
        self._frame: Any = self._make(write_size=STEP)
        self._begun = False

    def feed(self, data: bytes) -> None:
        try:
            for start in range(0, len(data), ZSTD_INPUT):
                self._feed_some(data[start : start + ZSTD_INPUT])
        except self._error as error:
            raise _corrupt("zstd", error) from None

    def _feed_some(self, data: bytes) -> None:
        while data:
            self._begun = True
            piece = self._frame.decompress(data)
            if piece:
                self._sink(piece)
            if not self._frame.eof:
                return
            data = self._frame.unused_data
            self._frame, self._begun = self._make(write_size=STEP), False

    def end(self) -> None:
        if self._begun:
            raise _cut("zstd")


ZSTD_INPUT = 1024
"""Bytes given to zstd at once: four of them can unfold into 128 KB, so a call gives 32 MB at the very most."""

_DECODERS: dict[bytes, Callable[[Sink], Decoder]] = {
    b"gzip": _Gzip,
    b"x-gzip": _Gzip,
    b"deflate": _Deflate,
    b"br": _Brotli,
    b"zstd": _Zstd,
}
