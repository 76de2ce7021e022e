"""Visits over sockets of loopback: who they are, what they type, and how they end."""

from __future__ import annotations

import asyncio
import logging
import socket
import zlib
from collections.abc import Coroutine, Mapping
from typing import Any

import pytest

from portside.protocols.telnet.server import Interrupted, Typing, Visitor, VisitorLeft
from portside.protocols.telnet.server import visit as room
from portside.protocols.telnet.server.wire import MOST_UNREAD
from tests.support.telnet import wire
from tests.support.visitors import PATIENCE, calling, hosting

XTERM = wire("IAC WILL TTYPE IAC SB TTYPE IS 'XTERM-256COLOR' IAC SE IAC SB TTYPE IS 'XTERM-256COLOR' IAC SE")
"""A terminal that says what it is before it was asked twice."""
WINDOW = wire("IAC WILL NAWS IAC SB NAWS 0 133 0 41 IAC SE")
NOTHING_ELSE = wire("IAC WONT NEW-ENVIRON IAC DONT CHARSET IAC DONT EOR IAC DONT GMCP IAC DONT MSSP IAC DONT MCCP2")
OUR_LINES = wire("IAC DO ECHO IAC DO SGA IAC WILL SGA")


def _run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 3 * PATIENCE))


async def greeting(visitor: Visitor) -> None:
    """Tells what it knows, and ends at the first line."""
    window = f"{visitor.terminal} {visitor.columns}x{visitor.rows} {visitor.colours}"
    visitor.write(f"[{window} {sorted(visitor.environment)}]\n")
    visitor.write(f"You said {await visitor.line('> ')!r}.\n")


