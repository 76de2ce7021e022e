"""Scripts: lines that are passed on, and steps in their order, at a server over loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from portside.cli.terminal.log import Log
from portside.cli.terminal.scripted import Do, Output, Step, carry_out, pass_on
from portside.errors import ConnectionLost, TimedOut, UsageError
from portside.interfaces import Address
from portside.protocols.telnet.client.session import TelnetSession, telnet
from portside.protocols.telnet.server import Settings, Visitor, serve


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


def test_lines_are_passed_on_until_the_server_closes(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    log = Log(tmp_path / "a.log")
    visit(lambda session: pass_on(session, lines(b"one\n", b"two\r\n", b"bye\n"), Output(log), 20.0))
    log.close()
    shown = capfdbinary.readouterr().out
    assert [word for word in (b"said one", b"said two", b"well") if word in shown] == [
        b"said one",
        b"said two",
        b"well",
    ]
    assert (tmp_path / "a.log").read_bytes() == shown


def test_a_server_that_falls_silent_after_the_last_line_is_left(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    visit(lambda session: pass_on(session, lines(b"one\n"), Output(None), 0.3))
    assert b"said one" in capfdbinary.readouterr().out


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
