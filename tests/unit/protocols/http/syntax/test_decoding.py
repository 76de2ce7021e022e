"""Content codings: what they unfold to in any split, and what is done about bombs and cut ends."""

from __future__ import annotations

import contextlib
import gzip
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import BrokenPromise, LimitExceeded, RemoteError
from portside.protocols.http.syntax.decoding import BOMB_SIZE, decoder_for

TEXT = b"A small harbour, seen from both sides of every port. " * 400


def raw_deflate(data: bytes) -> bytes:
    body = zlib.compressobj(9, zlib.DEFLATED, -15)
    return body.compress(data) + body.flush()


def gzipped(data: bytes) -> bytes:
    """The same bytes whenever it is tried."""
    return gzip.compress(data, mtime=0)


CODERS = {
    b"gzip": gzipped,
    b"x-gzip": gzipped,
    b"deflate": zlib.compress,
    b"br": lambda data: brotli.compress(data, quality=5),
    b"zstd": zstandard.ZstdCompressor().compress,
}
FORMS = [*CODERS.items(), (b"deflate", raw_deflate)]
NAMES = [name.decode() for name in CODERS] + ["raw deflate"]


def unfold(coding: bytes, data: bytes, piece: int = 0) -> bytes:
    out: list[bytes] = []
    decoder = decoder_for(coding, out.append)
    assert decoder is not None
    for at in range(0, len(data), piece or max(len(data), 1)):
        decoder.feed(data[at : at + (piece or len(data))])
    decoder.end()
    return b"".join(out)


@pytest.mark.parametrize("piece", [0, 1, 100])
@pytest.mark.parametrize(("coding", "encode"), FORMS, ids=NAMES)
def test_a_coded_body_unfolds_in_any_split(coding: bytes, encode: object, piece: int) -> None:
    assert unfold(coding, encode(TEXT), piece) == TEXT  # type: ignore[operator]


@pytest.mark.parametrize(("coding", "encode"), FORMS, ids=NAMES)
def test_nothing_is_nothing_in_every_coding(coding: bytes, encode: object) -> None:
    assert unfold(coding, encode(b"")) == b""  # type: ignore[operator]
    assert unfold(coding, b"") == b""


@pytest.mark.parametrize(("coding", "encode"), FORMS, ids=NAMES)
@pytest.mark.parametrize("cut", [1, 8, 30])
def test_a_cut_end_is_told(coding: bytes, encode: object, cut: int) -> None:
    with pytest.raises(BrokenPromise):
        unfold(coding, encode(TEXT)[:-cut])  # type: ignore[operator]


@pytest.mark.parametrize(("coding", "encode"), FORMS, ids=NAMES)
def test_noise_is_no_coded_body(coding: bytes, encode: object) -> None:
    with pytest.raises(BrokenPromise):
        unfold(coding, b"\xff\xfe this is not coded at all " * 10)


@pytest.mark.parametrize(("coding", "encode"), FORMS, ids=NAMES)
def test_what_follows_the_end_is_refused(coding: bytes, encode: object) -> None:
    with pytest.raises(BrokenPromise):
        unfold(coding, encode(TEXT) + b"!" * 20)  # type: ignore[operator]


def test_a_wrong_checksum_is_told() -> None:
    data = bytearray(gzip.compress(TEXT))
    data[-6] ^= 1
    with pytest.raises(BrokenPromise):
        unfold(b"gzip", bytes(data))


@pytest.mark.parametrize("piece", [0, 1])
def test_several_members_are_one_body_and_zeros_may_follow(piece: int) -> None:
    assert unfold(b"gzip", gzip.compress(b"a") + gzip.compress(b"b") + b"\0" * 9, piece) == b"ab"
    frames = CODERS[b"zstd"](b"a") + CODERS[b"zstd"](b"b")
    assert unfold(b"zstd", frames, piece) == b"ab"


def test_stacked_codings_come_off_in_reverse() -> None:
    assert unfold(b"gzip, br", brotli.compress(gzip.compress(TEXT)), 7) == TEXT
    with pytest.raises(BrokenPromise):
        unfold(b"gzip, br", brotli.compress(gzip.compress(TEXT)[:-3]))


@pytest.mark.parametrize("value", [None, b"", b"identity", b"Identity, ", b","])
def test_no_coding_needs_no_decoder(value: bytes | None) -> None:
    assert decoder_for(value, print) is None


@pytest.mark.parametrize("value", [b"compress", b"gzip, foo", b"aes128gcm"])
def test_an_unknown_coding_is_told(value: bytes) -> None:
    with pytest.raises(RemoteError, match="not known"):
        decoder_for(value, print)


def test_too_many_codings_are_refused() -> None:
    with pytest.raises(LimitExceeded):
        decoder_for(b"gzip, " * 5, print)


def _bomb(coding: bytes) -> bytes:
    """At least four times the limit, of nothing but zeros."""
    if coding == b"gzip":
        return gzip.compress(gzip.compress(b"\0" * (4 * BOMB_SIZE), 6), 6)
    return CODERS[coding](b"\0" * (4 * BOMB_SIZE))


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"zstd"])
def test_a_bomb_is_refused_before_it_has_unfolded(coding: bytes) -> None:
    grown = 0

    def count(data: bytes) -> None:
        nonlocal grown
        grown += len(data)

    decoder = decoder_for(coding if coding != b"gzip" else b"gzip, gzip", count)
    assert decoder is not None
    with pytest.raises(LimitExceeded, match="bomb"):
        decoder.feed(_bomb(coding))
    assert grown <= 2 * BOMB_SIZE


def test_no_piece_is_larger_than_memory_can_bear() -> None:
    sizes: list[int] = []
    for coding in (b"br", b"zstd", b"deflate"):
        decoder = decoder_for(coding, lambda data: sizes.append(len(data)))
        assert decoder is not None
        decoder.feed(CODERS[coding](b"\0" * BOMB_SIZE))
        decoder.end()
    assert sum(sizes) == 3 * BOMB_SIZE
    assert max(sizes) <= 33 * 1024 * 1024


@given(st.binary(max_size=2000), st.sampled_from(FORMS), st.integers(1, 50))
def test_any_body_comes_back(data: bytes, form: tuple[bytes, object], piece: int) -> None:
    assert unfold(form[0], form[1](data), piece) == data  # type: ignore[operator]


@given(st.binary(max_size=300), st.sampled_from(sorted(CODERS)), st.integers(0, 300))
def test_whatever_comes_it_unfolds_or_is_refused(noise: bytes, coding: bytes, at: int) -> None:
    data = CODERS[coding](TEXT[:500])
    at %= len(data)
    with contextlib.suppress(BrokenPromise, LimitExceeded):
        unfold(coding, data[:at] + noise + data[at:])
