"""What a run of the tests must not leave behind: processes, and files where it was started."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.processes import alive

MARK = "PORTSIDE_TEST_RUN"
"""Set in our environment; whatever we start inherits it, and so do orphans of what we started."""

KEPT = {
    ".hypothesis",
    ".pytest_cache",
    ".ruff_cache",
    ".mypy_cache",
    ".import_linter_cache",
    "__pycache__",
    ".coverage",
}
"""What tools write into the project's folder by design."""

GRACE = 20.0
"""Seconds for the last processes to be gone (a browser's helpers follow it a moment later)."""


def names(folder: Path) -> set[str]:
    """What lies in a folder, without the tools' own caches."""
    return {entry.name for entry in folder.iterdir()} - KEPT


def processes(mark: str) -> dict[int, str]:
    """The running processes that this one, or one of its offspring, started: id and command line."""
    return {pid: _command(pid) for pid in _pids() if _ours(pid, mark) and alive(pid)}


def still_running(mark: str, grace: float = GRACE) -> dict[int, str]:
    """As ``processes``, after a bounded wait for each to end, and for whom it has started meanwhile."""
    deadline = time.monotonic() + grace
    while (left := processes(mark)) and time.monotonic() < deadline:
        for pid in left:
            _wait_for_end(pid, deadline - time.monotonic())
    return left


def _wait_for_end(pid: int, timeout: float) -> None:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        select.select([handle], [], [], max(timeout, 0.0))
    finally:
        os.close(handle)


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())


def _ours(pid: int, mark: str) -> bool:
    if pid == os.getpid() or "multiprocessing.resource_tracker" in _command(pid):
        return False  # the tracker of multiprocessing stays until the interpreter ends
    try:
        status = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
        if int(status.rpartition(")")[2].split()[1]) == os.getpid():
            return True
        return f"{MARK}={mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False  # it has ended, or belongs to another user


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""
