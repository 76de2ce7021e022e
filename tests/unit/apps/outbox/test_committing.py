"""The one thread that changes the database."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from portside.apps.outbox import committing
from portside.apps.outbox.committing import Committer
from portside.apps.outbox.database import open_database
from portside.errors import LocalError
from portside.mail.storing import StoreError, StoreFull


def insert(name: str) -> Callable[[sqlite3.Connection], str]:
    def change(database: sqlite3.Connection) -> str:
        database.execute("INSERT INTO destinations VALUES (?, 1, 0, '')", (name,))
        return name

    return change


def names(database: sqlite3.Connection) -> list[str]:
    return [name for (name,) in database.execute("SELECT name FROM destinations ORDER BY name")]


def play(folder: Path, story: Callable[[Committer], Coroutine[Any, Any, None]]) -> list[str]:
    """Run a story; what is in the file afterwards."""

    async def main() -> None:
        committer = Committer(open_database(folder), open_database(folder))
        try:
            await story(committer)
        finally:
            await committer.close()

    asyncio.run(main())
    database = open_database(folder)
    found = names(database)
    database.close()
    return found


def test_a_change_returns_what_it_has_found_and_stands(tmp_path: Path) -> None:
    async def story(committer: Committer) -> None:
        assert await committer.change(insert("a")) == "a"
        assert await committer.ask(names) == ["a"]

    assert play(tmp_path, story) == ["a"]


def test_those_who_wait_together_share_one_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[list[bool]] = []
    write, hold, begun = committing._write, threading.Event(), threading.Event()

    def counted(database: sqlite3.Connection, group: list[committing._Waiting]) -> None:
        begun.set()
        hold.wait()
        groups.append([each.promised for each in group])
        write(database, group)

    async def story(committer: Committer) -> None:
        first = committer.change(insert("first"), promised=False)
        await asyncio.to_thread(begun.wait)
        others = [committer.change(insert(str(number)), promised=number == 3) for number in range(5)]
        hold.set()
        await asyncio.gather(first, *others)

    monkeypatch.setattr(committing, "_write", counted)
    assert play(tmp_path, story) == ["0", "1", "2", "3", "4", "first"]
    assert groups == [[False], [False, False, False, True, False]]


def test_one_group_is_not_longer_than_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    write = committing._write

    def counted(database: sqlite3.Connection, group: list[committing._Waiting]) -> None:
        sizes.append(len(group))
        write(database, group)

    async def story(committer: Committer) -> None:
        await asyncio.gather(*(committer.change(insert(str(number))) for number in range(8)))

    monkeypatch.setattr(committing, "_write", counted)
    monkeypatch.setattr(committing, "GROUP", 3)
    assert len(play(tmp_path, story)) == 8
    assert sum(sizes) == 8 and max(sizes) == 3


def test_a_change_that_fails_takes_no_other_with_it(tmp_path: Path) -> None:
    def fails(database: sqlite3.Connection) -> None:
        insert("half")(database)
        raise LocalError("no")

    async def story(committer: Committer) -> None:
        await committer.change(insert("busy"))
        results = await asyncio.gather(
            committer.change(insert("a")),
            committer.change(fails),
            committer.change(insert("a")),
            committer.change(insert("b")),
            return_exceptions=True,
        )
        assert results[0] == "a" and results[3] == "b"
        assert isinstance(results[1], LocalError)
        assert isinstance(results[2], StoreError)

    assert play(tmp_path, story) == ["a", "b", "busy"]


def test_a_full_disk_is_told_to_everybody_of_the_group(tmp_path: Path) -> None:
    def fills(database: sqlite3.Connection) -> None:
        database.execute("INSERT INTO contents VALUES ('x', zeroblob(10000000))")

    async def story(committer: Committer) -> None:
        await committer.change(lambda database: database.execute("PRAGMA max_page_count = 40").fetchone())
        await committer.change(insert("before"))
        with pytest.raises(StoreFull):
            await committer.change(fills)
        await committer.change(insert("behind"))

    assert play(tmp_path, story) == ["before", "behind"]


def test_a_bug_reaches_whoever_asked(tmp_path: Path) -> None:
    def bug(database: sqlite3.Connection) -> None:
        raise ZeroDivisionError

    async def story(committer: Committer) -> None:
        with pytest.raises(ZeroDivisionError):
            await committer.change(bug)
        await committer.change(insert("behind"))
        with pytest.raises(StoreError):
            await committer.ask(lambda database: database.execute("nonsense"))

    assert play(tmp_path, story) == ["behind"]


def test_who_does_not_wait_any_more_changes_nothing(tmp_path: Path) -> None:
    async def story(committer: Committer) -> None:
        committer.change(insert("a")).cancel()
        await committer.change(insert("b"))

    assert play(tmp_path, story) == ["a", "b"]


def test_closing_waits_for_what_was_asked(tmp_path: Path) -> None:
    async def story(committer: Committer) -> None:
        for number in range(600):
            committer.change(insert(f"{number:03}"))

    assert len(play(tmp_path, story)) == 600


def test_a_question_does_not_wait_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, hold = committing._write, threading.Event()

    def slow(database: sqlite3.Connection, group: list[committing._Waiting]) -> None:
        hold.wait()
        write(database, group)

    async def story(committer: Committer) -> None:
        done = committer.change(insert("a"))
        assert await committer.ask(names) == []
        hold.set()
        await done
        assert await committer.ask(names) == ["a"]

    monkeypatch.setattr(committing, "_write", slow)
    play(tmp_path, story)
