"""Removing a file, or a folder with all that is in it, from the server."""

from __future__ import annotations

from portside.protocols.ftp.client.connection import Connection
from portside.protocols.ftp.client.listing import list_folder
from portside.protocols.ftp.client.names import join
from portside.protocols.ftp.client.site import Site
from portside.protocols.ftp.syntax.listings import Entry, Kind


async def remove_tree(site: Site, connection: Connection, path: str, entry: Entry) -> int:
    """Remove ``path``, which the listing tells as ``entry``; returns how many names went.

    A link goes as the name it is; what it leads to stays. Raises ``RemoteError`` where the server refuses.
    """
    if entry.kind is not Kind.FOLDER:
        await connection.order("DELE", site.absolute(path))
        return 1
    count = 0
    for inner in (await list_folder(site, connection, path)).entries:
        count += await remove_tree(site, connection, join(path, inner.name), inner)
    if connection.cwd == site.absolute(path):  # nobody saws off the branch he sits on
        await connection.order("CWD", site.home)
        connection.cwd = site.home
    await connection.order("RMD", site.absolute(path))
    return count + 1
