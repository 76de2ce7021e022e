"""The tree of parts: as RFC 2046 draws it, and as somebody draws it who means harm."""

from __future__ import annotations

import email
import mmap
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.mail.fields import MOST_FIELDS
from portside.mail.mime import parsing
from portside.mail.mime.parsing import DEEPEST, LONGEST_BOUNDARY, MOST_MULTIPARTS, MOST_PARTS, parse
from portside.mail.mime.part import Part

Drawn = tuple[str, "bytes | list[Drawn]"]


def drawn(part: Part) -> Drawn:
    """A tree as types with bodies, or with the parts in them."""
    return part.type, [drawn(child) for child in part.parts] if part.parts else part.raw


def multipart(boundary: str, *parts: bytes, subtype: str = "mixed", end: bool = True, line: bytes = b"\r\n") -> bytes:
    delimiter = b"--" + boundary.encode()
    pieces = [f'Content-Type: multipart/{subtype}; boundary="{boundary}"'.encode(), b""]
    for part in parts:
        pieces += [delimiter, part]
    return line.join([*pieces, *([delimiter + b"--"] if end else [])]) + line


def text(body: bytes, line: bytes = b"\r\n") -> bytes:
    return b"Content-Type: text/plain" + line + line + body


RFC_2046 = (
    b"From: Nathaniel Borenstein <nsb@bellcore.com>\r\nMIME-Version: 1.0\r\n"
    b'Content-type: multipart/mixed; boundary="simple boundary"\r\n\r\n'
    b"This is the preamble.\r\n\r\n--simple boundary\r\n\r\nimplicitly typed\r\n--simple boundary\r\n"
    b"Content-type: text/plain; charset=us-ascii\r\n\r\nexplicitly typed, and with a line end\r\n\r\n"
    b"--simple boundary--\r\n\r\nThis is the epilogue.\r\n"
)


def test_the_example_of_the_rfc_is_two_texts() -> None:
    assert drawn(parse(RFC_2046)) == (
        "multipart/mixed",
        [("text/plain", b"implicitly typed"), ("text/plain", b"explicitly typed, and with a line end\r\n")],
    )
    lf = parse(RFC_2046.replace(b"\r\n", b"\n"))
    assert [part.raw for part in lf.parts] == [b"implicitly typed", b"explicitly typed, and with a line end\n"]


INNER = multipart("inner", text(b"1"), text(b"2"))
TWO: Drawn = ("multipart/mixed", [("text/plain", b"1"), ("text/plain", b"2")])
THREE: Drawn = ("text/plain", b"3")


