"""What lies in a Maildir, of one recipient or of several, and how a change shows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portside.mail.maildir import scanning


def maildir(path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (path / name).mkdir(parents=True)
    return path


def age(folder: Path) -> None:
    """As if all had been written long ago."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            os.utime(path, (1.0, 1.0))


def test_messages_are_found_in_both_folders(tmp_path: Path) -> None:
    maildir(tmp_path)
    (tmp_path / "new" / "1.h").touch()
    (tmp_path / "cur" / "2.h:2,S").touch()
    (tmp_path / "tmp" / "3.h").touch()
    (tmp_path / "new" / ".hidden").touch()
    assert scanning.look(tmp_path).files == {"1.h": "new/1.h", "2.h": "cur/2.h:2,S"}


def test_messages_are_found_in_the_maildir_of_each_recipient(tmp_path: Path) -> None:
    maildir(tmp_path / "ann@x")
    maildir(tmp_path / "bob@x")
    maildir(tmp_path / ".portside")
    (tmp_path / "ann@x" / "new" / "1.h").touch()
    (tmp_path / "bob@x" / "cur" / "1.h:2,").touch()
    assert scanning.boxes(tmp_path) == ["ann@x", "bob@x"]
    assert scanning.look(tmp_path).files == {"1.h:ann@x": "ann@x/new/1.h", "1.h:bob@x": "bob@x/cur/1.h:2,"}


@pytest.mark.parametrize("file, box", [("new/1.h", ""), ("ann@x/cur/1.h:2,S", "ann@x")])
def test_a_file_tells_its_box(file: str, box: str) -> None:
    assert scanning.box_of(file) == box


def test_a_message_that_was_moved_is_found_again(tmp_path: Path) -> None:
    maildir(tmp_path)
    maildir(tmp_path / "ann@x")
    (tmp_path / "cur" / "1.h:2,S").touch()
    (tmp_path / "ann@x" / "new" / "2.h").touch()
    assert scanning.find(tmp_path, "1.h") == "cur/1.h:2,S"
    assert scanning.find(tmp_path, "2.h:ann@x") == "ann@x/new/2.h"
    assert scanning.find(tmp_path, "2.h") is None


def test_a_name_that_is_no_text_is_no_message(tmp_path: Path) -> None:
    maildir(tmp_path)
    os.close(os.open(os.fsencode(tmp_path / "new") + b"/\xff.h", os.O_CREAT))
    assert scanning.look(tmp_path).files == {}


def test_an_old_folder_looks_the_same_until_something_changes(tmp_path: Path) -> None:
    maildir(tmp_path)
    age(tmp_path)
    before = scanning.look(tmp_path).times
    assert before == scanning.times(tmp_path)
    (tmp_path / "new" / "1.h").touch()
    assert before != scanning.times(tmp_path)


def test_what_was_changed_just_now_is_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "COARSE", 3600 * 10**9)
    maildir(tmp_path)
    assert scanning.look(tmp_path).times is None


def test_a_folder_that_has_gone_has_no_messages(tmp_path: Path) -> None:
    maildir(tmp_path)
    (tmp_path / "cur").rmdir()
    assert scanning.look(tmp_path).files == {}
    assert scanning.look(tmp_path / "nowhere").files == {}
