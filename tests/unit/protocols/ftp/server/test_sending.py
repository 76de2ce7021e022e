"""What goes out: pieces, their text, their compression, and what is let go of."""

from __future__ import annotations

import asyncio
import io
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import RemoteError
from portside.interfaces import Link
from portside.protocols.ftp.messages import Data, Reply
from portside.protocols.ftp.rules.orders import DataDone, DataFile
from portside.protocols.ftp.rules.turns import Break
from portside.protocols.ftp.server.sending import PIECE, FileOut, PiecesOut, as_text, packed, pieces_of, split
from portside.transport.tcp import HIGH_WATER
from tests.support.conversations import until

LINK = Link("data 1")


class Talk:
    """A conversation that writes down; ``waiting`` bytes have not left."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.waiting = 0

    def say(self, message: Any) -> None:
        self.said.append(message)

    def pending(self, link: Link | None = None) -> int:
        assert link == LINK
        return self.waiting


class Ended:
    """Is told how a transfer ended."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int]] = []

    def __call__(self, reply: Reply, size: int) -> None:
        self.told.append((reply.code, size))


@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"bc\n", b"\r\r\n"]), max_size=10))
def test_text_is_the_same_in_any_pieces(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    expected = whole.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert b"".join(as_text(iter(pieces))) == expected


def test_packed_is_one_zlib_stream() -> None:
    data = b"abc" * 100_000
    assert zlib.decompress(b"".join(packed(split(data), 9))) == data


def test_pieces_are_bounded_and_begin_where_they_are_asked_to() -> None:
    data = bytes(PIECE) + b"rest"
    assert [len(piece) for piece in pieces_of(io.BytesIO(data), 0)] == [PIECE, 4]
    assert b"".join(pieces_of(io.BytesIO(data), PIECE)) == b"rest"
    assert [len(piece) for piece in split(data)] == [PIECE, 4]


def test_a_file_is_handed_to_the_kernel() -> None:
    async def run() -> None:
        talk, ended, file = Talk(), Ended(), io.BytesIO(b"0123")
        transfer = FileOut(talk, ended, file, 1, 3)  # type: ignore[arg-type]
        assert transfer.moved == 0
        transfer.ready(LINK)
        assert talk.said == []  # the 150 leaves first
        await until(lambda: talk.said)
        assert talk.said == [DataFile(file, 1, 3), DataDone()]
        assert not file.closed  # the engine does that
        transfer.ended(None)
        assert ended.told == [(226, 3)]

    asyncio.run(run())


def test_an_empty_file_and_one_that_nobody_fetches_are_closed() -> None:
    async def run() -> None:
        talk, ended, empty, unwanted = Talk(), Ended(), io.BytesIO(), io.BytesIO(b"x")
        FileOut(talk, ended, empty, 0, 0).ready(LINK)  # type: ignore[arg-type]
        cut = FileOut(talk, ended, unwanted, 0, 1)  # type: ignore[arg-type]
        cut.ready(LINK)
        cut.ended(RemoteError("nobody came", 425))
        await until(lambda: talk.said)
        assert talk.said == [DataDone()]
        assert ended.told == [(425, 0)]
        assert empty.closed
        assert unwanted.closed

    asyncio.run(run())


def test_pieces_wait_for_a_slow_reader() -> None:
    async def run() -> None:
        talk, ended = Talk(), Ended()
        transfer = PiecesOut(talk, ended, iter([b"one", b"two", b"three"]))  # type: ignore[arg-type]
        transfer.ready(LINK)
        await until(lambda: talk.said)
        talk.waiting = HIGH_WATER + 1
        await until(lambda: transfer._task is None)
        before = len(talk.said)
        transfer.drained()
        assert len(talk.said) == before
        talk.waiting = 0
        transfer.drained()
        await until(lambda: DataDone() in talk.said)
        assert talk.said == [Data(b"one"), Data(b"two"), Data(b"three"), DataDone()]
        transfer.ended(None)
        assert ended.told == [(226, 11)]

    asyncio.run(run())


@pytest.mark.parametrize(("error", "code"), [(RemoteError("gone", 450), 450), (OSError("broken disk"), 451)])
def test_a_piece_that_cannot_be_made_breaks_the_transfer(error: Exception, code: int) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        raise error

    async def run() -> None:
        talk = Talk()
        transfer = PiecesOut(talk, Ended(), pieces())  # type: ignore[arg-type]
        transfer.ready(LINK)
        await until(lambda: len(talk.said) == 2)
        broken = talk.said[1]
        assert isinstance(broken, Break)
        assert broken.error.status == code

    asyncio.run(run())


def test_what_pieces_are_made_from_is_let_go_of_once() -> None:
    closed: list[int] = []

    async def run() -> None:
        talk = Talk()
        transfer = PiecesOut(talk, Ended(), iter([b"one"]), lambda: closed.append(1))  # type: ignore[arg-type]
        transfer.ready(LINK)
        transfer.abandon()  # while the thread is at it
        assert closed == []
        await until(lambda: closed)
        transfer.ended(None)
        assert talk.said == []

    asyncio.run(run())
    assert closed == [1]
