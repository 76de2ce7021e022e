"""The reader's thread: it reads when there is something, ends when it is told, and its failures are told."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from portside.capture.live import reading as room
from portside.capture.live.reading import Reading
from portside.capture.live.sightings import Sighting
from tests.support.sightings import CLIENT, SERVER, datagram

WAIT = 20.0


class Packets:
    """A packet socket that shows what it was given."""

    def __init__(self) -> None:
        self._ready = os.eventfd(0, os.EFD_SEMAPHORE)  # each block counts: one may be read before it is told of
        self._blocks: list[list[Sighting]] = []
        self.closed = False

    def fileno(self) -> int:
        return self._ready

    @property
    def waits(self) -> bool:
        return bool(self._blocks)

    def show(self, *times: int) -> None:
        self._blocks.append([datagram(CLIENT, SERVER, time=time) for time in times])
        os.eventfd_write(self._ready, 1)

    def block(self) -> Iterator[Sighting]:
        if self._blocks:
            yield from self._blocks.pop(0)
            os.eventfd_read(self._ready)

    def close(self) -> None:
        self.closed = True
        os.close(self._ready)


class Scene:
    """Stands for the other rooms: ``settled``, ``has_room`` and so on are what the test says."""

    def __init__(self) -> None:
        self.packets = Packets()
        self.taken: list[int] = []
        self.failures: list[Exception] = []
        self.settled = self.has_room = True
        self.waits = self.given_up = False
        self.asked = 0
        self.changed = threading.Condition()
        self.failing = self.heeded = False

    def start(self) -> Reading:
        scene: Any = self
        return Reading(scene.packets, scene, scene, self.ask, self.failures.append)

    def ask(self) -> None:
        self.asked += 1

    def heed(self) -> None:
        """What was announced counts for the block that can be read by now."""
        self.heeded = self.packets.waits

    def take(self, seen: Sighting) -> None:
        if self.failing or not self.heeded:
            raise ZeroDivisionError
        with self.changed:
            self.taken.append(seen.time)
            self.waits = True
            self.changed.notify_all()

    def expire(self, now: int) -> None:
        """Nothing is held."""

    def write(self, now: int) -> None:
        with self.changed:
            self.waits = False
            self.has_room = True
            self.changed.notify_all()

    def until(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, WAIT)


def test_what_is_shown_is_taken_and_written() -> None:
    scene = Scene()
    reading = scene.start()
    scene.packets.show(1, 2)
    scene.until(lambda: scene.taken == [1, 2])
    scene.until(lambda: not scene.waits)
    assert scene.asked >= 1 and reading.alive
    reading.stop()
    assert not reading.alive and scene.packets.closed and scene.failures == []


def test_at_the_end_what_is_in_the_ring_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "CLOSING", WAIT)
    scene = Scene()
    reading = scene.start()
    for time in range(40):
        scene.packets.show(time)
    reading.stop()
    assert scene.taken == list(range(40))


def test_the_end_does_not_wait_for_ever_for_last_packets() -> None:
    scene = Scene()
    scene.settled = False
    reading = scene.start()
    reading.stop()
    assert not reading.alive


def test_a_failure_is_told_and_ends_it() -> None:
    scene = Scene()
    scene.failing = True
    reading = scene.start()
    scene.packets.show(1)
    reading.stop()
    assert [type(error) for error in scene.failures] == [ZeroDivisionError]
    assert scene.packets.closed


def test_it_ends_with_a_disk_that_takes_no_more() -> None:
    scene = Scene()
    scene.given_up = True
    reading = scene.start()
    reading.stop()
    assert scene.taken == [] and scene.packets.closed


def test_while_the_disk_is_slow_the_ring_waits() -> None:
    scene = Scene()
    scene.waits = True
    scene.has_room = False
    reading = scene.start()
    scene.packets.show(1)
    scene.until(lambda: scene.taken == [1])
    assert scene.asked >= 1
    reading.stop()
