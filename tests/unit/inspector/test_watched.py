"""What a window watches: a record that goes on in further files, one at a time."""

from __future__ import annotations

import asyncio
import gc
import os
import weakref
from pathlib import Path

import pytest

from portside.capture.keylog import ended
from portside.errors import UsageError
from portside.inspector import watched as room
from portside.inspector.watched import Watched
from portside.interfaces import Role
from tests.support.captures import Talk, TlsTalk, write

SECOND = 1_000_000_000
BEGAN = 1_700_000_000 * SECOND


def part(path: Path, name: str, age: int = 0) -> Path:
    """A capture of one exchange, GET ``name``; it was written ``age`` seconds after the first file of the run."""
    ask = f"GET /{name} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
    write(path, Talk().exchange(ask, b"HTTP/1.1 204 No Content\r\n\r\n").blocks)
    return aged(path, age)


def aged(path: Path, age: int) -> Path:
    os.utime(path, ns=(BEGAN + age * SECOND,) * 2)
    return path


def asked(watched: Watched) -> list[str]:
    """What the current story tells, read as far as there is anything."""
    while watched.read(1000):
        pass
    return [message.title for message in watched.story.messages if message.title.startswith("GET")]


def test_a_divided_record_is_followed_file_by_file(tmp_path: Path) -> None:
    watched = Watched([part(tmp_path / "t.pcapng", "0")], follow=True)
    assert (asked(watched), watched.generation) == (["GET /0"], 0)
    first = watched.story
    part(tmp_path / "t.1.pcapng", "1", 1)
    assert (asked(watched), watched.generation) == (["GET /1"], 1)
    assert not first.live and watched.live
    part(tmp_path / "t.2.pcapng", "2", 2)
    part(tmp_path / "t.3.pcapng", "3", 3)
    assert (asked(watched), watched.generation) == (["GET /3"], 3)
    assert asked(watched) == ["GET /3"]
    watched.finish()
    assert not watched.live
    watched.close()


def test_the_end_of_a_file_is_read_before_the_next_one_begins(tmp_path: Path) -> None:
    path = part(tmp_path / "t.pcapng", "0")
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    watched = Watched([aged(path, 0)], follow=True)
    asked(watched)
    first = watched.story
    before = len(first.messages)
    path.write_bytes(whole)
    aged(path, 1)
    part(tmp_path / "t.1.pcapng", "1", 1)
    assert asked(watched) == ["GET /1"]
    assert len(first.messages) > before and first.remarks == []
    watched.close()


@pytest.mark.parametrize("gone", [False, True])
def test_files_of_an_earlier_run_are_not_followed(tmp_path: Path, gone: bool) -> None:
    path = part(tmp_path / "t.pcapng", "0")
    for number in (1, 2, 7):
        part(tmp_path / f"t.{number}.pcapng", "old", -3600)
    watched = Watched([path], follow=True)
    assert (asked(watched), watched.generation) == (["GET /0"], 0)
    if gone:
        path.unlink()
        assert asked(watched) == ["GET /0"]
    part(tmp_path / "t.2.pcapng", "2", 2)
    part(tmp_path / "t.1.pcapng", "1", 1)
    assert (asked(watched), watched.generation) == (["GET /2"], 2)
    watched.close()


def test_whoever_lags_behind_goes_on_with_the_oldest_file_that_is_left(tmp_path: Path) -> None:
    path = part(tmp_path / "t.pcapng", "0")
    watched = Watched([path], follow=True)
    asked(watched)
    path.unlink()
    for name in ("t.10.pcapng", "t.9.pcapng", "t.x.pcapng", "t.11.pcapng.bak", "t2.4.pcapng"):
        part(tmp_path / name, name, 9)
    found = []
    while watched.read(1 << 20):
        found.append(watched.generation)
    assert sorted(set(found)) == [9, 10]
    assert asked(watched) == ["GET /t.10.pcapng"]
    watched.close()


