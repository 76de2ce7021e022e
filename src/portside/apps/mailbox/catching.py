"""A mail server for the time of a test: it keeps what the program under test sends, and shows it to the test.

>>> # with portside.catch_mail() as (address, mailbox):
>>> #     send_welcome("ann@example.com", smtp=address)
>>> #     assert "Welcome" in mailbox.wait(to="ann@example.com").subject

It runs in a thread of its own, so that tests need no event loop, and may have one.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

from portside.apps.mailbox.client import Mailbox
from portside.apps.mailbox.serving import open_mailbox_page
from portside.apps.mailbox.settling import Settling
from portside.apps.mailbox.terms import Terms
from portside.interfaces import Address
from portside.mail.maildir.mailbox import Mailbox as MaildirMailbox
from portside.mail.maildir.store import MaildirStore
from portside.protocols.smtp.server import Settings, serve

LOOPBACK = "127.0.0.1"
PREFIX = "portside-mail-"
"""How the folders begin that are made for the time of a test."""
GRACE = 1.0
"""Seconds that a conversation may take to its end when the test is over."""

Place = tuple[str, int]
"""Host and port, as ``smtplib.SMTP(*address)`` takes them."""


@contextmanager
def catch_mail(folder: Path | None = None, settings: Settings | None = None) -> Iterator[tuple[Place, Mailbox]]:
    """A mail server on free ports of loopback: its address, and what has come. Everything ends with the block.

    Mail is kept in ``folder``, and stays there; without one it is gone at the end. ``settings`` are the server's, but
    for its addresses. Raises ``StoreError`` where the folder can't be written.
    """
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as own:
        ready: Future[tuple[Place, str, Stop]] = Future()
        wanted = replace(settings or Settings(), addresses=(Address(LOOPBACK),))
        running = threading.Thread(target=_run, args=(folder or Path(own), wanted, ready), name="portside-mail-server")
        running.start()
        try:
            address, url, stop = ready.result()
            try:
                yield address, Mailbox(url)
            finally:
                stop()
        finally:
            running.join()


class Stop:
    """Ends the server from another thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._wanted = asyncio.Event()

    def __call__(self) -> None:
        self._loop.call_soon_threadsafe(self._wanted.set)

    async def wait(self) -> None:
        """Return once it is wanted."""
        await self._wanted.wait()


def _run(folder: Path, settings: Settings, ready: Future[tuple[Place, str, Stop]]) -> None:
    try:
        asyncio.run(_serve(folder, settings, ready))
    except BaseException as error:
        if ready.done():
            raise
        ready.set_exception(error)  # it is told to whoever wanted the server


async def _serve(folder: Path, settings: Settings, ready: Future[tuple[Place, str, Stop]]) -> None:
    stop = Stop()
    async with _kept(folder) as (store, mailbox):
        settling = Settling(store, mailbox.watch)
        server = await serve(settings, settling)
        try:
            smtp = server.addresses[0]
            page = await open_mailbox_page(
                mailbox, Address(LOOPBACK), Terms(smtp=f"smtp://{smtp}", settled=settling.settled)
            )
            try:
                ready.set_result(((smtp.host, smtp.port), page.url, stop))
                await stop.wait()
            finally:
                await page.stop()
        finally:
            await server.stop(GRACE)


@asynccontextmanager
async def _kept(folder: Path) -> AsyncIterator[tuple[MaildirStore, MaildirMailbox]]:
    """What keeps the mail and what shows it: each message is known to the one once the other has it."""
    async with MaildirMailbox(folder) as mailbox, MaildirStore(folder, placed=mailbox.arrived) as store:
        yield store, mailbox
