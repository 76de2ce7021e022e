"""Lines of the control connection: whole, in order, bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import LimitExceeded
from portside.protocols.ftp.rules.intake import Intake
from portside.protocols.ftp.syntax.lines import LONGEST_COMMAND


def lines(intake: Intake) -> list[bytes | str]:
    """All lines that are there; "long" for one that is too long."""
    found: list[bytes | str] = []
    while True:
        try:
            line = intake.next()
        except LimitExceeded as error:
            found.append("long" if error.status == 500 else "what?")
            continue
        if line is None:
            return found
        found.append(line)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"NOOP", []),
        (b"NOOP\r\n", [b"NOOP"]),
        (b"NOOP\n", [b"NOOP"]),
        (b"A\r\nB\nC\r\nD", [b"A", b"B", b"C"]),
        (b"\r\n\n", [b"", b""]),
        (b"a\rb\r\n", [b"a\rb"]),
        (b"a\r\r\n", [b"a\r"]),
        (b"A" * LONGEST_COMMAND + b"\r\nB\r\n", ["long", b"B"]),
        (b"A" * (LONGEST_COMMAND - 1) + b"\r\nB\r\n", [b"A" * (LONGEST_COMMAND - 1), b"B"]),
        (b"A" * 10_000 + b"\r\nB\r\n", ["long", b"B"]),
    ],
)
def test_a_line_ends_with_lf_and_a_cr_before_it_goes(data: bytes, expected: list[bytes | str]) -> None:
    intake = Intake()
    intake.feed(data)
    assert lines(intake) == expected


@given(st.lists(st.sampled_from([b"NOOP\r\n", b"x", b"\n", b"\r", b"B" * 5000, b"STAT\r\n"]), max_size=12), st.data())
def test_any_split_gives_the_same_lines(pieces: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(pieces)
    once = Intake()
    once.feed(whole)
    split = Intake()
    found: list[bytes | str] = []
    while whole:
        size = data.draw(st.integers(1, len(whole)))
        split.feed(whole[:size])
        whole = whole[size:]
        found += lines(split)
    assert found == lines(once)


def test_what_has_no_end_takes_no_room() -> None:
    intake = Intake()
    intake.feed(b"A" * 100_000)
    assert lines(intake) == ["long"]
    intake.feed(b"A" * 100_000)
    assert lines(intake) == []
    assert len(intake) == 0


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"ABOR\r\n", True),
        (b"abor\n", True),
        (b"\xff\xf4\xff\xf2ABOR\r\n", True),
        (b"NOOP\r\nABOR\r\n", True),
        (b"ABOR", False),
        (b"STOR ABOR\r\n", False),
        (b"STOR x\rABOR\r\n", False),
        (b"ABORT\r\n", False),
    ],
)
def test_abor_is_found_among_what_waits(data: bytes, found: bool) -> None:
    intake = Intake()
    intake.feed(data)
    assert intake.holds_abort is found


def test_an_abor_that_was_taken_is_not_found_again() -> None:
    intake = Intake()
    intake.feed(b"ABOR\r\nNOOP\r\n")
    assert intake.next() == b"ABOR"
    assert not intake.holds_abort


@pytest.mark.parametrize(
    ("data", "found"), [(b"STAT\r\n", True), (b"STAT x\r\n", False), (b"NOOP\r\nSTAT\r\n", False), (b"STAT", False)]
)
def test_only_a_plain_stat_that_comes_next_is_one(data: bytes, found: bool) -> None:
    intake = Intake()
    intake.feed(data)
    assert intake.begins_with_status is found


def test_what_was_said_in_the_clear_can_be_forgotten() -> None:
    intake = Intake()
    intake.feed(b"DELE x\r\nRETR")
    intake.clear()
    intake.feed(b"NOOP\r\n")
    assert lines(intake) == [b"NOOP"]
