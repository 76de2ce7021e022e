"""A program's session with a server of ours, over loopback."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest

from portside.errors import ConnectError, ConnectionLost, LimitExceeded, LocalError, TimedOut
from portside.interfaces import Address
from portside.protocols.telnet.client import expecting
from portside.protocols.telnet.client.session import MOST_GMCP, TelnetSession, telnet
from portside.protocols.telnet.client.settings import Settings
from portside.protocols.telnet.messages import Control, Option, Party, WindowSize
from portside.protocols.telnet.server import Application, Visitor, serve
from portside.protocols.telnet.server import Settings as ServerSettings
from tests.support.conversations import until
from tests.support.standins import standing_in

Story = Callable[[TelnetSession], Awaitable[None]]
PLAIN = Settings()


def visit(app: Application, story: Story, settings: Settings = PLAIN) -> None:
    """``story`` with a session at a server that hosts ``app``."""

    async def main() -> None:
        server = await serve(ServerSettings(addresses=[Address("127.0.0.1", 0)]), app)
        try:
            async with asyncio.timeout(30), telnet("127.0.0.1", server.addresses[0].port, settings) as session:
                await story(session)
        finally:
            await server.stop(1.0)

    asyncio.run(main())


async def parrot(visitor: Visitor) -> None:
    async for line in visitor.lines("> "):
        if line == "bye":
            return
        visitor.write(f"said {line}\n")


def test_what_was_waited_for_is_found_and_what_came_before_it_too() -> None:
    async def story(session: TelnetSession) -> None:
        await session.expect("> ")
        session.send_line("hello")
        found = await session.expect([r"never", re.compile(r"said (\w+)\n")])
        assert (found.index, found.match[1]) == (1, "hello")
        assert await session.read_until("> ") == "> "

    visit(parrot, story)


def test_a_session_speaks_utf_8_and_agrees_upon_it() -> None:
    async def story(session: TelnetSession) -> None:
        await session.expect("> ")
        session.send_line("grüß dich")
        await session.expect("said grüß dich")
        assert session.charset == "utf-8"

    visit(parrot, story, Settings(terminal="xterm"))


def test_an_impatient_wait_says_what_came_instead() -> None:
    async def story(session: TelnetSession) -> None:
        await session.expect("> ")
        session.send_line("hello")
        await until(lambda: "said hello" in session._waiting.shown)
        with pytest.raises(TimedOut, match=r"did not say 'goodbye' within 0.3 s; it said 'said hello"):
            await session.expect("goodbye", timeout=0.3)

    visit(parrot, story)


def test_a_server_that_leaves_is_told_with_what_it_had_said() -> None:
    async def story(session: TelnetSession) -> None:
        await session.expect("> ")
        session.send_line("bye")
        with pytest.raises(ConnectionLost, match=r"closed the connection without saying 'more'"):
            await session.expect("more")
        assert session.closed
        assert await session.read() == ""
        with pytest.raises(ConnectionLost):
            session.send_line("too late")

    visit(parrot, story)


def test_what_nobody_takes_is_bounded_and_the_server_has_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expecting, "MOST_KEPT", 1000)

    async def talker(visitor: Visitor) -> None:
        for _ in range(200):
            visitor.write("x" * 99 + "\n")
        visitor.write("end\n")
        await visitor.line()

    async def story(session: TelnetSession) -> None:
        with pytest.raises(LimitExceeded):
            await session.expect("never")
        came = session.read_available()
        while "end" not in came:
            came += await session.read()
        assert came.count("x") == 200 * 99

    visit(talker, story)


def test_signals_window_and_options_reach_the_other_side() -> None:
    async def asker(visitor: Visitor) -> None:
        visitor.on_interrupt = lambda: visitor.tell("interrupted")
        visitor.on_resize = lambda: visitor.tell(f"{visitor.columns} x {visitor.rows}")
        visitor.write(f"{visitor.terminal} {visitor.columns} x {visitor.rows}\n")
        async for _ in visitor.lines("> "):
            pass

    async def story(session: TelnetSession) -> None:
        await session.expect("xterm 91 x 31")
        assert session.on(Option.NAWS, Party.US)
        session.interrupt()
        await session.expect("interrupted")
        session.window(133, 41)
        await session.expect("133 x 41")
        session.signal(Control.AYT)
        await session.drain()
        with pytest.raises(LocalError):
            session.signal(Control.EOR)

    visit(asker, story, Settings(terminal="xterm", window=WindowSize(91, 31)))


def test_worlds_tell_of_themselves_and_packages_are_kept() -> None:
    async def world(visitor: Visitor) -> None:
        visitor.gmcp("Room.Info", '{"name": "a quay"}')
        await visitor.line("> ")

    async def story(session: TelnetSession) -> None:
        await session.expect("> ")
        while not session.gmcp:
            await session.read()
        assert (session.gmcp[0].package, session.gmcp[0].data) == ("Room.Info", '{"name": "a quay"}')
        session.send_gmcp("Core.Hello", "{}")
        session.tell_environment({"LANG": "C"})
        assert session.environment == {"LANG": "C"}
        session.send_bytes(b"")
        session.send("")

    visit(world, story)


def test_nobody_there_is_an_error_and_closing_twice_is_none() -> None:
    async def main() -> None:
        with pytest.raises(ConnectError):
            async with telnet("127.0.0.1", 1):
                raise AssertionError
        session = TelnetSession(Address("127.0.0.1", 1), PLAIN)
        await session.close()
        await session.drain()
        with pytest.raises(ConnectionLost):
            session.send("x")

    asyncio.run(main())


def test_a_password_is_one_line() -> None:
    async def story(session: TelnetSession) -> None:
        await session.expect("> ")
        session.send_secret("sesame öffne dich")
        await session.expect("said sesame öffne dich")
        for secret in ("two\nlines", "two\rlines", "nothing\0"):
            with pytest.raises(LocalError, match="control characters"):
                session.send_secret(secret)
        session.send_line("still here")
        await session.expect("said still here")

    visit(parrot, story)


def test_packages_that_nobody_takes_are_bounded_and_the_newest_stay() -> None:
    async def world(visitor: Visitor) -> None:
        for number in range(MOST_GMCP + 10):
            visitor.gmcp("A.B", str(number))
        await visitor.line("> ")

    async def story(session: TelnetSession) -> None:
        await session.expect("> ")
        assert (len(session.gmcp), session.gmcp[-1].data) == (MOST_GMCP, str(MOST_GMCP + 9))

    visit(world, story)


def test_a_server_that_takes_nothing_does_not_keep_a_session_from_closing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portside.protocols.telnet.client.session.CLOSING", 0.2)

    async def main() -> None:
        async def deaf(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
            await asyncio.Event().wait()

        async with standing_in(deaf, limit=1) as address, telnet(address.host, address.port) as session:
            while not session.pending:
                session.send("x" * 1_000_000)
        assert session.closed

    asyncio.run(main())
