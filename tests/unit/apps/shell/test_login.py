from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from portside.accounts.throttle import FREE, Throttle
from portside.accounts.users import User
from portside.apps.shell.login import LONGEST_ANSWER, TRIES, Login
from portside.protocols.telnet.server.visitor import Visitor, VisitorLeft
from tests.support.visitors import PATIENCE, Desk


class Known:
    """Knows ann, whose password is sesame."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    async def check(self, name: str, password: str) -> User | None:
        self.asked.append((name, password))
        return User(name) if (name, password) == ("ann", "sesame") else None


class Slow(Known):
    """Takes its time, as hashing does."""

    async def check(self, name: str, password: str) -> User | None:
        user = await super().check(name, password)
        await asyncio.sleep(0)
        return user


class Queue:
    """Time that passes by waiting."""

    def __init__(self) -> None:
        self.waited: list[float] = []
        self.throttle = Throttle(clock=lambda: 1000.0, sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.waited.append(seconds)


def _run(work: Coroutine[Any, Any, User | None]) -> User | None:
    return asyncio.run(asyncio.wait_for(work, PATIENCE))


async def _ask(typed: bytes, login: Login, desk: Desk) -> User | None:
    desk.reading.heard(typed)
    desk.reading.end()
    return await login.ask(Visitor(desk.wire, desk.terminal, desk.screen, desk.reading))


def test_who_knows_the_password_comes_in() -> None:
    desk = Desk()
    assert _run(_ask(b"ann\r\nsesame\r\n", Login(Known()), desk)) == User("ann")
    assert "sesame" not in desk.text
    assert desk.text.startswith("login: ")


def test_a_slip_is_forgiven() -> None:
    assert _run(_ask(b"ann\r\nsesam\r\nann\r\nsesame\r\n", Login(Known()), Desk())) == User("ann")


def test_three_guesses_are_all() -> None:
    desk, known = Desk(), Known()
    assert _run(_ask(b"ann\r\nx\r\n" * TRIES + b"ann\r\nsesame\r\n", Login(known), desk)) is None
    assert desk.text.count("Login incorrect") == TRIES == len(known.asked)


@pytest.mark.parametrize("typed", [b"-f root\r\n\r\n", b"ann\r\n-f\r\n", b"\r\n\r\n"])
def test_no_name_is_more_than_a_name(typed: bytes) -> None:
    known = Known()
    with pytest.raises(VisitorLeft):
        _run(_ask(typed, Login(known), Desk()))
    assert known.asked == [tuple(part.decode() for part in typed.split(b"\r\n")[:2])]


def test_an_endless_password_is_cut() -> None:
    known = Known()
    with pytest.raises(VisitorLeft):
        _run(_ask(b"ann\r\n" + b"x" * 100_000 + b"\r\n", Login(known), Desk()))
    assert [len(password) for _, password in known.asked] == [LONGEST_ANSWER]


def test_many_wrong_guesses_of_one_address_have_to_wait_over_all_its_connections() -> None:
    queue, known = Queue(), Known()
    login = Login(known, queue.throttle)
    for _ in range(FREE // TRIES + 1):
        _run(_ask(b"ann\r\nx\r\n" * TRIES, login, Desk()))
    assert queue.waited
    assert len(queue.waited) == len(known.asked) - FREE


def test_whoever_stands_too_far_behind_in_the_row_is_not_asked_again() -> None:
    queue, known, desk = Queue(), Known(), Desk()
    login = Login(known, queue.throttle)
    for _ in range(100):
        _run(_ask(b"ann\r\nx\r\n" * TRIES, login, desk))
    assert "Come back later" in desk.text
    assert len(known.asked) < 20
    assert _run(_ask(b"ann\r\nsesame\r\n", login, desk)) is None


def test_ten_thousand_wrong_guesses_of_one_address_are_hardly_any() -> None:
    queue, known = Queue(), Known()
    login = Login(known, queue.throttle)

    async def work() -> None:
        for _ in range(10_000):
            await _ask(b"ann\r\nx\r\n" * TRIES, login, Desk())

    asyncio.run(work())
    assert len(known.asked) < 20


def test_a_thousand_guesses_at_once_are_no_cheaper_than_one_by_one() -> None:
    queue, known = Queue(), Slow()
    login = Login(known, queue.throttle)

    async def work() -> None:
        await asyncio.gather(*(_ask(b"ann\r\nx\r\n", login, Desk()) for _ in range(1000)), return_exceptions=True)

    asyncio.run(work())
    assert len(known.asked) < 20


def test_a_login_does_not_take_for_ever() -> None:
    async def work() -> User | None:
        desk = Desk()
        login = Login(Known(), limit=0.01)
        found = await login.ask(Visitor(desk.wire, desk.terminal, desk.screen, desk.reading))
        assert "longer than" in desk.text
        return found

    assert _run(work()) is None
