"""The forms of RFC 6376 §3.4, for a body that comes in any pieces."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.mail.dkim.canonical import BLOCK, BodyForm, Form, body_blocks, field_in, signed_header, without_value
from portside.mail.fields import parse_header


def body_in(form: Form, *pieces: bytes) -> bytes:
    out: list[bytes] = []
    body = BodyForm(form, out.append)
    for piece in pieces:
        body.feed(piece)
    body.finish()
    return b"".join(out)


@pytest.mark.parametrize(
    ("body", "simple", "relaxed"),
    [
        # §3.4.5
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C \r\nD \t E\r\n", b" C\r\nD E\r\n"),
        (b"", b"\r\n", b""),
        (b"\r\n", b"\r\n", b""),
        (b"\r\n\r\n\r\n", b"\r\n", b""),
        (b" \r\n\t\r\n", b" \r\n\t\r\n", b""),
        (b"a", b"a\r\n", b"a\r\n"),
        (b"a\r\n", b"a\r\n", b"a\r\n"),
        (b"a ", b"a \r\n", b"a\r\n"),
        (b"a\r\n \r\n", b"a\r\n \r\n", b"a\r\n"),
        (b"\r\n\r\na\r\n\r\n\r\nb", b"\r\n\r\na\r\n\r\n\r\nb\r\n", b"\r\n\r\na\r\n\r\n\r\nb\r\n"),
        (b"  a  b  \r\n", b"  a  b  \r\n", b" a b\r\n"),
        (b"a\tb\r\n", b"a\tb\r\n", b"a b\r\n"),
        (b"a\r\n\tb\r\n", b"a\r\n\tb\r\n", b"a\r\n b\r\n"),
        (b"a\rb\r\n", b"a\rb\r\n", b"a\rb\r\n"),
        (b"a\r", b"a\r\r\n", b"a\r\r\n"),
        (b"a\nb\n\n", b"a\r\nb\r\n", b"a\r\nb\r\n"),
        (b"a\xa0b\x0bc\r\n", b"a\xa0b\x0bc\r\n", b"a\xa0b\x0bc\r\n"),
    ],
)
def test_a_body_is_brought_into_its_form(body: bytes, simple: bytes, relaxed: bytes) -> None:
    assert body_in(Form.SIMPLE, body) == simple
    assert body_in(Form.RELAXED, body) == relaxed


def by_the_letter(form: Form, body: bytes) -> bytes:
    """§3.4.3 and §3.4.4 word for word, on the whole body."""
    lines = body.replace(b"\r\n", b"\n").split(b"\n")
    if form is Form.RELAXED:
        lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    whole = b"".join(line + b"\r\n" for line in lines)
    return whole or (b"\r\n" if form is Form.SIMPLE else b"")


@given(st.lists(st.text("a \t\r\n", max_size=8).map(str.encode), max_size=12), st.sampled_from(Form))
def test_the_pieces_change_nothing(pieces: list[bytes], form: Form) -> None:
    whole = b"".join(pieces)
    assert body_in(form, *pieces) == body_in(form, whole) == by_the_letter(form, whole)


def test_the_body_of_a_message_is_what_follows_its_header() -> None:
    assert b"".join(body_blocks(b"A: b\r\n\r\nbody\r\n\r\n", 8)) == b"body\r\n\r\n"
    assert [len(block) for block in body_blocks(bytes(BLOCK + 9), 8)] == [BLOCK, 1]


def test_blank_lines_without_number_take_no_room() -> None:
    sizes: list[int] = []
    body = BodyForm(Form.RELAXED, lambda data: sizes.append(len(data)))
    body.feed(b"a")
    for _ in range(50):
        body.feed(b"\r\n" * 100_000)
    assert sum(sizes) == 1
    body.feed(b"b")
    assert sum(sizes) == 10_000_002
    assert max(sizes) <= 2 * 1024 * 1024


@pytest.mark.parametrize(
    ("raw", "simple", "relaxed"),
    [
        # §3.4.5
        (b"A: X\r\n", b"A: X\r\n", b"a:X\r\n"),
        (b"B : Y\t\r\n\tZ  \r\n", b"B : Y\t\r\n\tZ  \r\n", b"b:Y Z\r\n"),
        (b"SUBJect: AbC\r\n", b"SUBJect: AbC\r\n", b"subject:AbC\r\n"),
        (b"A:\r\n", b"A:\r\n", b"a:\r\n"),
        (b"A:  \r\n b\r\n", b"A:  \r\n b\r\n", b"a:b\r\n"),
        (b"A: b\n c\n", b"A: b\r\n c\r\n", b"a:b c\r\n"),
    ],
)
def test_a_field_is_brought_into_its_form(raw: bytes, simple: bytes, relaxed: bytes) -> None:
    assert field_in(Form.SIMPLE, raw) == simple
    assert field_in(Form.RELAXED, raw) == relaxed


@pytest.mark.parametrize(
    ("own", "without"),
    [
        (b"DKIM-Signature: a=b; b=xyz", b"DKIM-Signature: a=b; b="),
        (b"DKIM-Signature: b=xyz; a=b", b"DKIM-Signature: b=; a=b"),
        (b"DKIM-Signature: bh=b=; b = x\r\n y\r\n ;a=b", b"DKIM-Signature: bh=b=; b =;a=b"),
        (b"DKIM-Signature:b=xyz", b"DKIM-Signature:b="),
        (b"DKIM-Signature: a=b", b"DKIM-Signature: a=b"),
        (b"DKIM-Signature: B=x; b=y", b"DKIM-Signature: B=x; b="),
    ],
)
def test_a_signature_is_signed_without_its_value(own: bytes, without: bytes) -> None:
    assert without_value(own) == without


def test_of_several_fields_the_lowest_is_signed_first() -> None:
    message = b"X: 1\r\nX: 2\r\nY: 3\r\nX: 4\r\n\r\n"
    header = parse_header(message)
    own = b"DKIM-Signature: b=abc\r\n"
    assert signed_header(message, header, ("x", "y", "x", "z", "y"), own, Form.RELAXED) == (
        b"x:4\r\ny:3\r\nx:2\r\ndkim-signature:b="
    )


def test_a_field_without_a_line_end_has_one() -> None:
    message = b"X: 1"
    assert signed_header(message, parse_header(message), ("x",), b"D: b=", Form.SIMPLE) == b"X: 1\r\nD: b="
