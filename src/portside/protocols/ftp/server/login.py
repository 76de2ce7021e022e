"""Who comes in: anonymous at once, all others by their password, and never faster than guessing is allowed."""

from __future__ import annotations

from dataclasses import dataclass

from portside.accounts.throttle import Throttle
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

    def without_password(self, name: str) -> Visitor | None:
        """Who comes in whatever the password is."""
        if name.lower() not in ANONYMOUS or self._anonymous is Anonymous.OFF:
            return None
        return Visitor(User("anonymous", None, self._anonymous.rights), named=False)

    async def judge(self, name: str, password: str, address: str) -> Visitor | Reply:
        """The visitor, or the reply that turns them away."""
        async with self._throttle.guess(address) as its_turn:
            return await self._judge(name, password, address) if its_turn else TOO_MANY

    async def _judge(self, name: str, password: str, address: str) -> Visitor | Reply:
        user = await self._accounts.check(name, password) if self._accounts is not None else None
        if user is None:
            self._throttle.failed(address)
            return WRONG
        self._throttle.succeeded(address)
        return Visitor(user, named=True)
