"""What is said besides commands, line by line."""

from __future__ import annotations

import pytest

from portside.interfaces import Role
from portside.protocols.telnet.explain.lines import LONGEST_LINE, SHOWN, Lines, title_of


@pytest.mark.parametrize(
    ("role", "data", "lines"),
    [
        (Role.SERVER, b"a\r\nb\nc", [(0, 3), (3, 5), (5, 6)]),
        (Role.SERVER, b"10%\r20%\r\n", [(0, 9)]),
        (Role.CLIENT, b"a\r\nb\r\0c\rd\n", [(0, 3), (3, 6), (6, 8), (8, 10)]),
        (Role.CLIENT, b"\r\n\r\n", [(0, 2), (2, 4)]),
        (Role.CLIENT, b"a\0b\n", [(0, 4)]),
    ],
)
@pytest.mark.parametrize("step", [1, 2, 100])
def test_lines_end_as_their_side_ends_them(role: Role, data: bytes, lines: list[tuple[int, int]], step: int) -> None:
    reading = Lines(role)
    found = []
    for at in range(0, len(data), step):
        found += reading.take(data[at : at + step], at, min(at + step, len(data)))
    assert [(said.start, said.stop) for said in found] == lines


def test_a_doubled_iac_takes_two_bytes() -> None:
    first, second = Lines(Role.SERVER).take(b"a\xff\nb\xff\n", 10, 18)
    assert (first.start, first.stop, second.start, second.stop) == (10, 14, 14, 18)


def test_what_is_compressed_stands_in_all_of_its_bytes() -> None:
    found = Lines(Role.SERVER).take(b"a\nb\n", 5, 9, compressed=True)
    assert [(said.start, said.stop, said.facts) for said in found] == [(5, 9, {"compressed": 1})] * 2


def test_a_line_without_an_end_ends_at_its_limit() -> None:
    lines = Lines(Role.SERVER)
    found = [said for number in range(3) for said in lines.take(bytes(30_000), number * 30_000, (number + 1) * 30_000)]
    assert [(said.start, said.stop) for said in found] == [(0, LONGEST_LINE), (LONGEST_LINE, 90_000)]


def test_a_secret_is_starred_and_its_end_is_none() -> None:
    lines = Lines(Role.CLIENT)
    (said,) = lines.take(b"abc", 0, 3, secret=True)
    lines.take(b"\r\n", 3, 5)
    assert (said.title, said.facts, said.complete) == ("***", {"secret": 1}, True)
    (end,) = Lines(Role.CLIENT).take(b"\r\n", 0, 2, secret=True)
    assert not end.facts


def test_a_hole_ends_a_line_and_is_noted() -> None:
    lines = Lines(Role.SERVER)
    (said,) = lines.take(b"abc", 0, 3)
    lines.missed(4)
    assert (said.stop, said.notes, said.complete) == (7, ("4 bytes were not captured",), True)
    lines.missed(4)


@pytest.mark.parametrize(
    ("data", "title"),
    [
        (b"\x1b[1;31mred\x1b[0m  and\tmore\r\n", "red and more"),
        (b"\x1b]0;title\x07$ ", "$"),
        (b"\r\n", "an empty line"),
        (b"x" * 300, "x" * SHOWN + "..."),
        (b"a\xffb", "a\ufffdb"),
    ],
)
def test_a_title_is_one_line_of_text(data: bytes, title: str) -> None:
    assert title_of(data) == title
