"""From the log to the Maildir: in order, again and again where the disk is full, and to an end when it is calm."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from portside.mail.maildir import placing
from portside.mail.maildir.batches import Entry
from portside.mail.maildir.placing import Placer
from portside.mail.storing import StoreError, StoreFull


class Folder:
    """Stands for the disk: ``errors`` come first, then all goes well."""

    path = Path("mail")

    def __init__(self, *errors: int) -> None:
        self.errors = list(errors)
        self.happened: list[str] = []
        self.changed = threading.Condition()

    def note(self, what: str) -> None:
        with self.changed:
            self.happened.append(what)
            self.changed.notify_all()

    def stage(self, entry: Entry) -> None:
        return

    def place(self, entry: Entry) -> None:
        if self.errors:
            number = self.errors.pop(0)
            self.note("failed")
            raise OSError(number, os.strerror(number))
        self.note(entry.name)

    def sync(self) -> None:
        self.note("sync")

    def revive(self) -> None:
        self.note("revive")

    def wait(self, condition: Callable[[list[str]], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: condition(self.happened), 10), self.happened


class Log:
    """Stands for the log: how many full segments wait, and what was released."""

    def __init__(self, waiting: int = 0) -> None:
        self.full = waiting
        self.released: list[int] = []
        self.troubles: list[StoreError | None] = []

    def waiting(self, placed: int) -> int:
        return self.full

    def release(self, synced: int) -> None:
        self.full = 0
        self.released.append(synced)

    def prepare(self) -> None:
        raise OSError(errno.ENOSPC, "no room for another segment")

    def trouble(self, error: StoreError | None) -> None:
        self.troubles.append(error)


class Progress:
    placed = 0
    synced = 0


class Desk:
    def __init__(self, folder: Folder, log: Log | None = None) -> None:
        self.folder, self.log, self.progress = folder, log or Log(), Progress()
        self.told: list[str] = []
        self.placer = Placer(folder, self.log, self.progress, self.told.extend)  # type: ignore[arg-type]

    def put(self, *numbers: int) -> None:
        self.placer.put([Entry(f"m{number}", ("",), b"", number) for number in numbers])


def test_messages_are_placed_in_order_and_told_of() -> None:
    desk = Desk(Folder())
    desk.put(1, 2)
    desk.put(3)
    desk.placer.close()
    assert desk.folder.happened == ["m1", "m2", "m3", "sync"]
    assert desk.told == ["m1", "m2", "m3"]
    assert (desk.progress.placed, desk.progress.synced) == (3, 3)
    assert desk.placer.is_done


def test_a_calm_store_brings_its_log_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "CALM", 0.0)
    desk = Desk(Folder())
    desk.put(1)
    desk.folder.wait(lambda happened: "sync" in happened)
    desk.placer.close()
    assert desk.log.released[0] == 1


def test_segments_are_freed_while_it_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "CALM", 1000.0)
    desk = Desk(Folder(), Log(waiting=placing.ENOUGH))
    desk.put(1)
    desk.folder.wait(lambda happened: "sync" in happened)
    desk.placer.close()
    assert desk.log.released[0] == 1


def test_where_the_disk_is_full_it_is_tried_until_there_is_room(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(placing, "RETRY", 0.0)
    desk = Desk(Folder(errno.ENOSPC, errno.ENOSPC))
    desk.put(1)
    desk.folder.wait(lambda happened: "m1" in happened)
    desk.placer.close()
    assert desk.folder.happened[:5] == ["failed", "revive", "failed", "revive", "m1"]
    assert [type(trouble) for trouble in desk.log.troubles] == [StoreFull, StoreFull, type(None)]
    assert desk.placer.trouble is None
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


def test_a_store_in_trouble_says_so_and_can_be_closed_without_losing_its_log() -> None:
    desk = Desk(Folder(*[errno.EROFS] * 1000))
    desk.put(1)
    desk.folder.wait(lambda happened: "failed" in happened)
    desk.placer.close()
    assert isinstance(desk.placer.trouble, StoreError)
    assert not desk.placer.is_done
    assert desk.log.released == []
    assert desk.progress.synced == 0


def test_a_sync_that_fails_releases_nothing(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(self: Folder) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(Folder, "sync", fail)
    desk = Desk(Folder())
    desk.put(1)
    desk.placer.close()
    assert desk.log.released == []
    assert not desk.placer.is_done
    assert "broken" in caplog.text
