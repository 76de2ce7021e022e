"""Jobs over connections: all are done, one that fails is told, a full disk ends it."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from portside.errors import LimitExceeded, RemoteError
from portside.protocols.ftp.client.connection import Connection
from portside.protocols.ftp.client.mirror import crew as module
from portside.protocols.ftp.client.mirror.crew import Crew
from tests.support.ftp_sites import run, served


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
