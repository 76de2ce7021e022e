"""The index follows the Maildir, whoever changes it, and says what happened."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from portside.mail.maildir import following
from portside.mail.maildir.following import Follower
from portside.mail.maildir.index import Index
from portside.mail.maildir.queries import parse_query
from portside.mail.maildir.scanning import Look
from portside.mail.maildir.summary import Change, Happening
from tests.support.mail_stores import names

NOW = 1_764_213_763.0
CONTENT = b"Subject: Hello\n\nhello\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    return tmp_path / "mail"


@pytest.fixture
def follower(folder: Path) -> Iterator[Follower]:
    follower = Follower(folder, "boot")
    yield follower
    follower.close()


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes(CONTENT)


def step(follower: Follower) -> list[tuple[Happening, tuple[str, ...]]]:
    changes = follower.step(0.0, at_once=True)
    while follower.is_behind:
        changes += follower.step(0.0)
    return [(change.what, change.ids) for change in changes]


def listed(follower: Follower) -> list[str]:
    index = Index(follower.path)
    try:
        return index.ids(parse_query("", NOW))
    finally:
        index.close()


def test_what_lies_there_is_found_by_its_time(folder: Path, follower: Follower) -> None:
    put(folder, "new/2.a.h", "cur/1.a.h:2,S", "new/3.a.h")
    assert step(follower) == [(Happening.ARRIVED, ("1.a.h", "2.a.h", "3.a.h"))]
    assert listed(follower) == ["3.a.h", "2.a.h", "1.a.h"]
    assert step(follower) == []


def test_a_name_that_tells_no_time_counts_from_its_files(folder: Path, follower: Follower) -> None:
    put(folder, "new/foreign", "new/1.a.h", "new/9.a.h")
    os.utime(folder / "new" / "foreign", (5.0, 5.0))
    assert step(follower) == [(Happening.ARRIVED, ("1.a.h", "foreign", "9.a.h"))]


def test_what_the_store_tells_of_needs_no_look(folder: Path, follower: Follower) -> None:
    step(follower)
    put(folder, "new/1.a.h")
    follower.tell(["1.a.h"])
    assert follower.is_behind
    assert follower.step(0.0) == [Change(Happening.ARRIVED, ("1.a.h",))]
    assert not follower.is_behind


def test_what_is_not_where_the_store_told_is_looked_for_at_once(tmp_path: Path) -> None:
    (tmp_path / "ann@x" / "new").mkdir(parents=True)
    follower = Follower(tmp_path, "boot")
    step(follower)
    put(tmp_path, "ann@x/new/1.a.h")
    follower.tell(["1.a.h"])
    assert step(follower) == [(Happening.ARRIVED, ("1.a.h:ann@x",))]
    follower.close()


def test_what_others_do_is_noticed(folder: Path, follower: Follower) -> None:
    put(folder, "new/1.a.h", "new/2.a.h", "new/3.a.h")
    step(follower)
    (folder / "new" / "1.a.h").rename(folder / "cur" / "1.a.h:2,S")
    (folder / "new" / "2.a.h").rename(folder / "cur" / "2.a.h:2,")
    (folder / "new" / "3.a.h").unlink()
    assert step(follower) == [(Happening.CHANGED, ("1.a.h",)), (Happening.DELETED, ("3.a.h",))]
    assert listed(follower) == ["2.a.h", "1.a.h"]


def test_a_message_that_one_look_missed_is_not_gone(
    folder: Path, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, "new/1.a.h")
    step(follower)
    (folder / "new" / "1.a.h").rename(folder / "cur" / "1.a.h:2,S")
    looks = [Look({}, (1,)), Look({"1.a.h": "cur/1.a.h:2,S"}, (2,))]
    monkeypatch.setattr(following, "look", lambda folder: looks.pop(0))
    assert follower.step(0.0, at_once=True) == [Change(Happening.CHANGED, ("1.a.h",))]


def test_a_folder_is_looked_at_no_more_often_than_its_size_allows(
    folder: Path, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Path] = []
    clock = iter([100.0, 103.0, 200.0, 200.0])
    monkeypatch.setattr(following, "look", lambda folder: (looks.append(folder), Look({}, None))[1])
    monkeypatch.setattr(following.time, "monotonic", lambda: next(clock))
    for now in (100.0, 104.0, 162.0, 163.5):
        follower.step(now)
    assert len(looks) == 2


def test_much_is_indexed_in_slices(folder: Path, follower: Follower) -> None:
    put(folder, *(f"new/{number:03}.a.h" for number in range(following.SLICE + 1)))
    (first,) = follower.step(0.0, at_once=True)
    assert (len(first.ids), follower.is_behind) == (following.SLICE, True)
    (second,) = follower.step(0.0)
    assert (len(second.ids), follower.is_behind) == (1, False)


def test_messages_are_marked_and_unmarked(folder: Path, follower: Follower) -> None:
    put(folder, "new/1.a.h", "cur/2.a.h:2,RS")
    step(follower)
    seen = (Change(Happening.CHANGED, ("1.a.h",)),)
    assert follower.mark_seen(["1.a.h", "2.a.h", "unknown"], True) == (1, list(seen))
    assert names(folder / "cur") == ["1.a.h:2,S", "2.a.h:2,RS"]
    assert follower.mark_seen(["2.a.h"], False)[0] == 1
    assert names(folder / "cur") == ["1.a.h:2,S", "2.a.h:2,R"]
    assert step(follower) == []


def test_a_message_that_was_moved_meanwhile_is_marked_where_it_is(folder: Path, follower: Follower) -> None:
    put(folder, "new/1.a.h", "new/2.a.h")
    step(follower)
    (folder / "new" / "1.a.h").rename(folder / "cur" / "1.a.h:2,F")
    (folder / "new" / "2.a.h").unlink()
    assert follower.mark_seen(["1.a.h", "2.a.h"], True)[0] == 1
    assert names(folder / "cur") == ["1.a.h:2,FS"]


def test_messages_are_deleted_wherever_they_are(folder: Path, follower: Follower) -> None:
    put(folder, "new/1.a.h", "new/2.a.h", "new/3.a.h", "new/4.a.h")
    step(follower)
    (folder / "new" / "1.a.h").rename(folder / "cur" / "1.a.h:2,S")
    (folder / "new" / "2.a.h").unlink()
    put(folder, "new/5.a.h")
    follower.tell(["5.a.h"])
    count, changes = follower.delete(["1.a.h", "2.a.h", "3.a.h", "5.a.h", "3.a.h", "unknown"])
    assert (count, changes) == (3, [Change(Happening.DELETED, ("1.a.h", "3.a.h", "5.a.h"))])
    assert (names(folder / "new"), names(folder / "cur")) == (["4.a.h"], [])
    assert step(follower) == [(Happening.DELETED, ("2.a.h",))]


def test_each_recipient_s_maildir_is_followed(tmp_path: Path) -> None:
    for box in ("ann@x", "bob@x"):
        for name in ("new", "cur", "tmp"):
            (tmp_path / box / name).mkdir(parents=True)
        put(tmp_path, f"{box}/new/1.a.h")
    follower = Follower(tmp_path, "boot")
    assert step(follower) == [(Happening.ARRIVED, ("1.a.h:ann@x", "1.a.h:bob@x"))]
    assert follower.mark_seen(["1.a.h:ann@x"], True)[0] == 1
    assert names(tmp_path / "ann@x" / "cur") == ["1.a.h:2,S"]
    assert follower.delete(["1.a.h:bob@x"])[0] == 1
    assert names(tmp_path / "bob@x" / "new") == []
    follower.close()


def test_a_second_start_knows_what_the_first_has_indexed(folder: Path) -> None:
    put(folder, "new/1.a.h")
    follower = Follower(folder, "boot")
    step(follower)
    follower.close()
    put(folder, "new/2.a.h")
    follower = Follower(folder, "another boot")
    assert step(follower) == [(Happening.ARRIVED, ("2.a.h",))]
    follower.close()


@pytest.mark.parametrize("content", [b"", b"no database at all" * 1000])
def test_a_broken_index_is_made_anew(folder: Path, content: bytes) -> None:
    put(folder, "new/1.a.h")
    Follower(folder, "boot").close()
    (folder / ".portside" / "index.sqlite").write_bytes(content)
    follower = Follower(folder, "boot")
    assert step(follower) == [(Happening.ARRIVED, ("1.a.h",))]
    follower.close()


def test_an_index_in_use_when_the_machine_stopped_is_made_anew(folder: Path) -> None:
    put(folder, "new/1.a.h")
    follower = Follower(folder, "boot")
    step(follower)
    follower._index.close()  # as a power cut does
    os.close(follower._lock or -1)
    follower = Follower(folder, "another boot")
    assert step(follower) == [(Happening.ARRIVED, ("1.a.h",))]
    follower.close()


def test_an_index_is_read_by_its_owner_alone(folder: Path, follower: Follower) -> None:
    put(folder, "new/1.a.h")
    step(follower)
    files = [path for path in (folder / ".portside").iterdir() if path.name.startswith("index.sqlite")]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_a_second_mailbox_has_an_index_of_its_own_that_goes_with_it(folder: Path, follower: Follower) -> None:
    put(folder, "new/1.a.h")
    second = Follower(folder, "boot")
    assert second.path != follower.path
    assert step(second) == step(follower) == [(Happening.ARRIVED, ("1.a.h",))]
    second.close()
    assert not second.path.parent.exists()


def test_a_folder_that_is_deleted_and_made_again_is_followed(folder: Path, follower: Follower) -> None:
    put(folder, "new/1.a.h")
    step(follower)
    shutil.rmtree(folder)
    assert step(follower) == [(Happening.DELETED, ("1.a.h",))]
    (folder / "new").mkdir(parents=True)
    put(folder, "new/2.a.h")
    assert step(follower) == [(Happening.ARRIVED, ("2.a.h",))]
    assert follower.delete(["2.a.h"])[0] == 1


def test_where_no_index_can_be_written_there_is_one_elsewhere(folder: Path) -> None:
    (folder / ".portside").write_text("in the way")
    put(folder, "new/1.a.h")
    follower = Follower(folder, "boot")
    assert step(follower) == [(Happening.ARRIVED, ("1.a.h",))]
    follower.close()
    assert not follower.path.parent.exists()