def test_where_the_folder_is_gone_nothing_follows(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    path = part(folder / "t.pcapng", "0")
    watched = Watched([path], follow=True)
    asked(watched)
    path.unlink()
    folder.rmdir()
    assert asked(watched) == ["GET /0"]
    watched.close()


def test_a_next_file_that_is_none_yet_is_waited_for(tmp_path: Path) -> None:
    watched = Watched([part(tmp_path / "t.pcapng", "0")], follow=True)
    following = tmp_path / "t.1.pcapng"
    following.write_bytes(b"no capture at all")
    assert (asked(watched), watched.generation) == (["GET /0"], 0)
    part(following, "1", 1)
    assert (asked(watched), watched.generation) == (["GET /1"], 1)
    watched.close()


def test_a_name_means_what_it_says(tmp_path: Path) -> None:
    path = part(tmp_path / "a+(b)[1].x.pcapng", "0")
    watched = Watched([path], follow=True)
    asked(watched)
    path.unlink()
    part(tmp_path / "aab1.x.5.pcapng", "other", 5)
    part(tmp_path / "a+(b)[1].x.5.pcapng", "5", 5)
    assert (asked(watched), watched.generation) == (["GET /5"], 5)
    watched.close()


@pytest.mark.parametrize(("follow", "count"), [(False, 1), (True, 2)])
def test_only_one_file_that_is_followed_goes_on(tmp_path: Path, follow: bool, count: int) -> None:
    paths = [part(tmp_path / f"{name}.pcapng", name) for name in "ab"[:count]]
    part(tmp_path / "a.1.pcapng", "1", 1)
    watched = Watched(paths, follow=follow)
    assert len(asked(watched)) == count and watched.generation == 0
    watched.close()


def test_what_is_no_capture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        Watched([tmp_path / "none"], follow=True)


def secret_talk(folder: Path, path: Path, name: str, age: int) -> bytes:
    """A capture of TLS at ``path``; its keys."""
    folder.mkdir()
    talk = TlsTalk(folder)
    talk.says(Role.CLIENT, f"GET /{name} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    write(path, talk.over_tcp().blocks)
    aged(path, age)
    return talk.keys


def test_keys_open_what_is_in_later_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_KEYS", 40)
    given = secret_talk(tmp_path / "a", tmp_path / "t.pcapng", "0", 0)
    told = [secret_talk(tmp_path / "b", tmp_path / "later", "1", 1)]
    told += [b"# a comment\n" * 30]
    watched = Watched([tmp_path / "t.pcapng"], keys=given, follow=True, more_keys=lambda: told.pop(0) if told else b"")
    while told:
        assert asked(watched) == ["GET /0"]
    (tmp_path / "later").rename(tmp_path / "t.1.pcapng")
    assert asked(watched) == ["GET /1"], "its keys were told while the first file was read"
    told += [b"# a comment\n" * 50]
    (tmp_path / "t.pcapng").rename(tmp_path / "t.2.pcapng")
    aged(tmp_path / "t.2.pcapng", 2)
    assert asked(watched) == ["GET /0"], "keys that were given stay, however many come"
    watched.close()


def test_who_waits_for_changes_hears_of_a_new_file(tmp_path: Path) -> None:
    async def main() -> None:
        watched = Watched([part(tmp_path / "t.pcapng", "0")], follow=True)
        asked(watched)
        waiting = asyncio.ensure_future(watched.story.changed(watched.story.version))
        await asyncio.sleep(0)
        part(tmp_path / "t.1.pcapng", "1", 1)
        asked(watched)
        async with asyncio.timeout(30):
            await waiting
        watched.close()

    asyncio.run(main())


def test_a_record_that_has_ended_early_is_told_and_still_read(tmp_path: Path) -> None:
    told = [b"CLIENT_RANDOM half", b"a line" + ended("the disk is full")[:12], ended("the disk is full")[12:]]
    path = part(tmp_path / "t.pcapng", "0")
    watched = Watched([path], follow=True, more_keys=lambda: told.pop(0) if told else b"")
    assert watched.growing and watched.remarks == []
    version = watched.story.version
    assert asked(watched) == ["GET /0"]
    watched.read(1000)
    watched.read(1000)
    assert not watched.growing and watched.live, "whoever reads is not done before its pipe is"
    assert watched.story.version > version, "a page is told"
    assert watched.remarks == ["the record ended here: the disk is full; what goes on is not shown"]
    watched.close()


def test_what_a_later_part_does_not_show_is_said(tmp_path: Path) -> None:
    path = part(tmp_path / "t.pcapng", "0")
    watched = Watched([path], follow=True)
    asked(watched)
    part(tmp_path / "t.1.pcapng", "1", 1)
    asked(watched)
    before = [
        "what was said before part 2 is not shown", "connections of TLS that began before part 2 stay closed",
    ]  # fmt: skip
    assert watched.remarks == before
    for older in (path, tmp_path / "t.1.pcapng"):
        older.unlink()
    part(tmp_path / "t.3.pcapng", "3", 3)
    asked(watched)
    (tmp_path / "t.3.pcapng").unlink()
    assert watched.remarks[0] == "what was said before part 4 is not shown"
    assert watched.remarks[2:] == ["1 part was skipped: the page could not keep up"]
    part(tmp_path / "t.6.pcapng", "6", 6)
    asked(watched)
    assert watched.remarks[2:] == ["3 parts were skipped: the page could not keep up"]
    watched.close()


def test_an_earlier_story_is_cleared_away_once_nothing_is_to_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left to itself Python would look for it only after some more millions of objects."""
    collections: list[int] = []
    really = gc.collect
    monkeypatch.setattr(room.gc, "collect", lambda: collections.append(really()))
    watched = Watched([part(tmp_path / "t.pcapng", "0")], follow=True)
    asked(watched)
    gone = weakref.ref(watched.story)
    part(tmp_path / "t.1.pcapng", "1", 1)
    gc.disable()
    try:
        asked(watched)
        for _ in range(room.QUIET + 3):
            assert not watched.read(1000)
    finally:
        gc.enable()
    assert gone() is None and len(collections) == 1
    watched.close()


def test_an_earlier_story_is_cleared_away_at_the_next_one_at_the_latest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collections: list[int] = []
    really = gc.collect
    monkeypatch.setattr(room.gc, "collect", lambda: collections.append(really()))
    watched = Watched([part(tmp_path / "t.pcapng", "0")], follow=True)
    for number in (1, 2, 3):
        part(tmp_path / f"t.{number}.pcapng", str(number), number)
    while watched.generation < 3:
        assert watched.read(1 << 20)
    assert len(collections) == 2
    watched.close()
