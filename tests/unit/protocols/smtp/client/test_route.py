"""Where a domain's mail goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from portside.mail.resolving import NoAnswer, NoSuchName
from portside.protocols.smtp.client.route import ADDRESSES_TRIED, HOSTS_TRIED, Unroutable, addresses_of, route
from tests.support.smtp_mailing import Zone

ZONE = Zone(
    mx={
        "two.test": ((20, "b.test"), (10, "a.test")),
        "equal.test": ((10, "c.test"), (10, "a.test"), (5, "best.test"), (10, "b.test")),
        "null.test": ((0, ""),),
        "mixed.test": ((0, ""), (10, "a.test")),
        "ours.test": ((10, "a.test"), (20, "us.test"), (20, "b.test"), (30, "c.test")),
        "loop.test": ((10, "us.test"), (20, "a.test")),
        "twice.test": ((10, "A.test."), (20, "a.test")),
        "xn--exmple-cua.test": ((10, "a.test"),),
        "many.test": tuple((number, f"{number}.test") for number in range(1000)),
        "nothing.test": (),
    },
    a={"itself.test": ("192.0.2.1",), "a.test": ("192.0.2.2", "2001:db8::2"), "empty.test": ()},
    silent=frozenset({"silent.test"}),
)


def found(domain: str, draw: Callable[[], float] = lambda: 0.0, ours: tuple[str, ...] = ()) -> tuple[str, ...]:
    return asyncio.run(route(domain, ZONE, draw=draw, ours=ours))


@pytest.mark.parametrize(
    ("domain", "hosts"),
    [
        ("two.test", ("a.test", "b.test")),
        ("itself.test", ("itself.test",)),
        ("mixed.test", ("a.test",)),
        ("twice.test", ("a.test",)),
        ("exämple.test", ("a.test",)),
        ("[192.0.2.9]", ("192.0.2.9",)),
        ("[IPv6:2001:db8::9]", ("2001:db8::9",)),
    ],
)
def test_hosts_come_by_their_preference(domain: str, hosts: tuple[str, ...]) -> None:
    assert found(domain) == hosts


def test_equals_come_in_an_order_that_is_drawn() -> None:
    draws = iter([0.9, 0.5, 0.7, 0.1])
    assert found("equal.test", lambda: next(draws)) == ("best.test", "b.test", "a.test", "c.test")


@pytest.mark.parametrize(
    ("domain", "code", "enhanced"),
    [
        ("null.test", 556, "5.1.10"),
        ("missing.test", 550, "5.1.2"),
        ("empty.test", 550, "5.4.4"),
        ("[x-tag:y]", 550, "5.1.2"),
        ("loop.test", 554, "5.4.6"),
    ],
)
def test_a_domain_that_takes_no_mail_is_refused_for_good(domain: str, code: int, enhanced: str) -> None:
    with pytest.raises(Unroutable) as caught:
        found(domain, ours=("us.test",))
    assert (caught.value.reply.code, caught.value.reply.enhanced) == (code, enhanced)


def test_what_is_not_preferred_to_ourselves_would_send_it_back() -> None:
    assert found("ours.test", ours=("us.test", "")) == ("a.test",)
    assert len(found("ours.test")) == 4


def test_a_dns_that_does_not_answer_may_do_so_later() -> None:
    with pytest.raises(NoAnswer):
        found("silent.test")


def test_nobody_has_us_try_a_thousand_hosts() -> None:
    assert len(found("many.test")) == HOSTS_TRIED


def test_a_host_has_addresses_or_is_one() -> None:
    assert asyncio.run(addresses_of("a.test", ZONE)) == ("192.0.2.2", "2001:db8::2")
    assert asyncio.run(addresses_of("192.0.2.9", ZONE)) == ("192.0.2.9",)
    assert asyncio.run(addresses_of("2001:db8::9", ZONE)) == ("2001:db8::9",)


def test_a_host_without_an_address_is_told() -> None:
    with pytest.raises(NoAnswer, match="no address"):
        asyncio.run(addresses_of("empty.test", ZONE))
    with pytest.raises(NoSuchName):
        asyncio.run(addresses_of("missing.test", ZONE))
    zone = Zone(a={"many.test": tuple(f"192.0.2.{number}" for number in range(100))})
    assert len(asyncio.run(addresses_of("many.test", zone))) == ADDRESSES_TRIED
