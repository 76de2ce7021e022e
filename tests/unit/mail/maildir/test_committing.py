"""Group commit: what comes while a batch is on its way is the next one, and nobody is told before the disk has it."""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from portside.mail.maildir import committing
from portside.mail.maildir.batches import Entry
from portside.mail.maildir.committing import Committer, Pair
from portside.mail.maildir.folder import Folder
from portside.mail.storing import StoreError, StoreFull


class Log:
    """Stands for the disk: each batch waits until it is let through, or fails."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.began = threading.Semaphore(0)
        self.gate = threading.Semaphore(0)
        self.error: Exception | None = None

    def append(self, entries: Sequence[Entry]) -> None:
        self.began.release()
        assert self.gate.acquire(timeout=10)
        if self.error is not None:
            raise self.error
        self.batches.append([entry.number for entry in entries])


class Desk:
    """A committer over such a log, and what it told."""

    def __init__(self, number: int = 0) -> None:
        self.log = Log()
        self.told: list[tuple[list[str], StoreError | None]] = []
        self.loop = asyncio.new_event_loop()
        self.committer = Committer(self.log, Folder(Path("mail")), number, self.tell)  # type: ignore[arg-type]

    def tell(self, pairs: Sequence[Pair], error: StoreError | None) -> None:
        self.told.append(([entry.name for entry, _ in pairs], error))

    def put(self, *names: str, size: int = 10) -> None:
        self.committer.put([(Entry(name, ("",), b"x" * size), self.loop.create_future()) for name in names])

    def close(self) -> None:
        self.log.gate.release(100)
        self.committer.close()
        self.loop.close()


def test_what_comes_while_a_batch_is_written_is_one_batch() -> None:
    desk = Desk(number=40)
    desk.put("a")
    assert desk.log.began.acquire(timeout=10)
    desk.put("b", "c")
    desk.put("d")
    assert desk.told == []
    desk.close()
    assert desk.log.batches == [[41], [42, 43, 44]]
    assert [names for names, _ in desk.told] == [["a"], ["b", "c", "d"]]


def test_a_batch_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committing, "MOST_BATCH", 250)
    desk = Desk()
    desk.put("a")
    assert desk.log.began.acquire(timeout=10)
    desk.put("b", "c", "d", "e", "f", size=80)
    desk.close()
    assert desk.log.batches == [[1], [2, 3, 4], [5, 6]]


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (StoreFull("none left"), StoreFull),
        (OSError(errno.ENOSPC, "no"), StoreFull),
        (OSError(errno.EIO, "x"), StoreError),
        (ValueError("a fault of ours"), StoreError),
    ],
)
def test_whoever_waits_for_a_failed_batch_is_told_and_the_next_is_tried(
    raised: Exception, kind: type[StoreError]
) -> None:
    desk = Desk()
    desk.log.error = raised
    desk.put("a", "b")
    assert desk.log.began.acquire(timeout=10)
    desk.log.gate.release()
    desk.put("c")
    assert desk.log.began.acquire(timeout=10)
    desk.log.error = None
    desk.close()
    assert [(names, type(error)) for names, error in desk.told] == [(["a", "b"], kind), (["c"], type(None))]


def test_all_that_was_put_is_told_before_it_closes() -> None:
    desk = Desk()
    for number in range(100):
        desk.put(str(number))
    desk.close()
    assert [name for names, _ in desk.told for name in names] == [str(number) for number in range(100)]
