"""Replies out of a stream: any split gives the same ones, and none is endless."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import LimitExceeded, RemoteError
from portside.protocols.ftp.messages import Reply
from portside.protocols.ftp.rules.replies import LONGEST_LINE, LONGEST_REPLY, ReplyReader

STREAM = b"220-Hello\r\n 226 not yet\r\n220 end\r\n331 Password?\n230-a\r\n230-b\r\n230\r\n"
REPLIES = [Reply(220, ("Hello", " 226 not yet", "end")), Reply(331, ("Password?",)), Reply(230, ("a", "b", ""))]


@given(st.lists(st.integers(0, len(STREAM)), max_size=6))
def test_any_split_gives_the_same_replies(cuts: list[int]) -> None:
    reader = ReplyReader()
    edges = [0, *sorted(cuts), len(STREAM)]
    heard = [reply for first, end in pairwise(edges) for reply in reader.read(STREAM[first:end])]
    assert heard == REPLIES
    assert not reader.begun


def test_what_has_begun_is_known() -> None:
    reader = ReplyReader()
    assert list(reader.read(b"234 ok\r\n22")) == [Reply(234, ("ok",))]
    assert reader.begun


@pytest.mark.parametrize("line", [b"hello\r\n", b"20 short\r\n", b"999 x\r\n", b"\r\n", b"22x ok\r\n"])
def test_what_is_no_reply_is_refused(line: bytes) -> None:
    with pytest.raises(RemoteError):
        list(ReplyReader().read(line))


def test_an_endless_line_is_cut_off() -> None:
    reader = ReplyReader()
    list(reader.read(b"220 " + b"x" * (LONGEST_LINE - 4)))
    with pytest.raises(LimitExceeded):
        list(reader.read(b"x"))


def test_an_endless_banner_is_cut_off() -> None:
    reader = ReplyReader()
    piece = b"220-" + b"x" * 1000 + b"\r\n"
    with pytest.raises(LimitExceeded):
        list(reader.read(piece * (LONGEST_REPLY // 1000)))


def test_a_reply_of_empty_lines_has_an_end_too() -> None:
    reader = ReplyReader()
    list(reader.read(b"220-\r\n"))
    with pytest.raises(LimitExceeded):
        list(reader.read(b"\r\n" * LONGEST_REPLY))


def test_what_follows_a_reply_has_begun_until_it_is_asked_for() -> None:
    reader = ReplyReader()
    replies = reader.read(b"234 go\r\n230 in\r\n")
    assert next(replies).code == 234 and reader.begun
    assert next(replies).code == 230 and not reader.begun
