"""A web server put together: doors, connections, guards, folders, log."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from portside.engine.conversation import Conversation
from portside.engine.server import GRACE, Doors, Server
from portside.interfaces import Address, Role, Stream
from portside.protocols.http.messages import Message
from portside.protocols.http.rules.memory import ServerMemory
from portside.protocols.http.rules.server import ServerRules
from portside.protocols.http.server.access_log import AccessLog
from portside.protocols.http.server.application import Application
from portside.protocols.http.server.exchange import Exchange
from portside.protocols.http.server.folder import Folder
from portside.protocols.http.server.guards import HostGuard, LoginGuard, Sites
from portside.protocols.http.server.remembered import Remembered
from portside.protocols.http.server.settings import Settings

OWN_ADDRESSES = 64
"""Local addresses with a memory of their own: a machine has few, but 127.0.0.0/8 has millions."""


class WebServer:
    """A running web server, made by ``serve``."""

    def __init__(self, settings: Settings, application: Application) -> None:
        self._settings = settings
        self._application = application
        self._log = AccessLog(settings.access_log, settings.log_file) if settings.access_log else None
        self._memory = ServerMemory(time.time)
        self._remembered: dict[str, Remembered] = {}
        doors = Doors(settings.addresses, settings.tls, settings.per_address, settings.tap)
        self._server = Server(doors, self._greet)

    @property
    def addresses(self) -> Sequence[Address]:
        """Where it really listens."""
        return self._server.addresses

    async def listen(self) -> None:
        """Accept from now on. Raises ``ListenError``."""
        await self._server.listen()

    def _greet(self, stream: Stream, on_over: Callable[[Conversation[Any]], None]) -> Conversation[Message]:
        rules = ServerRules(self._settings.limits, self._memory)
        conversation: Conversation[Message] = Conversation(
            rules, Role.SERVER, observer=self._settings.observer, on_over=on_over
        )
        application = self._application_at(stream.door.local.host)
        conversation.begin(Exchange(conversation, application, self._log), stream)
        return conversation

    def _application_at(self, host: str) -> Application:
        """What answers at this address of ours: the guards look at it, so each has a memory of its own."""
        known = self._remembered.get(host)
        if known is None:
            if len(self._remembered) >= OWN_ADDRESSES:
                self._remembered.clear()
            known = self._remembered[host] = Remembered(self._application)
        return known

    def reopen_log(self) -> None:
        """Open the log's file anew, after it was moved away."""
        if self._log is not None:
            self._log.reopen()

    async def stop(self, grace: float = GRACE) -> None:
        """Accept no more, let what runs finish for ``grace`` seconds, and write the log to its end."""
        await self._server.stop(grace)
        self._close_log()

    def abort(self) -> None:
        """Stop at once."""
        self._server.abort()
        self._close_log()

    def _close_log(self) -> None:
        if self._log is not None:
            self._log.close()


def application(settings: Settings) -> Application:
    """The folders of ``settings`` behind their guards. Raises ``UsageError`` for a folder that is none."""
    sites = {host: Folder(folder) for host, folder in settings.sites.items()}
    inner: Application = Folder(settings.site)
    if sites:
        inner = Sites(inner, sites)
    if settings.auth is not None:
        inner = LoginGuard(inner, *settings.auth)
    return HostGuard(inner, (*settings.hosts, *settings.sites))


async def serve(settings: Settings) -> WebServer:
    """A web server that accepts. Raises ``ListenError``, and ``UsageError`` for a folder that is none."""
    server = WebServer(settings, application(settings))
    await server.listen()
    return server
