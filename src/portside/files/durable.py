"""What it takes until octets and names are on the disk (POSIX ``write`` and ``fsync``)."""

from __future__ import annotations

import os
from pathlib import Path


def write_all(fd: int, data: bytes | bytearray) -> None:
    """Write all of ``data``: a disk that is nearly full takes a part before it says so. Raises ``OSError``."""
    with memoryview(data) as left:
        at = 0
        while at < len(left):
            at += os.write(fd, left[at:])


def sync_folder(folder: Path | str, within: int | None = None) -> None:
    """Return when the names in ``folder`` are on the disk; ``within`` is the open folder that it is found from.

    Raises ``OSError``.
    """
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=within)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
