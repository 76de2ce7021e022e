"""The connections with all servers: one pool for each, and no more than are needed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from portside.interfaces import Address
from portside.protocols.smtp.client import pools as room
from portside.protocols.smtp.client.opening import Place
from portside.protocols.smtp.client.pools import Pools
from portside.protocols.smtp.client.settings import Settings
from portside.protocols.smtp.rules.orders import Entry, TlsUse
from tests.support.smtp_mailing import to


def place(name: str, tls: TlsUse = TlsUse.OFFERED) -> Place:
    return Place(Address(name, 25), Entry(f"{name}:25", tls=tls))


def test_each_server_has_one_pool() -> None:
    async def story() -> None:
        pools = Pools(Settings())
        assert pools.at(place("a.test"), to()) is pools.at(place("a.test"), to())
        assert pools.at(place("a.test"), to()) is not pools.at(place("b.test"), to())
        await pools.close()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("tls", "required"),
    [(TlsUse.OFF, TlsUse.REQUIRED), (TlsUse.OFFERED, TlsUse.REQUIRED), (TlsUse.IMPLICIT, TlsUse.IMPLICIT)],
)
def test_a_message_that_requires_tls_has_connections_that_do(tls: TlsUse, required: TlsUse) -> None:
    async def story() -> None:
        pools = Pools(Settings())
        plain, strict = pools.at(place("a.test", tls), to()), pools.at(place("a.test", tls), to(require_tls=True))
        assert strict.place.entry.tls is required and (strict is plain) is (tls is TlsUse.IMPLICIT)
        await pools.close()

    asyncio.run(story())


def test_servers_that_were_not_used_for_the_longest_time_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "POOLS_KEPT", 2)

    async def story() -> None:
        pools = Pools(Settings())
        first = pools.at(place("a.test"), to())
        second = pools.at(place("b.test"), to())
        assert pools.at(place("a.test"), to()) is first
        pools.at(place("c.test"), to())
        assert pools.at(place("a.test"), to()) is first
        assert pools.at(place("b.test"), to()) is not second
        await pools.close()

    asyncio.run(story())


def test_a_server_that_moves_is_found_where_it_is() -> None:
    async def story() -> None:
        pools = Pools(Settings())
        pool = pools.at(replace(place("a.test"), known=("192.0.2.1",)), to())
        assert pools.at(replace(place("a.test"), known=("192.0.2.2",)), to()) is pool
        assert pool.place.known == ("192.0.2.2",)
        await pools.close()

    asyncio.run(story())


def test_a_person_is_warned_once() -> None:
    lines: list[str] = []
    pools = Pools(Settings(warn=lines.append))
    for _ in range(3):
        pools.warn("careful")
    assert lines == ["careful"]
