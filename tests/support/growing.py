"""Files that grow while a test looks on."""

from __future__ import annotations

import time
from pathlib import Path

WAIT = 30.0
"""Seconds for a file to be as long as is wanted."""


def size_of(file: Path) -> int:
    """Bytes of a file; 0 where there is none, be it not yet or no more."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def wait_for_size(file: Path, size: int) -> None:
    """Return when ``file`` has ``size`` bytes."""
    deadline = time.monotonic() + WAIT
    while size_of(file) < size:
        assert time.monotonic() < deadline, f"{file} never had {size} bytes, it has {size_of(file)}"
