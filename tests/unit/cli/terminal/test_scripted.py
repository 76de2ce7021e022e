"""Scripts: lines that are passed on, and steps in their order, at a server over loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from portside.cli.terminal import scripted
from portside.cli.terminal.log import Log
from portside.cli.terminal.scripted import Do, Incoming, Output, Step, carry_out, pass_on
from portside.errors import ConnectionLost, LimitExceeded, TimedOut, UsageError
from portside.interfaces import Address
from portside.protocols.telnet.client.connection import connect
from portside.protocols.telnet.client.session import TelnetSession, telnet
from portside.protocols.telnet.client.settings import Settings as ClientSettings
from portside.protocols.telnet.messages import Data
from portside.protocols.telnet.server import Application, Settings, Visitor, serve
from tests.support.conversations import until
from tests.support.standins import standing_in

BEYOND_BUFFERS = 16_000_000
"""Bytes of which sockets that nobody reads from take a few million at the most, however their buffers grow."""


async def parrot(visitor: Visitor) -> None:
    async for line in visitor.lines("> "):
        if line == "bye":
            visitor.write("well\n")
            return
        visitor.write(f"said {line}\n")


async def lines(*said: bytes) -> AsyncIterator[bytes]:
    for line in said:
        yield line


def visit(story: Callable[[TelnetSession], Awaitable[None]]) -> None:
    async def main() -> None:
        server = await serve(Settings(addresses=[Address("127.0.0.1", 0)]), parrot)
        try:
            async with asyncio.timeout(30), telnet("127.0.0.1", server.addresses[0].port) as session:
                await story(session)
        finally:
            await server.stop(1.0)

    asyncio.run(main())


def pass_lines_on(
    said: AsyncIterator[bytes], output: Output, quiet: float, app: Application = parrot, *, exact: bool = False
) -> None:
    """``said`` to a server that hosts ``app``."""

    async def main() -> None:
        server = await serve(Settings(addresses=[Address("127.0.0.1", 0)]), app)
        incoming = Incoming()
        try:
            async with asyncio.timeout(30):
                address, client = server.addresses[0], ClientSettings()
                incoming.connection = await connect(address, client, incoming.heard, incoming.lost)
                await pass_on(incoming, said, output, quiet, exact=exact)
        finally:
            await server.stop(1.0)

    asyncio.run(main())


def test_lines_are_passed_on_until_the_server_closes(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    log = Log(tmp_path / "a.log")
    pass_lines_on(lines(b"one\n", b"two\r\n", b"bye\n"), Output(log), 20.0)
    log.close()
    shown = capfdbinary.readouterr().out
    assert [word for word in (b"said one\n", b"said two\n", b"well\n") if word in shown] == [
        b"said one\n",
        b"said two\n",
        b"well\n",
    ]
    assert (tmp_path / "a.log").read_bytes().replace(b"\r\n", b"\n") == shown


def test_a_server_that_falls_silent_after_the_last_line_is_left(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    output = Output(None)

    async def one_that_is_answered() -> AsyncIterator[bytes]:
        yield b"one\n"
        await until(lambda: output.count >= len(b"> said one"))

    pass_lines_on(one_that_is_answered(), output, 0.3)
    assert b"said one" in capfdbinary.readouterr().out


def test_a_server_that_closes_ends_it_though_lines_are_still_to_come() -> None:
    async def waiting() -> AsyncIterator[bytes]:
        yield b"bye\n"
        await asyncio.Event().wait()

    pass_lines_on(waiting(), Output(None), 20.0)


def peer(answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]], story: Any) -> None:
    """``story`` with ``Incoming`` connected to a plain socket that does ``answer``."""

    async def main() -> None:
        incoming = Incoming()
        async with asyncio.timeout(30), standing_in(answer) as address:
            incoming.connection = await connect(address, ClientSettings(), incoming.heard, incoming.lost)
            try:
                await story(incoming)
            finally:
                incoming.connection.abort()

    asyncio.run(main())


def test_bytes_come_out_as_they_came(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    said = bytes(range(255)) * 3 + b"\r\n\x1b[2J"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = await reader.readexactly(len(said) + said.count(b"\xff") + said.count(b"\r") - 1)
        writer.write(heard)
        writer.close()

    peer(answer, lambda incoming: pass_on(incoming, lines(said), Output(None, exact=True), 20.0, exact=True))
    assert capfdbinary.readouterr().out == said


def test_a_server_that_is_lost_is_an_error_after_all_that_it_had_said(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"so far\xff\xfa\x18" + b"x" * 70_000)
        await writer.drain()
        await reader.read()
        writer.close()

    async def forever() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    async def story(incoming: Incoming) -> None:
        with pytest.raises(LimitExceeded, match="subnegotiation"):
            await pass_on(incoming, forever(), Output(None), 20.0)

    peer(answer, story)
    assert capfdbinary.readouterr().out == b"so far"


def test_a_server_that_takes_nothing_is_an_error_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripted, "CLOSING", 0.2)
    done = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()

    async def story(incoming: Incoming) -> None:
        assert incoming.connection is not None
        while incoming.connection.pending < BEYOND_BUFFERS:
            incoming.connection.say(Data(b"x" * 1_000_000))
        try:
            with pytest.raises(TimedOut, match=r"did not take the last [\d,]+,\d{3} bytes"):
                await pass_on(incoming, lines(), Output(None), 0.0)
        finally:
            done.set()

    peer(answer, story)


def test_a_server_that_has_taken_all_and_stays_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripted, "CLOSING", 0.0)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        await asyncio.Event().wait()

    peer(answer, lambda incoming: pass_on(incoming, lines(b"hello\n"), Output(None), 0.0))


def test_what_stdout_does_not_take_makes_the_server_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripted, "MOST_KEPT", 100)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x" * 1000)
        await writer.drain()
        await asyncio.wait_for(reader.readexactly(4), 20)
        writer.write(b"y" * 1000)
        writer.close()

    async def story(incoming: Incoming) -> None:
        assert incoming.connection is not None
        came = b""
        while len(came) < 1000:
            came += await incoming.take()
        incoming.connection.say(Data(b"more"))
        while piece := await incoming.take():
            came += piece
        assert came == b"x" * 1000 + b"y" * 1000

    peer(answer, story)


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [([b"a\r\nb"], b"a\nb"), ([b"a\r", b"\nb"], b"a\nb"), ([b"a\r", b"b\r"], b"a\rb\r"), ([b"\n"], b"\n")],
)
def test_line_ends_are_newlines_here_in_any_split(
    pieces: list[bytes], shown: bytes, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    output = Output(None)
    for piece in pieces:
        output.put(piece)
    output.end()
    assert capfdbinary.readouterr().out == shown
    assert output.count == sum(map(len, pieces))


def run(steps: Sequence[Step], timeout: float = 20.0) -> None:
    visit(lambda session: carry_out(session, steps, Output(None), timeout))


def test_steps_are_done_in_their_order(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY", "hush")
    run([Step(Do.EXPECT, "> "), Step(Do.SEND, "one"), Step(Do.EXPECT, "said one"), Step(Do.EXPECT, "> "),
         Step(Do.SECRET, "CANARY"), Step(Do.EXPECT, "said h.sh")])  # fmt: skip
    assert b"said hush" in capfdbinary.readouterr().out


def test_what_is_not_said_in_time_is_an_error_that_shows_what_was() -> None:
    with pytest.raises(TimedOut, match="it said"):
        run([Step(Do.EXPECT, "never")], timeout=0.3)
    with pytest.raises(ConnectionLost):
        run([Step(Do.EXPECT, "> "), Step(Do.SEND, "bye"), Step(Do.EXPECT, "never")])


def test_a_secret_that_the_environment_lacks_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CANARY", raising=False)
    with pytest.raises(UsageError, match="CANARY"):
        run([Step(Do.SECRET, "CANARY")])


def test_a_secret_of_several_lines_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY", "two\nlines")
    with pytest.raises(UsageError, match="CANARY"):
        run([Step(Do.SECRET, "CANARY")])


def test_after_a_last_line_the_server_is_listened_to(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    visit(lambda session: carry_out(session, [Step(Do.EXPECT, "> "), Step(Do.SEND, "bye")], Output(None), 20.0, 20.0))
    assert b"well" in capfdbinary.readouterr().out


def test_what_had_come_is_shown_where_something_did_not(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    async def story(session: TelnetSession) -> None:
        session.send_line("canary")
        await session.expect("(?=said canary)")
        with pytest.raises(TimedOut):
            await carry_out(session, [Step(Do.EXPECT, "never")], Output(None), 0.3)

    visit(story)
    assert b"said canary" in capfdbinary.readouterr().out
