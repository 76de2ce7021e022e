"""Mail servers on the server's core, and Postfix's ``smtp-source`` as the load from the other one."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from bench.measure import SERVER_CORE, free_port, output_of, pinned, program, serving, wait_until_open
from tests.support import postfix as postfix_peer

SIZE = 5120
SESSIONS = 20
"""Connections at once."""
COUNT = int(os.environ.get("BENCH_MESSAGES", "4000"))
"""Messages of one measurement."""
DISK = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
"""Where ours is stored: on the disk everywhere, and where nobody deletes files by the thousand.

ext4 does not give the inodes of deleted files away again for minutes, and passes over all of them for each file that it
makes beside them: 0.6 ms in place of 0.01. So what is measured stays until the last measurement is done.
"""
QUEUES = Path("/var/tmp")
"""Where Postfix's queue is, which deletes a file for each message: as far away as possible."""
_QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def with_libraries(name: str) -> list[str]:
    """A program of Postfix, as a command that finds its libraries where it was unpacked."""
    found = program(name)
    return ["env", *(f"{key}={value}" for key, value in postfix_peer.environment(found).items()), found]


def rate(port: int, *, reused: bool, count: int = COUNT) -> float:
    """Messages a second that the server at ``port`` takes, over connections that are used again or for one each."""
    kind = ["-d"] if reused else []
    words = ["-s", str(SESSIONS), "-l", str(SIZE), "-m", str(count), "-f", "a@example.test", "-t", "b@example.test"]
    start = time.perf_counter()
    output_of([*with_libraries("smtp-source"), *kind, *words, f"127.0.0.1:{port}"])
    return count / (time.perf_counter() - start)


@contextlib.contextmanager
def _portside(*arguments: str | Path) -> Iterator[int]:
    with serving("smtp", *arguments, "--quiet") as (port, _):
        yield port


@contextlib.contextmanager
def portside(_place: Path) -> Iterator[int]:
    """Ours, which forgets what it takes; gives its port."""
    with _portside("--sink") as port:
        yield port


@contextlib.contextmanager
def portside_stored(place: Path) -> Iterator[int]:
    """Ours with its Maildir on the disk; gives its port."""
    with _portside(Path(tempfile.mkdtemp(dir=place)) / "mail") as port:
        yield port


@contextlib.contextmanager
def aiosmtpd(_place: Path) -> Iterator[int]:
    """aiosmtpd, which forgets what it takes; gives its port."""
    command = [sys.executable, "-W", "ignore", "-m", "bench.smtp_aiosmtpd"]
    with pinned(command, SERVER_CORE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())


@contextlib.contextmanager
def smtp_sink(_place: Path) -> Iterator[int]:
    """Postfix's smtp-sink; gives its port."""
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with pinned([*with_libraries("smtp-sink"), *user, f"127.0.0.1:{port}", "1000"], SERVER_CORE, **_QUIET):
        wait_until_open(port)
        yield port


@contextlib.contextmanager
def postfix(_place: Path) -> Iterator[int]:
    """Postfix with its queue on the disk, from which everything is thrown away; gives its port."""
    before = os.sched_getaffinity(0)
    with tempfile.TemporaryDirectory(prefix="portside-bench-") as said, contextlib.ExitStack() as stack:
        os.sched_setaffinity(0, {SERVER_CORE})  # its master's, and so that of all its processes
        try:
            settings = "virtual_transport = discard:"
            server = stack.enter_context(postfix_peer.serving(Path(said), settings, place=QUEUES))
        finally:
            os.sched_setaffinity(0, before)
        yield server.port


SERVERS: dict[str, Callable[[Path], AbstractContextManager[int]]] = {
    "portside": portside,
    "portside, stored": portside_stored,
    "aiosmtpd": aiosmtpd,
    "smtp-sink": smtp_sink,
    "Postfix": postfix,
}
