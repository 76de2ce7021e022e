"""For tests of Telnet's server: a wire that writes down, a window that shows, and visitors over sockets."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import pyte

from portside.interfaces import Address
from portside.protocols.telnet.messages import Data, Message, Option, Party, Want
from portside.protocols.telnet.server import Application, Settings, TelnetServer, serve
from portside.protocols.telnet.server.reading import Reading
from portside.protocols.telnet.server.screen import Screen
from portside.protocols.telnet.server.terminal import Terminal
from portside.protocols.telnet.server.wire import Wire

LOOPBACK = Address("127.0.0.1", 0)
PATIENCE = 10.0
"""Seconds for what takes none: only a test that fails waits so long."""


class PaperWire:
    """Stands for a ``Wire``: what is said is written down, and options are on as ``agrees`` says."""

    def __init__(self, *on: tuple[Option, Party], agrees: bool = True) -> None:
        self.address = Address("192.0.2.1", 4)
        self.secure = False
        self.slow = False
        self.said: list[Message] = []
        self.options = set(on)
        self.held = False
        self.finished = False
        self.agree_to: set[Option] | None = None if agrees else set()
        """Options that the other side agrees to at once; None: all."""
        self.pending = 0
        self.spoken = asyncio.Event()

    def say(self, message: Message) -> None:
        self.said.append(message)
        self.spoken.set()

    def send(self, data: bytes) -> None:
        if data:
            self.say(Data(data))

    def want(self, option: Option, party: Party, on: bool = True) -> None:
        if on is not ((option, party) in self.options):
            self.say(Want(option, party, on))
            if not on or self.agree_to is None or option in self.agree_to:
                (self.options.add if on else self.options.discard)((option, party))

    def flush(self) -> None:
        """Nothing waits here."""

    def on(self, option: Option, party: Party) -> bool:
        return (option, party) in self.options

    def negotiating(self, option: Option, party: Party) -> bool:
        return False

    def hold(self) -> None:
        self.held = True

    def release(self) -> None:
        self.held = False

    def finish(self) -> None:
        self.finished = True

    @property
    def wants(self) -> list[Want]:
        return [message for message in self.said if isinstance(message, Want)]

    @property
    def bytes(self) -> bytes:
        return b"".join(message.data for message in self.said if isinstance(message, Data))

    @property
    def others(self) -> list[Message]:
        return [message for message in self.said if not isinstance(message, Data)]


class Desk:
    """A visitor's terminal with what stands before it; ``draws``: we edit their lines."""

    def __init__(self, *, draws: bool = False, columns: int = 80, on: tuple[tuple[Option, Party], ...] = ()) -> None:
        self.paper = PaperWire(*on)
        self.terminal = Terminal()
        self.terminal.columns = columns
        self.screen = Screen(self.wire, self.terminal)
        self.reading = Reading(self.wire, self.terminal, self.screen)
        if draws:
            self.reading.draw()

    @property
    def wire(self) -> Wire:
        return cast(Wire, self.paper)

    @property
    def text(self) -> str:
        return self.paper.bytes.decode("utf-8")

    def window(self, rows: int = 24) -> list[str]:
        """What the visitor sees, without the blanks at the ends."""
        return seen(self.paper.bytes, self.terminal.columns, rows)[0]


def seen(data: bytes, columns: int = 80, rows: int = 24) -> tuple[list[str], tuple[int, int]]:
    """What a window shows, and the row and column of its cursor."""
    window = pyte.Screen(columns, rows)
    pyte.ByteStream(window).feed(data)
    lines = [line.rstrip() for line in window.display]
    while lines and not lines[-1]:
        lines.pop()
    return lines, (window.cursor.y, window.cursor.x)


class Caller:
    """A client over a socket that says bytes as they are."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self.came = bytearray()

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    async def until(self, wanted: bytes) -> bytes:
        """All that has come, once ``wanted`` is among it."""
        async with asyncio.timeout(PATIENCE):
            while wanted not in self.came:
                data = await self._reader.read(65536)
                assert data, f"{wanted!r} never came; this did: {bytes(self.came)!r}"
                self.came += data
        return bytes(self.came)

    def forget(self) -> None:
        self.came.clear()

    async def rest(self) -> bytes:
        """All that comes until the server closes."""
        async with asyncio.timeout(PATIENCE):
            while data := await self._reader.read(65536):
                self.came += data
        return bytes(self.came)

    def close(self) -> None:
        """Say that there is nothing more, and read nothing."""
        self.writer.close()

    def vanish(self) -> None:
        """Be gone without a word."""
        connection = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@asynccontextmanager
async def hosting(application: Application, **settings: Any) -> AsyncIterator[TelnetServer]:
    """A server on loopback, which is stopped afterwards."""
    server = await serve(replace(Settings((LOOPBACK,)), **settings), application)
    try:
        yield server
    finally:
        await server.stop(1.0)


@asynccontextmanager
async def calling(server: TelnetServer) -> AsyncIterator[Caller]:
    """A client of ``server``."""
    address = server.addresses[0]
    caller = Caller(*await asyncio.open_connection(address.host, address.port))
    try:
        yield caller
    finally:
        caller.close()
