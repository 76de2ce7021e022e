"""``--log``: what the server says, in a file for its owner alone; of what was typed only what it showed again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from portside.cli.screen import warn
from portside.errors import UsageError


class Log:
    """A file that grows. Where it can't any more (a full disk), that is told once, and the conversation goes on."""

    def __init__(self, path: Path) -> None:
        """Raises ``UsageError`` where it can't be written."""
        self._path = path
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            self._file: BinaryIO | None = os.fdopen(os.open(path, flags, 0o600), "ab", buffering=0)
        except OSError as error:
            raise UsageError(f"cannot write the log {path}: {(error.strerror or str(error)).lower()}") from error

    def write(self, data: bytes) -> None:
        """More was said."""
        left = memoryview(data)
        try:
            while left and self._file is not None:
                left = left[self._file.write(left) :]
        except OSError as error:
            self.close()
            warn(f"the log {self._path} ends here: {(error.strerror or str(error)).lower()}")

    def close(self) -> None:
        """Nothing more is."""
        file, self._file = self._file, None
        if file is not None:
            file.close()
