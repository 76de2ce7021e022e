"""The ladder with heads, as text that moves no cursor whatever was captured."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from portside.inspector.exports import text
from portside.inspector.exports.text import LONGEST, MOST_LINES
from portside.inspector.ladder import rung
from portside.inspector.story import Story
from portside.interfaces import Role
from tests.support.captures import Talk, TlsTalk, datagrams, told, write

ASK = b"GET /a HTTP/1.1\r\nHost: example.org\r\nCookie: c4n4ry=1\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"


def printed(story: Story, *numbers: int) -> list[str]:
    data = b"".join(text.pieces(story, numbers or range(1, len(story.messages) + 1)))
    assert not data or data.endswith(b"\n")
    return data.decode("utf-8").split("\n")[:-1]


def shown(tmp_path: Path, data: bytes) -> list[str]:
    """What is shown below the line of a datagram."""
    first, *lines = printed(told(write(tmp_path / "a", datagrams(data))))
    assert "-->" in first and all(line.startswith("    ") for line in lines)
    return [line[4:] for line in lines]


def test_each_message_with_its_head(tmp_path: Path) -> None:
    story = told(write(tmp_path / "a", Talk().exchange(ASK, ANSWER).blocks))
    began = story.messages[0].time
    assert printed(story, 1, 2, 3) == [
        rung(story.message(1), began),
        rung(story.message(2), began),
        "    GET /a HTTP/1.1",
        "    Host: example.org",
        "    Cookie: ********",
        rung(story.message(3), began),
        "    HTTP/1.1 200 OK",
        "    Content-Type: text/plain",
        "    Content-Length: 5",
    ]
    assert printed(story, 3)[0].startswith(rung(story.message(3), began)[:12])  # times go on from the first message
    assert list(text.pieces(told(write(tmp_path / "b", [])), [])) == []


@pytest.mark.parametrize("chunked", [False, True])
def test_of_a_coded_body_nothing_is_shown_but_its_head(tmp_path: Path, chunked: bool) -> None:
    coded = gzip.compress(bytes(range(256)) * 200)
    field = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % len(coded)
    sent = b"%x\r\n%b\r\n0\r\n\r\n" % (len(coded), coded) if chunked else coded
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n" + field + b"\r\n\r\n" + sent
    story = told(write(tmp_path / "a", Talk().exchange(ASK, answer).blocks))
    assert printed(story, 3)[1:] == ["    HTTP/1.1 200 OK", "    Content-Encoding: gzip", "    " + field.decode()]


def test_whoever_asks_for_secrets_sees_them(tmp_path: Path) -> None:
    path = write(tmp_path / "a", Talk().exchange(ASK, ANSWER).blocks)
    assert "    Cookie: c4n4ry=1" in printed(told(path, show_secrets=True))
    assert not any("c4n4ry" in line for line in printed(told(path)))


def test_records_of_tls_are_lines_alone_and_what_they_carry_is_shown(tmp_path: Path) -> None:
    talk = TlsTalk(tmp_path)
    talk.says(Role.CLIENT, ASK)
    talk.says(Role.SERVER, ANSWER)
    blocks = talk.over_tcp().blocks
    closed = told(write(tmp_path / "a", blocks))
    assert len(printed(closed)) == len(closed.messages)
    assert "    Host: example.org" in printed(told(write(tmp_path / "b", blocks, keys=talk.keys)))


# --------------------------------------------------------------------------------------------- inertness


@pytest.mark.parametrize(
    "odd",
    ["\x1b[2J", "\x1b]0;x\x07", "\x9b31m", "\b", "\x00", "\x7f", "\x0b", "\x0c", "\x85", "\u202e", "\u2066", "\u2028"],
    ids=ascii,
)
def test_what_would_move_a_cursor_is_shown_as_text(tmp_path: Path, odd: str) -> None:
    (line,) = shown(tmp_path, f"an honest line of text, and then {odd} and so on for a while".encode())
    assert ascii(odd)[1:-1] in line and odd not in line and line.isprintable()


def test_a_lone_carriage_return_covers_nothing(tmp_path: Path) -> None:
    assert shown(tmp_path, b"what is true\rwhat is shown\r\nand more") == [r"what is true\rwhat is shown", "and more"]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"one\n\n\r\ntwo\r\n", ["one", "two"]),
        ("grüße, мир".encode(), ["grüße, мир"]),
        (b"mostly text, and \xff one byte that is none", ["mostly text, and \ufffd one byte that is none"]),
        (b"text that was cut \xf0\x9f", ["text that was cut \ufffd"]),
        (bytes(range(128, 256)), ["128 bytes that are no text"]),
        (bytes(16), ["16 bytes that are no text"]),
        (b"\x01\x02ab", ["4 bytes that are no text"]),
        (b"\r\n", []),
    ],
    ids=ascii,
)
def test_text_is_shown_and_what_is_none_is_counted(tmp_path: Path, data: bytes, lines: list[str]) -> None:
    assert shown(tmp_path, data) == lines


@pytest.mark.parametrize("more", [0, 1, 9])
def test_many_lines_are_cut(tmp_path: Path, more: int) -> None:
    lines = shown(tmp_path, b"x\n" * (MOST_LINES + more))
    assert lines == ["x"] * MOST_LINES + ([f"... and {more} more"] if more else [])


def test_of_a_long_message_the_beginning_is_shown(tmp_path: Path) -> None:
    assert shown(tmp_path, b"x" * 60_000) == ["x" * LONGEST]
