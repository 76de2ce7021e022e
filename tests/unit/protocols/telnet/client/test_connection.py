"""A conversation for whoever hears its messages."""

from __future__ import annotations

import asyncio

from portside.protocols.telnet.client.connection import connect
from portside.protocols.telnet.client.settings import Settings
from portside.protocols.telnet.messages import Data, Message, Option, Party, Want
from tests.support.conversations import until
from tests.support.standins import standing_in


def test_messages_are_handed_on_and_the_end_is_told_once() -> None:
    async def main() -> None:
        heard: list[Message] = []
        over: list[object] = []
        ready = asyncio.Event()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"\xff\xfb\x03hello\xff\xff")
            assert await reader.readexactly(3) == b"\xff\xfd\x03"
            assert await reader.readexactly(4) == b"hi\r\0"
            await ready.wait()
            writer.close()

        async with standing_in(answer) as address:
            connection = await connect(address, Settings(), heard.append, over.append)
            await until(lambda: Data(b"hello\xff") in heard)
            assert connection.is_open
            assert connection.on(Option.SGA, Party.THEM)
            assert connection.door is not None
            assert connection.door.remote == address
            connection.say(Data(b"hi\r"))
            connection.say(Want(Option.SGA, Party.THEM))
            connection.hold()
            connection.release()
            assert not connection.slow
            assert connection.pending == 0
            told: list[str] = []
            connection.when_drained(lambda: told.append("drained"))
            connection.drained()
            connection.when_drained(None)
            connection.drained()
            assert told == ["drained"]
            ready.set()
            await until(lambda: over)
            assert over == [None]
            assert not connection.is_open
            connection.close()
            connection.abort()
            assert over == [None]

    asyncio.run(main())
