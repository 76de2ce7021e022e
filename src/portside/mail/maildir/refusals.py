"""Why mail cannot be kept, in one line for whoever runs the server."""

from __future__ import annotations

import errno
from pathlib import Path

from portside.mail.storing import StoreError, StoreFull

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NOT_ALLOWED = {errno.EACCES, errno.EPERM, errno.EROFS}


def refusal(error: OSError, folder: Path) -> StoreError:
    """What to tell of ``error``, which came about in ``folder``."""
    if error.errno in _NO_ROOM:
        return StoreFull(f"there is no room left for mail in {folder}: make room, and it is taken again")
    if error.errno in _NOT_ALLOWED:
        return StoreError(
            f"mail cannot be written to {folder}: {_words(error)}; check who owns it, and how it is mounted"
        )
    return StoreError(f"mail cannot be kept in {folder}: {_words(error)}")


def again(error: StoreError) -> StoreError:
    """The same to tell somebody else: an error that is raised twice would carry both ways along."""
    return type(error)(str(error))


def _words(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
