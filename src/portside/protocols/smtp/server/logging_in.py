"""Who may come in: passwords, tokens and proofs, and never faster than guessing is allowed."""

from __future__ import annotations

import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from portside.accounts.scram import ScramKeys
from portside.accounts.users import User
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.logins import WRONG
from portside.protocols.smtp.rules.turns import Admit, Attempt, Guessed, Keys

if TYPE_CHECKING:
    from portside.protocols.smtp.server.house import House

TOO_MANY = Reply(421, ("Too many logins from your address were wrong; try again later.",), "4.7.0")

_log = logging.getLogger("portside.smtp")


@runtime_checkable
class KnowsKeys(Protocol):
    """Accounts that keep what SCRAM needs."""

    def keys_of(self, name: str) -> ScramKeys:
        """The keys of this user; of nobody, some that no password has."""
        ...


class Judging:
    """The logins of one connection, from ``address``."""

    def __init__(self, house: House, address: str) -> None:
        self._accounts = house.settings.accounts
        self._throttle = house.throttle
        self._address = address

    async def password(self, attempt: Attempt) -> Admit | Reply:
        """The verdict on a password."""
        async with self._throttle.guess(self._address) as its_turn:
            if not its_turn:
                return TOO_MANY
            if self._accounts is None or attempt.token:
                return self._verdict(attempt.user, right=False)
            user = await self._accounts.check(attempt.user, attempt.secret)
            return self._verdict(attempt.user, right=isinstance(user, User))

    async def by_hook(self, attempt: Attempt, answer: Coroutine[Any, Any, Any]) -> Admit | Reply:
        """The verdict of a handler."""
        async with self._throttle.guess(self._address) as its_turn:
            if not its_turn:
                answer.close()
                return TOO_MANY
            verdict = await answer
            return verdict if isinstance(verdict, Reply) else self._verdict(attempt.user, right=verdict is True)

    async def keys(self, user: str) -> Keys | Reply:
        """What SCRAM needs of ``user``."""
        async with self._throttle.guess(self._address) as its_turn:
            if not its_turn:
                return TOO_MANY
            return Keys(self._accounts.keys_of(user)) if isinstance(self._accounts, KnowsKeys) else WRONG

    def guessed(self, guessed: Guessed) -> None:
        """How a SCRAM exchange has ended."""
        self._verdict(guessed.user, right=guessed.right)

    def _verdict(self, user: str, *, right: bool) -> Admit | Reply:
        if right:
            self._throttle.succeeded(self._address)
            _log.info("%s: %s came in", self._address, user)
            return Admit(user)
        self._throttle.failed(self._address)
        _log.info("%s: a login as %s was wrong", self._address, user)
        return WRONG
