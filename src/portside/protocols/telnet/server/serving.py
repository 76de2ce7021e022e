"""Serving an application over Telnet, with TLS or without."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from portside.engine.conversation import Conversation
from portside.engine.server import CONNECTIONS_PER_ADDRESS, GRACE, Doors, Server
from portside.errors import PortsideError
from portside.interfaces import Address, Observer, Role, Stream, Tap
from portside.protocols.telnet.messages import Message, Option, Party, Want
from portside.protocols.telnet.rules.conversation import TelnetRules
from portside.protocols.telnet.rules.policy import SERVER, Policy
from portside.protocols.telnet.server.arrival import ABOUT_THEM, OF_A_WORLD
from portside.protocols.telnet.server.terminal import CHARSETS
from portside.protocols.telnet.server.visit import Terms, Typing, Visit
from portside.protocols.telnet.server.visitor import Application, Keeps
from portside.protocols.telnet.server.wire import Wire

IDLE = 3600.0
"""Seconds without a key after which a visit ends: long enough for lunch, too short for a week of forgotten windows."""
VARIABLES = ("COLORTERM", "LANG")
"""What is asked for of the environment, where the application wants nothing else."""
GOODBYE = "This server stops now. Goodbye."

SEND_BUFFER = 64 * 1024
"""Bytes on their way in the kernel: some screens full. Whoever interrupts a flood still has to see what is there."""

_log = logging.getLogger("portside.telnet")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where and how to serve.

    ``tls`` is a server's context. ``idle`` seconds without a key end a visit (None: never). At most ``per_address``
    visitors come from one address that is not loopback (0: any number).

    - ``charset``: what visitors read and write who do not say otherwise, by Python's name for it.
    - ``environment``: the names that are asked for; ``typing``: who edits the lines that are typed.
    - ``world``: offer what the clients of game worlds know (GMCP, MSSP, EOR), and compression where there is no TLS.
    """

    addresses: Sequence[Address] = (Address("127.0.0.1", 2323),)
    tls: ssl.SSLContext | None = None
    idle: float | None = IDLE
    per_address: int = CONNECTIONS_PER_ADDRESS
    charset: str = "utf-8"
    environment: tuple[str, ...] = VARIABLES
    typing: Typing = Typing.AUTO
    world: bool = True
    observer: Observer | None = None
    tap: Tap | None = None


async def serve(settings: Settings, application: Application) -> TelnetServer:
    """A server that listens already; it ends by ``stop``. Raises ``ListenError``."""
    server = TelnetServer(settings, application)
    await server.listen()
    return server


class TelnetServer:
    """Listens, and hosts an application for everyone who comes in."""

    def __init__(self, settings: Settings, application: Application) -> None:
        self._settings = settings
        self._kept = application if isinstance(application, Keeps) else None
        self._terms, self._policy = terms(settings, application), policy(settings)
        self._visits: dict[asyncio.Task[None], Visit] = {}
        doors = Doors(settings.addresses, settings.tls, settings.per_address, settings.tap, SEND_BUFFER)
        self._server = Server(doors, self._greet)

    @property
    def addresses(self) -> Sequence[Address]:
        """Where it really listens."""
        return self._server.addresses

    @property
    def visitors(self) -> int:
        """How many are here."""
        return len(self._visits)

    async def listen(self) -> None:
        """Accept from now on. Raises ``ListenError``."""
        await self._server.listen()

    def _greet(self, stream: Stream, on_over: Callable[[Conversation[Any]], None]) -> Conversation[Message]:
        rules = TelnetRules(Role.SERVER, self._policy)
        conversation: Conversation[Message] = Conversation(
            rules, Role.SERVER, observer=self._settings.observer, on_over=on_over
        )
        wire = Wire(conversation, rules, stream.door.remote, secure=stream.door.tls is not None)
        visit = Visit(wire, self._terms)
        task = visit.begin()
        self._visits[task] = visit
        task.add_done_callback(self._over)
        conversation.begin(visit, stream)
        return conversation

    def _over(self, task: asyncio.Task[None]) -> None:
        del self._visits[task]

    # -------------------------------------------------------------------------------------------------- end

    async def stop(self, grace: float = GRACE) -> None:
        """Say goodbye to everyone, give their applications ``grace`` seconds, then cut off what is left."""
        for visit in list(self._visits.values()):
            visit.send_away(GOODBYE)
        await self._server.stop(grace)
        if self._visits:
            await asyncio.wait(list(self._visits), timeout=grace)
        await self._cancel_visits()
        await self._put_away()

    async def _put_away(self) -> None:
        if self._kept is None:
            return
        kept, self._kept = self._kept, None
        try:
            await kept.close()
        except PortsideError as error:
            _log.error("what was hosted could not be put away: %s", error)

    async def _cancel_visits(self) -> None:
        left = list(self._visits)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def abort(self) -> None:
        """Stop at once."""
        self._server.abort()
        for task in list(self._visits):
            task.cancel()


def terms(settings: Settings, application: Application) -> Terms:
    """What holds for every visit."""
    return Terms(application, _first(settings), settings.environment, settings.charset, settings.typing, settings.idle)


def policy(settings: Settings) -> Policy:
    """What the rules allow and ask for."""
    compressed = settings.world and settings.tls is None  # compression within TLS tells lengths of secrets
    first = _first(settings)
    offers = (*first, Want(Option.MCCP2, Party.US)) if compressed else first
    ours = SERVER.ours if compressed else SERVER.ours - {Option.MCCP2}
    return replace(SERVER, ours=ours, first=offers, charsets=CHARSETS, half_close=True)


def _first(settings: Settings) -> tuple[Want, ...]:
    return (*ABOUT_THEM, *OF_A_WORLD) if settings.world else ABOUT_THEM
