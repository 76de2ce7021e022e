"""What lies in a Maildir now, whoever has put it there, and whether it may have changed since the last look."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from portside.mail.maildir.names import id_of

FOLDERS = ("new", "cur")
"""In this order: a message that is moved meanwhile is then found twice, and not missed."""
COARSE = 50_000_000
"""Nanoseconds that a folder's time may be behind: what is written within the same tick of the clock does not show."""


@dataclass(frozen=True, slots=True)
class Look:
    """The file of each message, by id; and the folders' times when it was looked, None where they tell nothing."""

    files: dict[str, str] = field(default_factory=dict)
    times: tuple[int, ...] | None = None


def message_id(box: str, file: str) -> str:
    """The id of a file in a box: of the only one its name, else its name and the box."""
    return f"{id_of(file)}:{box}" if box else id_of(file)


def box_of(file: str) -> str:
    """The box that a file lies in, as it is found from the folder: ``box/new/name`` or ``new/name``."""
    return file.rpartition("/")[0].rpartition("/")[0]


def boxes(folder: Path) -> list[str]:
    """The Maildirs here: the folder itself as "", and those right below it, by name."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("."))
    except FileNotFoundError:
        return []
    own = [""] if "new" in names or "cur" in names else []
    return own + [name for name in names if name not in (*FOLDERS, "tmp") and (folder / name / "new").is_dir()]


def times(folder: Path) -> tuple[int, ...]:
    """When the folders were changed; a change of any is a change of this."""
    return _times(folder, boxes(folder))


def _times(folder: Path, found: list[str]) -> tuple[int, ...]:
    return _changed(folder), *(_changed(folder / box / name) for box in found for name in FOLDERS)


def look(folder: Path) -> Look:
    """Read the folders; raises ``OSError``."""
    began = time.time_ns()
    found = boxes(folder)
    seen = _times(folder, found)
    files = {}
    for box in found:
        for name in FOLDERS:
            for file in _names(folder / box / name):
                files[message_id(box, file)] = f"{box}/{name}/{file}" if box else f"{name}/{file}"
    return Look(files, None if max(seen) > began - COARSE else seen)


def _changed(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def find(folder: Path, id: str) -> str | None:
    """Where a message lies, if it was moved since it was seen; None where it is gone."""
    name, _, box = id.partition(":")
    for of in FOLDERS:
        within = f"{box}/{of}" if box else of
        for file in _names(folder / within):
            if id_of(file) == name:
                return f"{within}/{file}"
    return None


def _names(folder: Path) -> list[str]:
    """The files that may be messages; a name that is no text is none of a Maildir's."""
    try:
        return [name for name in os.listdir(folder) if not name.startswith(".") and _is_text(name)]
    except FileNotFoundError:
        return []


def _is_text(name: str) -> bool:
    return name.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in name)
