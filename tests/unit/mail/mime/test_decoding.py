"""Contents: encodings undone, in blocks of any size, and as far as somebody asks for."""

from __future__ import annotations

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.mail.mime import decoding
from portside.mail.mime.decoding import BLOCK, blocks, characters, content, size
from portside.mail.mime.parsing import parse
from portside.mail.mime.part import Part


def part_of(encoding: str, body: bytes, type: str = "text/plain") -> Part:
    return parse(f"Content-Type: {type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body)


@pytest.mark.parametrize(
    ("encoding", "body", "meant"),
    [
        ("7bit", b"abc\r\n", b"abc\r\n"),
        ("8bit", b"\xff\0", b"\xff\0"),
        ("binary", b"\r\0\n", b"\r\0\n"),
        ("nobody-knows", b"=41", b"=41"),
        ("base64", b"YWJj\r\nZGVm\r\n", b"abcdef"),
        ("BASE64", b"YQ==", b"a"),
        ("base64", b"YQ", b"a"),
        ("base64", b"Y", b""),
        ("base64", b"YWI=\r\nYWI=", b"ab"),
        ("base64", b"Y W!J?j\0", b"abc"),
        ("base64", b"", b""),
        ("quoted-printable", b"a=3Db=\r\nc", b"a=bc"),
        ("quoted-printable", b"a=\nb", b"ab"),
        ("quoted-printable", b"a \t\r\nb  \nc ", b"a\r\nb\nc "),
        ("quoted-printable", b"a= \r\nb", b"ab"),
        ("quoted-printable", b"=c3=A4", "ä".encode()),
        ("quoted-printable", b"=XY=", b"=XY"),
        ("quoted-printable", b"=00=0D=0A", b"\0\r\n"),
        ("quoted-printable", b"", b""),
    ],
)
def test_an_encoding_is_undone(encoding: str, body: bytes, meant: bytes) -> None:
    assert content(part_of(encoding, body)) == meant
    assert size(part_of(encoding, body)) == len(meant)


@given(st.binary(max_size=300), st.integers(1, 40))
def test_the_size_of_the_blocks_changes_nothing(data: bytes, block: int) -> None:
    coded = (("base64", base64.encodebytes(data)), ("quoted-printable", quopri.encodestring(data)), ("8bit", data))
    with pytest.MonkeyPatch.context() as patch:
        for encoding, body in coded:
            patch.setattr(decoding, "BLOCK", BLOCK)
            whole = content(part_of(encoding, body))
            patch.setattr(decoding, "BLOCK", max(block, 4))
            assert content(part_of(encoding, body)) == whole
            if encoding != "quoted-printable":
                assert whole == data


ESCAPES = ["=41", "=c3=A4", "=0D", "=\r\n", "=\n", "=x", "\r\n", "\n", "\r", "0", "A", "abc"]
"""And what stands between them. A ``=`` ahead of another or of a lone CR is no escape: the cut decides of it."""


@given(st.lists(st.sampled_from(ESCAPES), max_size=40).map("".join), st.integers(4, 12))
def test_a_line_that_is_cut_is_read_as_a_whole_one(body: str, block: int) -> None:
    data = body.encode()
    part = part_of("quoted-printable", data)
    whole = content(part)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoding, "BLOCK", block)
        assert content(part) == whole


def test_no_more_is_decoded_than_is_asked_for() -> None:
    part = part_of("base64", b"AAAA" * 1_000_000)
    assert content(part, 10) == b"\0" * 10
    assert len(next(iter(blocks(part)))) <= BLOCK
    assert content(part, 0) == b""
    assert len(content(part)) == 3_000_000


def test_a_line_without_an_end_is_decoded_in_pieces() -> None:
    part = part_of("quoted-printable", b"=41" * BLOCK)
    assert len(list(blocks(part))) == 3
    assert content(part) == b"A" * BLOCK


def test_text_comes_in_its_charset_with_plain_line_ends() -> None:
    assert characters(part_of("8bit", b"gr\xfcn\r\n\xe4", "text/plain; charset=iso-8859-1")) == "grün\nä"
    assert characters(part_of("8bit", b"abcdef"), 3) == "abc"
