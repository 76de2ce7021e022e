"""What comes in: text, compression, batches, a slow disk, and what is kept of a failure."""

from __future__ import annotations

import asyncio
import threading
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import RemoteError
from portside.files.root import Root
from portside.interfaces import Link
from portside.protocols.ftp.messages import Reply
from portside.protocols.ftp.rules.turns import Break
from portside.protocols.ftp.server import parts
from portside.protocols.ftp.server.parts import Part
from portside.protocols.ftp.server.receiving import AHEAD, BATCH, INFLATED, Decoder, FileIn, inflated, plain_text
from tests.support.conversations import until

LINK = Link("data 1")


def decoded(decoder: Decoder, pieces: list[bytes]) -> list[bytes]:
    made: list[bytes] = []
    for piece in pieces:
        decoder(piece, False, made.append)
    decoder(b"", True, made.append)
    return made


@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"bc\r\n"]), max_size=10))
def test_text_is_the_same_in_any_pieces(pieces: list[bytes]) -> None:
    assert b"".join(decoded(plain_text(), pieces)) == b"".join(pieces).replace(b"\r\n", b"\n")


@given(st.binary(max_size=3000), st.integers(1, 40))
def test_what_was_packed_is_unpacked_in_any_pieces(data: bytes, size: int) -> None:
    press = zlib.compress(data)
    pieces = [press[at : at + size] for at in range(0, len(press), size)]
    assert b"".join(decoded(inflated(), pieces)) == data


def test_a_bomb_is_made_plain_in_small_steps() -> None:
    bomb = zlib.compress(bytes(50 * INFLATED), 9)
    assert max(map(len, decoded(inflated(), [bomb]))) <= INFLATED


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"no zlib", 451), (zlib.compress(b"x" * 1000)[:-3], 426), (b"", 426)],
    ids=["none", "cut", "empty"],
)
def test_what_is_not_packed_whole_is_refused(data: bytes, code: int) -> None:
    with pytest.raises(RemoteError) as caught:
        decoded(inflated(), [data] if data else [])
    assert caught.value.status == code


@pytest.mark.parametrize("pieces", [[zlib.compress(b"x") + b"y"], [zlib.compress(b"x"), b"y"]], ids=["one", "two"])
def test_nothing_may_follow_the_end_of_what_is_packed(pieces: list[bytes]) -> None:
    with pytest.raises(RemoteError) as caught:
        decoded(inflated(), pieces)
    assert caught.value.status == 451


def test_packed_text_is_both() -> None:
    assert b"".join(decoded(inflated(plain_text()), [zlib.compress(b"a\r\nb\r")])) == b"a\nb\r"


class Talk:
    """A conversation that writes down what it is told to do."""

    def __init__(self) -> None:
        self.done: list[Any] = []

    def say(self, message: Any) -> None:
        self.done.append(message)

    def hold(self, link: Link | None) -> None:
        self.done.append(("hold", link))

    def release(self, link: Link | None) -> None:
        self.done.append(("release", link))


class Upload:
    """One file on its way into ``folder``."""

    def __init__(self, folder: Path, largest: int = 1 << 40, prepare: Callable[[], None] | None = None) -> None:
        self.root = Root(folder)
        self.talk = Talk()
        self.told: list[tuple[int, int]] = []
        part = Part(self.root, "u", ["file"])
        self.file = FileIn(
            self.talk,
            self._finished,
            part,
            largest=largest,
            prepare=prepare or (lambda: part.start_at(0)),  # type: ignore[arg-type]
        )
        self.file.ready(LINK)

    def _finished(self, reply: Reply, size: int) -> None:
        self.told.append((reply.code, size))

    async def over(self) -> tuple[int, int]:
        await until(lambda: self.told)
        return self.told[0]

    @property
    def kept(self) -> int | None:
        return parts.size_of(self.root, "u", ["file"])


def test_batches_become_one_file(tmp_path: Path) -> None:
    async def run() -> None:
        upload = Upload(tmp_path)
        for _ in range(5):
            upload.file.take(bytes(BATCH // 2))
        upload.file.ended(None)
        assert await upload.over() == (226, 5 * BATCH // 2)

    asyncio.run(run())
    assert (tmp_path / "file").stat().st_size == 5 * BATCH // 2


def test_a_slow_disk_holds_the_sender_up(tmp_path: Path) -> None:
    proceed = threading.Event()

    async def run() -> None:
        upload = Upload(tmp_path, prepare=lambda: proceed.wait(20) and None)
        piece = bytes(BATCH)
        for _ in range(AHEAD // BATCH + 2):
            upload.file.take(piece)
        assert upload.talk.done == [("hold", LINK)]
        proceed.set()
        await until(lambda: ("release", LINK) in upload.talk.done)
        upload.file.ended(None)
        assert await upload.over() == (226, len(piece) * (AHEAD // BATCH + 2))

    asyncio.run(run())


def test_what_was_cut_off_is_kept_and_has_no_name(tmp_path: Path) -> None:
    async def run() -> None:
        upload = Upload(tmp_path)
        upload.file.take(b"half")
        upload.file.ended(RemoteError("cut", 426))
        assert await upload.over() == (426, 4)
        assert upload.kept == 4

    asyncio.run(run())
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize("size", [4, BATCH, 2 * BATCH], ids=["in one step", "a batch is on its way", "two are"])
def test_what_their_kernel_ended_so_nicely_when_they_were_gone_is_kept_and_has_no_name(
    tmp_path: Path, size: int
) -> None:
    """Both of their connections have ended, the one with the data is read first, and the disk is fast."""

    async def run() -> None:
        upload = Upload(tmp_path)
        loop, thread = asyncio.get_running_loop(), ThreadPoolExecutor(1)
        loop.set_default_executor(thread)
        for at in range(0, size, BATCH):
            upload.file.take(bytes(min(BATCH, size - at)))
        loop.call_soon(upload.file.ended, None)
        loop.call_soon(lambda: thread.submit(int).result())  # it has done what it was given
        loop.call_soon(upload.file.hung_up)
        assert await upload.over() == (426, size)
        assert upload.kept == size

    asyncio.run(run())
    assert not (tmp_path / "file").exists()


def test_who_leaves_leaves_what_has_come(tmp_path: Path) -> None:
    async def run() -> None:
        upload = Upload(tmp_path)
        upload.file.take(b"half")
        upload.file.abandon()
        upload.file.abandon()
        assert (await upload.over())[0] == 426
        assert upload.kept == 4

    asyncio.run(run())


def test_nothing_follows_a_gap(tmp_path: Path) -> None:
    """After a disk that was full for a moment, what comes later must not be taken for what comes next."""

    async def run() -> None:
        upload = Upload(tmp_path, largest=BATCH + 10)
        upload.file.take(bytes(BATCH))
        await until(lambda: not upload.file._working)
        upload.file.take(bytes(BATCH))
        await until(lambda: upload.talk.done)
        broken = upload.talk.done[0]
        assert isinstance(broken, Break)
        assert broken.error.status == 552
        upload.file.take(b"late")
        upload.file.ended(broken.error)
        assert (await upload.over())[0] == 552
        assert upload.kept == BATCH

    asyncio.run(run())
