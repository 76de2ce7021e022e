"""``--log``: what the server says, in a file for its owner alone; of what was typed only what it showed again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from portside.errors import UsageError


class Log:
    """A file that grows."""

    def __init__(self, path: Path) -> None:
        """Raises ``UsageError`` where it can't be written."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            self._file: BinaryIO = os.fdopen(os.open(path, flags, 0o600), "ab", buffering=0)
        except OSError as error:
            raise UsageError(f"cannot write the log {path}: {(error.strerror or str(error)).lower()}") from error

    def write(self, data: bytes) -> None:
        """More was said."""
        self._file.write(data)

    def close(self) -> None:
        """Nothing more is."""
        self._file.close()
