"""What all connections of one server have in common."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from portside.accounts.throttle import Throttle
from portside.errors import UsageError
from portside.mail.envelope import Envelope
from portside.mail.storing import Incoming, Store
from portside.protocols.smtp.rules.chaos import Chaos
from portside.protocols.smtp.rules.policy import Policy
from portside.protocols.smtp.rules.rates import Rate
from portside.protocols.smtp.rules.sasl.mechanisms import BEARER, LOGIN, PLAIN
from portside.protocols.smtp.rules.shared import Shared
from portside.protocols.smtp.rules.turns import Hook as Point
from portside.protocols.smtp.server.backlog import Backlog
from portside.protocols.smtp.server.handing import HandedIncoming
from portside.protocols.smtp.server.handler import Handler, Hook, Visit, hook_of
from portside.protocols.smtp.server.routing import receiver_of
from portside.protocols.smtp.server.settings import Settings

NONCE = 18
"""Octets of our part of a nonce (RFC 5802 §5.1)."""

Receive = Callable[[Visit, Envelope], Incoming]


class House:
    """Settings, hooks, and where messages go. Raises ``UsageError`` for what keeps nothing."""

    def __init__(self, settings: Settings, keeper: Store | Handler, handler: Handler | None = None) -> None:
        self.settings = settings
        self.throttle = Throttle()
        self.backlog = Backlog(settings.backlog)
        store = None if isinstance(keeper, Handler) or not hasattr(keeper, "receive") else keeper
        hooked = handler if handler is not None else keeper if store is None else None
        self.hooks = {point: hook for point in Point if (hook := hook_of(hooked, point.value)) is not None}
        self.judges = {token: hook_of(hooked, "token" if token else "auth") for token in (False, True)}
        self.receive = _receiver(store, hook_of(hooked, "message"), settings.in_memory)
        self.policy = self._policy(settings.policy)
        self.shared = _shared(settings)
        self.running: set[asyncio.Future[Any]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Carry ``work`` out, whatever becomes of the connection that it is for."""
        task = asyncio.get_running_loop().create_task(work)
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def close(self, grace: float) -> None:
        """Return once what runs is done, and after ``grace`` seconds in any case."""
        if self.running:
            await asyncio.wait(list(self.running), timeout=grace)

    def _policy(self, policy: Policy) -> Policy:
        """``policy`` with what the handler can do beside."""
        return replace(policy, hooks=policy.hooks | frozenset(self.hooks), mechanisms=self._mechanisms(policy))

    def _mechanisms(self, policy: Policy) -> tuple[str, ...]:
        by_password = (PLAIN, LOGIN) if self.judges[False] is not None else ()
        offered = policy.mechanisms or by_password
        return (BEARER, *offered) if self.judges[True] is not None and BEARER not in offered else offered


def _receiver(store: Store | None, message: Hook | None, in_memory: int) -> Receive:
    """What makes an ``Incoming`` for each message: of the store, behind the handler's own hook where it has one."""
    if store is None:
        if message is None:
            raise UsageError("nothing keeps the mail: a handler without a store needs a coroutine 'message'")
        return lambda visit, _envelope: HandedIncoming(message, visit, in_memory)
    kept = receiver_of(store)
    if message is None:
        return lambda _visit, envelope: kept(envelope)
    return lambda visit, envelope: HandedIncoming(message, visit, in_memory, kept(envelope))


def _shared(settings: Settings) -> Shared:
    chance = random.Random(settings.seed)  # what goes wrong on purpose has to be the same each time
    bindings = {"tls-server-end-point": settings.binding} if settings.binding else {}
    return Shared(
        messages=Rate(settings.rate),
        recipients=Rate(settings.recipient_rate),
        chaos=Chaos(settings.chaos, chance.random),
        nonce=lambda: secrets.token_urlsafe(NONCE),
        bindings=bindings,
    )
