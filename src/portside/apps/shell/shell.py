"""The application: who logs in gets a shell, and is told how it ended."""

from __future__ import annotations

import logging
import signal

from portside.accounts.throttle import Throttle
from portside.accounts.users import Accounts
from portside.apps.shell.child import Child
from portside.apps.shell.environment import Owner, environment, owner
from portside.apps.shell.login import Login
from portside.apps.shell.session import Session
from portside.errors import LocalError
from portside.protocols.telnet.server.visitor import Visitor

_log = logging.getLogger("portside.shell")


class Shell:
    """A login shell for everyone whom ``accounts`` knows; it runs as ``user``, the one who serves."""

    def __init__(self, accounts: Accounts, throttle: Throttle | None = None, user: Owner | None = None) -> None:
        self._login = Login(accounts, throttle)
        self._user = user or owner()

    async def __call__(self, visitor: Visitor) -> None:
        """One visit."""
        if not visitor.secure:
            visitor.write("This connection is cleartext: whoever is on the way can read along.\n")
        known = await self._login.ask(visitor)
        if known is not None:
            await self._host(visitor, known.name)

    async def _host(self, visitor: Visitor, name: str) -> None:
        try:
            told = environment(self._user, visitor.terminal, visitor.environment)
            child = Child(self._user, told, visitor.columns, visitor.rows)
        except LocalError as error:
            _log.error("%s", error)
            visitor.tell("There is no shell for you just now. Sorry!")
            return
        session = Session(child)
        try:
            visitor.hand_over(session)
            status = await session.run()
        finally:
            session.close()
            await child.hang_up()
        _log.info("the shell of %s from %s has ended: %s", name, visitor.address, ending(status))
        if status is not None:
            visitor.tell(f"The shell has ended: {ending(status)}.")


def ending(status: int | None) -> str:
    """How a shell has ended, in words."""
    if status is None:
        return "the visitor left"
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"signal {signal.Signals(-status).name}"
    except ValueError:
        return f"signal {-status}"
