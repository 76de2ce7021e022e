from __future__ import annotations

import asyncio

import pytest

from portside.errors import UsageError
from portside.interfaces import Address, Door
from portside.mail.envelope import Envelope, Recipient
from portside.protocols.smtp.rules.chaos import Refuse, Stage, parse_rule
from portside.protocols.smtp.rules.policy import Policy
from portside.protocols.smtp.rules.turns import Hook
from portside.protocols.smtp.server.handing import HandedIncoming
from portside.protocols.smtp.server.handler import Handler, Visit
from portside.protocols.smtp.server.house import House
from portside.protocols.smtp.server.routing import Router
from portside.protocols.smtp.server.settings import Settings
from tests.support.smtp_stores import ShelfIncoming, ShelfStore

VISIT = Visit(Door(Address("127.0.0.1", 25), Address("127.0.0.1", 40000)))
ENVELOPE = Envelope("a@example.com", (Recipient("b@example.net"),))


class Reader(Handler):
    async def helo(self, visit: Visit, name: str) -> None:
        return None

    async def message(self, visit: Visit, envelope: Envelope, content: object) -> None:
        return None


class Greeter(Handler):
    async def helo(self, visit: Visit, name: str) -> None:
        return None


def test_a_store_keeps_and_a_handler_is_asked_where_it_wants_to_be() -> None:
    house = House(Settings(), ShelfStore(), Greeter())
    assert house.policy.hooks == {Hook.HELO}
    assert isinstance(house.receive(VISIT, ENVELOPE), ShelfIncoming)
    assert House(Settings(), ShelfStore()).policy.hooks == frozenset()


def test_a_handler_that_wants_the_messages_sees_them_before_the_store_keeps_them() -> None:
    shelf = ShelfStore()
    incoming = House(Settings(), shelf, Reader()).receive(VISIT, ENVELOPE)
    assert isinstance(incoming, HandedIncoming)
    assert shelf.open == 1
    incoming.drop()
    assert shelf.open == 0


class Judge(Handler):
    async def auth(self, visit: Visit, user: str, secret: str) -> bool:
        return True


class TokenJudge(Handler):
    async def token(self, visit: Visit, user: str, token: str) -> bool:
        return True


@pytest.mark.parametrize(("handler", "given", "offered"), [
    (None, (), ()), (Judge(), (), ("PLAIN", "LOGIN")), (TokenJudge(), (), ("OAUTHBEARER",)),
    (TokenJudge(), ("PLAIN",), ("OAUTHBEARER", "PLAIN")), (Judge(), ("LOGIN",), ("LOGIN",)),
    (TokenJudge(), ("PLAIN", "OAUTHBEARER"), ("PLAIN", "OAUTHBEARER")),
])  # fmt: skip
def test_who_judges_logins_has_them_offered(
    handler: Handler | None, given: tuple[str, ...], offered: tuple[str, ...]
) -> None:
    settings = Settings(policy=Policy(mechanisms=given))
    assert House(settings, ShelfStore(), handler).policy.mechanisms == offered


def test_a_handler_alone_is_given_the_messages() -> None:
    incoming = House(Settings(), Reader()).receive(VISIT, ENVELOPE)
    assert isinstance(incoming, HandedIncoming)
    incoming.drop()


def test_somebody_has_to_keep_them() -> None:
    with pytest.raises(UsageError, match="message"):
        House(Settings(), Handler())


def test_a_store_that_chooses_is_told_for_whom_it_is() -> None:
    here, away = ShelfStore(), ShelfStore()
    house = House(Settings(), Router(here, away, lambda _: False))
    house.receive(VISIT, ENVELOPE)
    assert (here.open, away.open) == (0, 1)


def test_chance_and_rates_are_as_the_settings_say() -> None:
    settings = Settings(chaos=[parse_rule("rcpt=450@50%")], seed=1, rate=1, recipient_rate=2, binding=b"x")
    one, other = (House(settings, ShelfStore()).shared.chaos for _ in range(2))
    struck = [one.strike(Stage.RCPT) for _ in range(50)]
    assert struck == [other.strike(Stage.RCPT) for _ in range(50)]
    assert set(struck) == {Refuse(450), None}
    shared = House(settings, ShelfStore()).shared
    assert [shared.messages.allows("a", 0.0) for _ in range(2)] == [True, False]
    assert [shared.recipients.allows("a", 0.0) for _ in range(3)] == [True, True, False]
    assert shared.bindings == {"tls-server-end-point": b"x"}
    assert shared.nonce() != shared.nonce()


def test_what_runs_is_waited_for_and_not_for_ever() -> None:
    done: list[int] = []

    async def work(gate: asyncio.Event) -> None:
        await gate.wait()
        done.append(1)

    async def story() -> None:
        house, gate = House(Settings(), ShelfStore()), asyncio.Event()
        house.start(work(gate))
        await house.close(0.0)
        assert done == []
        gate.set()
        await house.close(30.0)
        assert not house.running

    asyncio.run(story())
    assert done == [1]
