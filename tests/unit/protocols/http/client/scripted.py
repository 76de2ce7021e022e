"""A small server that says whatever a test wants, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.support.apart import apart
from tests.support.standins import standing_in


@dataclass
class Asked:
    """One request as it came: ``connection`` counts from 0, ``turn`` is the request's place on it."""

    connection: int
    turn: int
    head: str
    body: bytes

    @property
    def line(self) -> str:
        return self.head.partition("\r\n")[0]

    @property
    def method(self) -> str:
        return self.line.split(" ")[0]

    @property
    def target(self) -> str:
        return self.line.split(" ")[1]

    def field(self, name: str) -> str | None:
        match = re.search(rf"(?im)^{re.escape(name)}: (.*?)\r?$", self.head)
        return match[1] if match else None


@dataclass
class Says:
    """An answer: ``data``, and then perhaps the end (``close``), or the end without a goodbye (``reset``)."""

    data: bytes = b""
    close: bool = False
    reset: bool = False
    read_body: bool = True


def ok(body: bytes = b"", *fields: str, status: str = "200 OK") -> Says:
    """A whole answer of known length."""
    lines = "".join(f"{line}\r\n" for line in fields)
    return Says(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode() + body)


Script = Callable[[Asked], Says] | Sequence[Says]


@dataclass
class Scripted:
    """``script`` answers each request: a function of it, or one answer after the other (the last one again)."""

    script: Script
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def _answer(self, asked: Asked) -> Says:
        if callable(self.script):
            return self.script(asked)
        return self.script[min(len(self.asked) - 1, len(self.script) - 1)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number, turn = self.connections, 0
        self.connections += 1
        self.open += 1
        try:
            while await self._turn(reader, writer, number, turn):
                turn += 1
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has gone, which is its right
        finally:
            self.open -= 1
            writer.close()

    async def _turn(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int, turn: int) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        asked = Asked(number, turn, head, b"")
        self.asked.append(asked)
        says = self._answer(asked)
        if says.read_body:
            if asked.field("expect"):
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            asked.body = await _body(reader, asked)
        writer.write(says.data)
        await writer.drain()
        if says.reset:
            writer.transport.abort()
        return not (says.close or says.reset)


async def _body(reader: asyncio.StreamReader, asked: Asked) -> bytes:
    if asked.field("transfer-encoding") is None:
        return await reader.readexactly(int(asked.field("content-length") or 0))
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return body


@contextlib.asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[Scripted]:
    """A ``Scripted`` that listens on loopback while the block runs."""
    said = Scripted(script)
    async with standing_in(said.serve) as address:
        said.port = address.port
        yield said


@contextlib.contextmanager
def scripted_apart(script: Script) -> Iterator[Scripted]:
    """A ``Scripted`` in a thread of its own, for a client that has the event loop of this one."""
    with apart(scripted(script)) as said:
        yield said


@dataclass
class Thing:
    """What a server of ranges has: its answers are honest unless a test says otherwise."""

    data: bytes
    etag: str = '"v1"'
    cut: list[int] = field(default_factory=list)
    """Bytes after which each answer breaks off; no more cuts when it is empty."""

    def __call__(self, asked: Asked) -> Says:
        start = self._start(asked)
        size = len(self.data)
        if start >= size and start > 0:
            return ok(b"", f"Content-Range: bytes */{size}", status="416 Range Not Satisfiable")
        body = self.data[start:]
        lines = [f"Content-Length: {len(body)}", f"ETag: {self.etag}", "Accept-Ranges: bytes"]
        if start:
            lines.append(f"Content-Range: bytes {start}-{size - 1}/{size}")
        head = f"HTTP/1.1 {'206 Partial Content' if start else '200 OK'}\r\n" + "".join(f"{one}\r\n" for one in lines)
        limit = self.cut.pop(0) if self.cut else None
        return Says(head.encode() + b"\r\n" + body[:limit], close=limit is not None)

    def _start(self, asked: Asked) -> int:
        wanted = re.fullmatch(r"bytes=([0-9]+)-", asked.field("range") or "")
        if wanted is None or (asked.field("if-range") or self.etag) != self.etag:
            return 0
        return int(wanted[1])
