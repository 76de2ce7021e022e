"""A mail server's side and a client that types, joined in memory: no network, no waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from portside.engine.conversation import Conversation
from portside.errors import TransportError
from portside.interfaces import Role
from portside.mail.storing import Store
from portside.protocols.smtp.rules.server import ServerRules
from portside.protocols.smtp.server.handler import Handler
from portside.protocols.smtp.server.house import House
from portside.protocols.smtp.server.session import Session
from portside.protocols.smtp.server.settings import Settings
from portside.transport.memory import Pair

PATIENCE = 30.0
"""Seconds after which something has gone wrong."""
LOOK = 0.001
"""Seconds between two looks whether it has come about."""


class Typist:
    """A client that says what it is told to, and sees what is answered."""

    def __init__(self, settings: Settings, keeper: Store | Handler, handler: Handler | None = None) -> None:
        self.house = House(settings, keeper, handler)
        self.came = bytearray()
        self.over = False
        self.connect()

    def connect(self) -> None:
        """Another connection to the same server."""
        self.pair = Pair()
        self.came.clear()
        self.over = False
        session = Session(self.house, self.pair.server.door)
        rules = ServerRules(self.house.policy, self.house.settings.limits, self.house.shared)
        self.talk: Conversation[Any] = Conversation(rules, Role.SERVER)
        session.speak_by(self.talk)
        self.talk.begin(session, self.pair.server)
        self.pair.client.start(self)
        self.pair.flow()

    # ----------------------------------------------------------------------------------- what the client hears

    def received(self, data: bytes) -> None:
        self.came += data

    def ended(self) -> None:
        self.over = True

    def lost(self, error: TransportError | None) -> None:
        self.over = True

    def drained(self) -> None:
        """Nothing is kept back here."""

    # ----------------------------------------------------------------------------------- what the client does

    def say(self, data: str | bytes) -> None:
        self.pair.client.write(data.encode() if isinstance(data, str) else data)
        self.pair.flow()

    def hang_up(self) -> None:
        self.pair.client.finish()
        self.pair.flow()

    def taken(self) -> list[str]:
        """The lines that have come since this was asked before."""
        self.pair.flow()
        lines = self.came.decode().splitlines()
        self.came.clear()
        return lines

    async def answer(self, data: str | bytes = b"", code: str = "") -> list[str]:
        """Say ``data``, and wait for an answer (one that begins with ``code``)."""
        if data:
            self.say(data)
        lines: list[str] = []

        def has_come() -> bool:
            lines.extend(self.taken())
            found = any(line.startswith(code) and line[3:4] == " " for line in lines)
            return found or (self.over and not code)

        await self.until(has_come)
        return lines

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until it holds."""
        async with asyncio.timeout(PATIENCE):
            self.pair.flow()
            while not condition():
                await asyncio.sleep(LOOK)
                self.pair.flow()

    async def begin(self, *, hello: str = "EHLO client.example") -> None:
        """Everything up to the content of a message to one recipient."""
        lines = await self.answer(f"{hello}\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n", "354")
        assert lines[-1].startswith("354"), lines


def joined(
    story: Callable[[Typist], Awaitable[None]],
    keeper: Store | Handler,
    settings: Settings | None = None,
    handler: Handler | None = None,
) -> None:
    """``story`` with a client of such a server."""

    async def play() -> None:
        typist = Typist(settings or Settings(), keeper, handler)
        await story(typist)
        typist.pair.client.abort()
        typist.pair.flow()
        await typist.house.close(5.0)

    asyncio.run(play())
