"""The names of files in a Maildir: unique without asking anybody, and with flags behind a colon.

A message is ``NAME`` while it is new, and ``NAME:2,FLAGS`` once a mail program has seen it listed. ``NAME`` stays what
it is, wherever the file is moved, so it is the message's id.
"""

from __future__ import annotations

import hashlib
import re

MOST_NAME = 200
"""Octets of a folder's name: a file system takes 255, and what mail programs add has room."""
MOST_HOST = 64
"""Characters of the host in a name: enough to tell machines apart in a list."""
SEEN = "S"
"""The flag of a message that somebody has read."""
UNDELIVERED = "undelivered"
"""The folder for what the disk does not let stand in its recipient's own."""

_INFO = ":2,"
_OURS_ALONE = {"new", "cur", "tmp", UNDELIVERED}
_unsafe = re.compile(r"[\x00-\x20/%\\:\x7f\ud800-\udfff]|^\.")


def unique_name(now: float, process: int, count: int, host: str) -> str:
    """A name that no other message has: its time to the microsecond, who wrote it, and which of theirs it is."""
    seconds, micro = divmod(round(now * 1_000_000), 1_000_000)
    return f"{seconds}.M{micro:06}P{process}Q{count}.{host}"


def host_part(host: str) -> str:
    """``host`` as it may stand in a name; ``localhost`` where nothing of it may."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", host)[:MOST_HOST].strip(".-") or "localhost"


def id_of(file: str) -> str:
    """The message's id: its file's name without flags."""
    return file.partition(":")[0]


def flags_of(file: str) -> str:
    """The flags in a file's name, sorted; "" for none."""
    _, info, flags = file.partition(_INFO)
    return "".join(sorted(set(flags))) if info else ""


def is_seen(file: str) -> bool:
    """Whether somebody has read it."""
    return SEEN in file.partition(_INFO)[2]


def with_seen(file: str, seen: bool) -> str:
    """The file's name in ``cur`` with the flag, or without; other flags stay, in the order of the alphabet."""
    others = flags_of(file).replace(SEEN, "")
    return f"{id_of(file)}{_INFO}{''.join(sorted(others + SEEN * seen))}"


def box_name(address: str) -> str:
    """The folder of a recipient: its address in lower case, with what a folder's name must not hold as ``%XX``.

    What is too long ends in a digest of the whole, so that two addresses never share a folder.
    """
    name = _unsafe.sub(lambda found: f"%{ord(found[0]):02X}", address.lower())
    if name in _OURS_ALONE or not name:
        name = f"%{name}"
    encoded = name.encode()
    if len(encoded) <= MOST_NAME:
        return name
    digest = hashlib.sha256(encoded).hexdigest()[:24]
    return f"{encoded[: MOST_NAME - 25].decode('utf-8', 'ignore')}%{digest}"
