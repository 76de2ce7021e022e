"""The folders: made, taken, made again; and messages that appear in them whole, and only where they belong."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portside.files.durable import write_all
from portside.mail.maildir.batches import Entry
from portside.mail.maildir.folder import Folder
from portside.mail.storing import StoreError
from tests.support.mail_stores import names

Open = Callable[..., Folder]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    folders: list[Folder] = []

    def open_one(**options: bool) -> Folder:
        folders.append(Folder(tmp_path / "mail", **options))
        folders[-1].open()
        return folders[-1]

    yield open_one
    for folder in folders:
        folder.close()


def entry(*boxes: str, content: bytes | None = b"hello\n") -> Entry:
    return Entry("1.a.h", boxes or ("",), content, 1)


def put(folder: Folder, message: Entry) -> None:
    folder.stage(message)
    folder.place(message)


def test_a_maildir_is_made_that_others_cannot_read(opened: Open) -> None:
    folder = opened()
    assert names(folder.path) == [".portside", "cur", "new", "tmp"]
    assert {path.stat().st_mode & 0o777 for path in (folder.path, *folder.path.iterdir())} == {0o700}


def test_a_folder_belongs_to_one_server(opened: Open) -> None:
    first = opened()
    with pytest.raises(StoreError, match=rf"belongs to another server \(process {os.getpid()}\)"):
        opened()
    first.close()
    opened()


def test_a_message_is_new_and_nothing_else_is_left(opened: Open) -> None:
    folder = opened()
    put(folder, entry())
    assert (folder.path / "new" / "1.a.h").read_bytes() == b"hello\n"
    assert (folder.path / "new" / "1.a.h").stat().st_mode & 0o777 == 0o600
    assert names(folder.path / "tmp") == []


def test_a_message_to_several_is_one_file_with_several_names(opened: Open) -> None:
    folder = opened(per_recipient=True)
    boxes = folder.boxes(("Ann@x", "bob@x", "ann@X"))
    assert boxes == ("ann@x", "bob@x")
    put(folder, entry(*boxes))
    files = [folder.path / box / "new" / "1.a.h" for box in boxes]
    assert len({file.stat().st_ino for file in files}) == 1
    assert names(folder.path / "ann@x") == ["cur", "new", "tmp"]
    assert names(folder.path / ".portside" / "tmp") == []


def test_placing_goes_on_where_it_stopped(opened: Open) -> None:
    folder = opened(per_recipient=True)
    message = entry("ann@x", "bob@x")
    put(folder, message)
    (folder.path / "ann@x" / "new" / "1.a.h").unlink()
    message.placed = 1
    put(folder, message)
    assert names(folder.path / "ann@x" / "new") == []


def test_a_folder_that_cannot_be_used_keeps_no_other_from_its_mail(
    opened: Open, caplog: pytest.LogCaptureFixture
) -> None:
    folder = opened(per_recipient=True)
    (folder.path / "bob@x").write_text("in the way")
    put(folder, entry("ann@x", "bob@x", "carl@x"))
    assert [names(folder.path / box / "new") for box in ("ann@x", "undelivered", "carl@x")] == [["1.a.h"]] * 3
    assert "undelivered" in caplog.text


@pytest.mark.parametrize("gone", ["new", "tmp", "cur"])
def test_folders_that_somebody_tidied_away_are_made_again(opened: Open, gone: str) -> None:
    folder = opened()
    shutil.rmtree(folder.path / gone)
    put(folder, entry())
    assert names(folder.path / "new") == ["1.a.h"]


def test_a_deleted_folder_is_made_again_and_is_ours(opened: Open) -> None:
    folder = opened()
    shutil.rmtree(folder.path)
    folder.revive()
    put(folder, entry())
    assert names(folder.path / "new") == ["1.a.h"]
    with pytest.raises(StoreError, match="belongs to another server"):
        opened()


def test_a_folder_that_cannot_be_made_again_is_tried_again(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Folder) -> None:
        raise PermissionError(13, "Permission denied")

    folder = opened()
    shutil.rmtree(folder.path)
    with monkeypatch.context() as patch:
        patch.setattr(Folder, "_take", fail)
        for _ in range(2):
            with pytest.raises(PermissionError):
                folder.revive()
    folder.revive()
    put(folder, entry())
    assert names(folder.path / "new") == ["1.a.h"]


def test_reviving_does_nothing_to_a_folder_that_is_there(opened: Open) -> None:
    folder = opened()
    before = folder.log
    folder.revive()
    assert folder.log == before


def test_a_file_in_the_making_is_not_mail_until_it_is_placed(opened: Open) -> None:
    folder = opened()
    fd = folder.create("1.a.h")
    write_all(fd, b"large")
    os.close(fd)
    assert folder.is_staged("1.a.h")
    assert names(folder.path / "new") == []
    put(folder, entry(content=None))
    assert (folder.path / "new" / "1.a.h").read_bytes() == b"large"
    assert not folder.is_staged("1.a.h")


def test_a_file_without_a_name_leaves_none(opened: Open) -> None:
    folder = opened()
    fd = folder.create_unnamed("1.a.h")
    write_all(fd, b"abc")
    assert os.pread(fd, 10, 0) == b"abc"
    os.close(fd)
    assert names(folder.path / "tmp") == []


def test_only_our_own_files_in_the_making_are_swept_away(opened: Open) -> None:
    folder = opened()
    os.close(folder.create("1.a.h"))
    (folder.path / "tmp" / "of-another-program").write_text("x")
    folder.sweep()
    assert names(folder.path / "tmp") == ["of-another-program"]


def test_forgetting_what_is_not_there_is_no_error(opened: Open) -> None:
    folder = opened()
    os.close(folder.create("1.a.h"))
    folder.forget("1.a.h")
    folder.forget("1.a.h")
    assert names(folder.path / "tmp") == []


def test_messages_are_found_wherever_they_were_moved(opened: Open) -> None:
    folder = opened()
    put(folder, entry())
    (folder.path / "cur" / "2.b.h:2,S").write_bytes(b"seen")
    assert folder.found("") == {"1.a.h": "new/1.a.h", "2.b.h": "cur/2.b.h:2,S"}
    assert folder.read("", "cur/2.b.h:2,S") == b"seen"
    assert folder.found("no such box") == {}


def test_a_message_is_written_again_in_its_place(opened: Open) -> None:
    folder = opened()
    (folder.path / "cur" / "1.a.h:2,S").write_bytes(b"")
    folder.replace("1.a.h", b"whole", "", "cur/1.a.h:2,S")
    assert (folder.path / "cur" / "1.a.h:2,S").read_bytes() == b"whole"


def test_a_damaged_segment_is_set_aside(opened: Open) -> None:
    folder = opened()
    (folder.path / ".portside" / "log" / "a.log").write_bytes(b"x")
    assert folder.set_aside("a.log").read_bytes() == b"x"
    assert names(folder.path / ".portside" / "log") == []


def test_a_symbolic_link_in_the_way_of_a_new_file_is_not_followed(opened: Open, tmp_path: Path) -> None:
    folder = opened()
    (folder.path / "tmp" / "portside.1.a.h").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        put(folder, entry())
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_may_be_closed_twice(opened: Open) -> None:
    folder = opened()
    folder.sync()
    folder.close()
    folder.close()
