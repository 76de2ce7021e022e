"""One runner for a queue, and its bell."""

from __future__ import annotations

import os
import select
from pathlib import Path

import pytest

from portside.apps.outbox.watch import BELL, LOCK, Watch, is_run, ring
from portside.errors import UsageError


def has_rung(watch: Watch) -> bool:
    return bool(select.select([watch.bell], [], [], 0)[0])


def test_one_alone_has_the_watch(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    with pytest.raises(UsageError, match=f"run by another process already \\(process {os.getpid()}\\)"):
        Watch(tmp_path)
    watch.close()
    Watch(tmp_path).close()


def test_who_has_it_is_left_out_where_it_cannot_be_read(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    (tmp_path / LOCK).write_bytes(b"\xff")
    with pytest.raises(UsageError, match=r"another process already$"):
        Watch(tmp_path)
    watch.close()


def test_the_bell_is_heard_once_however_often_it_was_rung(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    assert is_run(tmp_path)
    assert not has_rung(watch)
    assert all(ring(tmp_path) for _ in range(3))
    assert has_rung(watch)
    watch.heard()
    assert not has_rung(watch)
    watch.heard()
    watch.close()


def test_a_bell_that_nobody_answers_for_long_does_not_block(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    assert all(ring(tmp_path) for _ in range(70_000))
    watch.close()


def test_nobody_is_there_to_hear_it(tmp_path: Path) -> None:
    assert not ring(tmp_path) and not is_run(tmp_path)
    Watch(tmp_path).close()
    assert (tmp_path / BELL).exists()
    assert not ring(tmp_path)


def test_a_file_in_the_place_of_the_bell_is_told(tmp_path: Path) -> None:
    (tmp_path / BELL).write_bytes(b"")
    with pytest.raises(UsageError, match="is no pipe"):
        Watch(tmp_path)
    (tmp_path / BELL).unlink()
    Watch(tmp_path).close()  # the lock was given back
