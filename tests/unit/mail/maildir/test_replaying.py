"""What a killed server had acknowledged is there after the next start: whole, once; what was deleted is not."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from portside.mail.maildir.batches import BLOCK, Entry
from portside.mail.maildir.folder import Folder
from portside.mail.maildir.log import Log
from portside.mail.maildir.progress import Progress
from portside.mail.maildir.replaying import Replayed, is_torn, replay
from portside.mail.storing import StoreError
from tests.support.mail_stores import names

HERE = "this run of the machine"


def entry(number: int, *boxes: str, content: bytes | None = None) -> Entry:
    return Entry(f"{number}.a.h", boxes or ("",), b"message %d\n" % number if content is None else content, number)


def die(
    path: Path, batches: Sequence[Sequence[Entry]], *, placed: int = 0, synced: int = 0, per_recipient: bool = False
) -> None:
    """Leave behind what a server does that is killed at this point."""
    folder = Folder(path, per_recipient=per_recipient)
    folder.open()
    log, progress = Log(folder), Progress(folder, HERE)
    for batch in batches:
        log.append(batch)
    for one in (one for batch in batches for one in batch if one.number <= placed):
        folder.stage(one)
        folder.place(one)
    progress.placed, progress.synced = placed, synced
    log.close(done=False)
    progress.close()
    folder.close()


def start(path: Path, boot: str = HERE, *, per_recipient: bool = False) -> Replayed:
    folder = Folder(path, per_recipient=per_recipient)
    folder.open()
    progress = Progress(folder, boot)
    try:
        return replay(folder, progress)
    finally:
        progress.close()
        folder.close()


def segments(path: Path) -> list[Path]:
    return sorted((path / ".portside" / "log").glob("*.log"))


def test_the_first_start_finds_nothing(tmp_path: Path) -> None:
    assert start(tmp_path) == Replayed(0, 0, 0)


def test_what_was_acknowledged_is_brought_into_the_maildir(tmp_path: Path) -> None:
    die(tmp_path, [[entry(1), entry(2)], [entry(3)]])
    assert start(tmp_path) == Replayed(batch=2, number=3, placed=3)
    assert [(tmp_path / "new" / f"{n}.a.h").read_bytes() for n in (1, 2, 3)] == [b"message %d\n" % n for n in (1, 2, 3)]
    assert segments(tmp_path) == []
    assert start(tmp_path) == Replayed(batch=0, number=3, placed=0)


def test_what_is_there_already_is_there_once(tmp_path: Path) -> None:
    die(tmp_path, [[entry(1), entry(2)]], placed=1)
    assert start(tmp_path).placed == 1
    assert names(tmp_path / "new") == ["1.a.h", "2.a.h"]


@pytest.mark.parametrize("boot", [HERE, "another"])
def test_what_a_mail_program_has_moved_is_there_once(tmp_path: Path, boot: str) -> None:
    die(tmp_path, [[entry(1)]], placed=1)
    (tmp_path / "new" / "1.a.h").rename(tmp_path / "cur" / "1.a.h:2,S")
    start(tmp_path, boot)
    assert (names(tmp_path / "new"), names(tmp_path / "cur")) == ([], ["1.a.h:2,S"])


def test_what_was_placed_and_not_noted_is_there_once(tmp_path: Path) -> None:
    die(tmp_path, [[entry(1)]])
    (tmp_path / "new" / "1.a.h").write_bytes(b"message 1\n")
    assert start(tmp_path).placed == 0
    assert names(tmp_path / "new") == ["1.a.h"]


def test_after_a_kill_what_was_deleted_stays_so(tmp_path: Path) -> None:
    die(tmp_path, [[entry(1), entry(2)]], placed=2)
    (tmp_path / "new" / "1.a.h").unlink()
    start(tmp_path)
    assert names(tmp_path / "new") == ["2.a.h"]


def test_a_message_that_was_just_getting_its_name_gets_it(tmp_path: Path) -> None:
    die(tmp_path, [[entry(1)]], placed=1)
    (tmp_path / "new" / "1.a.h").rename(tmp_path / "tmp" / "portside.1.a.h")
    start(tmp_path)
    assert (names(tmp_path / "new"), names(tmp_path / "tmp")) == (["1.a.h"], [])


def test_after_a_power_cut_what_may_have_been_lost_comes_back(tmp_path: Path) -> None:
    die(tmp_path, [[entry(1)], [entry(2)]], placed=2, synced=1)
    for file in (tmp_path / "new").iterdir():
        file.unlink()
    start(tmp_path, "another")
    assert names(tmp_path / "new") == ["2.a.h"]


@pytest.mark.parametrize("left", [b"", b"mess", b"mess\0\0\0\0\0\0"])
@pytest.mark.parametrize("file", ["new/1.a.h", "cur/1.a.h:2,S"])
def test_what_a_power_cut_left_torn_is_whole_again(tmp_path: Path, left: bytes, file: str) -> None:
    die(tmp_path, [[entry(1)]], placed=1)
    (tmp_path / "new" / "1.a.h").rename(tmp_path / file)
    (tmp_path / file).write_bytes(left)
    start(tmp_path, "another")
    assert (tmp_path / file).read_bytes() == b"message 1\n"


def test_what_somebody_has_changed_stays_changed(tmp_path: Path) -> None:
    die(tmp_path, [[entry(1)]], placed=1)
    (tmp_path / "new" / "1.a.h").write_bytes(b"edited\n")
    start(tmp_path, "another")
    assert (tmp_path / "new" / "1.a.h").read_bytes() == b"edited\n"


def test_each_recipient_gets_what_it_has_not(tmp_path: Path) -> None:
    die(tmp_path, [[entry(1, "ann@x", "bob@x")]], placed=1, per_recipient=True)
    (tmp_path / "bob@x" / "new" / "1.a.h").unlink()
    start(tmp_path, "another", per_recipient=True)
    assert [names(tmp_path / box / "new") for box in ("ann@x", "bob@x")] == [["1.a.h"]] * 2


def test_a_large_message_is_moved_to_its_place(tmp_path: Path) -> None:
    die(tmp_path, [[Entry("1.a.h", ("",), None, 1)]])
    (tmp_path / "tmp" / "portside.1.a.h").write_bytes(b"large")
    (tmp_path / "tmp" / "portside.2.a.h").write_bytes(b"never acknowledged")
    start(tmp_path)
    assert (tmp_path / "new" / "1.a.h").read_bytes() == b"large"
    assert names(tmp_path / "tmp") == []


def test_a_large_message_that_is_nowhere_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    die(tmp_path, [[Entry("1.a.h", ("",), None, 1)]])
    assert start(tmp_path).placed == 0
    assert "1.a.h was taken and is nowhere" in caplog.text


def test_a_torn_end_was_never_acknowledged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    die(tmp_path, [[entry(1)], [entry(2)]])
    (segment,) = segments(tmp_path)
    with segment.open("r+b") as file:
        file.seek(2 * BLOCK + 50)
        file.write(b"???")
    assert start(tmp_path).number == 1
    assert names(tmp_path / "new") == ["1.a.h"]
    assert caplog.text == ""


def test_a_damaged_middle_is_told_kept_and_loses_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    die(tmp_path, [[entry(1)], [entry(2)], [entry(3)]])
    (segment,) = segments(tmp_path)
    with segment.open("r+b") as file:
        file.seek(2 * BLOCK + 50)
        file.write(b"???")
    start(tmp_path)
    assert names(tmp_path / "new") == ["1.a.h", "3.a.h"]
    assert names(tmp_path / ".portside" / "damaged") == [segment.name]
    assert "a part of the log of mail is damaged" in caplog.text
    assert "1 batches of the log of mail" in caplog.text


@pytest.mark.parametrize("size", [3 * BLOCK, 3 * BLOCK + 7])
def test_a_segment_that_was_cut_is_told_and_kept(tmp_path: Path, size: int, caplog: pytest.LogCaptureFixture) -> None:
    die(tmp_path, [[entry(number)] for number in (1, 2, 3, 4)])
    [segment] = segments(tmp_path)
    with segment.open("r+b") as file:
        file.truncate(size)
    assert start(tmp_path).placed == 2
    assert "messages may be missing" in caplog.text
    assert names(tmp_path / ".portside" / "damaged") == [segment.name]


def test_a_file_that_is_no_segment_is_set_aside(tmp_path: Path) -> None:
    die(tmp_path, [])
    (tmp_path / ".portside" / "log" / "0.log").write_bytes(b"?" * BLOCK)
    (tmp_path / ".portside" / "log" / "1.log").write_bytes(bytes(BLOCK))
    start(tmp_path)
    assert names(tmp_path / ".portside" / "damaged") == ["0.log"]
    assert segments(tmp_path) == []


def test_the_log_of_a_newer_server_is_left_alone(tmp_path: Path) -> None:
    die(tmp_path, [[entry(1)]])
    (segment,) = segments(tmp_path)
    with segment.open("r+b") as file:
        file.seek(23)
        file.write(b"\x02")
    with pytest.raises(StoreError, match=r"written by a newer server \(version 2\)"):
        start(tmp_path)
    assert segments(tmp_path) == [segment]


def test_whatever_interrupts_it_the_next_start_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    die(tmp_path, [[entry(1), entry(2)]])
    place, calls = Folder.place, []

    def full_at_the_second(self: Folder, one: Entry) -> None:
        calls.append(one)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        place(self, one)

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "place", full_at_the_second)
        with pytest.raises(OSError, match="No space"):
            start(tmp_path)
    assert len(segments(tmp_path)) == 1
    start(tmp_path)
    assert names(tmp_path / "new") == ["1.a.h", "2.a.h"]


def test_a_log_without_its_maildir_is_enough(tmp_path: Path) -> None:
    die(tmp_path, [[entry(1)]])
    shutil.rmtree(tmp_path / "new")
    start(tmp_path)
    assert names(tmp_path / "new") == ["1.a.h"]


@pytest.mark.parametrize(
    ("found", "torn"), [(b"whole", False), (b"", True), (b"who", True), (b"wh\0\0\0", True), (b"other", False)]
)
def test_a_torn_file_is_a_beginning_and_perhaps_zeros(found: bytes, torn: bool) -> None:
    assert is_torn(found, b"whole") is torn
