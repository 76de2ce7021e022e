"""Folders, in every manner in which a server may tell of them; and what must not be believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from portside.errors import LimitExceeded, RemoteError
from portside.protocols.ftp.client import listing
from portside.protocols.ftp.client.listing import Folder, list_folder, with_exact_times
from portside.protocols.ftp.syntax.listings import Kind
from tests.support.ftp_scripted import Scripted
from tests.support.ftp_sites import client_at, run, served

NO_MLSD = "211-\r\n MDTM\r\n SIZE\r\n211 end"
UNIX = b"-rw-r--r-- 1 a b 3 Jan  1  2020 a.txt\r\ndrwxr-xr-x 2 a b 4096 Jan  1  2020 sub\r\n"
DOTS = b"drwxr-xr-x 2 a b 4096 Jan  1  2020 .\r\ndrwxr-xr-x 2 a b 4096 Jan  1  2020 ..\r\n"
DOS = b"01-01-20  12:00AM       <DIR>          sub\r\n01-01-20  12:00AM                    3 a.txt\r\n"


async def listed(server: Scripted, path: str = "") -> tuple[Folder, list[str]]:
    async with server.open(), client_at(server.url) as client, client.site.connection() as connection:
        return await list_folder(client.site, connection, path), server.said


def kinds(folder: Folder) -> dict[str, Kind]:
    return {entry.name: entry.kind for entry in folder.entries}


def test_a_folder_of_ours_is_told_exactly(tmp_path: Path) -> None:
    (tmp_path / "a ü.txt").write_bytes(b"abc")
    (tmp_path / "sub").mkdir()

    async def story() -> None:
        async with served(tmp_path) as client:
            entries = {entry.name: entry for entry in await client.list()}
        assert entries["a ü.txt"].size == 3 and entries["a ü.txt"].exact
        assert entries["sub"].kind is Kind.FOLDER

    run(story)


@pytest.mark.parametrize("text", [DOTS + UNIX, DOS], ids=["unix", "dos"])
def test_without_mlsd_list_is_read_in_both_dialects(text: bytes) -> None:
    async def story() -> None:
        flags = "-a" if text.startswith(DOTS) else ""
        folder, said = await listed(Scripted({"FEAT": NO_MLSD}, listings={flags: text, "-a": text if flags else b""}))
        assert kinds(folder) == {"a.txt": Kind.FILE, "sub": Kind.FOLDER}
        asked = [line for line in said if line.startswith("LIST")]
        assert asked == (["LIST -a"] if flags else ["LIST -a", "LIST"])

    run(story)


def test_a_server_that_takes_flags_for_a_name_is_asked_without() -> None:
    async def story() -> None:
        server = Scripted({"FEAT": NO_MLSD}, listings={"": UNIX})
        async with server.open(), client_at(server.url) as client, client.site.connection() as connection:
            for _ in range(2):
                assert len((await list_folder(client.site, connection, "")).entries) == 2
        assert [line for line in server.said if line.startswith("LIST")] == ["LIST -a", "LIST", "LIST"]

    run(story)


def test_list_is_said_within_the_folder_since_its_name_may_look_like_a_pattern() -> None:
    async def story() -> None:
        _, said = await listed(Scripted({"FEAT": NO_MLSD}, listings={"-a": DOTS}), "[a]*")
        assert "CWD /[a]*" in said and "LIST -a" in said

    run(story)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "..", "a\x1b[2J", "x" * 300, "a/b", "\x9b"])
def test_names_that_must_not_be_used_are_refused_and_the_rest_goes_on(name: str) -> None:
    async def story() -> None:
        text = f"type=file;size=1; {name}\r\ntype=file;size=1; good\r\n".encode()
        folder, _ = await listed(Scripted(listings={"/": text}))
        assert [entry.name for entry in folder.entries] == ["good"]
        assert len(folder.refused) == 1 and folder.refused[0].isprintable()

    run(story)


def test_lines_that_are_no_entries_are_refused_one_by_one() -> None:
    async def story() -> None:
        folder, _ = await listed(Scripted(listings={"/": b"what is this\r\n\r\ntype=file;size=1; good\r\n"}))
        assert [entry.name for entry in folder.entries] == ["good"] and len(folder.refused) == 1

    run(story)


def test_a_name_that_is_listed_twice_is_one_file() -> None:
    async def story() -> None:
        text = b"type=file;size=1; a\r\ntype=dir; a\r\ntype=file;size=1; b\r\n"
        folder, _ = await listed(Scripted(listings={"/": text}))
        assert [(entry.name, entry.kind) for entry in folder.entries] == [("a", Kind.FILE), ("b", Kind.FILE)]
        assert folder.refused == ["'a' is listed twice: the first counts"]

    run(story)


@pytest.mark.parametrize(("limit", "value"), [("LONGEST_LISTING", 1000), ("MOST_ENTRIES", 100)])
def test_a_listing_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    monkeypatch.setattr(listing, limit, value)

    async def story() -> None:
        with pytest.raises(LimitExceeded, match="without end"):
            await listed(Scripted(listings={"/": b"type=file; a\r\n" * 1000}))

    run(story)


def test_a_folder_that_is_none_is_told() -> None:
    async def story() -> None:
        with pytest.raises(RemoteError, match="550"):
            await listed(Scripted(), "none")

    run(story)


def test_rough_times_are_made_exact_in_one_go() -> None:
    async def story() -> None:
        server = Scripted({"FEAT": NO_MLSD, "MDTM": "213 20200101123456"}, listings={"-a": DOTS + UNIX})
        async with server.open(), client_at(server.url) as client, client.site.connection() as connection:
            rough = (await list_folder(client.site, connection, "")).entries
            exact = {each.name: each for each in await with_exact_times(client.site, connection, "", rough)}
        assert exact["a.txt"].exact and exact["a.txt"].modified == 1577882096.0
        assert not exact["sub"].exact
        assert "MDTM /a.txt" in server.said and "MDTM /sub" not in server.said

    run(story)
