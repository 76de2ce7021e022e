"""For tests of conversations: a clock that stands still until it is told to go on, and a side that writes down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from portside.errors import PortsideError, TransportError
from portside.interfaces import Step


class Alarm:
    """What ``Clock.call_at`` gives; only ``cancel`` is used of a loop's own handle."""

    def __init__(self, when: float, callback: Callable[[], None]) -> None:
        self.when = when
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Clock:
    """The time in a test's own hands."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.alarms: list[Alarm] = []
        self.set = 0

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[], None]) -> Any:
        alarm = Alarm(when, callback)
        self.alarms.append(alarm)
        self.set += 1
        return alarm

    @property
    def pending(self) -> list[float]:
        """When the alarms that are set will ring."""
        return sorted(alarm.when for alarm in self.alarms if not alarm.cancelled)

    def advance(self, seconds: float) -> None:
        """Let time pass; alarms ring in their order, each at its own time."""
        until = self.now + seconds
        while due := [alarm for alarm in self.alarms if not alarm.cancelled and alarm.when <= until]:
            first = min(due, key=lambda alarm: alarm.when)
            self.alarms.remove(first)
            self.now = max(self.now, first.when)
            first.callback()
        self.now = until


@dataclass
class Ears:
    """A side (of the conversation) or a receiver (of a stream) that writes down what it is told.

    ``answer`` is called with each message that is heard.
    """

    answer: Callable[[Any], None] | None = None
    messages: list[Any] = field(default_factory=list)
    data: bytearray = field(default_factory=bytearray)
    ends: int = 0
    drains: int = 0
    losses: list[PortsideError | None] = field(default_factory=list)

    def heard(self, message: Any) -> None:
        self.messages.append(message)
        if self.answer is not None:
            self.answer(message)

    def received(self, data: bytes) -> None:
        self.data += data

    def ended(self) -> None:
        self.ends += 1

    def drained(self) -> None:
        self.drains += 1

    def lost(self, error: PortsideError | TransportError | None) -> None:
        self.losses.append(error)


@dataclass
class Eyes:
    """An observer that keeps every step."""

    steps: list[Step] = field(default_factory=list)

    def saw(self, step: Step) -> None:
        self.steps.append(step)

    def __iter__(self) -> Iterator[str]:
        return (step.event for step in self.steps)
