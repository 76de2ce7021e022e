"""Jobs over connections: all are done, one that fails is told, a full disk ends it."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path

import pytest

from portside.errors import BrokenPromise, ConnectError, LimitExceeded, RemoteError
from portside.protocols.ftp.client.connection import Connection
from portside.protocols.ftp.client.mirror import crew as module
from portside.protocols.ftp.client.mirror.crew import Crew
from portside.protocols.ftp.client.settings import Settings
from tests.support.ftp_scripted import Scripted
from tests.support.ftp_sites import client_at, run, served


def test_jobs_may_bring_more_jobs_and_failures_are_told(tmp_path: Path) -> None:
    async def story() -> None:
        done: list[int] = []
        failed: list[int] = []

        async def do(connection: Connection, job: int) -> None:
            if job == 3:
                raise RemoteError("no", 550)
            if job == 4:
                raise PermissionError(errno.EACCES, "no")
            done.append(job)
            if job < 20:
                crew.add(job + 10, first=job % 2 == 0)

        async with served(tmp_path) as client:
            crew: Crew[int] = Crew(client.site, do, lambda job, error: failed.append(job))
            for job in range(6):
                crew.add(job)
            await crew.run()
        assert sorted(failed) == [3, 4]
        assert sorted(done) == sorted([0, 1, 2, 5, 10, 11, 12, 15, 20, 21, 22, 25])

    run(story)


def test_a_full_disk_ends_it_all(tmp_path: Path) -> None:
    async def story() -> None:
        async def do(connection: Connection, job: int) -> None:
            raise OSError(errno.ENOSPC, "no space left")

        async with served(tmp_path) as client:
            crew: Crew[int] = Crew(client.site, do, lambda job, error: None)
            crew.add(1)
            with pytest.raises(OSError, match="no space"):
                await crew.run()

    run(story)


def test_a_tree_without_end_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_JOBS", 10)

    async def story() -> None:
        async def do(connection: Connection, job: int) -> None:
            crew.add(job + 1)

        async with served(tmp_path) as client:
            crew: Crew[int] = Crew(client.site, do, lambda job, error: None)
            crew.add(1)
            with pytest.raises(LimitExceeded, match="without end"):
                await crew.run()

    run(story)


def test_folders_come_before_files(tmp_path: Path) -> None:
    done: list[str] = []

    async def story() -> None:
        async def do(connection: Connection, job: str) -> None:
            done.append(job)
            if job == "begin":
                crew.add("file")
                crew.add("folder", first=True)

        async with served(tmp_path, Settings(connections=1)) as client:
            crew: Crew[str] = Crew(client.site, do, lambda job, error: None)
            crew.add("begin")
            await crew.run()

    run(story)
    assert done == ["begin", "folder", "file"]


def test_as_many_work_at_once_as_there_are_connections() -> None:
    server = Scripted()

    async def story() -> None:
        together = asyncio.Barrier(3)

        async def do(connection: Connection, job: int) -> None:
            await together.wait()  # comes to its end only where three are here

        async with server.open(), client_at(server.url, Settings(connections=3)) as client:
            crew: Crew[int] = Crew(client.site, do, lambda job, error: None)
            for job in range(3):
                crew.add(job)
            await crew.run()

    run(story)
    assert server.visits == 3


def test_nothing_to_do_needs_no_connection() -> None:
    server = Scripted()

    async def story() -> None:
        async def do(connection: Connection, job: int) -> None:
            raise AssertionError(job)

        async with server.open(), client_at(server.url) as client:
            await Crew[int](client.site, do, lambda job, error: None).run()

    run(story)
    assert server.visits == 0


@pytest.mark.parametrize(
    ("error", "told"),
    [(BrokenPromise("less came"), True), (ConnectError("gone"), False), (LimitExceeded("too much"), False)],
)
def test_what_every_further_job_would_meet_ends_it_all(tmp_path: Path, error: Exception, told: bool) -> None:
    failed: list[Exception] = []

    async def story() -> None:
        async def do(connection: Connection, job: int) -> None:
            raise error

        async with served(tmp_path) as client:
            crew: Crew[int] = Crew(client.site, do, lambda job, error: failed.append(error))
            crew.add(1)
            await crew.run()

    if told:
        run(story)
        assert failed == [error]
    else:
        with pytest.raises(type(error), match=str(error)):
            run(story)
        assert failed == []
