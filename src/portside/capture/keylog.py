"""The keys of TLS on their way from OpenSSL to the records: a file that nobody sees, since OpenSSL knows only paths."""

from __future__ import annotations

import os
from collections import deque

MOST_REMEMBERED = 20_000
"""Lines that are kept for further files of a record: those of some thousand connections, about 4 MB."""

ENDED = b"# ended: "
"""How a line begins that tells those who are told keys that the record has ended before its time, and why."""


def ended(why: str) -> bytes:
    """That line. To readers of keys it is a comment; what came before it may be half a line."""
    return b"\n" + ENDED + why.encode("utf-8", "replace") + b"\n"


class _Memory:
    """The file in memory (memfd_create(2)), and who waits for its lines."""

    def __init__(self) -> None:
        self.fd = os.memfd_create("portside-keys", os.MFD_CLOEXEC)
        self.readers: list[MemoryKeyLog] = []

    def pump(self) -> None:
        """Hand what has come to every reader."""
        size = os.fstat(self.fd).st_size
        if not size:
            return
        lines = os.pread(self.fd, size, 0)
        os.ftruncate(self.fd, 0)  # OpenSSL appends, so the next line stands at the beginning again
        for reader in self.readers:
            reader.hear(lines)

    def leave(self, reader: MemoryKeyLog) -> None:
        self.readers.remove(reader)
        if not self.readers:
            os.close(self.fd)


class MemoryKeyLog:
    """One reader of a file in memory that programs of this process can append to by ``path``.

    A reader ``beside`` another one reads the same file: each gets every line that comes from now on. Beside one whose
    file is gone, it has a new one.
    """

    def __init__(self, beside: MemoryKeyLog | None = None) -> None:
        memory = None if beside is None else beside._memory
        self._memory: _Memory = memory if memory is not None and memory.readers else _Memory()
        self._memory.pump()  # what came before is for those who were there
        self._memory.readers.append(self)
        self._new: list[bytes] = []
        self._recent: deque[bytes] = deque(maxlen=MOST_REMEMBERED)
        self._open = True
        self.path = f"/proc/{os.getpid()}/fd/{self._memory.fd}"

    def hear(self, lines: bytes) -> None:
        """Lines have come."""
        self._new.append(lines)

    def take(self) -> bytes:
        """The whole lines that have come since the last time."""
        if not self._open:
            return b""
        self._memory.pump()
        lines = b"".join(self._new)
        self._new.clear()
        self._recent.extend(line for line in lines.splitlines(keepends=True) if not line.startswith(b"#"))
        return lines

    @property
    def recent(self) -> bytes:
        """The lines that were taken last, for a file that begins in the middle."""
        return b"".join(list(self._recent))

    def close(self) -> None:
        """Forget everything; the file itself goes with its last reader."""
        if self._open:
            self._open = False
            self._memory.leave(self)
