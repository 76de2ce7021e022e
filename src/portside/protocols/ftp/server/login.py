"""Who comes in: anonymous at once, all others by their password, and never faster than guessing is allowed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from weakref import WeakValueDictionary

from portside.accounts.throttle import FREE, Throttle
from portside.accounts.users import Accounts, User
from portside.protocols.ftp.messages import Reply
from portside.protocols.ftp.server.settings import Anonymous

ANONYMOUS = frozenset({"anonymous", "ftp"})
"""Names for who has none (RFC 1635); upper or lower case makes no difference."""
WRONG = Reply(530, ("The user or the password is wrong.",))
"""The same words whether there is such a user or not (RFC 2577 §6)."""
TOO_MANY = Reply(421, ("Too many logins from this address were wrong; try again later.",))


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who has come in; ``named``: by a password."""

    user: User
    named: bool


class Logins:
    """Decides about attempts. Anonymous costs nothing; a password is hashed in a thread."""

    def __init__(self, accounts: Accounts | None, anonymous: Anonymous, throttle: Throttle | None = None) -> None:
        self._accounts = accounts
        self._anonymous = anonymous
        self._throttle = throttle or Throttle()
        self._rows: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def without_password(self, name: str) -> Visitor | None:
        """Who comes in whatever the password is."""
        if name.lower() not in ANONYMOUS or self._anonymous is Anonymous.OFF:
            return None
        return Visitor(User("anonymous", None, self._anonymous.rights), named=False)

    async def judge(self, name: str, password: str, address: str) -> Visitor | Reply:
        """The visitor, or the reply that turns them away.

        Of one address only as many are judged at once as may be wrong for nothing: so the thirty connections of a
        client that knows its password wait for a moment, and a thousand guesses are no cheaper than one by one.
        """
        throttle = self._throttle
        async with self._rows.setdefault(address, asyncio.Semaphore(FREE)):
            if not throttle.watches(address):
                return await self._judge(name, password, address)
        wait = throttle.next_wait(address)
        if wait is None:
            return TOO_MANY
        await throttle.sleep(wait)
        return await self._judge(name, password, address)

    async def _judge(self, name: str, password: str, address: str) -> Visitor | Reply:
        user = await self._accounts.check(name, password) if self._accounts is not None else None
        if user is None:
            self._throttle.failed(address)
            return WRONG
        self._throttle.succeeded(address)
        return Visitor(user, named=True)
