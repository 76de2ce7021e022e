"""Memory of one idle connection: one that never spoke, and one that was served and stayed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measure import CLIENT_CORE, pinned, serving
from tests.support.crowd import SPARE, most_open_files, resident

CROWD = 10_000
ALLOWED = 8 * 1024
"""Bytes for one connection."""


def run() -> None:
    count = min(CROWD, most_open_files() - SPARE)
    for kind, silent in (("that never spoke", count), ("that was served", 0)):
        each = _memory_of_each(silent, count - silent)
        verdict = "yes" if each < ALLOWED else "NO"
        print(
            f"an idle connection {kind}, of {count:,}: {each:,.0f} bytes (wanted < {ALLOWED:,}: {verdict})", flush=True
        )


def _memory_of_each(silent: int, kept: int) -> float:
    with _server() as (port, pid):
        with _crowd(port, 1, 1):  # what is loaded with the first connections is no part of each
            before = resident(pid)
        with _crowd(port, silent, kept):
            return (resident(pid) - before) / (silent + kept)


@contextmanager
def _server() -> Iterator[tuple[int, int]]:
    """Our server's port and process, with nothing that would end an idle connection."""
    options = ["--no-access-log", "--first-byte-time", "0", "--idle-time", "0"]
    with tempfile.TemporaryDirectory(prefix="portside-bench-") as name:
        (Path(name) / "index.html").write_bytes(b"<!doctype html><title>idle</title>")
        with serving(name, *options) as found:
            yield found


@contextmanager
def _crowd(port: int, silent: int, kept: int) -> Iterator[None]:
    """That many connections while the block runs."""
    arguments = [sys.executable, "-m", "tests.support.crowd", "127.0.0.1", str(port), str(silent), str(kept)]
    with pinned(arguments, CLIENT_CORE, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as crowd:
        assert crowd.stdout is not None
        if not crowd.stdout.readline().startswith("holding"):
            raise SystemExit("the crowd did not come together")
        yield
