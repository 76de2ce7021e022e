"""Content on its way: what ends it and what never does, and that stuffing and unstuffing undo each other."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import LocalError
from portside.protocols.smtp.syntax.codes import Refusal
from portside.protocols.smtp.syntax.content import (
    Chunk,
    Stuffer,
    Unstuffer,
    has_bare,
    parse_chunk,
    serialise_chunk,
    stuff,
    whole_lines,
)

Outcome = tuple[bytes, bool, bytes, bool]


def unstuff(pieces: list[bytes], *, mend: bool = False) -> Outcome:
    """The content, whether it has ended, what came behind it, and whether it has a fault."""
    unstuffer, content, behind = Unstuffer(mend=mend), b"", b""
    for piece in pieces:
        if unstuffer.ended:
            behind += piece
        else:
            content += unstuffer.feed(piece)
    return content, unstuffer.ended, unstuffer.rest + behind, unstuffer.fault is not None


def byte_by_byte(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


CONTENT = [  # what comes, the content, what is behind its end (None: it has not ended), whether it has a fault
    (b".\r\n", b"", b"", False),  # RFC 5321 §4.1.1.4: the end may be the first line
    (b"\r\n.\r\n", b"\r\n", b"", False),
    (b"a\r\n.\r\n", b"a\r\n", b"", False),
    (b"a\r\n.\r\nQUIT\r\n", b"a\r\n", b"QUIT\r\n", False),
    (b"a\r\n.\r\nb\r\n.\r\n", b"a\r\n", b"b\r\n.\r\n", False),
    (b"..\r\n.\r\n", b".\r\n", b"", False),  # §4.5.2: dots
    (b"...a\r\n.\r\n", b"..a\r\n", b"", False),
    (b".a\r\n.\r\n", b"a\r\n", b"", False),  # a dot that nobody stuffed is taken off as well
    (b"a\r\n..b\r\n..\r\n.\r\n", b"a\r\n.b\r\n.\r\n", b"", False),
    (b"a.\r\n.\r\n", b"a.\r\n", b"", False),
    (b"a\r\n. \r\n.\r\n", b"a\r\n \r\n", b"", False),
    (b"a\r\n.", b"a\r\n", None, False),
    (b"a\r\n.\r", b"a\r\n", None, False),
    (b"a\r\n", b"a\r\n", None, False),
    (b"a", b"a", None, False),
    (b".", b"", None, False),
    (b".\r", b"", None, False),
    (b"", b"", None, False),
    (b"\xff\0\x80\r\n.\r\n", b"\xff\0\x80\r\n", b"", False),
    (b"x" * 3000 + b"\r\n.\r\n", b"x" * 3000 + b"\r\n", b"", False),  # a long line is content like another
]
SMUGGLING = [
    b"a\n.\n", b"a\n.\r\n", b"a\r\n.\n", b"a\r.\r", b"a\r\n.\r", b"a\r.\r\n", b"a\r\n.\rb", b"a\n.\r", b"a\r.\n",
    b"a\n\r.\n\r", b"a\r\n\n.\n", b"a\r\r\n.\r", b"a\n\n.\n\n", b"a\r\n.\n\r\n", b"a\r\n.\r\r\n", b"a\n.\n\r\n",
    b"a\n.\r\r\n",    b"a\r\n\r.\r\n", b"a\r\n\0.\r\n", b"a\r\n.\0\r\n", b"a\r\0\n.\r\n", b"a\r\n.\x0b",
    b"a\x85.\x85", b"a\xe2\x80\xa8.\xe2\x80\xa8",
    b"a\r\n .\r\n", b"a\r\n.\t\r\n", b"a\r\n..\r\n", b".\n", b".\r\r\n", b"\n.\r\n", b"\r.\r\n", b".\r",
]  # fmt: skip
"""What looks like the end of a message to somebody, and is none."""
SMUGGLED = b"MAIL FROM:<evil@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\nhi"


@pytest.mark.parametrize(("wire", "content", "behind", "fault"), CONTENT, ids=[ascii(row[0][:24]) for row in CONTENT])
def test_content_comes_out_whole_or_byte_by_byte(
    wire: bytes, content: bytes, behind: bytes | None, fault: bool
) -> None:
    expected = (content, behind is not None, behind or b"", fault)
    assert unstuff([wire]) == expected
    assert unstuff(byte_by_byte(wire)) == expected


@pytest.mark.parametrize("mend", [False, True])
@pytest.mark.parametrize("spelling", SMUGGLING, ids=ascii)
def test_nothing_but_cr_lf_dot_cr_lf_ends_a_message(spelling: bytes, mend: bool) -> None:
    wire = spelling + SMUGGLED + b"\r\n.\r\nQUIT\r\n"
    for pieces in ([wire], byte_by_byte(wire), [spelling, wire[len(spelling) :]]):
        content, ended, behind, fault = unstuff(pieces, mend=mend)
        assert ended and behind == b"QUIT\r\n"
        assert content.endswith(SMUGGLED + b"\r\n")
        bare = rb"\r(?!\n)" if mend else rb"\r(?!\n)|(?<!\r)\n"
        assert fault is (re.search(bare, spelling + SMUGGLED) is not None)


def test_a_bare_line_end_is_a_fault_that_says_what_to_answer() -> None:
    unstuffer = Unstuffer()
    assert unstuffer.feed(b"a\nb\r\n.\r\n") and unstuffer.ended
    assert unstuffer.fault is not None and (unstuffer.fault.status, unstuffer.fault.enhanced) == (550, "5.6.11")


@pytest.mark.parametrize(
    ("wire", "content", "fault"),
    [
        (b"a\nb\r\n.\r\n", b"a\r\nb\r\n", False),
        (b"a\n.\r\n\r\n.\r\n", b"a\r\n.\r\n\r\n", False),  # a dot alone within, which is stuffed on its way out
        (b"\n\n\r\n.\r\n", b"\r\n\r\n\r\n", False),
        (b"a\rb\r\n.\r\n", b"a\rb\r\n", True),
        (b"a\r\r\n.\r\n", b"a\r\r\n", True),
    ],
)
def test_where_it_is_asked_for_a_bare_lf_becomes_a_lines_end_within(wire: bytes, content: bytes, fault: bool) -> None:
    assert unstuff([wire], mend=True) == (content, True, b"", fault)
    assert unstuff(byte_by_byte(wire), mend=True) == (content, True, b"", fault)


ALPHABET = st.lists(st.sampled_from([b"\r\n", b".", b"\r\n.", b"a", b"..", b"\r\n.\r\n"]), max_size=12).map(b"".join)
HOSTILE = st.lists(st.sampled_from([b"\r", b"\n", b".", b"\r\n", b"a", b"\r\n.\r\n"]), max_size=16).map(b"".join)
CUTS = st.lists(st.integers(0, 60), max_size=5)


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(place for place in cuts if place < len(data))})
    return [data[first:last] for first, last in pairwise(places)]


@given(ALPHABET, CUTS, CUTS)
def test_what_is_stuffed_is_unstuffed_the_same_in_any_pieces(content: bytes, out: list[int], back: list[int]) -> None:
    stuffer = Stuffer()
    wire = b"".join(map(stuffer.feed, cut(content, out))) + stuffer.end()
    assert wire == stuff(content)
    whole = content if content.endswith(b"\r\n") or not content else content + b"\r\n"
    assert unstuff(cut(wire + b"QUIT\r\n", back)) == (whole, True, b"QUIT\r\n", False)


@given(HOSTILE, CUTS, st.booleans())
def test_any_pieces_of_anything_give_the_same_content(wire: bytes, cuts: list[int], mend: bool) -> None:
    whole, pieces = unstuff([wire], mend=mend), unstuff(cut(wire, cuts), mend=mend)
    assert whole == pieces


@given(HOSTILE)
def test_content_ends_at_the_first_true_end_and_nowhere_else(wire: bytes) -> None:
    end = (b"\r\n" + wire).find(b"\r\n.\r\n")
    _, ended, behind, _ = unstuff([wire])
    assert ended is (end >= 0)
    assert behind == (wire[end + 3 :] if ended else b"")


@given(HOSTILE, CUTS)
def test_no_bare_line_end_and_no_early_end_ever_goes_out(content: bytes, cuts: list[int]) -> None:
    stuffer = Stuffer()
    try:
        wire = b"".join(map(stuffer.feed, cut(content, cuts))) + stuffer.end()
    except LocalError:
        assert b"\r" in content.replace(b"\r\n", b"")
        return
    assert not has_bare(wire)
    assert (b"\r\n" + wire).find(b"\r\n.\r\n") == len(wire) - 3


@pytest.mark.parametrize(
    ("content", "wire"),
    [
        (b"", b".\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b"a\nb\n", b"a\r\nb\r\n.\r\n"),
        (b".\n.\n", b"..\r\n..\r\n.\r\n"),
        (b"a\r\n.b\r\n", b"a\r\n..b\r\n.\r\n"),
        (b"\n.\r\n", b"\r\n..\r\n.\r\n"),
        (b"a.\r\n", b"a.\r\n.\r\n"),
    ],
)
def test_a_local_text_goes_out_in_lines(content: bytes, wire: bytes) -> None:
    assert stuff(content) == wire


@pytest.mark.parametrize("content", [b"a\rb", b"a\r", b"\r\r\n", b"\r.\r\n"])
def test_a_bare_cr_never_goes_out(content: bytes) -> None:
    for pieces in ([content], byte_by_byte(content)):
        stuffer = Stuffer()
        with pytest.raises(LocalError, match="bare CR"):
            b"".join([*map(stuffer.feed, pieces), stuffer.end()])


def test_a_chunk_has_whole_lines_and_no_dots() -> None:
    stuffer = Stuffer(dots=False)
    assert b"".join(map(stuffer.feed, (b".a\n", b".", b"b\r", b"\nc"))) + stuffer.end() == b".a\r\n.b\r\nc\r\n"
    assert whole_lines(b"a\nb\r\n") == b"a\r\nb\r\n"


@pytest.mark.parametrize(
    ("argument", "chunk"),
    [
        ("0", Chunk(0)),
        ("86", Chunk(86)),  # RFC 3030 §4.1
        ("0 LAST", Chunk(0, True)),
        ("100000  last", Chunk(100000, True)),
        (str((1 << 63) - 1), Chunk((1 << 63) - 1)),
    ],
)
def test_a_chunk_says_its_size(argument: str, chunk: Chunk) -> None:
    assert parse_chunk(argument) == chunk
    assert parse_chunk(serialise_chunk(chunk)) == chunk


@pytest.mark.parametrize(
    "argument",
    ["", "LAST", "-1", "+1", "1_0", "0x10", "1.0", "٣", "1 FIRST", "1 LAST x", "1LAST", str(1 << 63), "9" * 21],
)
def test_a_chunk_of_no_size_is_refused(argument: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_chunk(argument)
    assert refused.value.status == 501
