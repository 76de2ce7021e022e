"""The validators of a file: what tells one version of it from another (RFC 9110 §8.8)."""

from __future__ import annotations

import os


def etag_of(status: os.stat_result, coding: str | None = None) -> bytes:
    """A strong ETag: another one whenever the file was written or replaced, and one of its own for each coding."""
    tag = b"%x-%x-%x" % (status.st_mtime_ns, status.st_size, status.st_ino)
    return b'"%b"' % (tag if coding is None else tag + b"-" + coding.encode("ascii"))
