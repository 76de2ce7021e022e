"""Questions to an application without a connection: what is asked, and what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from portside.interfaces import Address, Door
from portside.protocols.http.messages import FileBody, Headers, Request, Response
from portside.protocols.http.rules.answers import bodyless
from portside.protocols.http.server.application import Answer, Application

DOOR = Door(Address("127.0.0.1", 8080), Address("127.0.0.1", 50000))


class Arrived:
    """An arrival without a body."""

    door = DOOR

    async def body(self) -> AsyncIterator[bytes]:
        return
        yield


@dataclass
class Got:
    """An answer with its body, as far as it would be sent."""

    status: int
    headers: Headers
    body: bytes
    lasting: bool

    def text(self, name: str) -> str:
        return self.headers.text(name)


def request(target: str, method: str = "GET", **fields: str) -> Request:
    """``request("/", if_none_match='"a"')``."""
    lines = [(b"Host", b"localhost"), *((_name(name), value.encode("latin-1")) for name, value in fields.items())]
    return Request(method, target, Headers(lines))


def _name(keyword: str) -> bytes:
    return keyword.replace("_", "-").title().encode("ascii")


def ask(application: Application, target: str, method: str = "GET", **fields: str) -> Got:
    """Ask, wait where that is necessary, and read the body to its end."""
    asked = request(target, method, **fields)
    return asyncio.run(_get(application(asked, Arrived()), asked))


async def _get(answer: Answer, asked: Request) -> Got:
    response = answer if isinstance(answer, Response) else await answer
    return Got(response.status, response.headers, await _read(response, asked.method), response.lasting)


async def _read(response: Response, method: str) -> bytes:
    body = response.body
    if isinstance(body, bytes):
        return b"" if bodyless(response.status, method) else body
    if isinstance(body, FileBody):
        with body.file as file:
            file.seek(body.offset)
            return b"" if bodyless(response.status, method) else file.read(body.count)
    return b"".join([piece async for piece in body])
