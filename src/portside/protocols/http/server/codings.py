"""Content codings that the server offers: made on the fly, or found beside the file (RFC 9110 §8.4)."""

from __future__ import annotations

import gzip
from collections.abc import Callable

SIBLINGS = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
"""Each coding, in our order of preference, and the ending of a file that holds another one coded."""
SMALLEST_CODED = 256
"""Bytes below which coding gains nothing worth its work."""
LARGEST_CODED = 16 * 1024 * 1024
"""Bytes above which a file is sent as it is: coding it would take seconds of this one process."""

_BROTLI_QUALITY = 5
_ZSTD_LEVEL = 9
_GZIP_LEVEL = 6


def _brotli(data: bytes) -> bytes:
    import brotli

    coded: bytes = brotli.compress(data, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY)
    return coded


def _zstd(data: bytes) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(data)


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, _GZIP_LEVEL, mtime=0)


CODERS: dict[str, Callable[[bytes], bytes]] = {"br": _brotli, "zstd": _zstd, "gzip": _gzip}
"""Coding to function; the middle levels, since each file is coded once and kept."""


def encode(coding: str, data: bytes) -> bytes:
    """``data`` in ``coding`` (one of ``CODERS``)."""
    return CODERS[coding](data)
