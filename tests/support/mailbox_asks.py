"""Questions to a mailbox page without a connection: what is asked, and what comes of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from portside.apps.mailbox.application import MailboxApplication
from portside.apps.mailbox.terms import Terms
from portside.protocols.http.messages import FileBody, Headers, Request, Response
from tests.support.asks import Arrived, Got
from tests.support.mailboxes import FakeMailbox

HOST = "127.0.0.1:8025"


class Said(Arrived):
    """An arrival with this body."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    async def body(self) -> AsyncIterator[bytes]:
        if self.data:
            yield self.data


class Asking:
    """Asks the application of ``box``, each time in a loop of its own; ``json`` says something with the question."""

    def __init__(self, box: FakeMailbox, terms: Terms | None = None) -> None:
        self.box = box
        self.page = MailboxApplication(box, terms or Terms(), life="a")

    def __call__(self, target: str, method: str = "GET", said: Any = None, **fields: str) -> Got:
        return asyncio.run(self.get(target, method, said, **fields))

    def told(self, target: str, method: str = "GET", said: Any = None) -> Any:
        """The JSON of an answer that is none of refusal."""
        got = self(target, method, said)
        assert (got.status, got.text("content-type")) == (200, "application/json"), got.body
        return json.loads(got.body)

    async def get(self, target: str, method: str = "GET", said: Any = None, **fields: str) -> Got:
        response = await self.response(target, method, said, **fields)
        return Got(response.status, response.headers, await _read(response), response.lasting)

    async def response(self, target: str, method: str = "GET", said: Any = None, **fields: str) -> Response:
        """The answer as it would be sent."""
        data = b"" if said is None else said if isinstance(said, bytes) else json.dumps(said).encode()
        lines = [(name.replace("_", "-").encode(), value.encode()) for name, value in {"host": HOST, **fields}.items()]
        if data and "content_type" not in fields:
            lines.append((b"Content-Type", b"application/json"))
        answer = self.page(Request(method, f"/{target}", Headers(lines), body=bool(data)), Said(data))
        return answer if isinstance(answer, Response) else await answer


async def _read(response: Response) -> bytes:
    body = response.body
    if isinstance(body, bytes):
        return body
    if isinstance(body, FileBody):
        with body.file as file:
            file.seek(body.offset)
            return file.read(body.count)
    return b"".join([piece async for piece in body])
