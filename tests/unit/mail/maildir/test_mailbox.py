"""The mailbox: pages, search, one message, changes, and news for whoever watches."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from portside.mail.maildir import mailbox as mailbox_room
from portside.mail.maildir.index import Index
from portside.mail.maildir.mailbox import Mailbox, NoSuchMessage
from portside.mail.maildir.store import MaildirStore
from portside.mail.maildir.summary import Change, Happening
from portside.mail.storing import StoreError
from tests.support.mail_stores import keep, message, names

PATIENCE = 10.0


class News:
    """What a watcher hears."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.changes: list[Change] = []
        self._changed = asyncio.Event()
        self.stop = mailbox.watch(self._hear)

    def _hear(self, change: Change) -> None:
        self.changes.append(change)
        self._changed.set()

    def ids(self, what: Happening) -> list[str]:
        return [id for change in self.changes if change.what is what for id in change.ids]

    async def until(self, what: Happening, count: int) -> list[str]:
        async with asyncio.timeout(PATIENCE):
            while len(self.ids(what)) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.ids(what)


def run(folder: Path, test: Callable[[Mailbox, MaildirStore, News], Awaitable[None]]) -> None:
    """A test of an open mailbox with a store beside it."""

    async def body() -> None:
        mailbox = Mailbox(folder)
        async with MaildirStore(folder, placed=mailbox.arrived) as store, mailbox:
            await test(mailbox, store, News(mailbox))

    asyncio.run(body())


def test_what_is_kept_is_listed_and_told(tmp_path: Path) -> None:
    async def test(mailbox: Mailbox, store: MaildirStore, news: News) -> None:
        first = await keep(store, message(subject="first"))
        await news.until(Happening.ARRIVED, 1)
        second = await keep(store, message(subject="second"))
        assert await news.until(Happening.ARRIVED, 2) == [first, second]
        assert [summary.id for summary in await mailbox.summaries()] == [second, first]
        assert [summary.id for summary in await mailbox.summaries(before=second)] == [first]
        assert [summary.id for summary in await mailbox.summaries("subject:first")] == [first]
        assert (await mailbox.count(), await mailbox.count("first")) == (2, 1)

    run(tmp_path, test)


def test_a_message_is_read_from_its_file(tmp_path: Path) -> None:
    async def test(mailbox: Mailbox, store: MaildirStore, news: News) -> None:
        id = await keep(store, message())
        await news.until(Happening.ARRIVED, 1)
        assert (await mailbox.summary(id)).local_port == 2525
        assert await mailbox.path(id) == tmp_path / "new" / id
        assert (await mailbox.raw(id)).endswith(b"\n\nHello\n")
        (tmp_path / "new" / id).rename(tmp_path / "cur" / f"{id}:2,S")
        assert (await mailbox.raw(id)).endswith(b"\n\nHello\n")

    run(tmp_path, test)


def test_a_message_that_is_gone_is_told(tmp_path: Path) -> None:
    async def test(mailbox: Mailbox, store: MaildirStore, news: News) -> None:
        id = await keep(store, message())
        await news.until(Happening.ARRIVED, 1)
        (tmp_path / "new" / id).unlink()
        for asked in (mailbox.raw(id), mailbox.path("unknown"), mailbox.summary("unknown")):
            with pytest.raises(NoSuchMessage, match="there is no message"):
                await asked

    run(tmp_path, test)


def test_messages_are_marked_and_deleted(tmp_path: Path) -> None:
    async def test(mailbox: Mailbox, store: MaildirStore, news: News) -> None:
        ids = await asyncio.gather(*(keep(store, message(str(number))) for number in range(3)))
        await news.until(Happening.ARRIVED, 3)
        assert await mailbox.mark_seen(ids[:2]) == 2
        assert await mailbox.mark_seen(ids[:1], False) == 1
        assert await mailbox.count("is:unread") == 2
        assert news.ids(Happening.CHANGED) == [ids[0], ids[1], ids[0]]
        assert await mailbox.delete([ids[1], "unknown"]) == 1
        assert news.ids(Happening.DELETED) == [ids[1]]
        assert await mailbox.delete_all("is:unread") == 2
        assert (names(tmp_path / "new"), names(tmp_path / "cur")) == ([], [])
        assert await mailbox.count() == 0

    run(tmp_path, test)


