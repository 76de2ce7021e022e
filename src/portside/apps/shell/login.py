"""The questions at the door: a name, a password, and not too many guesses."""

from __future__ import annotations

import asyncio
import logging

from portside.accounts.throttle import Throttle
from portside.accounts.users import Accounts, User
from portside.protocols.telnet.server.visitor import Visitor

TRIES = 3
"""Guesses in one visit."""
LOGIN_TIME = 120.0
"""Seconds for all of them: enough to look a password up."""
LONGEST_ANSWER = 256
"""Characters of a name or a password that are taken."""

_log = logging.getLogger("portside.shell")


class Login:
    """Lets in whom ``accounts`` knows. Wrong guesses of one address have to wait, over all its connections."""

    def __init__(self, accounts: Accounts, throttle: Throttle | None = None, limit: float = LOGIN_TIME) -> None:
        self._accounts = accounts
        self._throttle = throttle or Throttle()
        self._limit = limit

    async def ask(self, visitor: Visitor) -> User | None:
        """Who the visitor is; None for whoever could not say so. Raises ``VisitorLeft``."""
        try:
            async with asyncio.timeout(self._limit):
                return await self._ask(visitor)
        except TimeoutError:
            visitor.tell(f"The login took longer than {self._limit:g} seconds. Goodbye.")
            return None

    async def _ask(self, visitor: Visitor) -> User | None:
        for _ in range(TRIES):
            name = await visitor.line("login: ", limit=LONGEST_ANSWER)
            password = await visitor.line("Password: ", secret=True, limit=LONGEST_ANSWER)
            async with self._throttle.guess(visitor.address.host) as its_turn:
                if not its_turn:
                    visitor.write("Too many logins from your address were wrong. Come back later.\n")
                    return None
                user = await self._accounts.check(name, password)
                if user is not None:
                    return self._welcome(visitor, user)
                self._refuse(visitor)
        return None

    def _welcome(self, visitor: Visitor, user: User) -> User:
        self._throttle.succeeded(visitor.address.host)
        _log.info("%s has logged in from %s", user.name, visitor.address)
        return user

    def _refuse(self, visitor: Visitor) -> None:
        self._throttle.failed(visitor.address.host)
        _log.warning("a login from %s was wrong", visitor.address)
        visitor.write("Login incorrect.\n\n")
