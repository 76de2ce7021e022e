"""Wrong logins are slowed down, in one row for each address."""

from __future__ import annotations

import asyncio

import pytest

from portside.accounts.throttle import ADDRESSES, FORGIVEN, FREE, PACE, PATIENCE, Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def throttled(clock: Clock, address: str, count: int) -> Throttle:
    throttle = Throttle(clock=clock)
    for _ in range(count):
        throttle.failed(address)
    return throttle


def test_the_first_mistakes_cost_nothing() -> None:
    assert not throttled(Clock(), "192.0.2.1", FREE - 1).watches("192.0.2.1")
    assert throttled(Clock(), "192.0.2.1", FREE).watches("192.0.2.1")


def test_nobody_waits_for_what_another_did() -> None:
    assert not throttled(Clock(), "192.0.2.1", 100).watches("192.0.2.2")


def test_guesses_stand_in_one_row() -> None:
    throttle = throttled(Clock(), "192.0.2.1", FREE)
    assert [throttle.next_wait("192.0.2.1") for _ in range(3)] == [PACE, 2 * PACE, 3 * PACE]


def test_a_row_that_is_too_long_takes_no_more_until_it_has_moved() -> None:
    clock = Clock()
    throttle = throttled(clock, "192.0.2.1", FREE)
    waits = [throttle.next_wait("192.0.2.1") for _ in range(int(PATIENCE / PACE) + 5)]
    assert waits[int(PATIENCE / PACE) - 1] == PATIENCE and set(waits[int(PATIENCE / PACE) :]) == {None}
    clock.now += PACE
    assert throttle.next_wait("192.0.2.1") == PATIENCE
    assert throttle.next_wait("192.0.2.1") is None


def test_time_gives_a_clean_slate() -> None:
    clock = Clock()
    throttle = throttled(clock, "192.0.2.1", 100)
    clock.now += FORGIVEN
    assert throttle.watches("192.0.2.1")
    clock.now += 0.001
    assert not throttle.watches("192.0.2.1")
    throttle.failed("192.0.2.1")
    assert not throttle.watches("192.0.2.1")


def test_so_does_the_right_password() -> None:
    throttle = throttled(Clock(), "192.0.2.1", 100)
    throttle.succeeded("192.0.2.1")
    assert not throttle.watches("192.0.2.1")


@pytest.mark.parametrize("one, other, same", [
    ("2001:db8::1", "2001:db8::ffff:1:2:3", True), ("2001:db8::1", "2001:db8:0:1::1", False),
    ("::ffff:192.0.2.1", "192.0.2.1", True), ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
    ("fe80::1%eth0", "fe80::2%eth0", True), ("", "", True), ("192.0.2.1", "192.0.2.2", False),
])  # fmt: skip
def test_a_network_that_one_machine_may_use_counts_as_one(one: str, other: str, same: bool) -> None:
    assert throttled(Clock(), one, FREE).watches(other) is same


def test_memory_is_bounded_and_the_latest_are_kept() -> None:
    throttle = Throttle(clock=Clock())
    addresses = [f"10.0.{number >> 8}.{number & 255}" for number in range(ADDRESSES + 10)]
    for address in addresses:
        for _ in range(FREE):
            throttle.failed(address)
    assert [throttle.watches(address) for address in addresses] == [False] * 10 + [True] * ADDRESSES


async def _no_time(seconds: float) -> None:
    """Time does not pass."""


def test_guesses_at_once_are_looked_at_as_if_they_came_one_by_one() -> None:
    throttle = Throttle(clock=Clock(), sleep=_no_time)
    refused = 0

    async def guess() -> None:
        nonlocal refused
        async with throttle.guess("192.0.2.1") as its_turn:
            refused += not its_turn
            await asyncio.sleep(0)
            if its_turn:
                throttle.failed("192.0.2.1")

    async def run() -> None:
        await asyncio.gather(*(guess() for _ in range(100)))

    asyncio.run(run())
    assert refused == 100 - FREE - int(PATIENCE / PACE)


def test_guesses_of_one_network_stand_in_one_row() -> None:
    throttle = Throttle(clock=Clock(), sleep=_no_time)

    async def run() -> list[bool]:
        turns = []
        for number in range(100):
            async with throttle.guess(f"2001:db8::{number:x}") as its_turn:
                turns.append(its_turn)
                throttle.failed(f"2001:db8::{number:x}")
        return turns

    assert sum(asyncio.run(run())) == FREE + int(PATIENCE / PACE)
