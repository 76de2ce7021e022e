"""Folders full of files with odd names, and how two of them are compared: by names and digests."""

from __future__ import annotations

import hashlib
import os
import random
from pathlib import Path

FILE_NAMES = (
    "plain.txt", "two words.txt", "two  spaces.txt", " space before", "space behind ", "ümläut.txt", "u\u0308ml.txt",
    "日本語.txt", "🚀.bin", "Ελληνικά", "-dash", "--help", "-rf *", "star*.txt", "what?.txt", "[abc].txt", "{a,b}.txt",
    "back\\slash.txt", "trailing\\", 'double"quote.txt', '"quoted"', "apostrophe's.txt", "back`tick", "hash#tag.txt",
    "#first", "100%", "per%20cent.txt", "%2e%2e", "semi;colon", "amp&ersand", "pi|pe", "$HOME", "$(date)", "com,ma",
    "co:lon", "equals=", "plus+plus", "at@sign", "caret^", "ex!clamation", "(paren)", "<angle>", "dot.", "a..b",
    "arrow -> target", "12:34 Jan  1", "drwxr-xr-x", "type=dir; x", "226 done", "tilde~", "a",
)  # fmt: skip
"""No control characters, no dot at the beginning: what those may do is each server's own affair."""

FOLDER_NAMES = (
    "",
    "plain",
    "mit Leerzeichen",
    "日本",
    "-dir",
    "[a-z]",
    "star*",
    "#dir",
    "10% dir",
    "back\\slash",
    "dir;type=a",
)

EPOCH = 1_700_000_000
"""When the first file was changed; each later one was a minute and a second after it."""


def make(top: Path, count: int, *, seed: int = 1, largest: int = 3000) -> Path:
    """``count`` files of up to ``largest`` bytes below ``top``: each name in some folder, and folders in folders."""
    lots = random.Random(seed)
    for number in range(count):
        folder = top / _folder(number)
        folder.mkdir(parents=True, exist_ok=True)
        turn, index = divmod(number, len(FILE_NAMES))
        name = FILE_NAMES[index] if turn < len(FOLDER_NAMES) else f"{turn} {FILE_NAMES[index]}"
        file = folder / name
        file.write_bytes(lots.randbytes(lots.choice((0, 1, 100, lots.randrange(largest)))))
        when = EPOCH + 61 * number
        os.utime(file, (when, when))
    return top


def _folder(number: int) -> Path:
    """Of file ``number``: each round of names stands in another folder, and from the second round on in some within."""
    turn, index = divmod(number, len(FILE_NAMES))
    return Path(FOLDER_NAMES[turn % len(FOLDER_NAMES)], FOLDER_NAMES[index % 4] if turn else "")


def digests(top: Path) -> dict[str, str]:
    """Every file below ``top``, with its digest; a symbolic link would be a file that is called one."""
    return {str(path.relative_to(top)): _digest(path) for path in top.rglob("*") if not path.is_dir()}


def folders(top: Path) -> set[str]:
    """Every folder below ``top``."""
    return {str(path.relative_to(top)) for path in top.rglob("*") if path.is_dir()}


def times(top: Path) -> dict[str, int]:
    """When each file below ``top`` was changed, in whole seconds."""
    return {str(path.relative_to(top)): int(path.stat().st_mtime) for path in top.rglob("*") if path.is_file()}


def _digest(path: Path) -> str:
    return "link" if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()
