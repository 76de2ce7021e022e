from __future__ import annotations

import pytest

from portside.protocols.smtp.rules.intake import Intake, is_one_line
from portside.protocols.smtp.syntax.codes import Refusal
from portside.protocols.smtp.syntax.lines import LONGEST_AUTH, LONGEST_COMMAND


def test_lines_come_whole_with_their_ends_and_in_order() -> None:
    intake = Intake()
    intake.feed(b"one\r\ntwo\r\nthr")
    assert [intake.next(), intake.next(), intake.next()] == [b"one\r\n", b"two\r\n", None]
    intake.feed(b"ee\r\n")
    assert intake.next() == b"three\r\n"
    assert len(intake) == 0


def test_a_bare_line_feed_ends_a_line_for_whoever_refuses_it() -> None:
    intake = Intake()
    intake.feed(b"one\ntwo\r\n")
    assert intake.next() == b"one\n"


@pytest.mark.parametrize(("begin", "most", "login"), [
    (b"NOOP ", LONGEST_COMMAND, False), (b"AUTH PLAIN ", LONGEST_AUTH, False), (b"", LONGEST_AUTH, True),
])  # fmt: skip
@pytest.mark.parametrize("piece", [1, 500, 100_000])
def test_a_line_too_long_is_refused_once_and_passed_over(begin: bytes, most: int, login: bool, piece: int) -> None:
    said = begin + b"x" * most + b"\r\nNOOP\r\n"
    intake, refused, lines = Intake(), 0, []
    for at in range(0, len(said), piece):
        intake.feed(said[at : at + piece])
        try:
            while (line := intake.next(of_login=login)) is not None:
                lines.append(line)
        except Refusal:
            refused += 1
    line = intake.next(of_login=login)
    assert [*lines, *([line] if line else [])] == [b"NOOP\r\n"]
    assert refused == 1


def test_a_line_just_short_enough_is_heard() -> None:
    intake = Intake()
    line = b"x" * (LONGEST_COMMAND - 2) + b"\r\n"
    intake.feed(line)
    assert intake.next() == line


def test_octets_are_taken_and_put_back() -> None:
    intake = Intake()
    intake.feed(b"line\r\ncontent and more")
    intake.next()
    assert intake.take(7) == b"content"
    assert intake.take() == b" and more"
    intake.put_back(b"more")
    intake.feed(b"\r\n")
    assert intake.next() == b"more\r\n"
    intake.feed(b"abcdef")
    assert intake.take(2) == b"ab"
    intake.put_back(b"ab")
    assert intake.take() == b"abcdef"


def test_what_waits_is_forgotten_where_tls_begins() -> None:
    intake = Intake()
    intake.feed(b"MAIL FROM:<evil@example.com>\r\n")
    intake.clear()
    assert (len(intake), intake.next()) == (0, None)


@pytest.mark.parametrize(
    ("data", "one"),
    [
        (b"NOOP\r\n", True),
        (b"\r\n", True),
        (b"NOOP", False),
        (b"NOOP\n", False),
        (b"NOOP\r\nQ", False),
        (b"A\nB\r\n", False),
        (b"", False),
        (b"x" * (LONGEST_COMMAND - 2) + b"\r\n", True),
        (b"x" * (LONGEST_COMMAND - 1) + b"\r\n", False),
    ],
)
def test_one_line_is_known_without_being_kept(data: bytes, one: bool) -> None:
    assert is_one_line(data) is one


def test_an_intake_is_idle_while_nothing_waits_and_nothing_is_passed_over() -> None:
    intake = Intake()
    assert intake.idle
    intake.feed(b"NOOP")
    assert not intake.idle
    intake.feed(b"\r\n")
    intake.next()
    assert intake.idle
    intake.feed(b"x" * (LONGEST_COMMAND + 1))
    with pytest.raises(Refusal):
        intake.next()
    assert not intake.idle
