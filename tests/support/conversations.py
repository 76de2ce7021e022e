"""For tests of conversations: a clock that waits, a side that writes down, rules that do as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from portside.errors import PortsideError, TransportError
from portside.interfaces import NOTHING, Address, Door, Heard, Link, Outputs, Send, Step


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


async def until(condition: Callable[[], object], timeout: float = 20.0) -> None:
    """Let the loop run till ``condition`` holds; an error where it does not within ``timeout`` seconds."""
    deadline = asyncio.get_running_loop().time() + timeout
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "what was waited for did not happen"
        await asyncio.sleep(0.001)


@dataclass
class Eyes:
    """An observer that keeps every step."""

    steps: list[Step] = field(default_factory=list)

    def saw(self, step: Step) -> None:
        self.steps.append(step)

    def __iter__(self) -> Iterator[str]:
        return (step.event for step in self.steps)


class Script:
    """Rules whose every method does what the test says; ``received`` hears all bytes, ``say`` sends them."""

    def __init__(self, **handlers: Callable[..., Outputs]) -> None:
        self._handlers = handlers
        self.calls: list[tuple[Any, ...]] = []

    def _call(self, event: str, *arguments: Any) -> Outputs:
        self.calls.append((event, *arguments[:-1]))
        handler = self._handlers.get(event)
        return NOTHING if handler is None else handler(*arguments)

    def opened(self, door: Door | None, now: float) -> Outputs:
        return self._call("opened", door, now)

    def received(self, data: bytes, source: Address | Link | None, now: float) -> Outputs:
        if "received" in self._handlers:
            return self._call("received", data, source, now)
        self.calls.append(("received", data, source))
        return [Heard(data)]

    def ended(self, link: Link | None, now: float) -> Outputs:
        return self._call("ended", link, now)

    def listening(self, link: Link, address: Address, now: float) -> Outputs:
        return self._call("listening", link, address, now)

    def secured(self, link: Link | None, door: Door, now: float) -> Outputs:
        return self._call("secured", link, door, now)

    def closed(self, link: Link, now: float) -> Outputs:
        return self._call("closed", link, now)

    def say(self, message: Any, now: float) -> Outputs:
        if "say" in self._handlers:
            return self._call("say", message, now)
        return [Send(message)] if isinstance(message, bytes) else list(message)

    def woke(self, timer: str, now: float) -> Outputs:
        return self._call("woke", timer, now)

    def linked(self, link: Link, door: Door, now: float) -> Outputs:
        return self._call("linked", link, door, now)

    def failed(self, link: Link | None, error: Exception, now: float) -> Outputs:
        return self._call("failed", link, error, now)

    def stop(self, now: float) -> Outputs:
        return self._call("stop", now)

    def told(self, event: str) -> list[tuple[Any, ...]]:
        return [call[1:] for call in self.calls if call[0] == event]
