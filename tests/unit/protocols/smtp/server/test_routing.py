from __future__ import annotations

import asyncio

import pytest

from portside.mail.envelope import Envelope, Origin, Recipient
from portside.mail.storing import StoreError
from portside.protocols.smtp.server.routing import ChoosingStore, Router, receiver_of
from tests.support.smtp_stores import ShelfStore

HERE, AWAY = Recipient("a@example.com"), Recipient("b@example.net")
ORIGIN = Origin("mx", 0.0)


def route(*recipients: Recipient) -> tuple[ShelfStore, ShelfStore, str]:
    """A message for these, and where it went."""
    local, outward = ShelfStore(), ShelfStore()

    async def story() -> str:
        router = Router(local, outward, lambda recipient: recipient.domain == "example.com")
        envelope = Envelope("s@example.com", recipients)
        incoming = router.receive_for(envelope)
        incoming.write(b"one")
        incoming.write(b"two")
        return await incoming.keep(envelope, ORIGIN)

    return local, outward, asyncio.run(story())


@pytest.mark.parametrize(("recipients", "here", "away"), [
    ((HERE,), [(HERE,)], []), ((AWAY,), [], [(AWAY,)]), ((HERE, AWAY), [(HERE,)], [(AWAY,)]),
])  # fmt: skip
def test_each_recipients_mail_goes_where_it_belongs(
    recipients: tuple[Recipient, ...], here: list[object], away: list[object]
) -> None:
    local, outward, name = route(*recipients)
    assert [message.envelope.recipients for message in local.kept] == here
    assert [message.envelope.recipients for message in outward.kept] == away
    assert all(message.content == b"onetwo" for message in local.kept + outward.kept)
    assert name == "id1"


def test_a_message_for_both_is_acknowledged_when_both_have_it() -> None:
    local, outward = ShelfStore(), ShelfStore(later=True)

    async def story() -> None:
        envelope = Envelope("s@example.com", (HERE, AWAY))
        future = (
            Router(local, outward, lambda recipient: recipient == HERE).receive_for(envelope).keep(envelope, ORIGIN)
        )
        await asyncio.sleep(0)
        assert not future.done()
        outward.let_go()
        assert await future == "id1"

    asyncio.run(story())


def test_what_one_of_them_cannot_take_is_not_acknowledged() -> None:
    local, outward = ShelfStore(), ShelfStore(failing={"keep": StoreError("no")})

    async def story() -> None:
        envelope = Envelope("s@example.com", (HERE, AWAY))
        await Router(local, outward, lambda recipient: recipient == HERE).receive_for(envelope).keep(envelope, ORIGIN)

    with pytest.raises(StoreError):
        asyncio.run(story())


def test_nothing_is_left_open_where_one_of_them_does_not_begin() -> None:
    local, outward = ShelfStore(), ShelfStore(failing={"receive": StoreError("no")})
    router = Router(local, outward, lambda recipient: recipient == HERE)
    with pytest.raises(StoreError):
        router.receive_for(Envelope("s@example.com", (HERE, AWAY)))
    assert local.open == 0


def test_both_are_dropped() -> None:
    local, outward = ShelfStore(), ShelfStore()
    router = Router(local, outward, lambda recipient: recipient == HERE)
    router.receive_for(Envelope("s@example.com", (HERE, AWAY))).drop()
    router.receive().drop()
    assert (local.open, outward.open) == (0, 0)


def test_a_router_chooses_and_a_plain_store_does_not() -> None:
    assert isinstance(Router(ShelfStore(), ShelfStore(), lambda _: True), ChoosingStore)
    assert not isinstance(ShelfStore(), ChoosingStore)


def test_a_message_begins_in_either_kind_of_store() -> None:
    here, away = ShelfStore(), ShelfStore()
    receiver_of(Router(here, away, lambda _: False))(Envelope("s@example.com", (AWAY,)))
    receiver_of(here)(Envelope("s@example.com", (AWAY,)))
    assert (here.open, away.open) == (1, 1)
