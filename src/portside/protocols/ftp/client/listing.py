"""What is in a folder of the server: by MLSD, or where there is none by LIST.

MLSD is made for programs. LIST is read as well as it can be: said within the folder, since many servers take the
letters of a path for a pattern, and with ``-a``, which most understand and answer with ``.`` and ``..`` among the rest.
Its times are rough; MDTM tells them exactly, for many files in one round trip.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from portside.errors import LimitExceeded, RemoteError
from portside.protocols.ftp.client.connection import Connection
from portside.protocols.ftp.client.facts import time_in
from portside.protocols.ftp.client.names import is_safe, join
from portside.protocols.ftp.client.site import Site
from portside.protocols.ftp.messages import Command
from portside.protocols.ftp.syntax.lines import decode
from portside.protocols.ftp.syntax.listings import LONGEST_LINE, Entry, Kind, parse_facts, parse_list

LONGEST_LISTING = 256 * 1024 * 1024
"""Bytes of one folder's listing: a million files with all their facts. More is a listing without end."""
MOST_ENTRIES = 1_000_000
"""Lines of one folder's listing: short ones would become gigabytes here, long before they come to so many bytes."""

_MANNER = "list"
"""Where a site's ``known`` keeps what LIST is said with ("-a" or ""), once that is clear."""


@dataclass(slots=True)
class Folder:
    """A folder's ``entries``; ``refused`` says of each name that must not be used why, in one line."""

    entries: list[Entry] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    _names: set[str] = field(default_factory=set, repr=False, compare=False)

    def take(self, entry: Entry | None) -> None:
        """Sort ``entry`` in."""
        if entry is None:
            return
        if entry.fault or not is_safe(entry.name):
            self.refused.append(f"{entry.name!a} is refused: {entry.fault or 'it can be no name of a file here'}")
        elif entry.name in self._names:
            self.refused.append(f"{entry.name!a} is listed twice: the first counts")
        else:
            self._names.add(entry.name)
            self.entries.append(entry)


async def list_folder(site: Site, connection: Connection, path: str) -> Folder:
    """What is in the folder ``path``. Raises ``RemoteError`` where the server refuses, ``LimitExceeded``."""
    if "MLST" in connection.features() or "MLSD" in connection.features():
        return _parsed(await _fetch(connection, Command("MLSD", site.absolute(path)), path), _facts)
    return await _list(site, connection, path)


async def _list(site: Site, connection: Connection, path: str) -> Folder:
    place = site.absolute(path)
    behind = await _go_to(site, connection, place)
    manner = site.known.get(_MANNER)
    flags = "-a" if manner is None else str(manner)
    try:
        text = await _fetch(connection, Command("LIST", f"{flags} {behind}".strip()), path)
    except RemoteError:
        if manner is not None:
            raise
        text = b""
    if manner is None and not _has_dots(text):
        plain = await _fetch(connection, Command("LIST", behind), path)
        flags = "" if plain.count(b"\n") > text.count(b"\n") else "-a"
        text = text if flags else plain
    if text:
        site.known[_MANNER] = flags
    return _parsed(text, _dialect)


async def _go_to(site: Site, connection: Connection, place: str) -> str:
    """Stand in the folder; returns what is to be said behind LIST where that cannot be."""
    if not site.home:
        return place
    if connection.cwd != place:
        await connection.order("CWD", place)
        connection.cwd = place
    return ""


def _has_dots(text: bytes) -> bool:
    return any(line.endswith((b" .", b" ..")) for line in text.splitlines()[:16])


async def _fetch(connection: Connection, command: Command, path: str) -> bytes:
    pieces: list[bytes] = []
    size = lines = 0

    def take(data: bytes) -> None:
        nonlocal size, lines
        size += len(data)
        lines += data.count(b"\n")
        if size > LONGEST_LISTING or lines > MOST_ENTRIES:
            raise LimitExceeded(f"{connection.server} lists {path or 'its first folder'} without end")
        pieces.append(data)

    ended = await connection.retrieve(command, take)
    if ended.error is not None:
        raise ended.error
    return b"".join(pieces)


def _parsed(text: bytes, parse: Callable[[str], Entry | None]) -> Folder:
    folder = Folder()
    for line in text.split(b"\n"):
        if line in (b"", b"\r"):
            continue
        try:
            if len(line) > LONGEST_LINE:
                raise RemoteError(f"a line of the listing has {len(line):,} bytes")
            folder.take(parse(decode(line.removesuffix(b"\r"))))
        except RemoteError as error:
            folder.refused.append(str(error))
    return folder


def _facts(line: str) -> Entry | None:
    return parse_facts(line)


def _dialect(line: str) -> Entry | None:
    return parse_list(line, time.time())


async def with_exact_times(site: Site, connection: Connection, path: str, entries: Sequence[Entry]) -> list[Entry]:
    """``entries`` with the times of their files as MDTM tells them, where the listing told them roughly."""
    rough = [entry for entry in entries if entry.kind is Kind.FILE and not entry.exact]
    if not rough or ("MDTM" not in connection.features() and connection.features()):
        return list(entries)
    place = site.absolute(path)
    replies = await connection.ask(*(Command("MDTM", join(place, entry.name)) for entry in rough))
    times = {entry.name: time_in(reply) for entry, reply in zip(rough, replies, strict=True)}
    return [_timed(entry, times.get(entry.name)) for entry in entries]


def _timed(entry: Entry, modified: float | None) -> Entry:
    return entry if modified is None else replace(entry, modified=modified, exact=True)
