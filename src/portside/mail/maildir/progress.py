"""How far the log has been brought into the Maildir: what a restart must not bring there again.

A message that stands in the log and not in the Maildir is either still to be placed, or somebody has deleted it since.
Two numbers tell them apart:

- ``placed``: up to this entry all had their files. It is written when the last of them is made and still has to get
  its name: if that is under way, the file in the making is there. A killed server leaves the pages of its files in
  memory, so all this is true for as long as the machine runs, and is believed only then (``boot``).
- ``synced``: up to this entry the files were on the disk when it was written. This is always true.

Each has a checksum: a number that somebody damaged would have mail forgotten that nobody has placed, so it counts as 0,
and what the log holds is looked for in the Maildir.

So after a kill no deleted message comes back. After a power cut those may that were deleted in the last moments before
it: at most what came since the log was last brought to an end (``placing.CALM`` seconds, or a few segments under load).
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

from portside.mail.maildir.folder import Folder

NAME = "progress"
_HEAD = struct.Struct(">16s36s")
_MAGIC = b"portside mail 2"
_NUMBER = struct.Struct(">Q")
_CHECKED = struct.Struct(">8sI")
_PLACED = _HEAD.size
_SYNCED = _PLACED + _CHECKED.size
_SIZE = _SYNCED + _CHECKED.size


def boot_id() -> str:
    """A name of this run of the machine; "" where the system has none, and none is believed then."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()[:36]
    except OSError:
        return ""


class Progress:
    """The two numbers, in a small file beside the log. Everything raises ``OSError``."""

    def __init__(self, folder: Folder, boot: str) -> None:
        self._fd = os.open(NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder.log)
        try:
            self._placed, self._synced = _read(os.pread(self._fd, _SIZE, 0), boot)
            head = _HEAD.pack(_MAGIC, boot.encode())
            os.pwrite(self._fd, head + _checked(self._placed) + _checked(self._synced), 0)
        except BaseException:
            os.close(self._fd)
            raise

    @property
    def placed(self) -> int:
        """Up to this entry all have their files, or had them; the last may still be in the making."""
        return max(self._placed, self._synced)

    @placed.setter
    def placed(self, number: int) -> None:
        self._placed = number
        os.pwrite(self._fd, _checked(number), _PLACED)  # in the file's only block: it needs no room

    @property
    def synced(self) -> int:
        """Up to this entry the files are on the disk."""
        return self._synced

    @synced.setter
    def synced(self, number: int) -> None:
        self._synced = number
        os.pwrite(self._fd, _checked(number), _SYNCED)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._fd)


def _read(found: bytes, boot: str) -> tuple[int, int]:
    if len(found) < _SIZE:
        return 0, 0
    magic, of = _HEAD.unpack_from(found)
    if magic.rstrip(b"\0") != _MAGIC:
        return 0, 0
    placed, synced = _number(found, _PLACED), _number(found, _SYNCED)
    is_same_run = boot != "" and of.rstrip(b"\0").decode("ascii", "replace") == boot
    return (placed if is_same_run else synced), synced


def _checked(number: int) -> bytes:
    """A number with its checksum."""
    octets = _NUMBER.pack(number)
    return _CHECKED.pack(octets, zlib.crc32(octets))


def _number(found: bytes, at: int) -> int:
    """The number that stands there; 0 where it is damaged."""
    octets, checksum = _CHECKED.unpack_from(found, at)
    return int(_NUMBER.unpack(octets)[0]) if zlib.crc32(octets) == checksum else 0
