"""What a server finds when it starts: the log of one before it, which was killed or lost its power.

Every whole batch is brought into the Maildir, as far as that is not known to have happened (``progress`` tells). The
name of a message was fixed when it was logged; so whoever is killed in the midst of this does it again, and a message
is there once. What the log holds of a message is the truth: a file that is only its beginning is written again.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from portside.mail.maildir.batches import Batch, Entry, NewerLog, parse_header, parse_segment
from portside.mail.maildir.folder import Folder, in_box
from portside.mail.maildir.log import SEGMENT
from portside.mail.maildir.progress import Progress
from portside.mail.storing import StoreError

SUFFIX = ".log"

_log = logging.getLogger("portside.mail")


@dataclass(slots=True)
class Replayed:
    """What was found: the numbers of the last batch and entry, and how many messages got their files."""

    batch: int = 0
    number: int = 0
    placed: int = 0


def replay(folder: Folder, progress: Progress) -> Replayed:
    """Bring the log into the Maildir, and remove it. Raises ``OSError`` and ``StoreError``: then it is as it was."""
    segments = [_read(folder, name) for name in sorted(os.listdir(folder.log)) if name.endswith(SUFFIX)]
    batches = sorted((batch for segment in segments for batch in segment.batches), key=lambda batch: batch.number)
    _look_for_gaps(folder, batches, progress.synced)
    found = Replayed(batches[-1].number if batches else 0, progress.placed)
    place = _Placing(folder, progress.placed)
    for entry in (entry for batch in batches for entry in batch.entries):
        found.number = max(found.number, entry.number)
        found.placed += place(entry)
    _finish(folder, progress, segments, found.number)
    return found


def _finish(folder: Folder, progress: Progress, segments: Iterable[_Segment], number: int) -> None:
    folder.sync()
    progress.placed = progress.synced = number
    for segment in segments:
        if segment.is_damaged:
            kept = folder.set_aside(segment.name)
            _log.error("a part of the log of mail is damaged, and messages may be missing: it is kept as %s", kept)
        else:
            os.unlink(segment.name, dir_fd=folder.log)
    folder.sweep()


# ------------------------------------------------------------------------------------------------ segments


@dataclass(frozen=True, slots=True)
class _Segment:
    name: str
    batches: list[Batch] = field(default_factory=list)
    is_damaged: bool = False


def _read(folder: Folder, name: str) -> _Segment:
    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder.log)
    with open(fd, "rb") as file:
        data = file.read()
    try:
        key = parse_header(data)
    except NewerLog as error:
        hint = "start the newer server again, which brings it to its end when it stops"
        raise StoreError(f"the log of mail in {folder.path} was written by a newer server ({error}): {hint}") from None
    if key is None:  # one that was just being made is all zeros
        return _Segment(name, is_damaged=data.count(0) != len(data))
    batches, is_damaged = parse_segment(data, key)
    is_cut = bool(batches) and len(data) < SEGMENT  # it had its size before the first batch
    return _Segment(name, batches, is_damaged or is_cut)


def _look_for_gaps(folder: Folder, batches: list[Batch], synced: int) -> None:
    """Say so where whole batches are missing between others, of which somebody may have been told."""
    needed = {batch.number for batch in batches if batch.entries[-1].number > synced}
    missing = max(needed) - min(needed) + 1 - len(needed) if needed else 0
    if missing:
        _log.error("%d batches of the log of mail in %s are missing, with their messages", missing, folder.path)


# ------------------------------------------------------------------------------------------------ messages


class _Placing:
    """Places entries where they are not; looks into each box once."""

    def __init__(self, folder: Folder, placed: int) -> None:
        self._folder = folder
        self._placed = placed
        self._boxes: dict[str, dict[str, str]] = {}

    def __call__(self, entry: Entry) -> bool:
        """Whether anything had to be done."""
        if self._was_placed(entry):
            return False
        missing = tuple(self._missing(entry))
        if missing and entry.content is None and not self._folder.is_staged(entry.name):
            _log.error(
                "message %s was taken and is nowhere in %s: it was deleted, or lost", entry.name, self._folder.path
            )
            return False
        if missing:
            self._folder.stage(entry)
            self._folder.place(replace(entry, boxes=missing, placed=0))
        return bool(missing)

    def _was_placed(self, entry: Entry) -> bool:
        return entry.number < self._placed or (entry.number == self._placed and not self._folder.is_staged(entry.name))

    def _missing(self, entry: Entry) -> Iterator[str]:
        """The boxes that it is not in. Where it is, but torn, it is mended."""
        for box in entry.boxes:
            if box not in self._boxes:
                self._boxes[box] = self._folder.found(box)
            file = self._boxes[box].get(entry.name)
            if file is None:
                yield box
            elif entry.content is not None and is_torn(self._folder.read(box, file), entry.content):
                _log.warning("%s was torn, and is whole again", self._folder.path / in_box(box, file))
                self._folder.replace(entry.name, entry.content, box, file)


def is_torn(found: bytes, whole: bytes) -> bool:
    """Whether a file is what a power cut leaves of ``whole``: its beginning, or that and zeros.

    Whatever else it is, somebody has changed it since.
    """
    return found != whole and whole.startswith(found.rstrip(b"\0"))