def test_the_first_words_tell_the_application_about_the_terminal() -> None:
    async def work() -> None:
        async with hosting(greeting) as server, calling(server) as caller:
            caller.say(wire("IAC WILL TTYPE"))
            await caller.until(wire("IAC SB TTYPE SEND IAC SE"))
            caller.say(XTERM + WINDOW + NOTHING_ELSE)
            await caller.until(wire("IAC WILL ECHO IAC WILL SGA"))
            caller.say(OUR_LINES)
            await caller.until(b"[xterm-256color 133x41 256 []]\r\n> ")

    _run(work())


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for answers that do not come."""
    monkeypatch.setattr(room, "SILENCE", 0.01)
    monkeypatch.setattr(room, "SETTLING", 0.01)


@pytest.mark.usefixtures("soon")
def test_whoever_speaks_no_telnet_is_greeted_as_well() -> None:
    async def work() -> None:
        async with hosting(greeting) as server, calling(server) as caller:
            await caller.until(b"[ 80x24 0 []]\r\n> ")
            caller.say(b"hello\n")
            assert (await caller.rest()).endswith(b"> You said 'hello'.\r\n")

    _run(work())


async def _drawn(visitor: Visitor) -> None:
    visitor.write(f"You said {await visitor.line('> ')!r}.\n")


def test_a_terminal_gets_its_lines_edited_and_echoed() -> None:
    async def work() -> None:
        async with hosting(_drawn, typing=Typing.KEYS) as server, calling(server) as caller:
            caller.say(NOTHING_ELSE + wire("IAC WONT TTYPE IAC WONT NAWS"))
            await caller.until(wire("IAC WILL ECHO IAC WILL SGA"))
            caller.say(OUR_LINES)
            await caller.until(b"> ")
            caller.say(b"helo")
            await caller.until(b"helo")
            caller.say(b"\x1b[Dl\r\0")
            assert (await caller.rest()).endswith(b"You said 'hello'.\r\n")

    _run(work())


def test_whoever_refuses_our_echo_is_asked_for_whole_lines() -> None:
    async def work() -> None:
        async with hosting(_drawn, typing=Typing.KEYS) as server, calling(server) as caller:
            caller.say(NOTHING_ELSE + wire("IAC WONT TTYPE IAC WONT NAWS"))
            await caller.until(wire("IAC WILL ECHO"))
            caller.say(wire("IAC DONT ECHO IAC DONT SGA IAC WONT SGA"))
            await caller.until(b"> ")
            caller.say(b"hello\r\n")
            assert (await caller.rest()).endswith(b"> " + wire("IAC GA") + b"You said 'hello'.\r\n")

    _run(work())


def test_a_prompt_has_an_end_for_those_who_speak_telnet() -> None:
    async def work() -> None:
        async with hosting(greeting) as server, calling(server) as caller:
            caller.say(wire("IAC WONT TTYPE IAC WONT NAWS IAC WONT NEW-ENVIRON IAC DONT CHARSET IAC DO EOR"))
            caller.say(wire("IAC DONT GMCP IAC DONT MSSP IAC DONT MCCP2"))
            await caller.until(wire("IAC DO LINEMODE"))
            caller.say(wire("IAC WONT LINEMODE"))
            await caller.until(b"> " + wire("IAC EOR-COMMAND"))

    _run(work())


# ------------------------------------------------------------------------------------------------ signals


async def _signals(visitor: Visitor) -> None:
    heard: list[str] = []
    visitor.on_resize = lambda: heard.append(f"{visitor.columns}x{visitor.rows}")
    visitor.on_gmcp = lambda package, data: heard.append(f"{package}={data}")
    try:
        heard.append(await visitor.line("> "))
        await visitor.line("> ")
    except Interrupted:
        visitor.write(f"{heard}\n")


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("interrupt", ["IAC IP", "IAC BRK", "IAC ABORT", "3"])
def test_signals_and_news_reach_the_application(interrupt: str) -> None:
    async def work() -> None:
        async with hosting(_signals) as server, calling(server) as caller:
            caller.say(wire("IAC WILL NAWS IAC DO GMCP"))
            await caller.until(b"> ")
            caller.say(wire("'abc' IAC EC IAC AYT IAC SB NAWS 0 100 0 50 IAC SE"))
            caller.say(wire("IAC SB GMCP 'Core.Hello 1' IAC SE 'd' CR LF"))
            caller.say(wire(interrupt))
            said = await caller.rest()
            assert b"Yes" in said
            assert said.endswith(b"['100x50', 'Core.Hello=1', 'abd']\r\n")

    _run(work())


@pytest.mark.usefixtures("soon")
def test_an_interrupt_that_nobody_takes_ends_the_visit() -> None:
    async def work() -> None:
        async with hosting(greeting) as server, calling(server) as caller:
            await caller.until(b"> ")
            caller.say(b"\x03")
            assert (await caller.rest()).endswith(b"Interrupted. Goodbye.\r\n")

    _run(work())


class Listed:
    """A world that is in a list of worlds."""

    async def __call__(self, visitor: Visitor) -> None:
        await visitor.line("> ")

    def mssp(self) -> Mapping[str, str | list[str]]:
        return {"NAME": "Larboard", "PORT": ["23", "2323"]}


@pytest.mark.usefixtures("soon")
def test_a_world_tells_of_itself_to_those_who_ask() -> None:
    async def work() -> None:
        async with hosting(Listed()) as server, calling(server) as caller:
            caller.say(wire("IAC DO MSSP"))
            told = wire("IAC SB MSSP 1 'NAME' 2 'Larboard' 1 'PORT' 2 '23' 2 '2323' IAC SE")
            await caller.until(told)

    _run(work())


@pytest.mark.usefixtures("soon")
def test_what_is_said_is_compressed_for_those_who_like_it() -> None:
    async def work() -> None:
        async with hosting(greeting) as server, calling(server) as caller:
            caller.say(wire("IAC DO MCCP2"))
            await caller.until(wire("IAC SB MCCP2 IAC SE"))
            caller.say(b"hello\r\n")
            packed = (await caller.rest()).partition(wire("IAC SB MCCP2 IAC SE"))[2]
            assert zlib.decompress(packed).endswith(b"You said 'hello'.\r\n")

    _run(work())


# ---------------------------------------------------------------------------------------------------- ends


async def _failing(visitor: Visitor) -> None:
    raise ZeroDivisionError("a bug of the application")


@pytest.mark.usefixtures("soon")
def test_an_application_that_fails_is_logged_and_says_sorry(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        async with hosting(_failing) as server, calling(server) as caller:
            assert b"Something went wrong here" in await caller.rest()

    _run(work())
    assert "a bug of the application" in caplog.text


@pytest.mark.usefixtures("soon")
def test_a_visitor_who_vanishes_ends_the_visit() -> None:
    async def work() -> None:
        ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def app(visitor: Visitor) -> None:
            try:
                await visitor.line("> ")
            except VisitorLeft as error:
                visitor.write("into the void\n")
                ended.set_result(str(error))

        async with hosting(app) as server, calling(server) as caller:
            await caller.until(b"> ")
            caller.vanish()
            assert await asyncio.wait_for(ended, PATIENCE)
        assert server.visitors == 0

    _run(work())


@pytest.mark.usefixtures("soon")
def test_an_application_that_does_not_notice_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        cut = asyncio.Event()

        async def app(visitor: Visitor) -> None:
            visitor.write("here\n")
            try:
                await asyncio.Event().wait()
            finally:
                cut.set()

        async with hosting(app) as server, calling(server) as caller:
            await caller.until(b"here")
            caller.vanish()
            await asyncio.wait_for(cut.wait(), PATIENCE)

    monkeypatch.setattr(room, "AFTER_LEAVING", 0.01)
    _run(work())
    assert "did not end by itself" in caplog.text


@pytest.mark.usefixtures("soon")
def test_a_visit_that_others_have_closed_is_cut_off_as_well(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def app(visitor: Visitor) -> None:
        visitor.write("goodbye\n")
        visitor.close()
        await asyncio.Event().wait()

    async def work() -> None:
        async with hosting(app) as server, calling(server) as caller:
            assert (await caller.rest()).endswith(b"goodbye\r\n")
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*server._visits, return_exceptions=True)

    monkeypatch.setattr(room, "AFTER_LEAVING", 0.01)
    _run(work())
    assert "did not end by itself" in caplog.text


@pytest.mark.usefixtures("soon")
def test_whoever_types_nothing_is_sent_away() -> None:
    async def work() -> None:
        async with hosting(greeting, idle=0.05) as server, calling(server) as caller:
            assert b"Nothing was typed for 0.05 seconds. Goodbye." in await caller.rest()

    _run(work())


@pytest.mark.usefixtures("soon")
def test_whoever_reads_nothing_does_not_fill_the_memory(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        cut: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def app(visitor: Visitor) -> None:
            written = 0
            while not visitor.left:
                visitor.tell("x" * 65536)
                written += 65536
                await asyncio.sleep(0)
            cut.set_result(written)

        async with hosting(app) as server:
            address = server.addresses[0]
            with socket.socket() as deaf:
                deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                deaf.setblocking(False)
                await asyncio.get_running_loop().sock_connect(deaf, (address.host, address.port))
                written = await asyncio.wait_for(cut, PATIENCE)
        assert written < 16 * MOST_UNREAD  # what the kernel takes comes on top

    with caplog.at_level(logging.WARNING):
        _run(work())
    assert "were not read" in caplog.text


# ------------------------------------------------------------------------------------------------- attacks


@pytest.mark.parametrize(
    "attack",
    [
        wire("IAC SB TTYPE 0") + b"x" * 200_000,
        wire("IAC DO ECHO IAC DONT ECHO") * 2000,
        wire("IAC SB 99") + b"\xff\xff" * 100_000,
    ],
    ids=["a subnegotiation without end", "negotiation without end", "doubled IAC without end"],
)
def test_an_attack_by_the_language_itself_is_cut_off(attack: bytes) -> None:
    async def work() -> None:
        async with hosting(greeting) as server, calling(server) as caller:
            caller.say(attack)
            try:
                said = await caller.rest()
            except ConnectionError:
                said = b""
            assert b"You said" not in said
        assert server.visitors == 0

    _run(work())


@pytest.mark.usefixtures("soon")
def test_what_a_visitor_says_is_harmless_when_others_read_it() -> None:
    async def work() -> None:
        async with hosting(_drawn) as server, calling(server) as caller:
            await caller.until(b"> ")
            caller.say(b"a\x1b]0;title\x07\x1b[2Jb\xff\xff\xe2\x80\xaec\x9b\x00\r\n")
            said = (await caller.rest()).rpartition(b"> ")[2]
            assert b"\x1b" not in said
            assert b"\x07" not in said
            assert b"\xff" not in said
            assert "\u202e".encode() not in said

    _run(work())
