"""Deadlines of a conversation: due in time, moved cheaply, never after the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from portside.engine.timers import Timers


class Alarm(asyncio.TimerHandle):
    """An alarm that a test lets ring."""


class Hands:
    """A clock that a test moves by hand, and that counts what is asked of it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.alarms: list[Alarm] = []
        self.loop = asyncio.new_event_loop()

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        self.alarms.append(Alarm(when, callback, (), self.loop))
        return self.alarms[-1]

    def move(self, now: float) -> None:
        """Let time pass, and everything ring that is due, in order."""
        while True:
            due = [alarm for alarm in self.alarms if alarm.when() <= now and not alarm.cancelled()]
            if not due:
                break
            alarm = min(due, key=Alarm.when)
            self.alarms.remove(alarm)
            self.now = max(self.now, alarm.when())
            alarm._run()
        self.now = now


@pytest.fixture
def hands():
    hands = Hands()
    yield hands
    hands.loop.close()


def test_each_deadline_is_told_once_and_in_time(hands: Hands) -> None:
    told: list[tuple[float, str]] = []
    timers = Timers(hands, lambda name: told.append((hands.now, name)))
    timers.set("late", 5.0)
    timers.set("early", 2.0)
    hands.move(10.0)
    assert told == [(2.0, "early"), (5.0, "late")]


def test_a_deadline_that_is_put_off_is_not_told_early(hands: Hands) -> None:
    told: list[tuple[float, str]] = []
    timers = Timers(hands, lambda name: told.append((hands.now, name)))
    timers.set("idle", 2.0)
    timers.set("idle", 6.0)
    hands.move(10.0)
    assert told == [(6.0, "idle")]


def test_a_cancelled_deadline_is_never_told(hands: Hands) -> None:
    told: list[str] = []
    timers = Timers(hands, told.append)
    timers.set("idle", 2.0)
    timers.set("idle", None)
    hands.move(10.0)
    assert told == []


def test_putting_off_asks_nothing_of_the_clock(hands: Hands) -> None:
    timers = Timers(hands, lambda _: None)
    for at in range(1, 1000):
        timers.set("idle", float(at))
    assert len(hands.alarms) == 1


def test_a_deadline_may_be_set_again_while_it_is_told(hands: Hands) -> None:
    told: list[float] = []

    def again(name: str) -> None:
        told.append(hands.now)
        timers.set(name, hands.now + 3.0)

    timers = Timers(hands, again)
    timers.set("beat", 1.0)
    hands.move(8.0)
    assert told == [1.0, 4.0, 7.0]


def test_nothing_is_told_after_the_end(hands: Hands) -> None:
    told: list[str] = []
    timers = Timers(hands, told.append)
    timers.set("a", 1.0)
    timers.clear()
    hands.move(10.0)
    assert told == []
    assert all(alarm.cancelled() for alarm in hands.alarms)


def test_the_end_may_come_while_deadlines_are_told(hands: Hands) -> None:
    told: list[str] = []

    def end(name: str) -> None:
        told.append(name)
        timers.clear()

    timers = Timers(hands, end)
    timers.set("a", 1.0)
    timers.set("b", 1.0)
    hands.move(10.0)
    assert told == ["a"]
