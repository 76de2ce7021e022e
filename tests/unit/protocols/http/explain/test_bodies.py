"""Bodies freed from chunks and codings, and bombs that end."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
import zstandard

from portside.interfaces import Role
from portside.protocols.explaining import Content, Said
from portside.protocols.http.explain.bodies import MOST_CONTENT, chunks, content, split_head

PAGE = b"<h1>hello</h1>" * 20


def response(body: bytes, *fields: bytes, cut: int = 0) -> Content | None:
    data = b"\r\n".join([b"HTTP/1.1 200 OK", *fields, b"", body])
    said = Said(Role.SERVER, "response", "", 0, len(data), complete=True, facts={"type": "text/html"})
    return content(said, data[: len(data) - cut])


def chunked(body: bytes) -> bytes:
    return (
        b"".join(b"%x\r\n%b\r\n" % (len(body[at : at + 7]), body[at : at + 7]) for at in range(0, len(body), 7))
        + b"0\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("name", "coded"),
    [
        ("gzip", gzip.compress(PAGE, mtime=0)),  # without the time, which would be part of the test's name
        ("deflate", zlib.compress(PAGE)),
        ("br", brotli.compress(PAGE)),
        ("zstd", zstandard.compress(PAGE)),
    ],
)
def test_codings_come_off(name: str, coded: bytes) -> None:
    found = response(coded, b"Content-Encoding: " + name.encode())
    assert found == Content(PAGE, "text/html", True, name)
    found = response(chunked(coded), b"Content-Encoding: " + name.encode(), b"Transfer-Encoding: chunked")
    assert found == Content(PAGE, "text/html", True, f"chunked, {name}")


def test_plain_bodies_and_none() -> None:
    assert response(PAGE) == Content(PAGE, "text/html")
    assert response(b"") is None
    assert response(PAGE, cut=3) == Content(PAGE[:-3], "text/html", whole=False)


def test_a_bomb_ends() -> None:
    found = response(gzip.compress(bytes(50_000_000)), b"Content-Encoding: gzip")
    assert found is not None and len(found.data) == MOST_CONTENT and not found.whole


@pytest.mark.parametrize("coding", [b"gzip", b"unheard-of"])
def test_what_can_not_be_unfolded_stays_as_it_is(coding: bytes) -> None:
    found = response(b"no such thing", b"Content-Encoding: " + coding)
    assert found is not None and found.data == b"no such thing" and found.wrapping == ""


def test_a_coding_that_is_cut_gives_its_beginning() -> None:
    found = response(zlib.compress(PAGE * 100, 0)[:500], b"Content-Encoding: deflate")
    assert found is not None and PAGE[:50] in found.data and not found.whole


def test_chunks_and_heads_have_their_places() -> None:
    data = b"HTTP/1.1 200 OK\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    assert split_head(data) == 19
    assert [(chunk.data, chunk.stop) for chunk in chunks(data, 19)] == [(22, 25), (30, 30)]
    assert split_head(b"GET / HTTP/1.1\n\nx") == 16 and split_head(b"GET / HTTP/1.1") == 14
