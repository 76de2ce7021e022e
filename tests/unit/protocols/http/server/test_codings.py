"""Content codings: each is undone by those who know it, and gives the same bytes each time."""

from __future__ import annotations

import gzip

import brotli
import pytest
import zstandard

from portside.protocols.http.server.codings import CODERS, LARGEST_CODED, SIBLINGS, SMALLEST_CODED, encode

TEXT = b"<p>a text with some repetition</p>\n" * 200
DECODERS = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstandard.ZstdDecompressor().decompress}


@pytest.mark.parametrize("coding", CODERS)
@pytest.mark.parametrize("data", [TEXT, b"", b"x", bytes(range(256)) * 300])
def test_what_is_coded_is_decoded_by_others(coding: str, data: bytes) -> None:
    assert DECODERS[coding](encode(coding, data)) == data


@pytest.mark.parametrize("coding", CODERS)
def test_text_gets_smaller_and_always_the_same(coding: str) -> None:
    assert len(encode(coding, TEXT)) < len(TEXT) / 10
    assert encode(coding, TEXT) == encode(coding, TEXT)


def test_what_is_made_is_what_is_found() -> None:
    assert tuple(CODERS) == tuple(SIBLINGS)
    assert SMALLEST_CODED < LARGEST_CODED


def test_a_coding_that_nobody_knows_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        encode("deflate", TEXT)
