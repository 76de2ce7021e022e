"""The store as the port promises it: kept means on the disk, whatever comes at once, and errors that are told."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import threading
from pathlib import Path

import pytest

from portside.mail.envelope import Body
from portside.mail.maildir import incoming as incoming_room
from portside.mail.maildir import log as log_room
from portside.mail.maildir import placing
from portside.mail.maildir import store as store_room
from portside.mail.maildir.folder import Folder
from portside.mail.maildir.store import MaildirStore
from portside.mail.storing import StoreError, StoreFull
from tests.support.mail_stores import ORIGIN, content_of, envelope, keep, kept, message, names


def test_what_is_kept_lies_in_the_maildir_under_the_id_that_was_told(tmp_path: Path) -> None:
    (id,) = asyncio.run(kept(tmp_path / "mail", [message()]))
    assert names(tmp_path / "mail" / "new") == [id]
    assert content_of(tmp_path / "mail" / "new" / id) == message()


def test_a_closed_store_leaves_no_log_behind(tmp_path: Path) -> None:
    asyncio.run(kept(tmp_path, [message()]))
    assert names(tmp_path / ".portside" / "log") == ["progress"]
    assert names(tmp_path / "tmp") == []


def test_many_at_once_are_all_kept_and_few_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    fdatasync = os.fdatasync
    monkeypatch.setattr(log_room.os, "fdatasync", lambda fd: (synced.append(fd), fdatasync(fd))[1])
    contents = [message(str(number)) for number in range(300)]
    ids = asyncio.run(kept(tmp_path, contents))
    assert [content_of(tmp_path / "new" / id) for id in ids] == contents
    assert len(set(ids)) == 300
    assert len(synced) < 30


def test_nobody_is_told_before_the_disk_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    fdatasync = os.fdatasync

    def sync(fd: int) -> None:
        fdatasync(fd)
        happened.append("synced")

    async def run() -> None:
        async with MaildirStore(tmp_path) as store:
            monkeypatch.setattr(log_room.os, "fdatasync", sync)
            await keep(store, message())
            assert happened == ["synced"]

    asyncio.run(run())


def test_a_large_message_is_synced_with_its_name_and_then_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []

    async def run() -> str:
        async with MaildirStore(tmp_path) as store:
            for name, module in (("fsync", incoming_room), ("fdatasync", log_room)):
                real = getattr(os, name)
                monkeypatch.setattr(
                    module.os, name, lambda fd, name=name, real=real: (happened.append(name), real(fd))[1]
                )
            id = await keep(store, large)
            assert happened == ["fsync", "fsync", "fdatasync"]
            monkeypatch.undo()
            return id

    large = message("x" * 70 + "\r\n" * 200_000)
    id = asyncio.run(run())
    assert content_of(tmp_path / "new" / id) == large
    assert names(tmp_path / "tmp") == []


def test_a_binary_message_stays_as_it_came(tmp_path: Path) -> None:
    async def run() -> str:
        async with MaildirStore(tmp_path) as store:
            return await keep(store, b"A: b\r\n\r\n\n\r\0", body=Body.BINARY)

    id = asyncio.run(run())
    assert (tmp_path / "new" / id).read_bytes().endswith(b"\r\nA: b\r\n\r\n\n\r\0")


def test_each_recipient_has_a_maildir_where_that_is_wanted(tmp_path: Path) -> None:
    async def run() -> str:
        async with MaildirStore(tmp_path, per_recipient=True) as store:
            return await keep(store, message(), "Ann@x", "../bob@x")

    id = asyncio.run(run())
    for box in ("ann@x", "%2E.%2Fbob@x"):
        assert names(tmp_path / box / "new") == [id]
        assert b"Delivered-To" not in (tmp_path / box / "new" / id).read_bytes()
    assert content_of(tmp_path / "ann@x" / "new" / id) == message()


def test_readers_are_told_of_what_they_can_read(tmp_path: Path) -> None:
    told: list[str] = []

    async def run() -> list[str]:
        async with MaildirStore(tmp_path, placed=told.extend) as store:
            return await asyncio.gather(*(keep(store, message()) for _ in range(5)))

    assert sorted(asyncio.run(run())) == sorted(told)


def test_a_message_that_is_dropped_was_never_there(tmp_path: Path) -> None:
    async def run() -> None:
        async with MaildirStore(tmp_path) as store:
            for size in (10, 1_000_000):
                incoming = store.receive()
                incoming.write(b"x" * size)
                incoming.drop()

    asyncio.run(run())
    assert (names(tmp_path / "new"), names(tmp_path / "tmp")) == ([], [])


def test_cancelling_changes_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        async with MaildirStore(tmp_path) as store:
            keep(store, message()).cancel()

    asyncio.run(run())
    assert len(names(tmp_path / "new")) == 1


def test_large_messages_on_their_way_are_kept_before_the_store_closes(tmp_path: Path) -> None:
    async def run() -> str:
        async with MaildirStore(tmp_path) as store:
            future = keep(store, message("x" * 1_000_000))
        return await future

    id = asyncio.run(run())
    assert names(tmp_path / "new") == [id]


def test_memory_is_bounded_by_what_all_hold_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_room, "MOST_HELD_BY_ALL", 1000)

    async def run() -> None:
        async with MaildirStore(tmp_path) as store:
            first, second = store.receive(), store.receive()
            first.write(b"x" * 900)
            second.write(b"y" * 900)
            assert store._held == 900
            await asyncio.gather(first.keep(envelope(), ORIGIN), second.keep(envelope(), ORIGIN))
            assert store._held == 0

    asyncio.run(run())
    assert len(names(tmp_path / "new")) == 2


# ---------------------------------------------------------------------------------------------------- trouble


def test_a_closed_store_takes_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        store = MaildirStore(tmp_path)
        with pytest.raises(StoreError, match="closed"):
            store.receive()
        async with store:
            incoming = store.receive()
        with pytest.raises(StoreError, match="closed"):
            await incoming.keep(envelope(), ORIGIN)
        await store.close()

    asyncio.run(run())


def test_the_second_server_of_a_folder_is_told(tmp_path: Path) -> None:
    async def run() -> None:
        async with MaildirStore(tmp_path):
            with pytest.raises(StoreError, match="belongs to another server"):
                await MaildirStore(tmp_path).open()

    asyncio.run(run())


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("x")
    with pytest.raises(StoreError, match="mail cannot be kept in"):
        asyncio.run(MaildirStore(tmp_path / "mail").open())


def test_a_message_to_more_folders_than_the_log_takes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_room, "MOST_ENTRY", 1000)

    async def run() -> None:
        async with MaildirStore(tmp_path, per_recipient=True) as store:
            with pytest.raises(StoreError, match="more folders"):
                await keep(store, message(), *(f"{number}@example.com" for number in range(100)))
            with pytest.raises(StoreError, match="more folders"):
                await keep(store, message("x" * 1_000_000), *(f"{number}@example.com" for number in range(100)))

    asyncio.run(run())
    assert names(tmp_path / ".portside" / "tmp") == []


class Full:
    """A disk without room for files, until it is given some."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.is_full = True
        create = Folder.create

        def maybe(folder: Folder, name: str) -> int:
            if self.is_full:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return create(folder, name)

        patch.setattr(Folder, "create", maybe)


