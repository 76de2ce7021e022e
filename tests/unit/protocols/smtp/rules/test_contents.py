from __future__ import annotations

import pytest

from portside.errors import RemoteError
from portside.protocols.smtp.rules.contents import (
    BARE,
    ENOUGH,
    ROUND_IN_CIRCLES,
    TOO_LARGE,
    ChunkedContent,
    DataContent,
)
from portside.protocols.smtp.rules.limits import ServerLimits
from portside.protocols.smtp.syntax.content import Chunk

LIMITS = ServerLimits(largest=100, hops=1, least=10)


def test_data_is_unstuffed_to_its_end_and_what_is_behind_stays() -> None:
    content = DataContent(LIMITS, mend=False)
    assert content.take(b"a\r\n..b\r\n.\r\nNOOP\r\n") == b"a\r\n.b\r\n"
    assert (content.ended, content.rest, content.size, content.spoilt) == (True, b"NOOP\r\n", 7, None)


def test_what_is_spoilt_is_passed_over_to_its_end() -> None:
    content = DataContent(LIMITS, mend=False)
    assert content.take(b"a\nb\r\n") == b""
    assert content.take(b"c\r\n.\r\n") == b""
    assert (content.ended, content.spoilt) == (True, BARE)


def test_bare_lines_are_mended_where_that_is_wanted() -> None:
    content = DataContent(LIMITS, mend=True)
    assert content.take(b"a\nb\r\n.\r\n") == b"a\r\nb\r\n"
    assert content.spoilt is None


def test_a_content_has_a_size_and_an_end_of_patience() -> None:
    content = DataContent(LIMITS, mend=False)
    assert content.take(b"x" * 100) == b"x" * 100
    assert content.take(b"x") == b""
    assert content.spoilt == TOO_LARGE
    assert not content.too_much
    content.take(b"x" * ENOUGH)
    assert content.too_much


def test_hops_are_counted() -> None:
    content = DataContent(LIMITS, mend=False)
    content.take(b"Received: a\r\n")
    assert content.spoilt is None
    content.take(b"received: b\r\n")
    assert content.spoilt == ROUND_IN_CIRCLES


def test_too_little_in_a_while_is_slow() -> None:
    content = DataContent(LIMITS, mend=False)
    content.take(b"x" * 10)
    assert not content.is_slow(5.0)
    assert content.since == 5.0
    content.take(b"x" * 9)
    assert content.is_slow(10.0)


def test_chunks_are_taken_by_their_size() -> None:
    content = ChunkedContent(LIMITS, binary=True)
    content.begin(Chunk(3))
    assert content.take(b"ab") == b"ab"
    assert not content.ended
    assert content.take(b"cBDAT") == b"c"
    assert (content.ended, content.rest, content.last) == (True, b"BDAT", False)
    content.begin(Chunk(0, last=True))
    assert (content.ended, content.last) == (True, True)
    with pytest.raises(RemoteError):
        content.begin(Chunk(1))


@pytest.mark.parametrize(("chunks", "good"), [
    ([b"a\r\n"], True), ([b"a\r", b"\nb"], True), ([b"a\r", b"", b"\n"], True), ([b"a\n"], False), ([b"a\rb"], False),
    ([b"a\r", b"b"], False), ([b"a\r"], False), ([b"\n"], False), ([b"a\r", b"\r\n"], False), ([b"a\r", b""], False),
    ([b"a\r\n", b""], True), ([], True),
])  # fmt: skip
def test_lines_of_chunks_end_right_wherever_they_are_cut(chunks: list[bytes], good: bool) -> None:
    content = ChunkedContent(LIMITS, binary=False)
    for number, data in enumerate(chunks, 1):
        content.begin(Chunk(len(data), last=number == len(chunks)))
        content.take(data)
    assert (content.spoilt is None) is good
