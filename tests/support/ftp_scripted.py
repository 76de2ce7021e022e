"""An FTP server that says whatever a test wants, in the test's own loop: for what no decent server does.

It lets everybody in. ``answers`` replaces what it says to a verb ("" closes the connection), ``files`` is what RETR
gives, ``listings`` what MLSD and LIST do. All that was said to it stands in ``said``, what was stored in ``stored``.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from tests.support.standins import standing_in

USUAL = {
    "USER": "331 password", "PASS": "230 in", "FEAT": "211-\r\n MLST type*;size*;\r\n SIZE\r\n REST STREAM\r\n211 end",
    "PWD": '257 "/"', "TYPE": "200 binary", "QUIT": "221 bye", "AUTH": "502 no TLS", "REST": "350 from there",
    "CWD": "250 there", "MKD": "257 made", "DELE": "250 gone", "RMD": "250 gone", "RNFR": "350 to what?",
    "RNTO": "250 renamed", "NOOP": "200 fine", "OPTS": "200 fine",
}  # fmt: skip
Answer = str | Callable[[str], str]


@dataclass
class Scripted:
    """One server; ``url`` is where it is while it is open."""

    answers: dict[str, Answer] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    listings: dict[str, bytes] = field(default_factory=dict)
    greeting: str = "220 hello"
    cut: list[int] = field(default_factory=list)
    short: bool = False
    said: list[str] = field(default_factory=list)
    stored: dict[str, bytes] = field(default_factory=dict)
    visits: int = 0
    url: str = ""

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Scripted]:
        async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.visits += 1
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await _Visit(self, reader, writer).run()
            writer.close()

        async with standing_in(visit) as address:
            self.url = f"ftp://{address}/"
            yield self


class _Visit:
    def __init__(self, script: Scripted, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._script = script
        self._reader = reader
        self._writer = writer
        self._data: asyncio.Server | None = None
        self._door: socket.socket | None = None
        self._came: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
        self._offset = 0
        self._writers: list[asyncio.StreamWriter] = []
        self._over = False

    async def run(self) -> None:
        try:
            await self._say(self._script.greeting)
            while line := (await self._reader.readline()).decode("utf-8", "surrogateescape").rstrip("\r\n"):
                self._script.said.append(line)
                verb, _, argument = line.partition(" ")
                if not await self._answer(verb, argument):
                    return
        finally:
            self._end()

    async def _say(self, text: str) -> None:
        self._writer.write(f"{text}\r\n".encode("utf-8", "surrogateescape"))
        await self._writer.drain()

    async def _answer(self, verb: str, argument: str) -> bool:
        special = self._script.answers.get(verb)
        if special is not None:
            text = special if isinstance(special, str) else special(argument)
            if text:
                await self._say(text)
            return bool(text)
        handler = self._handlers().get(verb)
        if handler is not None:
            return await handler(argument)
        if verb == "REST":
            self._offset = int(argument)
        await self._say(USUAL.get(verb, "502 what?"))
        return verb != "QUIT"

    def _handlers(self) -> dict[str, Callable[[str], Coroutine[Any, Any, bool]]]:
        return {
            "EPSV": self._listen, "RETR": self._retrieve, "MLSD": self._list, "LIST": self._list, "STOR": self._store,
            "APPE": self._store, "SIZE": self._size,
        }  # fmt: skip

    async def _listen(self, argument: str) -> bool:
        self._close_data()
        self._door = socket.create_server(("127.0.0.1", 0))  # closed by us, whenever the visit is cancelled
        self._data = await asyncio.start_server(self._accepted, sock=self._door)
        await self._say(f"229 there (|||{self._door.getsockname()[1]}|)")
        return True

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        if self._over:
            writer.transport.abort()
        self._came.put_nowait((reader, writer))

    def _close_data(self) -> None:
        if self._data is not None:
            self._data.close()
        if self._door is not None:
            self._door.close()
        while not self._came.empty():
            self._came.get_nowait()[1].close()

    def _end(self) -> None:
        """Nothing stays open, whenever we are stopped."""
        self._over = True
        self._close_data()
        for writer in self._writers:
            if not writer.is_closing():
                writer.transport.abort()

    async def _size(self, argument: str) -> bool:
        data = self._script.files.get(argument)
        await self._say("550 none" if data is None else f"213 {len(data)}")
        return True

    async def _retrieve(self, argument: str) -> bool:
        data = self._script.files.get(argument)
        return await self._send(None if data is None else data[self._offset :])

    async def _list(self, argument: str) -> bool:
        return await self._send(self._script.listings.get(argument))

    async def _send(self, data: bytes | None) -> bool:
        self._offset = 0
        if data is None:
            await self._say("550 none")
            return True
        await self._say("150 here it comes")
        _, writer = await self._came.get()
        cut = self._script.cut.pop(0) if self._script.cut else None
        with contextlib.suppress(ConnectionError):
            writer.write(data if cut is None else data[:cut])
            await writer.drain()
        writer.close()
        if cut is not None and not self._script.short:
            return False
        await self._say("226 done")
        return True

    async def _store(self, argument: str) -> bool:
        offset, self._offset = self._offset, 0
        await self._say("150 go")
        reader, writer = await self._came.get()
        self._script.stored[argument] = self._script.stored.get(argument, b"")[:offset] + await reader.read(-1)
        writer.close()
        await self._say("226 got it")
        return True
