"""A mailbox page for tests that have no event loop, or one of their own."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future

from portside.apps.mailbox.serving import open_mailbox_page
from portside.apps.mailbox.terms import Terms
from portside.interfaces import Address
from portside.mail.maildir.summary import Happening
from tests.support.mailboxes import FakeMailbox


class Elsewhere:
    """The page of a mailbox, in a thread of its own."""

    def __init__(self, box: FakeMailbox, terms: Terms | None = None) -> None:
        self.box = box
        self._terms = terms
        self._ready: Future[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        self.url, self._loop, self._over = self._ready.result(30)

    async def _serve(self) -> None:
        page = await open_mailbox_page(self.box, Address("127.0.0.1"), self._terms)
        over = asyncio.Event()
        self._ready.set_result((page.url, asyncio.get_running_loop(), over))
        await over.wait()
        await page.stop()

    def add(self, message: bytes, *recipients: str, time: float = 0.0) -> None:
        """A message arrives."""
        self._loop.call_soon_threadsafe(self.box.add, message, recipients or ("ann@example.com",), time)

    def lose(self, id: str) -> None:
        """A message goes, and nobody is told."""
        self._loop.call_soon_threadsafe(self.box.kept.pop, id)

    def tell(self, what: Happening, *ids: str) -> None:
        """The page hears of it."""
        self._loop.call_soon_threadsafe(self.box.tell, what, *ids)

    def stop(self) -> None:
        """It is served no more."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
