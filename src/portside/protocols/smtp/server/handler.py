"""What a program may say about mail while it comes: one class, whose coroutines are all optional."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, BinaryIO

from portside.interfaces import Door
from portside.mail.envelope import Envelope, Recipient
from portside.protocols.smtp.messages import Reply


@dataclass(slots=True)
class Visit:
    """One connection, as a handler sees it.

    ``helo`` is what the client calls itself, ``user`` who has logged in ("": nobody), ``door`` has both addresses and
    the TLS facts. ``facts`` is the handler's own, to keep something from one hook to the next.
    """

    door: Door
    helo: str = ""
    user: str = ""
    facts: dict[str, Any] | None = None


class Handler:
    """Hooks of a server; override those that you want, the others cost nothing.

    All but ``auth`` and ``token`` return a ``Reply`` that refuses (4yz: not now, 5yz: never), or None to go on. What a
    hook raises is logged, and answered by 451. Until a hook is done the client waits; other connections do not.
    """

    async def connect(self, visit: Visit) -> Reply | None:
        """Somebody has come."""

    async def helo(self, visit: Visit, name: str) -> Reply | None:
        """They call themselves ``name``: nothing proves it."""

    async def auth(self, visit: Visit, user: str, secret: str) -> bool:
        """Whether ``secret`` is the password of ``user`` (PLAIN, LOGIN)."""
        return False

    async def token(self, visit: Visit, user: str, token: str) -> bool:
        """Whether ``token`` lets ``user`` in (OAUTHBEARER, RFC 7628); ``user`` may be "": the token tells, then."""
        return False

    async def sender(self, visit: Visit, envelope: Envelope) -> Reply | None:
        """A message begins: MAIL was said."""

    async def recipient(self, visit: Visit, envelope: Envelope, recipient: Recipient) -> Reply | None:
        """RCPT was said; ``envelope`` holds the recipients before this one."""

    async def message(self, visit: Visit, envelope: Envelope, content: BinaryIO) -> Reply | None:
        """The message is whole: after this it is kept, where there is a store, and answered by 250.

        ``content`` is read from its beginning; lines end in CRLF. It is closed afterwards.
        """


HOOKS = ("connect", "helo", "auth", "token", "sender", "recipient", "message")
"""The names of all coroutines that a handler may have."""
Hook = Callable[..., Coroutine[Any, Any, Any]]


def hook_of(handler: object, name: str) -> Hook | None:
    """The coroutine ``name`` of ``handler``; None where it has none of its own."""
    own = getattr(type(handler), name, None)
    if own is None or own is getattr(Handler, name):
        return None
    hook: Hook = getattr(handler, name)
    return hook
