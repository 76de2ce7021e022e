"""One message taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.interfaces import Role
from portside.protocols.explaining import Content, Field, Said
from portside.protocols.telnet.explain.parts import content, fields
from tests.support.telnet import wire


def said(kind: str, data: bytes, **facts: int) -> Said:
    return Said(Role.CLIENT, kind, "title", 0, len(data), facts=facts)


def names(found: list[Field] | tuple[Field, ...]) -> list[tuple[str, tuple[int, int], str]]:
    return [(field.name, field.span, field.value) for field in found]


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("IAC DO ECHO", [("Command", (1, 2), "DO"), ("Option", (2, 3), "ECHO (1)")]),
        ("IAC DO 222", [("Command", (1, 2), "DO"), ("Option", (2, 3), "option (222)")]),
        ("IAC AYT", [("Command", (1, 2), "AYT")]),
        ("IAC 7", [("Command", (1, 2), "7")]),
        ("IAC SB NAWS 0 IAC IAC 0 24 IAC SE",
         [("Command", (1, 2), "SB"), ("Option", (2, 3), "NAWS (31)"), ("Width", (3, 6), "255"),
          ("Height", (6, 8), "24"), ("End", (8, 10), "IAC SE")]),
        ("IAC SB NAWS 0 80", [("Command", (1, 2), "SB"), ("Option", (2, 3), "NAWS (31)"), ("Width", (3, 5), "80")]),
        ("IAC SB", [("Command", (1, 2), "SB")]),
        ("IAC", []),
    ],
)  # fmt: skip
def test_commands_have_their_parts(words: str, parts: list[tuple[str, tuple[int, int], str]]) -> None:
    data = wire(words)
    found = list(fields(said("negotiation", data), data))
    assert names(found) == [("Interpret as command", (0, 1), "IAC"), *parts]
    assert all(field.source for field in found if field.value not in ("7", "option (222)"))


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        (b"hi\r\n", [("Data", (0, 2), "hi"), ("Line end", (2, 4), "CR LF")]),
        (b"hi\r\0", [("Data", (0, 2), "hi"), ("Line end", (2, 4), "CR NUL")]),
        (b"hi\n", [("Data", (0, 2), "hi"), ("Line end", (2, 3), "LF")]),
        (b"a\xff\xffb", [("Data", (0, 4), "a\ufffdb")]),
        (b"\r\n", [("Line end", (0, 2), "CR LF")]),
        (b"", []),
    ],
)
def test_lines_have_an_end(data: bytes, parts: list[tuple[str, tuple[int, int], str]]) -> None:
    assert names(list(fields(said("data", data), data))) == parts


def test_a_secret_line_says_nothing_of_itself() -> None:
    data = b"hunter2\r\n"
    first, end = fields(said("data", data, secret=1), data)
    assert (first.value, first.secret, end.secret) == ("*******", True, False)


def test_a_secret_value_says_nothing_of_itself() -> None:
    data = wire("IAC SB NEW-ENVIRON IS VAR 'TOKEN' VALUE 'hunter2' IAC SE")
    secret = [field for field in fields(said("subnegotiation", data), data) if field.secret]
    assert names(secret) == [("VALUE", (10, 18), "********")]


def test_what_is_compressed_is_told_by_its_title() -> None:
    (field,) = fields(said("data", b"xyz", compressed=1), b"xyz")
    assert (field.name, field.span, field.meaning) == ("Compressed data", (0, 3), "title")


def test_content_is_the_text() -> None:
    data = b"a\xff\xffb\r\n"
    assert content(said("data", data), data) == Content(b"a\xffb\r\n", "text/plain", True, "doubled IAC")
    assert content(said("data", data), data[:1]) == Content(b"a", "text/plain", False)
    assert content(said("signal", b"\xff\xf1"), b"\xff\xf1") is None
    assert content(said("data", b"x", compressed=1), b"x") is None


@given(st.sampled_from(["data", "negotiation"]), st.binary(max_size=40))
def test_no_bytes_raise_and_fields_lie_in_order(kind: str, data: bytes) -> None:
    at = 0
    for field in fields(said(kind, data), data):
        assert at <= field.span[0] <= field.span[1] <= len(data)
        at = field.span[1]