async def until_in_trouble(store: MaildirStore) -> StoreError:
    while True:
        try:
            store.receive().drop()
        except StoreError as error:
            return error
        await asyncio.sleep(0)


def test_a_full_disk_loses_nothing_and_is_told_until_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "RETRY", 0.01)
    disk = Full(monkeypatch)

    async def run() -> list[str]:
        async with MaildirStore(tmp_path) as store:
            first = await keep(store, message("first"))
            assert isinstance(await until_in_trouble(store), StoreFull)
            disk.is_full = False
            while True:
                try:
                    return [first, await keep(store, message("second"))]
                except StoreFull:
                    await asyncio.sleep(0)

    ids = asyncio.run(run())
    assert names(tmp_path / "new") == sorted(ids)


def test_what_could_not_be_placed_is_placed_by_the_next_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        Full(patch)
        (id,) = asyncio.run(kept(tmp_path, [message()]))
        assert names(tmp_path / "new") == []
    asyncio.run(kept(tmp_path, []))
    assert names(tmp_path / "new") == [id]
    assert content_of(tmp_path / "new" / id) == message()


def test_a_large_message_without_room_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Full(monkeypatch)

    async def run() -> None:
        async with MaildirStore(tmp_path) as store:
            with pytest.raises(StoreFull):
                await keep(store, message("x" * 1_000_000))

    asyncio.run(run())
    assert names(tmp_path / "tmp") == []


def test_a_batch_that_fails_is_told_to_all_in_it_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(fd: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    async def run() -> None:
        async with MaildirStore(tmp_path) as store:
            with monkeypatch.context() as patch:
                patch.setattr(log_room.os, "fdatasync", fail)
                futures = [keep(store, message("x" * size)) for size in (10, 10, 1_000_000)]
                failed = await asyncio.gather(*futures, return_exceptions=True)
            assert [type(error) for error in failed] == [StoreError] * 3
            await keep(store, message())

    asyncio.run(run())
    assert len(names(tmp_path / "new")) == 1
    assert names(tmp_path / "tmp") == []


@pytest.mark.parametrize("gone", ["", ".portside", "new"])
def test_mail_is_kept_in_a_folder_that_was_deleted_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    monkeypatch.setattr(placing, "RETRY", 0.0)
    folder, placed = tmp_path / "mail", threading.Semaphore(0)

    async def run() -> str:
        async with MaildirStore(folder, placed=lambda ids: placed.release()) as store:
            await keep(store, message("first"))
            assert await asyncio.to_thread(placed.acquire, timeout=10)
            shutil.rmtree(folder / gone)
            return await keep(store, message("second"))

    id = asyncio.run(run())
    assert id in names(folder / "new")
    assert content_of(folder / "new" / id) == message("second")
