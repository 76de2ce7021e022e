"""The deadlines of one conversation behind one alarm of the clock.

Rules move a deadline far more often than one comes due. So the clock is asked only when the earliest deadline gets
earlier; an alarm that rings too soon just sets itself again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    """The time and its alarms: an event loop, or a test's own hands."""

    def time(self) -> float: ...

    def call_at(self, when: float, callback: Callable[[], None]) -> asyncio.TimerHandle: ...


class Timers:
    """Named deadlines; ``woke`` is called with the name of each that is due, which is forgotten then."""

    __slots__ = ("_alarm", "_alarm_at", "_clock", "_deadlines", "_woke")

    def __init__(self, clock: Clock, woke: Callable[[str], None]) -> None:
        self._clock = clock
        self._woke: Callable[[str], None] | None = woke
        self._deadlines: dict[str, float] = {}
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = 0.0

    def set(self, timer: str, at: float | None) -> None:
        """``timer`` is due at ``at``, instead of whenever it was before; None: never."""
        if at is None:
            self._deadlines.pop(timer, None)
            return
        self._deadlines[timer] = at
        if self._alarm is None or at < self._alarm_at:
            self._set_alarm(at)

    def _set_alarm(self, at: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at = at
        self._alarm = self._clock.call_at(at, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        now = self._clock.time()
        for timer in [timer for timer, at in self._deadlines.items() if at <= now]:
            if self._woke is not None and self._deadlines.get(timer, now + 1.0) <= now:  # an earlier one may move it
                del self._deadlines[timer]
                self._woke(timer)
        if self._deadlines:
            earliest = min(self._deadlines.values())
            if self._alarm is None or earliest < self._alarm_at:
                self._set_alarm(earliest)

    def clear(self) -> None:
        """Nothing is due any more."""
        self._woke = None
        self._deadlines.clear()
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
