"""The keys of TLS on their way from OpenSSL to the record: a file that nobody sees, since OpenSSL knows only paths."""

from __future__ import annotations

import os
from collections import deque

MOST_REMEMBERED = 20_000
"""Lines that are kept for further files of a record: those of some thousand connections, about 4 MB."""


class MemoryKeyLog:
    """A file in memory (memfd_create(2)) that programs of this process can append to by ``path``."""

    def __init__(self) -> None:
        self._fd = os.memfd_create("portside-keys", os.MFD_CLOEXEC)
        self._recent: deque[bytes] = deque(maxlen=MOST_REMEMBERED)
        self.path = f"/proc/{os.getpid()}/fd/{self._fd}"

    def take(self) -> bytes:
        """The whole lines that have come since the last time."""
        size = os.fstat(self._fd).st_size
        if not size:
            return b""
        lines = os.pread(self._fd, size, 0)
        os.ftruncate(self._fd, 0)  # OpenSSL appends, so the next line stands at the beginning again
        self._recent.extend(line for line in lines.splitlines(keepends=True) if not line.startswith(b"#"))
        return lines

    @property
    def recent(self) -> bytes:
        """The lines that were taken last, for a file that begins in the middle."""
        return b"".join(list(self._recent))

    def close(self) -> None:
        """Forget everything."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
