"""Where a domain's mail goes: its exchangers by preference, or the domain itself (RFC 5321 §5.1, RFC 7505)."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection

from portside.errors import RemoteError
from portside.mail.resolving import Resolver
from portside.protocols.smtp.messages import Reply


class Unroutable(RemoteError):
    """No server takes this domain's mail, for certain; ``reply`` is what a server would have said of it."""

    def __init__(self, text: str, reply: Reply) -> None:
        super().__init__(text, reply.code)
        self.reply = reply


async def route(
    domain: str,
    resolver: Resolver,
    *,
    draw: Callable[[], float] = random.random,
    ours: Collection[str] = (),
) -> tuple[str, ...]:
    """The hosts that take mail for ``domain``, in the order in which to try them: names, or one numeric address.

    ``draw`` gives numbers from 0 to 1, by which hosts of equal preference are mixed. ``ours`` are our own names: where
    one of them is among the hosts, it and whatever is not preferred to it are left out. Raises ``Unroutable``, and
    ``NoAnswer`` where asking later may help.
    """
    raise NotImplementedError


async def addresses_of(host: str, resolver: Resolver) -> tuple[str, ...]:
    """The numeric addresses of one host of a route. Raises ``ResolveError``, also where there are none."""
    raise NotImplementedError
