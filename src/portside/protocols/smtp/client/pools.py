"""The connections with all servers: a pool for each, made when it is needed, and the oldest let go."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import replace

from portside.mail.envelope import Envelope
from portside.protocols.smtp.client.opening import Place
from portside.protocols.smtp.client.pool import Pool
from portside.protocols.smtp.client.settings import Settings
from portside.protocols.smtp.rules.orders import TlsUse

POOLS_KEPT = 64
"""Servers whose connections are kept for the next message, where each domain has its own."""

_Key = tuple[str, TlsUse]


class Pools:
    """All pools of one client."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._by_place: OrderedDict[_Key, Pool] = OrderedDict()
        self._leaving: set[asyncio.Task[None]] = set()
        self._warned: set[str] = set()

    def at(self, place: Place, envelope: Envelope) -> Pool:
        """The pool of the server at ``place``; TLS is required there where the envelope asks for it all the way."""
        if envelope.require_tls and place.entry.tls is not TlsUse.IMPLICIT:
            place = replace(place, entry=replace(place.entry, tls=TlsUse.REQUIRED))
        key = (place.entry.server, place.entry.tls)
        pool = self._by_place.get(key)
        if pool is None:
            pool = self._by_place[key] = Pool(place, self._settings, self.warn)
            self._let_go()
        elif len(self._by_place) > 1:
            self._by_place.move_to_end(key)
        pool.found_at(place.known)
        return pool

    def warn(self, line: str) -> None:
        """Tell the person once."""
        if line not in self._warned:
            self._warned.add(line)
            self._settings.warn(line)

    def _let_go(self) -> None:
        """Close the connections that were not used for the longest time, where there are too many."""
        excess = len(self._by_place) - POOLS_KEPT
        resting = [key for key, pool in self._by_place.items() if pool.resting][: max(0, excess)]
        for key in resting:
            task = asyncio.ensure_future(self._by_place.pop(key).close())
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def close(self) -> None:
        """Take leave everywhere."""
        pools, self._by_place = self._by_place, OrderedDict()
        await asyncio.gather(*self._leaving, *(pool.close() for pool in pools.values()))
