"""Capture files, opened and read on little by little, also while they grow."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from portside.capture.files.blocks import BlockReader
from portside.capture.files.items import Interface, Item, Packet, Remark, Secrets
from portside.capture.files.pcap import MAGICS, PcapReader
from portside.errors import UsageError

__all__ = ["CaptureFile", "Interface", "Item", "Packet", "Remark", "Secrets"]

SECTION = b"\n\r\r\n"
OTHERS = {
    b"\x1f\x8b": "it is compressed; unpack it first (gunzip)",
    b"\x28\xb5\x2f\xfd": "it is compressed; unpack it first (unzstd)",
    b"\xa1\xb2\xcd\x34": "it is in a format of an old, changed libpcap; 'editcap -F pcapng' rewrites it",
    b"\x34\xcd\xb2\xa1": "it is in a format of an old, changed libpcap; 'editcap -F pcapng' rewrites it",
    b"snoop\0": "it is in snoop's format; 'editcap -F pcapng' rewrites it",
}
"""How other files begin, and what to do with them."""
SMALLEST_READ = 4096
"""Bytes that are asked of the file at least."""
FORMATS = "pcapng and pcap files are read"


class CaptureFile:
    """One capture file. Raises ``UsageError`` where it can't be opened, or is none.

    A file that is still empty is read as far as it grows: whoever captures may not have begun.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = _open(path)
        self._reader: BlockReader | PcapReader | None = None
        self._rest = b""
        self._over = False
        self.position = 0
        try:
            self._recognise()
        except BaseException:
            self.close()
            raise

    def _recognise(self) -> None:
        if self._reader is not None:
            return
        magic = os.pread(self._fd, 12, 0)
        if magic[:4] in MAGICS:
            self._reader = PcapReader(magic[:4])
        elif magic[:4] == SECTION:
            self._reader = BlockReader()
        elif magic and not any(known.startswith(magic) for known in (*MAGICS, SECTION)):
            hint = next((what for known, what in OTHERS.items() if magic.startswith(known)), "")
            raise UsageError(f"{self.path} is no capture file{': ' + hint if hint else f'; {FORMATS}'}")

    @property
    def size(self) -> int:
        """Bytes that the file has now."""
        return os.fstat(self._fd).st_size

    def read(self, budget: int) -> Sequence[Item]:
        """What the next ``budget`` bytes hold; nothing more is there for now where ``position`` stays what it was."""
        if self._over:
            return ()
        if self._reader is None:
            self._recognise()
            if self._reader is None:
                return ()
        if self.size < self.position + len(self._rest):
            self._over = True
            return (Remark(f"{self.path.name} became shorter while it was read", broken=True),)
        wanted = max(budget, SMALLEST_READ)
        while True:
            data = os.pread(self._fd, wanted, self.position + len(self._rest))
            if not data:
                return ()
            buffer = self._rest + data
            items, used = self._reader.read(buffer)
            self._rest = buffer[used:]
            self.position += used
            self._over = self._reader.broken
            if used or self._over:
                return items
            wanted = max(SMALLEST_READ, self._reader.lacking)  # one block is larger than what was asked for

    def finish(self) -> Sequence[Remark]:
        """Nothing follows: says whether the file ends in the middle of something."""
        if self._over:
            return ()
        self._over = True
        if self._reader is None:
            return (Remark(f"{self.path.name} is empty" if not self.size else f"{self.path.name} is cut short"),)
        left = self.size - self.position
        return (Remark(f"{self.path.name} is cut short: its last {left:,} bytes are no whole packet"),) if left else ()

    def data_at(self, place: int, size: int) -> bytes:
        """Bytes of the file, fewer where it has become shorter or can't be read."""
        try:
            return os.pread(self._fd, size, place)
        except OSError:
            return b""

    def close(self) -> None:
        """Close the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _open(path: Path) -> int:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe would wait for its writer
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file") from None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UsageError(f"{path} is no regular file; save the capture in one first")
    return descriptor
