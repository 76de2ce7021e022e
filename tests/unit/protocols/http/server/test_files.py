"""Files in memory and coded: what is kept, how much of it, and when it is believed."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable
from pathlib import Path

import pytest

from portside.files.root import Root
from portside.protocols.http.server import files as room
from portside.protocols.http.server.files import LARGEST_KEPT, Files
from portside.protocols.http.server.representations import Representation
from portside.protocols.http.server.settings import FolderSettings
from tests.support.asks import request

TEXT = b"some text " * 100


@pytest.fixture
def files(tmp_path: Path) -> Files:
    for name, content in {
        "a.txt": TEXT,
        "b.txt": b"b",
        "large.txt": TEXT * 100,
        "edge.txt": b"x" * LARGEST_KEPT,
    }.items():
        (tmp_path / name).write_bytes(content)
        os.utime(tmp_path / name, (1e9, 1e9))
    return Files(Root(tmp_path), FolderSettings(tmp_path))


def keep(files: Files, name: str, target: str | None = None) -> room.Kept | None:
    found = files._root.open((name,))
    kept = files.keep(target or f"/{name}", (name,), found)
    if kept is None:
        found.close()
    return kept


def stop_the_clock(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays at the moment in which the files were made."""
    made = (files._root.path / "large.txt").stat().st_ctime
    monkeypatch.setattr(room.time, "time", lambda: made)


def test_a_small_file_is_kept_and_a_large_one_is_not(files: Files) -> None:
    assert keep(files, "a.txt") is not None
    assert keep(files, "edge.txt") is not None
    assert keep(files, "large.txt") is None
    assert set(files.kept) == {"/a.txt", "/edge.txt"}


def test_a_file_that_has_just_changed_is_not_believed(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(files, monkeypatch)
    kept = keep(files, "a.txt")
    assert kept is not None
    assert not kept.settled


def test_a_file_that_has_long_stood_still_is_read_once(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    later = time.time() + 100
    monkeypatch.setattr(room.time, "time", lambda: later)
    kept = keep(files, "a.txt")
    assert kept is not None
    assert kept.settled
    monkeypatch.setattr(os, "fdopen", None)  # it is not read again
    assert keep(files, "a.txt") is kept


def test_a_file_that_is_written_to_while_it_is_read_is_not_believed(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = time.time() + 100
    monkeypatch.setattr(room.time, "time", lambda: later)
    found = files._root.open(("b.txt",))
    (files._root.path / "b.txt").write_bytes(b"longer")
    kept = files.keep("/b.txt", ("b.txt",), found)
    assert kept is not None
    assert kept.content == b"longer"
    assert not kept.settled
    again = keep(files, "b.txt")
    assert again is not None
    assert again is not kept
    assert again.settled


def test_answers_last_as_long_as_the_file(files: Files) -> None:
    kept = keep(files, "a.txt")
    assert kept is not None
    assert kept.choose(None) is kept.choose(b"") is kept.choose(b"identity")
    assert kept.choose(b"gzip") is kept.choose(b"gzip, foo")
    assert kept.choose(b"gzip") is not kept.choose(b"br")
    assert kept.choose(b"gzip").lasting


def test_what_is_kept_is_bounded_in_bytes_and_number(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "KEPT_IN_ALL", 10 * len(TEXT))
    monkeypatch.setattr(room, "KEPT_FILES", 5)
    for number in range(50):
        keep(files, "a.txt", f"/{'/' * number}a.txt")
        assert len(files.kept) <= 5
        assert files._kept_bytes <= 10 * len(TEXT)
    monkeypatch.setattr(room, "KEPT_FILES", 500)
    for number in range(50):
        keep(files, "a.txt", f"/{'/' * number}a.txt")
        assert len(files.kept) <= 10


def choose(files: Files, name: str, **fields: str) -> Representation:
    async def wait() -> Representation:
        chosen = files.choose(request(f"/{name}", **fields), (name,), files._root.open((name,)))
        return await chosen if isinstance(chosen, Awaitable) else chosen

    return asyncio.run(wait())


def test_a_large_file_is_coded_once_when_it_stands_still(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    coded: list[str] = []
    encode = room.encode
    monkeypatch.setattr(room, "encode", lambda coding, data: (coded.append(coding), encode(coding, data))[1])
    stop_the_clock(files, monkeypatch)
    choose(files, "large.txt", accept_encoding="gzip")
    choose(files, "large.txt", accept_encoding="gzip")
    assert coded == ["gzip"] * 2  # it has just changed
    later = time.time() + 100
    monkeypatch.setattr(room.time, "time", lambda: later)
    first = choose(files, "large.txt", accept_encoding="gzip")
    second = choose(files, "large.txt", accept_encoding="gzip")
    assert coded == ["gzip"] * 3
    assert first.content == second.content == encode("gzip", TEXT * 100)
    assert first.etag == second.etag


def test_what_is_coded_is_bounded(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "CODED_IN_ALL", 100)
    for number in range(50):
        files._keep_coded(((number, 0, 0, 0, 0), "br"), b"x" * 30)
        assert sum(map(len, files._coded.values())) <= 100


def test_a_representation_that_is_coded_has_closed_its_file(files: Files) -> None:
    representation = choose(files, "large.txt", accept_encoding="br")
    assert representation.file is None
    plain = choose(files, "large.txt")
    assert plain.file is not None
    plain.close()
    assert plain.file.closed
