"""How far the log is in the Maildir: believed after a kill, and not more than the disk has after a power cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from portside.mail.maildir.folder import Folder
from portside.mail.maildir.progress import NAME, Progress, boot_id


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    folder = Folder(tmp_path / "mail")
    folder.open()
    yield folder
    folder.close()


def numbers(folder: Folder, boot: str) -> tuple[int, int]:
    progress = Progress(folder, boot)
    found = progress.placed, progress.synced
    progress.close()
    return found


def note(folder: Folder, boot: str, placed: int, synced: int) -> None:
    progress = Progress(folder, boot)
    progress.placed, progress.synced = placed, synced
    progress.close()


def test_nothing_is_known_at_first(folder: Folder) -> None:
    assert numbers(folder, "boot") == (0, 0)


def test_after_a_kill_both_numbers_are_believed(folder: Folder) -> None:
    note(folder, "boot", 9, 5)
    assert numbers(folder, "boot") == (9, 5)


@pytest.mark.parametrize("boot", ["another boot", ""])
def test_after_a_power_cut_only_what_is_on_the_disk_is_believed(folder: Folder, boot: str) -> None:
    note(folder, "boot", 9, 5)
    assert numbers(folder, boot) == (5, 5)


def test_a_machine_without_a_name_for_its_runs_believes_none(folder: Folder) -> None:
    note(folder, "", 9, 5)
    assert numbers(folder, "") == (5, 5)


def test_what_is_synced_is_placed(folder: Folder) -> None:
    note(folder, "boot", 5, 9)
    assert numbers(folder, "boot") == (9, 9)


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 100])
def test_a_file_that_is_none_tells_nothing(folder: Folder, content: bytes) -> None:
    (folder.path / ".portside" / "log" / NAME).write_bytes(content)
    assert numbers(folder, "boot") == (0, 0)


@pytest.mark.parametrize(
    ("at", "left"), [(52, (5, 5)), (59, (5, 5)), (63, (5, 5)), (64, (9, 0)), (71, (9, 0)), (75, (9, 0))]
)
def test_a_number_that_is_damaged_is_not_believed(folder: Folder, at: int, left: tuple[int, int]) -> None:
    note(folder, "boot", 9, 5)
    path = folder.path / ".portside" / "log" / NAME
    octets = bytearray(path.read_bytes())
    octets[at] ^= 0x55
    path.write_bytes(octets)
    assert numbers(folder, "boot") == left


def test_a_run_of_the_machine_has_one_name() -> None:
    assert boot_id() == boot_id()
    assert len(boot_id()) <= 36
