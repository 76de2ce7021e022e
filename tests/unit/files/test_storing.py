"""One file is received: batches go to the disk from a thread, and the end is all or nothing."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from portside.errors import RemoteError
from portside.files import temporaries
from portside.files.refusals import STORING, refusal
from portside.files.root import TEMPORARY_PREFIX
from portside.files.storing import BATCH, Storing
from portside.files.temporaries import Temporary

LEFT = f"{TEMPORARY_PREFIX}{'0' * 24}.part"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    fd = os.open(tmp_path, os.O_RDONLY)
    before = set(Path("/proc/self/fd").iterdir())
    yield fd
    assert set(Path("/proc/self/fd").iterdir()) == before
    os.close(fd)


def names(path: Path) -> set[str]:
    return {entry.name for entry in path.iterdir()}


def as_a(temporary: Temporary) -> os.stat_result:
    return temporary.create("a")


@pytest.mark.parametrize("sizes", [[], [1], [BATCH], [BATCH - 1, 2], [1000] * 600, [BATCH * 3, 5]])
def test_the_pieces_come_out_as_one_file(folder: int, tmp_path: Path, sizes: list[int]) -> None:
    pieces = [bytes([number % 251]) * size for number, size in enumerate(sizes)]

    async def run() -> os.stat_result:
        storing = Storing(folder)
        for piece in pieces:
            await storing.add(piece)
        status = await storing.finish(as_a)
        await storing.close()
        return status

    assert asyncio.run(run()).st_size == sum(sizes)
    assert names(tmp_path) == {"a"} and (tmp_path / "a").read_bytes() == b"".join(pieces)


def test_small_pieces_wait_for_each_other_and_large_ones_leave_the_loop(
    folder: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[tuple[int, bool]] = []
    real = os.write

    def write(fd: int, data: memoryview) -> int:
        writes.append((len(data), threading.current_thread() is threading.main_thread()))
        return real(fd, data)

    async def run() -> None:
        storing = Storing(folder)
        monkeypatch.setattr(temporaries.os, "write", write)
        for _ in range(10):
            await storing.add(bytes(BATCH // 4))
        monkeypatch.undo()
        await storing.close()

    asyncio.run(run())
    assert writes == [(BATCH, False), (BATCH, False)]


def test_it_is_on_the_disk_before_it_has_its_name_and_the_name_before_it_is_said(
    folder: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    real_sync, real_link = os.fsync, os.link

    def sync(fd: int) -> None:
        steps.append("sync folder" if stat.S_ISDIR(os.fstat(fd).st_mode) else f"sync {os.fstat(fd).st_size}")
        real_sync(fd)

    def link(*args: str, **named: int) -> None:
        steps.append("link")
        real_link(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(temporaries.os, "fsync", sync)
    monkeypatch.setattr(temporaries.os, "link", link)

    async def run() -> None:
        storing = Storing(folder)
        await storing.add(b"abc")
        await storing.finish(as_a)
        steps.append("said")

    asyncio.run(run())
    assert steps == ["sync 3", "link", "sync folder", "said"]


def test_given_up_nothing_stays(folder: int, tmp_path: Path) -> None:
    async def run() -> None:
        storing = Storing(folder)
        await storing.add(bytes(BATCH + 1))
        await storing.add(b"more")
        await storing.close()
        await storing.close()

    asyncio.run(run())
    assert names(tmp_path) == set()


def test_a_task_cancelled_while_it_waits_for_the_disk_leaves_nothing(folder: int, tmp_path: Path) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        inside, go_on = asyncio.Event(), threading.Event()

        def place(temporary: Temporary) -> os.stat_result:
            loop.call_soon_threadsafe(inside.set)
            assert go_on.wait(30)
            return temporary.create("a")

        storing = Storing(folder)
        await storing.add(b"x")

        async def work() -> None:
            try:
                await storing.finish(place)
            finally:
                await storing.close()

        task = asyncio.create_task(work())
        await inside.wait()
        task.cancel()
        await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert names(tmp_path) in (set(), {"a"})  # whole or not at all: which one is the disk's choice
    assert all(file.read_bytes() == b"x" for file in tmp_path.iterdir())


@pytest.mark.parametrize("tidy, left", [(True, {"a"}), (False, {"a", LEFT})])
def test_a_folder_is_tidied_where_that_is_asked_for(folder: int, tmp_path: Path, tidy: bool, left: set[str]) -> None:
    (tmp_path / LEFT).write_bytes(b"half")

    async def run() -> None:
        storing = Storing(folder, tidy=tidy)
        await storing.finish(as_a)

    asyncio.run(run())
    assert names(tmp_path) == left


@pytest.mark.parametrize("number, status", [
    (errno.ENOSPC, 507), (errno.EDQUOT, 507), (errno.EACCES, 403), (errno.EPERM, 403), (errno.EROFS, 403),
    (errno.EFBIG, 413), (errno.EEXIST, 409), (errno.EISDIR, 409), (errno.ENOENT, 409), (errno.ENAMETOOLONG, 400),
    (errno.EIO, 500), (errno.EMFILE, 500),
])  # fmt: skip
def test_what_the_disk_says_becomes_a_status(number: int, status: int) -> None:
    told = refusal(OSError(number, os.strerror(number), "/secret/place"), STORING)
    assert told.status == status and "secret" not in str(told)


Step = Callable[[Storing], Awaitable[object]]


@pytest.mark.parametrize("call, step", [
    ("write", lambda storing: storing.add(bytes(BATCH))),
    ("write", lambda storing: storing.finish(as_a)),
    ("fsync", lambda storing: storing.finish(as_a)),
])  # fmt: skip
def test_a_full_disk_is_said_and_leaves_nothing(
    folder: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, step: Step
) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def run() -> None:
        storing = Storing(folder)
        await storing.add(b"x")
        with monkeypatch.context() as patch:
            patch.setattr(temporaries.os, call, full)
            with pytest.raises(RemoteError) as caught:
                await step(storing)
        assert caught.value.status == 507
        await storing.close()

    asyncio.run(run())
    assert names(tmp_path) == set()


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    fd = os.open(gone, os.O_RDONLY)
    gone.rmdir()
    with pytest.raises(RemoteError) as caught:
        Storing(fd)
    os.close(fd)
    assert caught.value.status == 409
