"""Parts, written: what was meant comes back, and survives a relay that knows nothing but ASCII."""

from __future__ import annotations

import email
import email.policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.mail.mime.building import canonical, encoded_text, entity, multipart, text_entity, valued
from portside.mail.mime.decoding import characters, content
from portside.mail.mime.parsing import parse


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (b"abc\r\n", "7bit"),
        (b"", "7bit"),
        (b"a\0b", "quoted-printable"),
        (b"x" * 998 + b"\r\n", "quoted-printable"),
        (b"x" * 990 + b"\r\n", "7bit"),
        (b"From here\r\n", "quoted-printable"),
        (b".\r\n", "quoted-printable"),
        ("ein grüner Text\r\n".encode(), "quoted-printable"),
        ("日本語\r\n".encode(), "base64"),
        ("привет, мир\r\n".encode(), "base64"),
    ],
)
def test_an_encoding_is_chosen_that_people_can_read_where_that_is_possible(text: bytes, encoding: str) -> None:
    assert encoded_text(text)[0] == encoding


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_comes_back(text: str) -> None:
    built = text_entity("plain", text)
    assert built.isascii()
    assert max(map(len, built.split(b"\r\n"))) <= 998
    assert b"\n" not in built.replace(b"\r\n", b"")
    meant = text.replace("\r\n", "\n").replace("\r", "\n")
    meant += "" if not meant or meant.endswith("\n") else "\n"
    assert characters(parse(built)) == meant.removeprefix("\ufeff")


def test_no_line_of_a_text_is_one_that_a_relay_touches() -> None:
    built = text_entity("plain", "From a\n.\n..\n.b\nFrom c\n")
    assert not [line for line in built.split(b"\r\n") if line.startswith((b".", b"From "))]
    assert characters(parse(built)) == "From a\n.\n..\n.b\nFrom c\n"


@given(st.binary(max_size=500))
def test_a_content_comes_back(data: bytes) -> None:
    built = entity("application/octet-stream", data, {})
    assert content(parse(built)) == data
    assert max(map(len, built.split(b"\r\n"))) <= 78


def test_a_message_within_is_not_encoded() -> None:
    built = entity("message/rfc822", b"Subject: x\n\nbody\n", {})
    assert b"7bit" in built
    assert parse(built).raw == b"Subject: x\r\n\r\nbody\r\n"
    assert b"8bit" in entity("message/global", "Subject: ü\n\n".encode(), {})


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5))
def test_parts_come_back(datas: list[bytes]) -> None:
    built = multipart("mixed", [entity("application/x", data, {}) for data in datas])
    assert [content(part) for part in parse(built).parts] == datas
    theirs = email.message_from_bytes(built, policy=email.policy.default)
    assert [part.get_payload(decode=True) for part in theirs.iter_parts()] == datas  # type: ignore[attr-defined]


def test_a_boundary_stands_in_nothing_that_it_separates() -> None:
    part = text_entity("plain", "x")
    boundary = parse(multipart("mixed", [part])).content_type.parameters["boundary"]
    twice = multipart("mixed", [part, text_entity("plain", f"--{boundary}\n")])
    assert len(parse(twice).parts) == 2
    assert len({multipart("mixed", [text_entity("plain", str(number))])[:90] for number in range(9)}) == 9


def test_every_line_end_becomes_the_same() -> None:
    assert canonical(b"a\nb\rc\r\nd\n\re") == b"a\r\nb\r\nc\r\nd\r\n\r\ne"


def test_a_value_is_written_with_its_parameters() -> None:
    assert valued("Content-Type", "a/b") == b"Content-Type: a/b\r\n"
    assert valued("Content-Type", "a/b", {"c": "d", "e": "f g"}) == b'Content-Type: a/b; c=d; e="f g"\r\n'
