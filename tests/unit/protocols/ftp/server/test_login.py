"""Who comes in, and how fast one may guess."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from portside.accounts.throttle import FREE, Throttle
from portside.accounts.users import User
from portside.protocols.ftp.messages import Reply
from portside.protocols.ftp.server.login import TOO_MANY, WRONG, Logins, Visitor
from portside.protocols.ftp.server.settings import Anonymous

ANNA = User("anna")


class Known:
    """Accounts that know one user, and count."""

    def __init__(self) -> None:
        self.asked = 0

    async def check(self, name: str, password: str) -> User | None:
        self.asked += 1
        await asyncio.sleep(0)
        return ANNA if (name, password) == ("anna", "right") else None


async def no_time(_: float) -> None:
    await asyncio.sleep(0)


def judged(known: Known, *attempts: tuple[str, str], at_once: bool = False) -> list[Visitor | Reply]:
    logins = Logins(known, Anonymous.OFF, Throttle(clock=lambda: 0.0, sleep=no_time))

    async def run() -> list[Any]:
        waiting = [logins.judge(*attempt, "192.0.2.7") for attempt in attempts]
        return list(await asyncio.gather(*waiting)) if at_once else [await one for one in waiting]

    return asyncio.run(run())


@pytest.mark.parametrize("name", ["anonymous", "ftp", "Anonymous", "FTP"])
def test_anonymous_needs_no_password_where_it_is_let_in(name: str) -> None:
    visitor = Logins(None, Anonymous.READ).without_password(name)
    assert visitor is not None
    assert (visitor.user.name, visitor.named) == ("anonymous", False)
    assert Logins(None, Anonymous.OFF).without_password(name) is None


def test_others_need_theirs() -> None:
    assert Logins(None, Anonymous.READ).without_password("anna") is None
    assert judged(Known(), ("anna", "right"), ("anna", "wrong"), ("bert", "right")) == [
        Visitor(ANNA, True),
        WRONG,
        WRONG,
    ]


def test_without_accounts_nobody_has_a_name() -> None:
    async def run() -> Visitor | Reply:
        return await Logins(None, Anonymous.READ).judge("anna", "right", "192.0.2.7")

    assert asyncio.run(run()) is WRONG


@pytest.mark.parametrize("at_once", [False, True])
def test_ten_thousand_guesses_cost_hardly_more_than_some(at_once: bool) -> None:
    known = Known()
    verdicts = judged(known, *[("anna", f"guess {number}") for number in range(10_000)], at_once=at_once)
    assert known.asked <= FREE + 10
    assert verdicts.count(TOO_MANY) == 10_000 - known.asked
    assert verdicts.count(WRONG) == known.asked


def test_a_right_one_forgives_the_wrong_ones() -> None:
    known = Known()
    wrong = [("anna", "wrong")] * (FREE - 1)
    judged(known, *wrong, ("anna", "right"), *wrong, ("anna", "right"))
    assert known.asked == 2 * FREE


def test_many_connections_of_a_client_that_knows_its_password_come_in_at_once() -> None:
    assert judged(Known(), *[("anna", "right")] * 40, at_once=True) == [Visitor(ANNA, True)] * 40
