"""What a mailbox page is told about the server that it belongs to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from portside.apps.mailbox.releasing import Release
from portside.mail.maildir.summary import Summary

Judge = Callable[[bytes, Summary], Awaitable[list[dict[str, Any]]]]
"""What SPF, DKIM and DMARC say of a message: one object for each, fit to be shown."""


async def at_once() -> None:
    """Wait for nothing."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What can be done from the page besides reading and deleting.

    - ``smtp``: where mail has to be sent to, as ``smtp://HOST:PORT``; the page tells it while it is empty.
    - ``release`` sends messages on, to the relay ``release_to`` (its URL, without a login); None: nobody may.
    - ``ladder``: the address of the window that shows the conversations, "" where there is none.
    - ``judge`` asks the DNS about a message's sender; None: nobody is asked.
    - ``settled`` returns once everything that was acknowledged before is in the mailbox (see ``settling``).
    """

    smtp: str = ""
    release: Release | None = None
    release_to: str = ""
    ladder: Callable[[], str] = str
    judge: Judge | None = None
    settled: Callable[[], Awaitable[None]] = at_once

    def told(self) -> dict[str, Any]:
        """The same for the page."""
        return {
            "smtp": self.smtp,
            "release": self.release_to if self.release is not None else "",
            "ladder": self.ladder(),
            "judges": self.judge is not None,
        }
