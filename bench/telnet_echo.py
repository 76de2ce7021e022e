"""Two servers that say every line again: ours as ``bench.telnet_echo:app``, telnetlib3's as a program of its own."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from portside.protocols.telnet.server import Visitor


async def app(visitor: Visitor) -> None:
    async for line in visitor.lines():
        visitor.write(line + "\n")
        await visitor.drain()


async def shell(reader: Any, writer: Any) -> None:
    while line := await reader.readline():
        writer.write(line)
        await writer.drain()
    writer.close()


async def main(port: int) -> None:
    import telnetlib3

    server = await telnetlib3.create_server(host="127.0.0.1", port=port, shell=shell, connect_maxwait=1.0)
    print("ready", flush=True)
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