@pytest.mark.parametrize(
    ("message", "tree"),
    [
        (b"", ("text/plain", b"")),
        (b"Subject: x\r\n\r\nbody", ("text/plain", b"body")),
        (multipart("b"), ("multipart/mixed", b"--b--\r\n")),
        (multipart("b", text(b"1")), ("multipart/mixed", [("text/plain", b"1")])),
        (multipart("b", text(b"")), ("multipart/mixed", [("text/plain", b"")])),
        (multipart("b", b"\r\n"), ("multipart/mixed", [("text/plain", b"")])),
        (multipart("b", b""), ("multipart/mixed", [("text/plain", b"")])),
        (multipart("b", text(b"1"), end=False), ("multipart/mixed", [("text/plain", b"1\r\n")])),
        (multipart("b", INNER, text(b"3")),
         ("multipart/mixed", [TWO, THREE])),
        # the outer boundary ends the inner part, whose end is missing
        (multipart("b", multipart("inner", text(b"1"), end=False), text(b"3")),
         ("multipart/mixed", [("multipart/mixed", [("text/plain", b"1\r\n")]), ("text/plain", b"3")])),
        # one boundary is the beginning of the other
        (multipart("b", multipart("bb", text(b"1"), text(b"2")), text(b"3")),
         ("multipart/mixed", [TWO, THREE])),
        (multipart("bb", multipart("b", text(b"1"), text(b"2")), text(b"3")),
         ("multipart/mixed", [TWO, THREE])),
        (multipart("b", multipart("b--", text(b"1")), text(b"3")),
         ("multipart/mixed", [("multipart/mixed", [("text/plain", b"1")]), ("text/plain", b"3")])),
        # both have the same: the inner one ends first
        (multipart("b", multipart("b", text(b"1")), text(b"3")),
         ("multipart/mixed", [("multipart/mixed", [("text/plain", b"1")]), ("text/plain", b"3")])),
        # what only looks like a delimiter is text
        (multipart("b", text(b"--bc\r\n-- b\r\n --b\r\nx--b\r\n--b-\r\n--B")),
         ("multipart/mixed", [("text/plain", b"--bc\r\n-- b\r\n --b\r\nx--b\r\n--b-\r\n--B")])),
        (multipart("b", text(b"--b x")), ("multipart/mixed", [("text/plain", b"--b x")])),
        # white space behind a delimiter was added on the way
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b \t\r\n\r\n1\r\n--b--  \r\n",
         ("multipart/mixed", [("text/plain", b"1")])),
        # what follows the end belongs to nothing
        (multipart("b", text(b"1")) + b"--b\r\n\r\n2\r\n", ("multipart/mixed", [("text/plain", b"1")])),
        (multipart("b", text(b"1")).rstrip(), ("multipart/mixed", [("text/plain", b"1")])),
        # a boundary within a header ends the header, too
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nA: b\r\n--b\r\n\r\n2\r\n--b--\r\n",
         ("multipart/mixed", [("text/plain", b""), ("text/plain", b"2")])),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n--b--\r\n",
         ("multipart/mixed", [("text/plain", b"")])),
        # no boundary, or none that can be: one text
        (b"Content-Type: multipart/mixed\r\n\r\n--\r\n\r\nx", ("multipart/mixed", b"--\r\n\r\nx")),
        (b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\nx', ("multipart/mixed", b"--\r\n\r\nx")),
        (multipart("x" * (LONGEST_BOUNDARY + 1), text(b"1"))[-3:], ("text/plain", b"")),
        # characters that mean something to a pattern
        (multipart("a.*(b)[c]+?", text(b"1"), text(b"--axx(b)[c]+?")),
         ("multipart/mixed", [("text/plain", b"1"), ("text/plain", b"--axx(b)[c]+?")])),
        (multipart("b", b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ninner"),
         ("multipart/mixed", [("message/rfc822", [("text/plain", b"inner")])])),
        (multipart("b", b"Content-Type: message/rfc822\r\n\r\nSubject: x"),
         ("multipart/mixed", [("message/rfc822", [("text/plain", b"")])])),
        (multipart("b", b"Content-Type: message/rfc822\r\n\r\n" + INNER, text(b"3")),
         ("multipart/mixed", [("message/rfc822", [TWO]), THREE])),
        (multipart("b", b"\r\nSubject: x\r\n\r\none", b"\r\nSubject: y\r\n\r\ntwo", subtype="digest"),
         ("multipart/digest",
          [("message/rfc822", [("text/plain", b"one")]), ("message/rfc822", [("text/plain", b"two")])])),
        (b"Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nA: b\r\n\r\nx",
         ("message/rfc822", [("message/rfc822", [("text/plain", b"x")])])),
    ],
)  # fmt: skip
def test_a_message_is_drawn_as_a_tree(message: bytes, tree: Drawn) -> None:
    assert drawn(parse(message)) == tree
    assert not parse(message).is_cut


def test_parts_are_numbered_in_the_order_in_which_they_stand() -> None:
    tree = parse(multipart("b", INNER, text(b"3")))
    assert [(part.number, part.type) for part in tree.walk()] == [
        (0, "multipart/mixed"), (1, "multipart/mixed"), (2, "text/plain"), (3, "text/plain"), (4, "text/plain"),
    ]  # fmt: skip


def test_a_message_on_the_disk_is_read_as_one_in_memory(tmp_path: Path) -> None:
    message = multipart("b", INNER, text(b"3"))
    (tmp_path / "message").write_bytes(message)
    with (tmp_path / "message").open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        tree = parse(mapped)
        assert drawn(tree) == drawn(parse(message))


# ------------------------------------------------------------------------------------------------ harm


def nested(count: int) -> bytes:
    heads = [f"Content-Type: multipart/mixed; boundary=b{number}\r\n\r\n--b{number}\r\n" for number in range(count)]
    return "".join([*heads, "\r\nthe end\r\n"]).encode()


def messages_in_messages(count: int) -> bytes:
    return b"Content-Type: message/rfc822\r\n\r\n" * count + b"\r\nthe end"


@pytest.mark.parametrize("message", [nested(10_000), messages_in_messages(10_000)], ids=["multiparts", "messages"])
def test_parts_that_lie_too_deep_are_not_shown_and_it_is_said(message: bytes) -> None:
    tree = parse(message)
    parts = list(tree.walk())
    assert len(parts) == DEEPEST + 1
    assert tree.is_cut
    assert parts[-1].is_cut
    assert parts[-1].raw.endswith((b"the end\r\n", b"the end"))


def test_as_deep_as_is_shown_is_not_cut() -> None:
    assert not parse(nested(DEEPEST)).is_cut
    assert len(list(parse(nested(DEEPEST)).walk())) == DEEPEST + 1


