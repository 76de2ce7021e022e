"""Why something was not done with a file, said so that every protocol can answer in words of its own.

The reason is ``why``; the status is HTTP's. What the system said is translated by one function, and its tables differ
only where the same error means another thing: a name that is too long cannot exist for who reads, and is a bad name
for who writes. No text holds a path of this machine.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from enum import Enum, auto
from typing import TypeAlias

from portside.errors import RemoteError


class Why(Enum):
    """What stands against it."""

    ABSENT = auto()
    """There is no such file or folder, or none that may be known of."""
    FORBIDDEN = auto()
    """The system does not allow it, or the root itself was meant."""
    EXISTS = auto()
    """Something has this name already."""
    NOT_A_FOLDER = auto()
    """A folder is needed, and this is none."""
    IS_A_FOLDER = auto()
    """A file is needed, and this is a folder."""
    NOT_EMPTY = auto()
    """The folder still holds something."""
    NO_ROOM = auto()
    """The disk is full, or what the server may use of it."""
    TOO_LARGE = auto()
    """The disk takes no file of this size."""
    BAD_NAME = auto()
    """The disk takes no such name."""
    BROKEN = auto()
    """Anything else: the disk or the system fails."""


STATUS: Mapping[Why, int] = {
    Why.ABSENT: 404,
    Why.FORBIDDEN: 403,
    Why.EXISTS: 409,
    Why.NOT_A_FOLDER: 409,
    Why.IS_A_FOLDER: 409,
    Why.NOT_EMPTY: 409,
    Why.NO_ROOM: 507,
    Why.TOO_LARGE: 413,
    Why.BAD_NAME: 400,
    Why.BROKEN: 500,
}
"""HTTP's status for each."""


class Refusal(RemoteError):
    """Something was not done with a file; ``why``, and in one line for whoever asked."""

    def __init__(self, why: Why, text: str, status: int | None = None) -> None:
        super().__init__(text, STATUS[why] if status is None else status)
        self.why = why


Doing: TypeAlias = Mapping[int, tuple[Why, str]]
"""What the system's errors mean while something is done; with 0, what every other one means."""

_ABSENT = (Why.ABSENT, "there is no such file")
_NO_NAME = (Why.BAD_NAME, "the disk takes no such name")
_GONE = (Why.NOT_A_FOLDER, "the folder is gone")

READING: Doing = {
    0: (Why.BROKEN, "the file cannot be read"),
    errno.ENOENT: _ABSENT,
    errno.ENOTDIR: _ABSENT,
    errno.ENAMETOOLONG: _ABSENT,
    errno.ELOOP: _ABSENT,
    errno.EINVAL: _ABSENT,
    errno.ENXIO: _ABSENT,
    errno.EACCES: (Why.FORBIDDEN, "this file may not be read"),
    errno.EPERM: (Why.FORBIDDEN, "this file may not be read"),
}

CHANGING: Doing = {
    0: (Why.BROKEN, "it was not changed"),
    errno.ENOENT: (Why.ABSENT, "there is no such file or folder"),
    errno.ELOOP: (Why.ABSENT, "there is no such file or folder"),
    errno.ENOTDIR: (Why.NOT_A_FOLDER, "this is no folder"),
    errno.EISDIR: (Why.IS_A_FOLDER, "this is a folder"),
    errno.EEXIST: (Why.EXISTS, "there is something of this name already"),
    errno.ENOTEMPTY: (Why.NOT_EMPTY, "the folder is not empty"),
    errno.EACCES: (Why.FORBIDDEN, "nothing may be changed here"),
    errno.EPERM: (Why.FORBIDDEN, "nothing may be changed here"),
    errno.EROFS: (Why.FORBIDDEN, "nothing may be changed on this disk"),
    errno.EBUSY: (Why.FORBIDDEN, "the system needs it as it is"),
    errno.EXDEV: (Why.FORBIDDEN, "it cannot be moved to another disk"),
    errno.ENOSPC: (Why.NO_ROOM, "there is no room left on the disk"),
    errno.EDQUOT: (Why.NO_ROOM, "there is no room left for this server on the disk"),
    errno.ENAMETOOLONG: (Why.BAD_NAME, "the disk takes no name as long as this"),
    errno.EILSEQ: _NO_NAME,
    errno.EINVAL: _NO_NAME,
}

STORING: Doing = {
    **CHANGING,
    0: (Why.BROKEN, "the file was not stored"),
    errno.ENOENT: _GONE,
    errno.ELOOP: (Why.BROKEN, "the file was not stored"),
    errno.ENOTDIR: _GONE,
    errno.EISDIR: (Why.IS_A_FOLDER, "there is a folder of this name"),
    errno.EEXIST: (Why.EXISTS, "there is a file of this name already"),
    errno.EACCES: (Why.FORBIDDEN, "nothing may be written here"),
    errno.EPERM: (Why.FORBIDDEN, "nothing may be written here"),
    errno.EROFS: (Why.FORBIDDEN, "nothing may be written on this disk"),
    errno.EFBIG: (Why.TOO_LARGE, "the file is larger than the disk takes"),
}


def refusal(error: OSError, doing: Doing) -> Refusal:
    """What to tell whoever asked for what ended in ``error``."""
    told = doing.get(error.errno or 0)
    if told is not None and error.errno:
        return Refusal(*told)
    why, text = doing[0]
    return Refusal(why, f"{text}: {error.strerror or error}".lower())
