"""The page's server: our own web server on loopback, at an address that nobody can guess."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from portside.inspector.page.application import PageApplication
from portside.inspector.page.guard import Guard
from portside.inspector.watched import Watched
from portside.interfaces import Address
from portside.protocols.http.messages import Request, Response
from portside.protocols.http.server import FolderSettings, Settings
from portside.protocols.http.server.application import Arrival
from portside.protocols.http.server.serving import WebServer

LOOPBACK = "127.0.0.1"
TOKEN = 24
"""Bytes of chance in the address: as many as nobody can try (RFC 4086 §8.2)."""
GRACE = 1.0
"""Seconds that an answer may take to its end when the server stops."""


@dataclass(frozen=True, slots=True)
class PageServer:
    """A page that is served; ``url`` is its whole address."""

    url: str
    _server: WebServer
    _page: PageApplication

    async def stop(self) -> None:
        """Serve no more."""
        self._page.close()
        await self._server.stop(GRACE)


class _Later:
    """An application that is made once the server knows its port."""

    application: PageApplication

    def __call__(self, request: Request, arrival: Arrival) -> Response:
        return self.application(request, arrival)


async def serve(watched: Watched, port: int) -> PageServer:
    """Show what is ``watched`` at ``port`` of loopback (0: a free one). Raises ``ListenError``."""
    later = _Later()
    settings = Settings(FolderSettings(Path()), (Address(LOOPBACK, port),), access_log=None)
    server = WebServer(settings, later)
    await server.listen()
    bound = server.addresses[0].port
    token = secrets.token_urlsafe(TOKEN)
    later.application = PageApplication(watched, Guard(token, bound))
    return PageServer(f"http://{LOOPBACK}:{bound}/{token}/", server, later.application)
