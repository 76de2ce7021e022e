"""Our client at a server of telnetlib3: what both agree upon, and what they say to each other."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import telnetlib3

from portside.protocols.telnet.client import Settings, TelnetSession, telnet
from portside.protocols.telnet.messages import Option, Party, WindowSize
from portside.transport.dial import ClientTls
from tests.support.certificates import good, make_ca
from tests.support.served import PORTSIDE

pytestmark = pytest.mark.peer

HOSTS = ["127.0.0.1", "::1"]
PATIENCE = 20.0
Story = Callable[[TelnetSession], Awaitable[None]]


async def parrot(reader: Any, writer: Any) -> None:
    """Says what it knows of its visitor, then each line again."""
    known = [writer.get_extra_info(name) for name in ("ttype1", "TERM", "cols", "rows", "charset", "LANG", "USER")]
    writer.write(f"{known}\r\n> ")
    while line := await reader.readline():
        if line.strip() == "bye":
            break
        if line.strip() == "size":
            line = f"{writer.get_extra_info('cols')}x{writer.get_extra_info('rows')}"
        writer.write(f"said {line.strip()}\r\n> ")
    writer.close()


@asynccontextmanager
async def hosting(host: str, **options: Any) -> AsyncIterator[int]:
    """Its port, while the block runs."""
    server = await telnetlib3.create_server(host, 0, shell=parrot, connect_maxwait=PATIENCE, **options)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def visit(story: Story, host: str = "127.0.0.1", settings: Settings | None = None, **options: Any) -> None:
    async def main() -> None:
        async with asyncio.timeout(60), hosting(host, **options) as port, telnet(host, port, settings) as session:
            await story(session)

    asyncio.run(main())


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("begin", [True, False])
def test_lines_are_said_again_and_the_terminal_is_known(host: str, begin: bool) -> None:
    async def story(session: TelnetSession) -> None:
        known = (await session.expect(r"\[.*\]", timeout=PATIENCE)).text
        assert known.lower() == "['xterm-256color', 'xterm', 133, 41, 'utf-8', 'c.utf-8', none]", known
        session.send_line("grün 日本 \N{SMILING FACE WITH OPEN MOUTH}")
        await session.expect("said grün 日本 \N{SMILING FACE WITH OPEN MOUTH}", timeout=PATIENCE)
        assert session.on(Option.NAWS, Party.US)
        session.window(91, 31)
        session.send_line("size")
        await session.expect("said 91x31", timeout=PATIENCE)
        session.send_line("bye")
        while not session.closed:
            await session.read()

    settings = Settings(
        terminal="xterm-256color", window=WindowSize(133, 41), environment={"LANG": "C.UTF-8"}, begin=begin
    )
    visit(story, host, settings)


def test_in_a_character_set_of_its_own() -> None:
    async def story(session: TelnetSession) -> None:
        await session.expect("> ", timeout=PATIENCE)
        session.send_line("grün")
        await session.expect("said grün", timeout=PATIENCE)

    visit(story, settings=Settings(charset="latin-1", terminal="vt100"), encoding="latin-1", force_binary=True)


def test_over_tls(tmp_path: Path) -> None:
    async def story(session: TelnetSession) -> None:
        await session.expect("> ", timeout=PATIENCE)
        session.send_line("hello")
        await session.expect("said hello", timeout=PATIENCE)

    ca = make_ca(tmp_path)
    pair = good(tmp_path, ca)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.cert, pair.key)
    visit(story, settings=Settings(terminal="vt100", tls=ClientTls(cafile=ca.cert)), ssl=context)


@pytest.mark.parametrize("host", HOSTS)
def test_the_command_says_its_steps_there(host: str) -> None:
    async def main() -> None:
        async with asyncio.timeout(60), hosting(host) as port:
            steps = ["--expect", "> ", "--send", "one", "--expect", "said one", "--send", "bye"]
            command = await asyncio.create_subprocess_exec(
                PORTSIDE, "telnet", host, str(port), *steps,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            out, err = await command.communicate()
            assert (command.returncode, err) == (0, b"")
            assert b"said one" in out

    asyncio.run(main())
