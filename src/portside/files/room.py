"""How much room there is on a disk (POSIX ``fstatvfs``)."""

from __future__ import annotations

import os
from pathlib import Path


def room_at(place: int | Path) -> int | None:
    """Bytes that this process may still write where an open file or folder is, or a path; None: the disk does not tell.

    File systems keep some room for root. Raises ``OSError``.
    """
    disk = os.statvfs(place)
    blocks = disk.f_bfree if os.geteuid() == 0 else disk.f_bavail
    return blocks * disk.f_frsize if disk.f_blocks else None
