"""The mailbox of a running ``portside serve smtp --window``, for tests that want to know what was sent.

>>> # mail = Mailbox("http://127.0.0.1:8025").wait(to="ann@example.com")
>>> # assert "Welcome" in mail.subject and mail.links == ["https://example.com/confirm?token=..."]
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from portside.apps.mailbox.mail import Attachment, Found, Mail, found_from, mail_from
from portside.errors import RemoteError, TimedOut
from portside.protocols.http.client.answer import Answer
from portside.protocols.http.client.client import Client
from portside.protocols.http.client.settings import Settings
from portside.syntax.visible import visible

URL = "http://127.0.0.1:8025"
"""Where the page of a mail server is unless it was given another port."""
PATIENCE = 10.0
"""Seconds that a test waits for a message."""
AT_ONCE = 60.0
"""Seconds of one question to the server: a longer wait is several of them."""
MARGIN = 30.0
"""Seconds beyond those until a server that does not answer is given up."""
MOST_FOUND = 1000
"""Messages that one search gives."""
T = TypeVar("T")


class AsyncMailbox:
    """A mailbox, for tests with an event loop of their own; use it as ``async with AsyncMailbox(url) as mailbox``.

    All raise what ``Client`` raises where the server is not there, and ``RemoteError`` where it refuses.
    """

    def __init__(self, url: str = URL, settings: Settings | None = None) -> None:
        """``settings`` are those of the web client that asks."""
        self.url = url.rstrip("/")
        self._client = Client(replace(settings or Settings(), timeout=AT_ONCE + MARGIN))

    async def __aenter__(self) -> AsyncMailbox:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    async def wait(
        self, query: str = "", *, to: str = "", sender: str = "", subject: str = "", timeout: float = PATIENCE
    ) -> Mail:
        """The latest message that matches all that is given, there or to come within ``timeout`` s.

        ``query`` is a search as on the page. Raises ``TimedOut``, which says what did arrive.
        """
        wanted = written(query, to=to, sender=sender, subject=subject)
        until = time.monotonic() + timeout
        while True:
            left = max(0.0, until - time.monotonic())
            said = {"query": wanted, "timeout": f"{min(left, AT_ONCE):.3f}"}
            answer = await self._ask("GET", f"wait?{urlencode(said)}")
            told = _told(answer, also=404)
            if answer.ok:
                return await self._open(told["message"]["id"])
            if until <= time.monotonic():
                raise TimedOut(_in_vain(wanted, timeout, told.get("latest", [])))

    async def search(self, query: str = "", *, to: str = "", sender: str = "", subject: str = "") -> list[Found]:
        """The messages that match, the latest first; ``MOST_FOUND`` at most."""
        wanted = written(query, to=to, sender=sender, subject=subject)
        answer = await self._ask("GET", f"messages?{urlencode({'query': wanted, 'limit': MOST_FOUND})}")
        return [found_from(each) for each in _told(answer)["messages"]]

    async def open(self, found: Found) -> Mail:
        """A message that was found, with all that is in it."""
        return await self._open(found.id)

    async def raw(self, found: Found) -> bytes:
        """A message as it lies on the disk: lines end in LF, and the server's own fields come first."""
        return _checked(await self._ask("GET", f"{_place(found.id)}/raw")).content

    async def delete(self, found: Found) -> None:
        """Delete a message."""
        _told(await self._ask("DELETE", _place(found.id)))

    async def delete_all(self, query: str = "") -> int:
        """Delete all messages, or those that match; how many there were."""
        said = {"query": query} if query else {"all": True}
        deleted: int = _told(await self._ask("DELETE", "messages", said))["deleted"]
        return deleted

    async def _open(self, id: str) -> Mail:
        told = _told(await self._ask("GET", _place(id)))
        attachments = [
            Attachment(each["name"], each["type"], await self._part(id, each["part"])) for each in told["attachments"]
        ]
        return mail_from(told, attachments)

    async def _part(self, id: str, number: int) -> bytes:
        return _checked(await self._ask("GET", f"{_place(id)}/parts/{number}")).content

    async def _ask(self, method: str, path: str, said: dict[str, Any] | None = None) -> Answer:
        body = None if said is None else json.dumps(said).encode()
        headers = [] if body is None else [("Content-Type", "application/json")]
        return await self._client.request(method, f"{self.url}/api/{path}", headers=headers, body=body)


