"""What stands in the log: batches of messages, each whole or not there at all. (Bytes only; ``log`` has the files.)

A segment is a file of blocks. Its first block is the header: a magic word, the version, and the *key*, a lot drawn
anew for each. Then batches follow, each from the beginning of a block, so that writing one never touches another::

    mark  key  number  count  length  checksum  body ... padding to the next block

Batch ``n`` is written only when batch ``n - 1`` is on the disk. So a broken batch with a whole one behind it has been
damaged, and a broken one at the very end was being written when the machine stopped: nobody was told that it is kept.
What an earlier use left behind in a segment has another key; and nobody can send a message that looks like a batch.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

BLOCK = 4096
"""Octets that disks write as one, mostly."""
VERSION = 1
MOST_COUNT = 1_000_000
"""Entries of a batch: far more than fit into a segment."""

_MAGIC = b"portside mail log"
_SEGMENT = struct.Struct(">20sIQI")
_BATCH = struct.Struct(">4sQQIII")
_MARK = b"mail"
_ENTRY = struct.Struct(">QHIBI")


class NewerLog(ValueError):
    """The segment was written by a later version."""


@dataclass(slots=True)
class Entry:
    """One message: ``content`` is its file; None where that lies in the folder for files in the making already.

    ``boxes`` are the folders that it goes to, "" the only one. ``number`` is larger than that of each before.
    ``placed`` boxes have it already.
    """

    name: str
    boxes: tuple[str, ...]
    content: bytes | None = field(repr=False)
    number: int = 0
    placed: int = 0

    @property
    def size(self) -> int:
        """Octets that it takes in a batch, at most."""
        names = sum(4 * len(box) + 1 for box in self.boxes) + len(self.name)
        return _ENTRY.size + names + len(self.content or b"")


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch that was read: its number, and the messages."""

    number: int
    entries: tuple[Entry, ...]


def serialise_header(key: int) -> bytes:
    """The first block of a segment."""
    fields = (_MAGIC, VERSION, key)
    checksum = zlib.crc32(_SEGMENT.pack(*fields, 0))
    return _SEGMENT.pack(*fields, checksum).ljust(BLOCK, b"\0")


def parse_header(block: bytes) -> int | None:
    """The key; None where this is none, or a broken one. Raises ``NewerLog``."""
    if len(block) < _SEGMENT.size:
        return None
    magic, version, key, checksum = _SEGMENT.unpack_from(block)
    if magic.rstrip(b"\0") != _MAGIC:
        return None
    if version > VERSION:
        raise NewerLog(f"version {version}")
    if zlib.crc32(_SEGMENT.pack(magic, version, key, 0)) != checksum:
        return None
    return int(key)


def serialise_batch(key: int, number: int, entries: Sequence[Entry]) -> bytes:
    """One batch, with the padding behind it."""
    body = b"".join([part for entry in entries for part in _parts(entry)])
    fields = (_MARK, key, number, len(entries), len(body))
    checksum = zlib.crc32(body, zlib.crc32(_BATCH.pack(*fields, 0)))
    padding = bytes(-(_BATCH.size + len(body)) % BLOCK)
    return b"".join((_BATCH.pack(*fields, checksum), body, padding))


def batch_size(entries: Sequence[Entry]) -> int:
    """Octets of a batch, at most."""
    length = _BATCH.size + sum(entry.size for entry in entries)
    return length + -length % BLOCK


def _parts(entry: Entry) -> tuple[bytes, bytes, bytes, bytes]:
    name, boxes = entry.name.encode(), "\n".join(entry.boxes).encode("utf-8", "surrogateescape")
    content = entry.content or b""
    head = _ENTRY.pack(entry.number, len(name), len(boxes), entry.content is None, len(content))
    return head, name, boxes, content


def parse_batch(data: bytes | memoryview, start: int, key: int) -> tuple[Batch, int] | None:
    """The batch with this key at ``start``, and where it ends; None where there is none, or a broken one."""
    if start + _BATCH.size > len(data):
        return None
    mark, of, number, count, length, checksum = _BATCH.unpack_from(data, start)
    body = start + _BATCH.size
    if mark != _MARK or of != key or body + length > len(data) or count > MOST_COUNT:
        return None
    fields = _BATCH.pack(mark, of, number, count, length, 0)
    if zlib.crc32(data[body : body + length], zlib.crc32(fields)) != checksum:
        return None
    entries = tuple(_entries(bytes(data[body : body + length]), count))
    return Batch(number, entries), body + length + -(body + length) % BLOCK


def _entries(body: bytes, count: int) -> Iterator[Entry]:
    at = 0
    for _ in range(count):
        number, name, boxes, spooled, content = _ENTRY.unpack_from(body, at)
        at += _ENTRY.size
        ends = (at + name, at + name + boxes, at + name + boxes + content)
        yield Entry(
            body[at : ends[0]].decode(),
            tuple(body[ends[0] : ends[1]].decode("utf-8", "surrogateescape").split("\n")),
            None if spooled else body[ends[1] : ends[2]],
            number,
        )
        at = ends[2]


def parse_segment(data: bytes | memoryview, key: int) -> tuple[list[Batch], bool]:
    """The whole batches of a segment, and whether one ahead of another is broken."""
    batches: list[Batch] = []
    at, broken, damaged = BLOCK, False, False
    while at < len(data):
        found = parse_batch(data, at, key)
        if found is None:
            at, broken = at + BLOCK, True
            continue
        batch, at = found
        batches.append(batch)
        damaged, broken = damaged or broken, False
    return batches, damaged
