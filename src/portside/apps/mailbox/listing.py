"""The verbs for many messages: list, mark, delete, wait. What they give is the JSON of an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from portside.apps.mailbox.events import Events
from portside.apps.mailbox.requests import Asked, flag_of, text_of, texts_of
from portside.apps.mailbox.waiting import wait
from portside.mail.maildir.mailbox import PAGE, Mailbox
from portside.mail.maildir.summary import Summary
from portside.protocols.http.server.local_pages import Refused, parse_number

MOST_ROWS = 1000
"""Messages of one answer."""
LATEST = 5
"""Messages that are told to one who has waited in vain: what did come."""
PATIENCE = "10"
"""Seconds of a wait, unless one says another time."""
UNREAD = "is:unread"
Json = dict[str, Any]


def summary_json(summary: Summary) -> Json:
    """One line of the list."""
    return {
        "id": summary.id,
        "time": summary.time,
        "sender": summary.sender,
        "recipients": list(summary.recipients),
        "subject": summary.subject,
        "size": summary.size,
        "seen": summary.seen,
        "attachments": summary.attachments,
        "snippet": summary.snippet,
        "return_path": summary.return_path,
        "client": f"{summary.host}:{summary.port}" if summary.port else "",
        "port": summary.local_port,
    }


class Listing:
    """Answers about all messages of ``mailbox``."""

    def __init__(self, mailbox: Mailbox, events: Events, settled: Callable[[], Awaitable[None]]) -> None:
        """``settled``: see ``Terms``."""
        self._mailbox = mailbox
        self._settled = settled
        self._events = events

    async def rows(self, asked: Asked) -> Json:
        """Some of the messages that match, and how many there are in all."""
        if asked.text("now") != "1":  # the page does not wait: it hears what arrives
            await self._settled()
        query, limit = asked.text("query"), min(asked.number("limit", PAGE), MOST_ROWS)
        before = asked.text("before") or None
        found = await self._mailbox.summaries(query, before=before, limit=limit) if limit else []
        return {"total": await self._mailbox.count(query), "messages": [summary_json(each) for each in found]}

    async def counts(self) -> Json:
        """How many messages there are, and how many nobody has seen."""
        return {"total": await self._mailbox.count(), "unread": await self._mailbox.count(UNREAD)}

    async def mark(self, asked: Asked) -> Json:
        """Set or take away the flag that messages were seen."""
        body = await asked.body()
        return {"changed": await self._mailbox.mark_seen(texts_of(body, "ids"), flag_of(body, "seen"))}

    async def delete(self, asked: Asked) -> Json:
        """Delete those of these ids, those that match, or all; one of the three has to be said."""
        body = await asked.body()
        if set(body) == {"ids"}:
            return {"deleted": await self._mailbox.delete(texts_of(body, "ids"))}
        await self._settled()
        if set(body) == {"query"} and text_of(body, "query").strip():
            return {"deleted": await self._mailbox.delete_all(text_of(body, "query"))}
        if set(body) == {"all"} and flag_of(body, "all"):
            return {"deleted": await self._mailbox.delete_all()}
        raise Refused(400, "say which: 'ids', or a 'query', or 'all': true")

    async def wait(self, asked: Asked) -> tuple[int, Json]:
        """The status and the message that was waited for, or the latest ones where none came in time."""
        seconds = _seconds(asked.said.get("timeout", PATIENCE))
        found = await wait(self._mailbox, self._events, asked.text("query"), seconds)
        if found is not None:
            return 200, {"message": summary_json(found)}
        latest = await self._mailbox.summaries(limit=LATEST)
        return 404, {"message": None, "latest": [summary_json(each) for each in latest]}


def _seconds(said: str) -> float:
    """Seconds, with a fraction or without. Raises ``Refused``."""
    whole, _, fraction = said.partition(".")
    return parse_number(whole) + (parse_number(fraction) / 10 ** len(fraction) if fraction else 0.0)