class Mailbox:
    """A mailbox, for tests without an event loop: the same as ``AsyncMailbox``, and every call waits for its answer.

    Called from within a loop it holds that up: right beside Playwright's synchronous face, and seldom elsewhere.

    >>> # Mailbox("http://127.0.0.1:8025").wait(subject="Welcome").attachments[0].name
    """

    def __init__(self, url: str = URL, settings: Settings | None = None) -> None:
        """``settings`` are those of the web client that asks."""
        self.url = url
        self._settings = settings

    def wait(
        self, query: str = "", *, to: str = "", sender: str = "", subject: str = "", timeout: float = PATIENCE
    ) -> Mail:
        """See ``AsyncMailbox.wait``."""
        return self._run(lambda box: box.wait(query, to=to, sender=sender, subject=subject, timeout=timeout))

    def search(self, query: str = "", *, to: str = "", sender: str = "", subject: str = "") -> list[Found]:
        """See ``AsyncMailbox.search``."""
        return self._run(lambda box: box.search(query, to=to, sender=sender, subject=subject))

    def open(self, found: Found) -> Mail:
        """See ``AsyncMailbox.open``."""
        return self._run(lambda box: box.open(found))

    def raw(self, found: Found) -> bytes:
        """See ``AsyncMailbox.raw``."""
        return self._run(lambda box: box.raw(found))

    def delete(self, found: Found) -> None:
        """See ``AsyncMailbox.delete``."""
        return self._run(lambda box: box.delete(found))

    def delete_all(self, query: str = "") -> int:
        """See ``AsyncMailbox.delete_all``."""
        return self._run(lambda box: box.delete_all(query))

    def _run(self, what: Callable[[AsyncMailbox], Coroutine[Any, Any, T]]) -> T:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(self._once(what))
        with ThreadPoolExecutor(1, "portside-mailbox") as apart:  # a thread has one loop, and this one has it already
            return apart.submit(lambda: asyncio.run(self._once(what))).result()

    async def _once(self, what: Callable[[AsyncMailbox], Coroutine[Any, Any, T]]) -> T:
        async with AsyncMailbox(self.url, self._settings) as mailbox:
            return await what(mailbox)


def written(query: str, *, to: str = "", sender: str = "", subject: str = "") -> str:
    """A search, with what has to stand in single fields."""
    said = [query.strip()] if query.strip() else []
    for name, value in (("to", to), ("from", sender), ("subject", subject)):
        if value:
            said.append(f'{name}:"{value.replace(chr(34), " ")}"')
    return " ".join(said)


def _place(id: str) -> str:
    return f"messages/{quote(id, safe='')}"


def _told(answer: Answer, *, also: int = 0) -> dict[str, Any]:
    """The JSON of an answer. Raises ``RemoteError`` for one that refuses, unless its status is ``also``."""
    if answer.status != also or not answer.headers.text("content-type").startswith("application/json"):
        _checked(answer)
    value = answer.json()
    if not isinstance(value, dict):
        raise RemoteError(f"{answer.url} is no mailbox of Portside's")
    return value


def _checked(answer: Answer) -> Answer:
    if not answer.ok:
        why = answer.text().strip().splitlines()[:1]
        raise RemoteError(f"{answer.url} answered {answer.status}: {visible(''.join(why)[:200])}", answer.status)
    return answer


def _in_vain(wanted: str, timeout: float, latest: list[dict[str, Any]]) -> str:
    arrived = "; ".join(str(found_from(each)) for each in latest)
    what = f"no message matches {wanted}" if wanted else "no message came"
    return f"{what} within {timeout:g} s; " + (f"the latest that did arrive: {arrived}" if arrived else "none arrived")
