"""One direction as it passes, plain or compressed."""

from __future__ import annotations

import zlib

import pytest

from portside.protocols.telnet.explain.directions import Direction, Seen
from portside.protocols.telnet.syntax.scanning import Run
from tests.support.telnet import wire

BEGIN = wire("IAC SB MCCP2 IAC SE")


def text(seen: list[Seen]) -> bytes:
    return b"".join(one.token.data for one in seen if isinstance(one.token, Run))


@pytest.mark.parametrize("step", [1, 4, 1000])
def test_compressed_tokens_have_their_place_whatever_the_pieces(step: int) -> None:
    packed = zlib.compress(b"one\r\n\xff\xf1two")
    data = b"a" + BEGIN + packed + b"plain"
    direction = Direction(may_compress=True)
    seen = [one for at in range(0, len(data), step) for one in direction.take(data[at : at + step])]
    assert text(seen) == b"aone\r\ntwoplain"
    assert direction.at == len(data)
    inside = [one for one in seen if one.compressed]
    assert inside[0].start == 1 + len(BEGIN)
    assert inside[-1].stop <= 1 + len(BEGIN) + len(packed)
    whole = [one for one in Direction(may_compress=True).take(data) if one.compressed]
    assert [(one.start, one.stop) for one in inside] == [(one.start, one.stop) for one in whole]


def test_only_the_server_compresses() -> None:
    direction = Direction(may_compress=False)
    assert text(list(direction.take(BEGIN + b"abc"))) == b"abc"
    assert direction.plain


def test_what_should_be_compressed_and_is_not_cannot_be_read_any_more() -> None:
    direction = Direction(may_compress=True)
    seen = list(direction.take(BEGIN + b"hello"))
    assert seen[-1].token is None
    assert not direction.plain
    assert [one.token for one in direction.take(b"more")] == [None]
    assert direction.at == len(BEGIN) + 9


def test_a_hole_in_what_is_compressed_is_the_end_of_reading() -> None:
    direction = Direction(may_compress=True)
    list(direction.take(BEGIN + zlib.compress(b"hello")[:4]))
    direction.missed(3)
    assert [(one.token, one.start, one.stop) for one in direction.take(b"abc")] == [(None, 12, 15)]


def test_a_copy_goes_on_by_itself() -> None:
    packed = zlib.compress(b"hello world")
    direction = Direction(may_compress=True)
    list(direction.take(BEGIN + packed[:6]))
    copy = direction.copy()
    assert copy is not None
    assert text(list(copy.take(packed[6:]))) == text(list(direction.take(packed[6:])))
    list(direction.take(b"\xff"))
    assert direction.copy() is None
    assert direction.begun == len(BEGIN) + len(packed)


def test_nothing_but_data_is_told_at_a_glance() -> None:
    direction = Direction(may_compress=True)
    assert direction.pass_plain(b"abc")
    assert direction.at == 3
    assert not direction.pass_plain(b"a\xffb")
    list(direction.take(b"\xff"))
    assert not direction.pass_plain(b"abc")
