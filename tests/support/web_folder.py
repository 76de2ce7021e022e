"""A folder to be served whose files are of every kind that a server treats in its own way."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from pathlib import Path

PAGE = b"<!doctype html><title>home</title><h1>A page to be fetched</h1>\n" + b"<p>and read again</p>\n" * 100

FILES: dict[str, bytes] = {
    "index.html": PAGE,
    "small.txt": b"A small text, which is kept in memory.\n" * 30,
    "empty.txt": b"",
    "one.bin": b"\0",
    "long.txt": b"".join(b"line %d of a text that is sent from its file\n" % number for number in range(8000)),
    "large.bin": random.Random(1).randbytes(3_000_000),
    "folder/a.txt": b"the first\n",
    "folder/b.bin": random.Random(2).randbytes(70_000),
    "folder/deeper/c.txt": b"the deepest\n",
    "with a space, ü & 100%.txt": "names may be anything, ü too\n".encode(),
    "hash#question?.txt": b"a name that a URL would cut short\n",
}
"""Small and large, text and not, empty, deep, and with names that need escapes."""


@dataclass(frozen=True)
class WebFolder:
    """The folder at ``path``."""

    path: Path

    def put(self, name: str, content: bytes) -> Path:
        """Write one more file."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    def read(self, name: str) -> bytes:
        return (self.path / name).read_bytes()

    def names(self) -> set[str]:
        """Everything that lies in it, temporaries too."""
        return {str(path.relative_to(self.path)) for path in self.path.rglob("*") if path.is_file()}


def make(path: Path) -> WebFolder:
    """A new folder at ``path`` with ``FILES`` in it."""
    folder = WebFolder(path)
    for name, content in FILES.items():
        folder.put(name, content)
    return folder


def digest(data: bytes) -> str:
    """What two equal contents have in common, short enough for a failure to be read."""
    return hashlib.sha256(data).hexdigest()