def test_too_many_parts_are_not_shown_and_it_is_said() -> None:
    tree = parse(multipart("b", *[text(b"x")] * 20_000))
    assert len(list(tree.walk())) == MOST_PARTS
    assert tree.is_cut
    assert tree.parts[-1].raw == b"x"
    assert not parse(multipart("b", *[text(b"x")] * (MOST_PARTS - 1))).is_cut


def test_too_many_boundaries_are_not_looked_for_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[list[bytes]] = []
    real = parsing._pattern
    monkeypatch.setattr(parsing, "_pattern", lambda boundaries: made.append(boundaries) or real(boundaries))
    tree = parse(multipart("b", *[multipart(f"i{number}", text(b"x")) for number in range(500)]))
    assert len(made) == MOST_MULTIPARTS
    assert tree.is_cut
    assert len(tree.parts) == 500
    assert tree.parts[0].parts
    assert tree.parts[-1].parts == []
    assert tree.parts[-1].is_cut


def test_every_body_is_looked_at_once_however_deep_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The searches for delimiters do not overlap: together they are about as long as the message."""
    looked_at = 0

    class Counted:
        def __init__(self, boundaries: list[bytes]) -> None:
            self._pattern = real(boundaries)

        def search(self, message: bytes, start: int, end: int | None = None) -> re.Match[bytes] | None:
            nonlocal looked_at
            match = self._pattern.search(message, start) if end is None else self._pattern.search(message, start, end)
            looked_at += (match.end() if match else len(message) if end is None else end) - start
            return match

    real: Any = parsing._pattern
    monkeypatch.setattr(parsing, "_pattern", Counted)
    monkeypatch.setattr(parsing, "LONGEST_HEADER", 100)  # as far as a boundary is looked for in a header
    message = nested(DEEPEST) + b"x\r\n" * 100_000
    parse(message)
    assert len(message) * 0.9 <= looked_at <= len(message) * 1.1


def test_a_header_is_not_read_beyond_the_next_delimiter(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    real = parsing.parse_header

    def parse_header(message: bytes, start: int, *rest: Any) -> Any:
        header = real(message, start, *rest)
        read.append(header.end - start)
        return header

    monkeypatch.setattr(parsing, "parse_header", parse_header)
    message = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\n" * 100_000
    assert parse(message).is_cut
    assert sum(read) < 100


def test_all_headers_share_the_fields_that_are_read() -> None:
    many = b"A: b\n" * 3000 + b"\nbody"
    tree = parse(multipart("b", many, many, many, many, line=b"\n"))
    assert [len(part.header.fields) for part in tree.parts] == [3000, 3000, 3000, MOST_FIELDS - 9001]
    assert [part.raw for part in tree.parts] == [b"body"] * 4
    assert tree.parts[-1].header.is_cut


def test_a_boundary_behind_a_long_header_counts_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "LONGEST_HEADER", 20)
    for length in range(40):
        message = multipart("b", b"A: " + b"x" * length + b"\r\n\r\none", b"\r\n--bb\r\ntwo")
        assert [part.raw for part in parse(message).parts] == [b"one", b"--bb\r\ntwo"]


# --------------------------------------------------------------------------------------------- a property

PIECES = [
    b"Content-Type: multipart/mixed; boundary=a\r\n\r\n", b"Content-Type: multipart/alternative; boundary=ab\r\n\r\n",
    b"Content-Type: message/rfc822\r\n\r\n", b"--a\r\n", b"--a--\r\n", b"--ab\r\n", b"--ab--\r\n", b"\r\n", b"x\r\n",
    b"--a", b"X: y\r\n", b"\n", b"--a\n", b" ",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_whatever_comes_the_parts_lie_within_one_another(pieces: list[bytes]) -> None:
    message = b"".join(pieces)
    tree = parse(message)
    assert tree.end == len(message)
    for part in tree.walk():
        assert 0 <= part.body <= part.end <= len(message)
        here = part.body
        for child in part.parts:
            assert here <= child.body <= child.end <= part.end
            here = child.end


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6), st.integers(0, 3))
def test_what_is_right_is_read_as_python_reads_it(shape: list[int], depth: int) -> None:
    message = multipart("outer", *[multipart(f"i{at}", *[text(b"x")] * count) for at, count in enumerate(shape)])
    for level in range(depth):
        message = multipart(f"level{level}", message, text(b"y"))
    theirs = [part.get_content_type() for part in email.message_from_bytes(message).walk()]
    assert [part.type for part in parse(message).walk()] == theirs
