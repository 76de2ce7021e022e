"""The mailbox page's server: our own web server on loopback, at an address that tests and scripts can know."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from portside.apps.mailbox.application import MailboxApplication
from portside.apps.mailbox.terms import Terms
from portside.interfaces import Address
from portside.mail.maildir.mailbox import Mailbox
from portside.protocols.http.server.guards import HostGuard
from portside.protocols.http.server.serving import WebServer
from portside.protocols.http.server.settings import FolderSettings, Settings

PORT = 8025
"""Where the page is unless one asks for another port: where people look for a mail catcher's."""
PLACE = Address("127.0.0.1", PORT)
LIFE = 6
"""Bytes of chance that tell the events of this server from those of another one."""
GRACE = 1.0
"""Seconds that an answer may take to its end when the server stops."""


@dataclass(frozen=True, slots=True)
class MailboxPage:
    """A page that is served; ``url`` is its address, below which the API is, too."""

    url: str
    _server: WebServer
    _application: MailboxApplication

    async def stop(self) -> None:
        """Serve no more. The mailbox stays open."""
        self._application.close()
        await self._server.stop(GRACE)


async def open_mailbox_page(mailbox: Mailbox, address: Address = PLACE, terms: Terms | None = None) -> MailboxPage:
    """Show what is in ``mailbox``, which is open, at ``address`` (port 0: a free one). Raises ``ListenError``.

    Whoever can reach the address may read and delete the mail: leave it on loopback.
    """
    application = MailboxApplication(mailbox, terms or Terms(), life=secrets.token_hex(LIFE))
    settings = Settings(FolderSettings(Path()), (address,), access_log=None)
    server = WebServer(settings, HostGuard(application))
    try:
        await server.listen()
    except BaseException:
        application.close()
        raise
    return MailboxPage(f"http://{server.addresses[0]}/", server, application)
