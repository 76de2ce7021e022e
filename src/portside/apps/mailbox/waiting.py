"""Waiting for a message: who asks is answered once there is one that matches, or when the time is over."""

from __future__ import annotations

import asyncio

from portside.apps.mailbox.events import Events
from portside.mail.maildir.mailbox import Mailbox
from portside.mail.maildir.summary import Summary

LONGEST = 300.0
"""Seconds of one wait: whoever wants to wait longer asks again."""
EVERY = 0.05
"""Seconds between two searches of one who waits: a flood of other messages is looked through in few of them."""


async def wait(mailbox: Mailbox, events: Events, query: str, seconds: float) -> Summary | None:
    """The latest message that matches ``query``, there or to come; None after ``seconds``, or at the server's end."""
    loop = asyncio.get_running_loop()
    until = loop.time() + min(seconds, LONGEST)
    while not events.closed:
        seen = events.number
        found = await mailbox.summaries(query, limit=1)
        if found:
            return found[0]
        if not await events.changed(seen, until - loop.time()):
            return None
        await events.pause(min(EVERY, max(0.0, until - loop.time())))
    return None
