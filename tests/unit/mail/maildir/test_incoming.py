"""One message on its way: held in memory while it is small, in a file once it is not, and gone when it is dropped."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from portside.mail.envelope import Body
from portside.mail.maildir import incoming as incoming_room
from portside.mail.maildir.batches import Entry
from portside.mail.maildir.folder import Folder
from portside.mail.maildir.incoming import MaildirIncoming, Spool
from portside.mail.storing import StoreError
from tests.support.mail_stores import ORIGIN, envelope, names


class Keeper:
    """Stands for the store: keeps what it is handed."""

    def __init__(self, folder: Folder, room: int = 10**9) -> None:
        self.folder = folder
        self.room = room
        self.held = 0
        self.committed: list[Entry] = []
        self.spools: list[Spool] = []

    def may_hold(self, more: int) -> bool:
        if more > 0 and self.held + more > self.room:
            return False
        self.held += more
        return True

    def name(self) -> str:
        return "1.a.h"

    def commit(self, entry: Entry, future: asyncio.Future[str]) -> None:
        self.committed.append(entry)

    def finish(self, spool: Spool, future: asyncio.Future[str]) -> None:
        self.spools.append(spool)


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    folder = Folder(tmp_path / "mail")
    folder.open()
    yield Keeper(folder)
    folder.close()


def hand_over(keeper: Keeper, *pieces: bytes, body: Body = Body.SEVEN_BIT) -> None:
    async def run() -> None:
        incoming = MaildirIncoming(keeper)
        for piece in pieces:
            incoming.write(piece)
        incoming.keep(envelope(body=body), ORIGIN)

    asyncio.run(run())


def test_a_small_message_is_committed_with_trace_fields_ahead_and_the_line_ends_of_a_file(keeper: Keeper) -> None:
    hand_over(keeper, b"Subject: x\r", b"\n\r\nbody\r\n")
    (entry,) = keeper.committed
    assert entry.content is not None
    assert entry.content.startswith(b"Return-Path: <ann@example.com>\nDelivered-To: bob@example.com\nReceived: from")
    assert entry.content.endswith(b"2025 03:22:43 +0000\nSubject: x\n\nbody\n")
    assert b"\r" not in entry.content
    assert keeper.held == 0


def test_binary_content_stays_as_it_came(keeper: Keeper) -> None:
    hand_over(keeper, b"Subject: x\r\n\r\n\n\r\0\r\n", body=Body.BINARY)
    (entry,) = keeper.committed
    assert entry.content is not None
    assert entry.content.endswith(b"\r\nSubject: x\r\n\r\n\n\r\0\r\n")
    assert entry.content.startswith(b"Return-Path: <ann@example.com>\r\nDelivered-To:")


@pytest.mark.parametrize("body", [Body.SEVEN_BIT, Body.BINARY])
@pytest.mark.parametrize("piece", [3, 5, 4096])
def test_a_large_message_goes_through_a_file(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch, body: Body, piece: int
) -> None:
    monkeypatch.setattr(incoming_room, "MOST_HELD", 10)
    monkeypatch.setattr(incoming_room, "PIECE", piece)
    content = b"Subject: x\r\n\r\n" + b"a\r\n" * 100 + b"\r"
    hand_over(keeper, *(content[at : at + 7] for at in range(0, len(content), 7)), body=body)
    assert (keeper.committed, keeper.held, names(keeper.folder.path / "tmp")) == ([], 0, [])
    entry = keeper.spools[0].finish(keeper.folder)
    assert entry.content is None
    keeper.folder.place(entry)
    expected = content if body is Body.BINARY else content.replace(b"\r\n", b"\n")
    assert (keeper.folder.path / "new" / "1.a.h").read_bytes() == keeper.spools[0].head + expected


def test_a_small_message_goes_through_a_file_where_all_together_are_too_many(keeper: Keeper) -> None:
    keeper.room = 5
    hand_over(keeper, b"abc", b"def")
    assert keeper.held == 0
    assert keeper.spools[0].finish(keeper.folder).name == "1.a.h"


def test_a_message_whose_trace_fields_are_large_goes_through_a_file(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming_room, "MOST_HELD", 100)
    hand_over(keeper, b"x\r\n")
    assert len(keeper.spools) == 1
    keeper.spools[0].finish(keeper.folder)


def test_nothing_stays_of_what_is_dropped(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming_room, "MOST_HELD", 10)
    for content in (b"small", b"larger than that"):
        incoming = MaildirIncoming(keeper)
        incoming.write(content)
        incoming.drop()
        incoming.drop()
    assert keeper.held == 0
    assert names(keeper.folder.path / "tmp") == []


def test_nothing_is_written_after_the_end(keeper: Keeper) -> None:
    incoming = MaildirIncoming(keeper)
    incoming.drop()
    with pytest.raises(StoreError, match="ended already"):
        incoming.write(b"x")


def test_a_message_is_kept_once(keeper: Keeper) -> None:
    async def run() -> None:
        incoming = MaildirIncoming(keeper)
        incoming.write(b"x\r\n")
        incoming.keep(envelope(), ORIGIN)
        with pytest.raises(StoreError, match="ended already"):
            await incoming.keep(envelope(), ORIGIN)
        incoming.drop()

    asyncio.run(run())
    assert len(keeper.committed) == 1


def test_a_disk_without_room_is_told_and_nothing_stays(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(incoming_room, "MOST_HELD", 10)
    monkeypatch.setattr(incoming_room, "write_all", full)
    incoming = MaildirIncoming(keeper)
    with pytest.raises(StoreError, match="no room left"):
        incoming.write(b"x" * 11)
    with pytest.raises(StoreError, match="ended already"):
        incoming.write(b"x")
    assert names(keeper.folder.path / "tmp") == []


def test_a_spool_that_cannot_be_finished_leaves_no_file(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(fd: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(incoming_room, "MOST_HELD", 10)
    hand_over(keeper, b"x" * 11)
    monkeypatch.setattr(incoming_room.os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output"):
        keeper.spools[0].finish(keeper.folder)
    assert names(keeper.folder.path / "tmp") == []
