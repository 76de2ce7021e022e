"""Programs that are run to their end, with what they said as bytes."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support.peers import need

WAIT = 60.0
"""Seconds for one program to end: a broken server must not keep the tests waiting for longer."""

CURL = ("-q", "-sS", "--noproxy", "*", "--expect100-timeout", str(WAIT))
"""curl without the user's settings or proxies. Where it asks before it sends a body, it waits for the answer; by itself
it would wait for a second."""

Ended = subprocess.CompletedProcess[bytes]


def run(*command: str | Path, data: bytes = b"", folder: Path | None = None, wait: float = WAIT) -> Ended:
    """Run a program in ``folder`` with ``data`` on its standard input; whatever its exit code is."""
    arguments = [str(word) for word in command]
    return subprocess.run(arguments, input=data, capture_output=True, timeout=wait, check=False, cwd=folder)


def curl(*arguments: str | Path, data: bytes = b"", folder: Path | None = None, code: int = 0) -> Ended:
    """curl, which has to end with ``code``."""
    ended = run(need("curl"), *CURL, *arguments, data=data, folder=folder)
    assert ended.returncode == code, ended.stderr.decode("utf-8", "replace")
    return ended


def wget(*arguments: str | Path, folder: Path | None = None, code: int = 0) -> Ended:
    """wget, as ``curl``; it tries once."""
    ended = run(need("wget"), "--no-config", "--no-proxy", "-nv", "-t1", *arguments, folder=folder)
    assert ended.returncode == code, ended.stderr.decode("utf-8", "replace")
    return ended
