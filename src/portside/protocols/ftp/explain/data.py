"""A data connection as somebody reads it who has heard on the control connection what it is for (RFC 959 §3)."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from portside.errors import RemoteError
from portside.interfaces import Role
from portside.protocols.explaining import LONGEST_TITLE, Content, Expected, Fact, Field, NoMask, Said, Switch
from portside.protocols.ftp.syntax.lines import decode
from portside.protocols.ftp.syntax.listings import Entry, parse_facts, parse_list
from portside.protocols.http.syntax.types import content_type

MOST_NOTES = 8
"""Notes of one message at most."""
MOST_ENTRIES = 500
"""Entries of a listing that are named."""
MOST_UNPACKED = 4 << 20
"""Bytes that are unpacked of MODE Z; more is not shown anyway, and a bomb has no end."""
LISTING = frozenset({"LIST", "NLST", "MLSD"})
KINDS = frozenset({"data", "listing"})
"""What the messages here are called."""


@dataclass(slots=True, eq=False)
class Transfer:
    """What a data connection will carry: announced first, named by a later command.

    ``command``: in one line, without secrets. ``offset``: the byte that REST has told. ``packed``: MODE Z.
    """

    verb: str = ""
    command: str = ""
    path: str = ""
    offset: int = 0
    packed: bool = False


class DataReader:
    """See ``portside.protocols.explaining.Explainer``: all that one side sends here is one message."""

    __slots__ = ("_offsets", "_said", "_transfer")

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer
        self._offsets = dict.fromkeys(Role, 0)
        self._said: dict[Role, Said | None] = dict.fromkeys(Role)

    @property
    def switch(self) -> Switch | None:
        return None

    @property
    def expected(self) -> Sequence[Expected]:
        return ()

    def read(self, role: Role, data: bytes) -> Sequence[Said]:
        start = self._offsets[role]
        self._offsets[role] = stop = start + len(data)
        said = self._said[role]
        if said is None:
            said = self._said[role] = self._begin(role, start)
            self._grow(said, stop)
            return (said,)
        self._grow(said, stop)
        return ()

    def _begin(self, role: Role, start: int) -> Said:
        transfer = self._transfer
        facts: dict[str, Fact] = {"command": transfer.verb, "argument": transfer.path, "length": 0}
        if transfer.offset:
            facts["offset"] = transfer.offset
        if transfer.packed:
            facts["mode"] = "Z"
        return Said(role, "listing" if transfer.verb in LISTING else "data", "", start, start, False, facts)

    def _grow(self, said: Said, stop: int) -> None:
        said.stop = stop
        size = stop - said.start
        said.facts["length"] = size  # type: ignore[index]  # it is ours, and a dict
        tail = f": {size:,} bytes"
        said.title = f"data of {self._transfer.command or 'some transfer'}"[: LONGEST_TITLE - len(tail)] + tail

    def missed(self, role: Role, count: int) -> Sequence[Said]:
        self._offsets[role] += count
        said = self._said[role]
        if said is not None:
            self._grow(said, self._offsets[role])
            if len(said.notes) < MOST_NOTES:
                said.notes = (*said.notes, f"{count:,} bytes were not captured")
        return ()

    def ended(self, role: Role) -> Sequence[Said]:
        said = self._said[role]
        if said is not None:
            said.complete = True
        return ()

    def mask_from_here(self) -> Callable[[], NoMask] | None:
        return NoMask


def data_content(said: Said, data: bytes) -> Content:
    """A file, or a listing's text; freed from MODE Z."""
    whole, wrapping = len(data) == said.stop - said.start, ""
    if said.facts.get("mode") == "Z":
        data, whole = _unpack(data, whole=whole)
        wrapping = "MODE Z (deflate)"
    if said.kind == "listing":
        return Content(data, "text/plain; charset=utf-8", whole, wrapping)
    return Content(data, _type_of(str(said.facts.get("argument", ""))), whole, wrapping)


def _type_of(path: str) -> str:
    return content_type(path.rpartition("/")[2]).decode("ascii") if path else ""


def _unpack(data: bytes, *, whole: bool) -> tuple[bytes, bool]:
    unpacking = zlib.decompressobj()
    try:
        plain = unpacking.decompress(data, MOST_UNPACKED)
    except zlib.error:
        return b"", False
    return plain, whole and unpacking.eof


def data_fields(said: Said, data: bytes) -> list[Field]:
    """A listing's entries by their names; a file is one part."""
    if said.kind == "listing" and said.facts.get("mode") != "Z":
        return list(_entries(str(said.facts.get("command", "")), data))
    verb = said.facts.get("command")
    meaning = f"what {verb} transfers" if verb else "no command was seen that speaks of it"
    return [Field("Data", (0, len(data)), f"{len(data):,} bytes", meaning, "RFC 959 §3")]


def _entries(verb: str, data: bytes) -> Iterator[Field]:
    at = 0
    for count, line in enumerate(data.splitlines(keepends=True)):
        if count == MOST_ENTRIES:
            yield Field("Further entries", (at, len(data)), f"{len(data) - at:,} bytes")
            return
        yield _entry(verb, line, at)
        at += len(line)


_SOURCES = {"MLSD": "RFC 3659 §7.2", "NLST": "RFC 959 §4.1.3"}


def _entry(verb: str, line: bytes, at: int) -> Field:
    text = decode(line.rstrip(b"\r\n"))
    try:
        entry = parse_facts(text) if verb == "MLSD" else parse_list(text, 0.0) if verb == "LIST" else None
    except RemoteError:
        entry = None
    shown = line.rstrip(b"\r\n").decode("utf-8", "replace")
    return Field("Entry", (at, at + len(line)), shown, _entry_meaning(entry), _SOURCES.get(verb, ""))


def _entry_meaning(entry: Entry | None) -> str:
    if entry is None:
        return ""
    words = {"dir": "folder"}.get(entry.kind.value, entry.kind.value)
    size = f", {entry.size:,} bytes" if entry.size is not None else ""
    return f"{words}{size}" + (f"; not to be trusted: {entry.fault}" if entry.fault else "")
