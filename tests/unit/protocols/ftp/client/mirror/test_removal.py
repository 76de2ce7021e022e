"""Removing trees, and nothing that a link leads to."""

from __future__ import annotations

from pathlib import Path

import pytest

from portside.errors import RemoteError
from portside.protocols.ftp.client.mirror.removal import remove_tree
from portside.protocols.ftp.syntax.listings import Entry, Kind
from tests.support.ftp_scripted import Scripted
from tests.support.ftp_sites import client_at, run, served


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


def test_a_folder_goes_with_all_that_is_in_it_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "old" / "sub").mkdir(parents=True)
    (tmp_path / "old" / "a").write_bytes(b"a")
    (tmp_path / "old" / "sub" / "b").write_bytes(b"b")
    (tmp_path / "kept").write_bytes(b"k")

    async def story() -> None:
        async with served(tmp_path) as client, client.site.connection() as connection:
            assert await remove_tree(client.site, connection, "old", Entry("old", Kind.FOLDER)) == 4

    run(story)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_names_that_lead_out_are_never_removed() -> None:
    async def story() -> None:
        server = Scripted(listings={"/d": b"type=file;size=1; ../x\r\ntype=file;size=1; ok\r\n"})
        async with server.open(), client_at(server.url) as client, client.site.connection() as connection:
            await remove_tree(client.site, connection, "d", Entry("d", Kind.FOLDER))
        assert [line for line in server.said if line.startswith("DELE")] == ["DELE /d/ok"]

    run(story)


def test_a_folder_that_we_stand_in_is_left_before_it_goes() -> None:
    async def story() -> None:
        dots = b"drwxr-xr-x 2 a b 4096 Jan  1  2020 .\r\n"
        server = Scripted({"FEAT": "211-\r\n SIZE\r\n211 end"}, listings={"-a": dots})
        async with server.open(), client_at(server.url) as client, client.site.connection() as connection:
            await remove_tree(client.site, connection, "d", Entry("d", Kind.FOLDER))
        assert server.said[server.said.index("LIST -a") :][:3] == ["LIST -a", "CWD /", "RMD /d"]

    run(story)


def test_what_the_server_refuses_is_raised() -> None:
    async def story() -> None:
        server = Scripted({"RMD": "550 not yours"}, listings={"/d": b""})
        async with server.open(), client_at(server.url) as client, client.site.connection() as connection:
            with pytest.raises(RemoteError, match="550 not yours"):
                await remove_tree(client.site, connection, "d", Entry("d", Kind.FOLDER))

    run(story)
