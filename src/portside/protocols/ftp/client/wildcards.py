"""Names that a pattern stands for, found by listing folders on the way (``ftp://host/20??/*.txt``).

``*`` and ``?`` stand for letters of one name, ``[a-z]`` for one of several; none of them for a leading dot.
"""

from __future__ import annotations

import re
from fnmatch import translate

from portside.errors import RemoteError
from portside.protocols.ftp.client.connection import Connection
from portside.protocols.ftp.client.listing import list_folder
from portside.protocols.ftp.client.names import join
from portside.protocols.ftp.client.site import Site
from portside.protocols.ftp.syntax.listings import Kind

_WILD = re.compile(r"[*?\[]")
_LITERAL = re.compile(r"\[([*?\[])\]")


async def matching(site: Site, connection: Connection, pattern: str) -> list[str]:
    """The paths of all files that ``pattern`` stands for, in order. Raises ``RemoteError`` where there are none."""
    absolute, names = pattern.startswith("/"), [name for name in pattern.split("/") if name]
    folders = ["/" if absolute else ""]
    for name in names[:-1]:
        folders = await _step(site, connection, folders, name, Kind.FOLDER)
    found = await _step(site, connection, folders, names[-1], Kind.FILE)
    if not found:
        raise RemoteError(f"{site.name} has no file {pattern!r}", 550)
    return found


async def _step(site: Site, connection: Connection, folders: list[str], name: str, kind: Kind) -> list[str]:
    if not _WILD.search(_LITERAL.sub("", name)):
        plain = _LITERAL.sub(r"\1", name)
        return [join(folder, plain) for folder in folders]
    found: list[str] = []
    for folder in folders:
        found += await _matching(site, connection, folder, name, kind)
    return sorted(found)


async def _matching(site: Site, connection: Connection, folder: str, name: str, kind: Kind) -> list[str]:
    is_meant = re.compile(translate(name)).match
    listed = await list_folder(site, connection, folder)
    for line in listed.refused:
        site.warn(f"{site.name} lists {line}")
    return [
        join(folder, entry.name)
        for entry in listed.entries
        if entry.kind in (kind, Kind.LINK)
        and is_meant(entry.name)
        and (name.startswith(".") or not entry.name.startswith("."))
    ]
