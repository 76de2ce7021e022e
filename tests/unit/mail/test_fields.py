"""The header: octet for octet, whatever the line ends, and bounded."""

from __future__ import annotations

import mmap
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.mail import fields
from portside.mail.fields import LONGEST_HEADER, MOST_FIELDS, Field, parse_header


def named(message: bytes) -> list[tuple[bytes, bytes]]:
    return [(field.name, field.value) for field in parse_header(message).fields]


@pytest.mark.parametrize(
    ("message", "expected", "body"),
    [
        (b"A: b\r\nC:d\r\n\r\nbody", [(b"A", b" b"), (b"C", b"d")], b"body"),
        (b"A: b\nC: d\n\nbody", [(b"A", b" b"), (b"C", b" d")], b"body"),
        (b"A: b\r\n  c\r\n\td\r\n\r\n", [(b"A", b" b\r\n  c\r\n\td")], b""),
        (b"A : b\r\n\r\n", [(b"A", b" b")], b""),
        (b"A:\r\n\r\n", [(b"A", b"")], b""),
        (b"A: b: c\r\n\r\n", [(b"A", b" b: c")], b""),
        (b"A: b", [(b"A", b" b")], b""),
        (b"From x\nA: b\n\nc", [(b"", b"From x"), (b"A", b" b")], b"c"),
        (b"A: b\r\nno field\r\nC: d\r\n\r\nx", [(b"A", b" b"), (b"", b"no field"), (b"C", b" d")], b"x"),
        (b" folded first\r\nA: b\r\n\r\n", [(b"", b" folded first"), (b"A", b" b")], b""),
        (b"\r\nbody", [], b"body"),
        (b"\nbody", [], b"body"),
        (b"", [], b""),
        (b"A: b\r\n \r\n\r\nx", [(b"A", b" b\r\n ")], b"x"),
        (b"A: b\rC: d\r\n\r\n", [(b"A", b" b\rC: d")], b""),
        ("Grün: b\r\n\r\n".encode(), [("Grün".encode(), b" b")], b""),
    ],
)
def test_a_header_is_split_into_its_fields(message: bytes, expected: list[tuple[bytes, bytes]], body: bytes) -> None:
    assert named(message) == expected
    assert message[parse_header(message).end :] == body


@given(
    st.lists(st.sampled_from([b"A: b", b"\r\n", b"\n", b" c", b"\t", b"\r", b":", b"x", b"\xff", b"\0"]), max_size=30)
)
def test_nothing_is_lost(pieces: list[bytes]) -> None:
    message = b"".join(pieces)
    header = parse_header(message)
    here = 0
    for field in header.fields:
        assert field.start == here
        assert message[field.start : field.end].rstrip(b"\r\n").endswith(field.value.rstrip(b"\r\n"))
        here = field.end
    assert message[here : header.end] in {b"", b"\n", b"\r\n"}
    assert not header.is_cut


def test_a_field_is_found_whatever_its_case() -> None:
    header = parse_header(b"Subject: one\r\nSUBJECT: two\r\nX: y\r\n\r\n")
    assert [field.text for field in header.all("subject")] == ["one", "two"]
    assert header.text("Subject") == "one"
    assert header.raw_text("subject") == "one"
    assert header.first("nothing") is None
    assert header.text("nothing", "-") == header.raw_text("nothing", "-") == "-"


def test_a_value_is_unfolded_and_decoded() -> None:
    field = Field(b"Subject", b" =?utf-8?q?gr=C3=BC?=\r\n =?utf-8?q?n?= and\r\n\tmore ")
    assert field.unfolded == b"=?utf-8?q?gr=C3=BC?= =?utf-8?q?n?= and\tmore"
    assert field.text == "grün and more"
    assert Field(b"Subject", " grün".encode()).text == "grün"
    assert Field(b"Subject", b" gr\xfcn").text == "grün"


def test_a_header_within_a_message_stays_in_its_bounds() -> None:
    message = b"--b\r\nA: b\r\nC: d\r\n\r\n"
    header = parse_header(message, 5, 11)
    assert [(field.name, field.start, field.end) for field in header.fields] == [(b"A", 5, 11)]
    assert header.end == 11


def test_a_header_on_the_disk_is_read_as_one_in_memory(tmp_path: Path) -> None:
    message = b"A: b\r\n c\r\nD: e\r\n\r\nbody"
    path = tmp_path / "message"
    path.write_bytes(message)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert parse_header(mapped) == parse_header(message)


def test_a_header_with_too_many_fields_is_cut_and_its_body_is_found() -> None:
    message = b"A: b\r\n" * (MOST_FIELDS + 1) + b"\r\nbody"
    header = parse_header(message)
    assert len(header.fields) == MOST_FIELDS
    assert header.is_cut
    assert message[header.end :] == b"body"


def test_as_many_fields_as_are_read_are_not_cut() -> None:
    message = b"A: b\n" * MOST_FIELDS + b"\nbody"
    header = parse_header(message)
    assert not header.is_cut
    assert message[header.end :] == b"body"


def test_a_header_that_is_too_long_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "LONGEST_HEADER", 100)
    for message in (b"A: " + b"x" * 200 + b"\r\n\r\nbody", b"A: b\r\n" * 40 + b"\r\nbody"):
        header = parse_header(message)
        assert header.is_cut
        assert message[header.end :] == b"body"
        assert header.fields[-1].end <= 100
    assert parse_header(b"A: " + b"x" * 200).end == 203


def test_the_limits_are_what_is_said() -> None:
    assert (LONGEST_HEADER, MOST_FIELDS) == (1_048_576, 10_000)


def test_a_field_of_continuations_is_one_field() -> None:
    message = b"A: b\n" + b" \n" * 200_000 + b"\nbody"
    header = parse_header(message)
    assert len(header.fields) == 1
    assert len(re.findall(b"\n", header.fields[0].value)) == 200_000
