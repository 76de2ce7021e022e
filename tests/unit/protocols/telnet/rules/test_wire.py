"""Compression both ways, within bounds."""

from __future__ import annotations

import zlib

import pytest

from portside.errors import RemoteError
from portside.protocols.telnet.rules.wire import INFLATED_AT_ONCE, MOST_UNPACKED_LATER, Inflater, Outgoing


def unpacked(data: bytes) -> bytes:
    inflater = zlib.decompressobj()
    return inflater.decompress(data)


def test_what_is_sent_is_plain_until_it_is_told() -> None:
    out = Outgoing()
    assert out.send(b"a").data == b"a"
    assert out.compress().data == b"\xff\xfa\x56\xff\xf0"
    assert out.compressing


def test_each_send_can_be_read_at_once() -> None:
    out = Outgoing()
    out.compress()
    first = bytes(out.send(b"hello").data)
    assert unpacked(first) == b"hello"
    second = bytes(out.send(b" world").data)
    assert unpacked(first + second) == b"hello world"
    ending = bytes(out.finish().data)
    inflater = zlib.decompressobj()
    assert inflater.decompress(first + second + ending + b"plain") == b"hello world"
    assert (inflater.eof, inflater.unused_data) == (True, b"plain")
    assert out.send(b"a").data == b"a"


def test_a_bomb_comes_in_pieces() -> None:
    bomb = zlib.compress(bytes(10 * INFLATED_AT_ONCE + 1))
    inflater = Inflater()
    inflater.add(bomb)
    sizes = []
    while not inflater.ended:
        sizes.append(len(inflater.unpack()))
    assert max(sizes) == INFLATED_AT_ONCE
    assert sum(sizes) == 10 * INFLATED_AT_ONCE + 1


def test_what_stands_behind_is_kept() -> None:
    inflater = Inflater()
    inflater.add(zlib.compress(b"a") + b"rest")
    assert inflater.unpack() == b"a"
    assert inflater.ended
    assert inflater.take_rest() == b"rest"


def test_what_is_not_compressed_is_their_error() -> None:
    inflater = Inflater()
    inflater.add(b"hello")
    with pytest.raises(RemoteError, match="what should be compressed is not"):
        inflater.unpack()


def test_no_more_is_taken_where_too_much_waits() -> None:
    inflater = Inflater()
    inflater.add(bytes(MOST_UNPACKED_LATER + 1))
    with pytest.raises(RemoteError, match="faster"):
        inflater.add(b"x")
