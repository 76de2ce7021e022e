"""What was acknowledged is in the answer to whatever is asked afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from portside.apps.mailbox import settling as room
from portside.apps.mailbox.settling import Settling
from portside.mail.envelope import Envelope, Origin
from portside.mail.maildir.summary import Change, Happening
from portside.mail.storing import StoreError
from tests.support.conversations import until

ENVELOPE, ORIGIN = Envelope("a@example.com"), Origin("localhost", 0.0)


class Box:
    """A store and a mailbox whose ends the test holds: ``futures`` of what is kept, and who watches."""

    def __init__(self) -> None:
        self.futures: list[asyncio.Future[str]] = []
        self.written: list[bytes] = []
        self.dropped = 0
        self.answered: list[str] = []
        self.watchers: list[Callable[[Change], object]] = []
        self.settling = Settling(self, self._watch)

    def _watch(self, callback: Callable[[Change], object]) -> Callable[[], None]:
        self.watchers.append(callback)
        return lambda: self.watchers.remove(callback)

    def receive(self) -> Any:
        return self

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def drop(self) -> None:
        self.dropped += 1

    def keep(self, envelope: Envelope, origin: Origin) -> asyncio.Future[str]:
        self.futures.append(asyncio.get_running_loop().create_future())
        return self.futures[-1]

    def tell(self, what: Happening, *ids: str) -> None:
        for callback in tuple(self.watchers):
            callback(Change(what, ids))

    async def acknowledge(self, id: str) -> None:
        """A message is kept and answered by 250."""
        future = self.settling.receive().keep(ENVELOPE, ORIGIN)
        self.futures[-1].set_result(id)
        future.add_done_callback(lambda _: self.answered.append(id))
        await until(lambda: id in self.answered)


async def done(waiting: asyncio.Task[None]) -> bool:
    for _ in range(5):
        await asyncio.sleep(0)
    return waiting.done()


def play(story: Callable[[Box], Any]) -> None:
    async def main() -> None:
        await story(Box())

    asyncio.run(main())


def test_who_asks_waits_for_what_was_acknowledged_and_for_nothing_else() -> None:
    async def story(box: Box) -> None:
        await box.settling.settled()
        await box.acknowledge("m1")
        waiting = asyncio.ensure_future(box.settling.settled())
        assert not await done(waiting)
        await box.acknowledge("m2")  # later than the question
        box.tell(Happening.CHANGED, "m1")
        assert not await done(waiting)
        box.tell(Happening.ARRIVED, "m1")
        assert await done(waiting)
        box.tell(Happening.ARRIVED, "m2", "m3")
        await box.settling.settled()

    play(story)


def test_what_arrives_before_it_is_acknowledged_is_settled() -> None:
    async def story(box: Box) -> None:
        box.tell(Happening.ARRIVED, "m1")
        await box.acknowledge("m1")
        assert await done(asyncio.ensure_future(box.settling.settled()))

    play(story)


def test_what_is_not_kept_is_not_waited_for() -> None:
    async def story(box: Box) -> None:
        incoming = box.settling.receive()
        incoming.write(b"x")
        incoming.drop()
        assert (box.written, box.dropped) == ([b"x"], 1)
        failed, cancelled = (box.settling.receive().keep(ENVELOPE, ORIGIN) for _ in range(2))
        box.futures[0].set_exception(StoreError("full"))
        cancelled.cancel()
        with pytest.raises(StoreError):
            await failed
        assert await done(asyncio.ensure_future(box.settling.settled()))

    play(story)


def test_nobody_waits_for_ever_nor_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PATIENCE", 0.001)

    async def story(box: Box) -> None:
        await box.acknowledge("lost")
        async with asyncio.timeout(30):
            await box.settling.settled()
        monkeypatch.setattr(room, "PATIENCE", 60.0)
        assert await done(asyncio.ensure_future(box.settling.settled()))

    play(story)


def test_what_is_remembered_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST", 2)

    async def story(box: Box) -> None:
        for number in range(5):
            await box.acknowledge(f"m{number}")
            box.tell(Happening.ARRIVED, f"other{number}")
        assert len(box.settling._acknowledged) == len(box.settling._early) == 2
        waiting = asyncio.ensure_future(box.settling.settled())
        box.tell(Happening.ARRIVED, "m3", "m4")
        assert await done(waiting)

    play(story)


def test_it_listens_until_it_is_closed() -> None:
    async def story(box: Box) -> None:
        assert len(box.watchers) == 1
        box.settling.close()
        assert box.watchers == []

    play(story)