def test_much_is_changed_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox_room, "SOME", 2)

    async def test(mailbox: Mailbox, store: MaildirStore, news: News) -> None:
        await asyncio.gather(*(keep(store, message()) for _ in range(5)))
        await news.until(Happening.ARRIVED, 5)
        assert await mailbox.delete_all() == 5
        deleted = [len(change.ids) for change in news.changes if change.what is Happening.DELETED]
        assert deleted == [2, 2, 1]

    run(tmp_path, test)


def test_what_other_programs_do_is_told(tmp_path: Path) -> None:
    async def test(mailbox: Mailbox, store: MaildirStore, news: News) -> None:
        (tmp_path / "new" / "foreign").write_bytes(b"Subject: x\n\n")
        mailbox.notice()
        assert await news.until(Happening.ARRIVED, 1) == ["foreign"]
        (tmp_path / "new" / "foreign").unlink()
        mailbox.notice()
        assert await news.until(Happening.DELETED, 1) == ["foreign"]

    run(tmp_path, test)


def test_who_does_not_want_to_watch_any_more_hears_nothing(tmp_path: Path) -> None:
    async def test(mailbox: Mailbox, store: MaildirStore, news: News) -> None:
        deaf = News(mailbox)
        deaf.stop()
        deaf.stop()
        await keep(store, message())
        await news.until(Happening.ARRIVED, 1)
        assert deaf.changes == []

    run(tmp_path, test)


def test_an_index_made_anew_holds_the_same_and_is_no_news(tmp_path: Path) -> None:
    async def test(mailbox: Mailbox, store: MaildirStore, news: News) -> None:
        ids = await asyncio.gather(*(keep(store, message(str(number))) for number in range(50)))
        await news.until(Happening.ARRIVED, 50)
        before = await mailbox.summaries(limit=100)
        assert await mailbox.rebuild() == 50
        assert await mailbox.summaries(limit=100) == before
        assert sorted(news.ids(Happening.ARRIVED)) == sorted(ids)

    run(tmp_path, test)


def test_an_index_is_made_anew_by_one_alone_whoever_follows_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox_room, "EACH_LOOK", 0.0)
    monkeypatch.setattr(mailbox_room, "REST", 0)

    async def test(mailbox: Mailbox, store: MaildirStore, news: News) -> None:
        ids = await asyncio.gather(*(keep(store, message(str(number))) for number in range(50)))
        await news.until(Happening.ARRIVED, 50)
        for _ in range(20):
            assert await mailbox.rebuild() == 50
        assert sorted(news.ids(Happening.ARRIVED)) == sorted(ids)

    run(tmp_path, test)


def test_a_mailbox_finds_what_lay_there_before_it_was_opened(tmp_path: Path) -> None:
    for name in ("new", "cur"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1.a.h").write_bytes(b"Subject: x\n\n")

    async def body() -> None:
        mailbox = Mailbox(tmp_path)
        news = News(mailbox)
        async with mailbox:
            assert await news.until(Happening.ARRIVED, 1) == ["1.a.h"]

    asyncio.run(body())


def test_a_closed_mailbox_says_so(tmp_path: Path) -> None:
    async def body() -> None:
        mailbox = Mailbox(tmp_path)
        mailbox.notice()
        mailbox.arrived(["x"])
        with pytest.raises(StoreError, match="is closed"):
            await mailbox.count()
        await mailbox.close()

    asyncio.run(body())


def test_an_index_that_fails_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Index, query: object) -> int:
        raise sqlite3.OperationalError("disk I/O error")

    async def test(mailbox: Mailbox, store: MaildirStore, news: News) -> None:
        monkeypatch.setattr(Index, "count", fail)
        with pytest.raises(StoreError, match=r"the index of mail in .* cannot be used: disk I/O error"):
            await mailbox.count()

    run(tmp_path, test)
