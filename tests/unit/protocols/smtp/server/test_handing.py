from __future__ import annotations

import asyncio
from typing import BinaryIO

import pytest

from portside.interfaces import Address, Door
from portside.mail.envelope import Envelope, Origin
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.server.handing import HandedIncoming, Refused
from portside.protocols.smtp.server.handler import Visit
from tests.support.smtp_stores import ShelfStore

VISIT = Visit(Door(Address("127.0.0.1", 25), Address("127.0.0.1", 40000)))
ORIGIN = Origin("mx.example", 0.0)
ENVELOPE = Envelope("a@example.com")


@pytest.mark.parametrize("size", [0, 10, 5000])
def test_a_message_is_read_from_its_beginning_whatever_its_size(size: int) -> None:
    seen: list[bytes] = []

    async def hook(visit: Visit, envelope: Envelope, content: BinaryIO) -> None:
        assert (visit, envelope) == (VISIT, ENVELOPE)
        seen.append(content.read())

    async def story() -> str:
        incoming = HandedIncoming(hook, VISIT, 100)
        for _ in range(size):
            incoming.write(b"x")
        return await incoming.keep(ENVELOPE, ORIGIN)

    assert asyncio.run(story()).isdigit()
    assert seen == [b"x" * size]


def test_it_is_closed_afterwards_and_when_it_is_dropped() -> None:
    seen: list[BinaryIO] = []

    async def hook(visit: Visit, envelope: Envelope, content: BinaryIO) -> None:
        seen.append(content)

    async def story() -> None:
        kept, dropped = HandedIncoming(hook, VISIT, 100), HandedIncoming(hook, VISIT, 100)
        future = kept.keep(ENVELOPE, ORIGIN)
        kept.drop()  # too late: it does nothing
        await future
        dropped.drop()
        with pytest.raises(ValueError, match="closed"):
            dropped.write(b"x")

    asyncio.run(story())
    assert [content.closed for content in seen] == [True]


def test_a_reply_refuses_it() -> None:
    async def hook(visit: Visit, envelope: Envelope, content: BinaryIO) -> Reply:
        return Reply(550, ("No.",), "5.7.1")

    async def story() -> None:
        await HandedIncoming(hook, VISIT, 100).keep(ENVELOPE, ORIGIN)

    with pytest.raises(Refused) as refused:
        asyncio.run(story())
    assert refused.value.reply.code == 550


class Door:
    """A hook that says what it is told to."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    async def __call__(self, visit: Visit, envelope: Envelope, content: BinaryIO) -> object:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def handed(shelf: ShelfStore, answer: object) -> str:
    async def story() -> str:
        incoming = HandedIncoming(Door(answer), VISIT, 100, shelf.receive())
        incoming.write(b"content")
        return await incoming.keep(ENVELOPE, ORIGIN)

    return asyncio.run(story())


@pytest.mark.parametrize("answer", [None, Reply(250, ("Fine.",))])
def test_what_it_has_nothing_against_is_kept_by_the_store(answer: object) -> None:
    shelf = ShelfStore()
    assert handed(shelf, answer) == "id1"
    assert shelf.kept[0].content == b"content"


@pytest.mark.parametrize(("answer", "error"), [(Reply(554, ("No.",)), Refused), (ValueError("a bug"), ValueError)])
def test_what_it_refuses_is_dropped_by_the_store(answer: object, error: type[Exception]) -> None:
    shelf = ShelfStore()
    with pytest.raises(error):
        handed(shelf, answer)
    assert (shelf.kept, shelf.open) == ([], 0)


def test_what_does_not_come_to_its_end_is_dropped_by_both() -> None:
    shelf = ShelfStore()
    incoming = HandedIncoming(Door(None), VISIT, 100, shelf.receive())
    incoming.drop()
    assert shelf.open == 0
