"""What tells one state of a file from another: its entity tag and its date (RFC 9110 §8.8).

Reading and writing both ask here, so that the tag that a reader got is the one that a writer is held to.
"""

from __future__ import annotations

import os

_64_BITS = (1 << 64) - 1


def etag_of(status: os.stat_result, coding: str | None = None) -> bytes:
    """The strong entity tag of a regular file, as the ETag field's value (RFC 9110 §8.8.3).

    It comes from the time of change (nanoseconds), the size and the inode: a file that is replaced gets another
    inode, one that is written to gets another time. The inode's own time (ctime) does not count, since a new link or
    a new owner leaves the content alone. Each ``coding`` has a tag of its own (§8.8.3.3).
    """
    modified = status.st_mtime_ns & _64_BITS  # before 1970 it is negative, and stays a number of its own this way
    tag = b"%x-%x-%x" % (modified, status.st_size, status.st_ino)
    return b'"%b"' % (tag if coding is None else tag + b"-" + coding.encode("ascii"))


def last_modified(status: os.stat_result) -> float:
    """When the content changed last, in whole seconds since the epoch, as Last-Modified can say it (§8.8.2)."""
    return float(status.st_mtime_ns // 1_000_000_000)
