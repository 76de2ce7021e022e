"""Whom a visitor may be handed over to: whatever hears, is drained and is lost."""

from __future__ import annotations

import asyncio

from portside.errors import PortsideError
from portside.protocols.telnet.messages import Control, Data, Message, Signal
from portside.protocols.telnet.server.raw import Raw
from portside.protocols.telnet.server.visitor import Visitor
from portside.protocols.telnet.server.wire import Wire
from tests.support.visitors import PATIENCE, calling, hosting


class Mirror:
    """Says what it hears."""

    def __init__(self) -> None:
        self.signals: list[Control] = []
        self.gone = asyncio.Event()

    def begin(self, wire: Wire) -> None:
        self.wire = wire

    def heard(self, message: Message) -> None:
        if isinstance(message, Data):
            self.wire.send(message.data)
        elif isinstance(message, Signal):
            self.signals.append(message.kind)

    def drained(self) -> None: ...

    def lost(self, error: PortsideError | None) -> None:
        self.gone.set()

    async def serve(self, visitor: Visitor) -> None:
        await visitor.line("name: ")
        visitor.hand_over(self)
        await asyncio.wait_for(self.gone.wait(), PATIENCE)


def test_it_hears_everything_as_it_comes_and_is_told_when_they_leave() -> None:
    async def work() -> None:
        mirror: Raw = Mirror()
        assert isinstance(mirror, Mirror)
        async with hosting(mirror.serve) as server, calling(server) as caller:
            caller.say(b"ann\r\nahead\r\n")
            await caller.until(b"ahead\r")
            caller.say(b"\x1b[\x03\xff\xf4")
            await caller.until(b"\x1b[\x03")
            caller.vanish()
            await asyncio.wait_for(mirror.gone.wait(), PATIENCE)
            assert mirror.signals == [Control.IP]

    asyncio.run(work())
