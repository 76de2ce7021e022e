"""Our Telnet server with telnetlib3's client: what it negotiates, and what it reads."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import telnetlib3

from tests.support.certificates import good, make_ca
from tests.support.served import Served

pytestmark = pytest.mark.peer

APP = """
async def app(visitor):
    known = f"{visitor.terminal} {visitor.columns}x{visitor.rows} {visitor.colours} {visitor.charset}"
    visitor.write(f"[{known} {visitor.environment.get('LANG')} {visitor.secure}]\\n")
    async for line in visitor.lines("> "):
        if line == "bye":
            return
        visitor.write(f"You said {line!r}.\\n")
"""
PATIENCE = 20.0
HOSTS = ["127.0.0.1", "::1"]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A folder with an application in it."""
    (tmp_path / "visits.py").write_text(APP)
    return tmp_path


class Caller:
    """telnetlib3's two ends."""

    def __init__(self, reader: Any, writer: Any) -> None:
        self._reader = reader
        self.writer = writer
        self.came = ""

    async def until(self, wanted: str) -> str:
        async with asyncio.timeout(PATIENCE):
            while wanted not in self.came:
                text = await self._reader.read(4096)
                assert text, f"{wanted!r} never came; this did: {self.came!r}"
                self.came += text
        return self.came

    async def leave(self) -> None:
        """Have the server close first: its last word ends TLS in both directions."""
        self.say("bye\r\n")
        async with asyncio.timeout(PATIENCE):
            while await self._reader.read(4096):
                pass

    def say(self, text: str) -> None:
        self.writer.write(text)


@asynccontextmanager
async def _calling(served: Served, **options: Any) -> AsyncIterator[Caller]:
    chosen = {"term": "xterm-256color", "cols": 133, "rows": 41, "encoding": "utf8", **options}
    reader, writer = await telnetlib3.open_connection(served.host, served.port, connect_maxwait=PATIENCE, **chosen)
    try:
        yield Caller(reader, writer)
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("host", HOSTS)
def test_what_it_tells_of_its_terminal_is_known(served: Callable[..., Served], app: Path, host: str) -> None:
    async def work(server: Served) -> None:
        async with _calling(server) as caller:
            await caller.until("[xterm-256color 133x41 256 utf-8")

    asyncio.run(work(served("telnet", "visits:app", "--host", host, cwd=app)))


@pytest.mark.parametrize("typing", ["lines", "keys"])
@pytest.mark.parametrize("line", ["hello", "grün 日本", "tab\there", "\u202eback"])
def test_lines_arrive_in_either_way_of_typing(served: Callable[..., Served], app: Path, typing: str, line: str) -> None:
    async def work(server: Served) -> None:
        async with _calling(server) as caller:
            await caller.until("> ")
            caller.say(line + "\r\n")
            expected = line.replace("\t", " ").replace("\u202e", "")
            said = await caller.until(f"You said {expected!r}.")
            assert ("> " + expected in said) is (typing == "keys")

    asyncio.run(work(served("telnet", "visits:app", "--typing", typing, cwd=app)))


def test_over_tls_too(served: Callable[..., Served], app: Path, tmp_path: Path) -> None:
    async def work(server: Served, trusted: Path) -> None:
        context = ssl.create_default_context(cafile=str(trusted))
        async with _calling(server, ssl=context, server_hostname="localhost") as caller:
            await caller.until("True]")
            await caller.leave()

    ca = make_ca(tmp_path)
    pair = good(tmp_path, ca)
    server = served("telnet", "visits:app", "--cert", pair.cert, "--key", pair.key, cwd=app)
    asyncio.run(work(server, ca.cert))


def test_many_visitors_at_once(served: Callable[..., Served], app: Path) -> None:
    async def visit(server: Served, number: int) -> None:
        async with _calling(server) as caller:
            await caller.until("> ")
            caller.say(f"number {number}\r\n")
            await caller.until(f"You said 'number {number}'.")

    async def work(server: Served) -> None:
        await asyncio.gather(*(visit(server, number) for number in range(20)))

    asyncio.run(work(served("telnet", "visits:app", cwd=app)))


def test_a_shell_answers_it(served: Callable[..., Served]) -> None:
    async def work(server: Served) -> None:
        async with _calling(server) as caller:
            await caller.until("login: ")
            caller.say("ann\r\n")
            await caller.until("Password: ")
            caller.say("sesame\r\n")
            caller.say("stty size; echo 'grün 'done; exit 4\r\n")
            said = await caller.until("The shell has ended: exit status 4.")
            assert "41 133" in said
            assert "grün done" in said
            assert "sesame" not in said

    asyncio.run(work(served("telnet", "--shell", "--user", "ann:sesame", "--allow-root")))
