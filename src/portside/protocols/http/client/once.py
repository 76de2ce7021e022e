"""One request, for a program that is not asynchronous: a thin wrapper around ``Client``."""

from __future__ import annotations

import asyncio

from portside.protocols.http.client.answer import Answer
from portside.protocols.http.client.asks import FieldsIn
from portside.protocols.http.client.client import Client
from portside.protocols.http.client.settings import Settings
from portside.transport.patience import may_wait_here


def get(url: str, *, headers: FieldsIn = (), settings: Settings | None = None) -> Answer:
    """Fetch ``url`` and wait for the whole answer: ``status``, ``headers``, ``content``, ``text()``, ``json()``.

    Proxies are those of ``settings`` (none by default). Raises what ``Client`` says, and ``LocalError`` where an event
    loop is running already: use ``Client`` there.
    """
    may_wait_here("portside.get waits, and an event loop is running here: use `async with portside.Client()`")
    return asyncio.run(_get(url, headers, settings))


async def _get(url: str, headers: FieldsIn, settings: Settings | None) -> Answer:
    async with Client(settings) as client:
        return await client.get(url, headers=headers)
