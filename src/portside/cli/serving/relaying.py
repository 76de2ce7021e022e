"""Mail for elsewhere, from those who may send it: it goes to a queue of the server's own, which is sent as it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from portside.apps.outbox import Outbox, Runner
from portside.apps.outbox import Settings as RunnerSettings
from portside.apps.outbox.by_smtp import SmtpCarrier
from portside.apps.outbox.delivery import Tally
from portside.mail.storing import Store
from portside.protocols.smtp.client import Settings as ClientSettings
from portside.protocols.smtp.rules.policy import Policy
from portside.protocols.smtp.rules.relaying import lives_here
from portside.protocols.smtp.server.routing import Router

QUEUE = Path(".portside", "queue")
"""Where the queue lies, within the folder of the mail."""

_log = logging.getLogger("portside.smtp")


@dataclass(frozen=True, slots=True)
class Relaying:
    """``through``: the URL of the server that all of it goes to ("": those of each domain, by MX).

    ``password``: for the user that the URL names.
    """

    through: str = ""
    password: str = ""

    @asynccontextmanager
    async def beside(self, folder: Path, store: Store, policy: Policy) -> AsyncIterator[Router]:
        """What keeps mail for us in ``store`` and has all else sent. Reports of failures for our own come to ``store``.

        Raises ``UsageError`` where the queue cannot be used.
        """
        async with Outbox(folder / QUEUE, relay=self.through) as outbox:
            carrier = SmtpCarrier(ClientSettings(helo=policy.name), self.password)
            settings = RunnerSettings(name=policy.name, mailbox=store, domains=policy.domains or frozenset())
            async with _running(Runner(outbox, carrier, settings)):
                yield Router(store, outbox, lambda recipient: lives_here(recipient, policy))


@asynccontextmanager
async def _running(runner: Runner) -> AsyncIterator[None]:
    task = asyncio.ensure_future(runner.run())
    task.add_done_callback(_note)
    try:
        yield
    finally:
        runner.stop()
        await asyncio.wait([task])


def _note(task: asyncio.Future[Tally]) -> None:
    """A queue that is not sent any more is told of: what comes in is still kept there."""
    if not task.cancelled() and task.exception() is not None:
        _log.error("mail for other domains waits, and is not sent: %s", task.exception())
