"""Removing trees, and nothing that a link leads to."""

from __future__ import annotations

from portside.protocols.ftp.client.mirror.removal import remove_tree
from portside.protocols.ftp.syntax.listings import Entry, Kind
from tests.support.ftp_scripted import Scripted
from tests.support.ftp_sites import client_at, run


def test_what_is_within_goes_first_and_a_link_goes_as_a_name() -> None:
    async def story() -> None:
        server = Scripted(
            listings={"/d": b"type=file; a\r\ntype=dir; e\r\ntype=OS.unix=slink:/etc; l\r\n", "/d/e": b""}
        )
        async with server.open(), client_at(server.url) as client, client.site.connection() as connection:
            assert await remove_tree(client.site, connection, "d", Entry("d", Kind.FOLDER)) == 4
        said = [line for line in server.said if line.startswith(("DELE", "RMD"))]
        assert said == ["DELE /d/a", "RMD /d/e", "DELE /d/l", "RMD /d"]

    run(story)
