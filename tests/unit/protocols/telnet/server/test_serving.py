from __future__ import annotations

import asyncio
import logging
import ssl

import pytest

from portside.errors import ListenError, UsageError
from portside.protocols.telnet.messages import Option, Party, Want
from portside.protocols.telnet.server import Settings, Typing, Visitor, VisitorLeft, serve, visit
from portside.protocols.telnet.server.serving import GOODBYE, policy, terms
from portside.transport.trust import server_context
from tests.support.visitors import LOOPBACK, PATIENCE, calling, hosting


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for answers that do not come."""
    monkeypatch.setattr(visit, "SILENCE", 0.01)
    monkeypatch.setattr(visit, "SETTLING", 0.01)


async def _echo(visitor: Visitor) -> None:
    async for line in visitor.lines("> "):
        visitor.write(line + "\n")


def test_settings_become_terms_and_a_policy() -> None:
    settings = Settings(idle=5.0, typing=Typing.LINES, charset="ascii", environment=("LANG",))
    made = terms(settings, _echo)
    assert (made.idle, made.typing, made.charset, made.variables) == (5.0, Typing.LINES, "ascii", ("LANG",))
    assert Want(Option.GMCP, Party.US) in made.first
    assert policy(settings).half_close


def test_compression_is_offered_to_worlds_in_the_clear_only() -> None:
    mccp = Want(Option.MCCP2, Party.US)
    assert mccp in policy(Settings()).first
    for settings in (Settings(world=False), Settings(tls=server_context(None, None, []))):
        assert mccp not in policy(settings).first
        assert Option.MCCP2 not in policy(settings).ours


def test_what_is_no_world_offers_nothing_of_a_world() -> None:
    assert Want(Option.GMCP, Party.US) not in policy(Settings(world=False)).first


def test_visitors_are_served_side_by_side() -> None:
    async def work() -> None:
        async with hosting(_echo) as server, calling(server) as one, calling(server) as two:
            for caller, line in ((one, b"one\r\n"), (two, b"two\r\n")):
                await caller.until(b"> ")
                caller.say(line)
            await two.until(b"two\r\n> ")
            await one.until(b"one\r\n> ")
            assert server.visitors == 2

    asyncio.run(work())


def test_over_tls_too() -> None:
    async def work() -> None:
        seen: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        async def app(visitor: Visitor) -> None:
            seen.set_result(visitor.secure)

        context = server_context(None, None, [])
        async with hosting(app, tls=context) as server:
            trusting = ssl.create_default_context()
            trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
            address = server.addresses[0]
            _, writer = await asyncio.open_connection(address.host, address.port, ssl=trusting)
            assert await asyncio.wait_for(seen, PATIENCE)
            writer.close()

    asyncio.run(work())


def test_an_address_that_is_taken_is_an_error() -> None:
    async def work() -> None:
        async with hosting(_echo) as server:
            with pytest.raises(ListenError):
                await serve(Settings((server.addresses[0],)), _echo)

    asyncio.run(work())


class Kept:
    """Writes down how its visits end."""

    def __init__(self) -> None:
        self.said: list[str] = []

    async def __call__(self, visitor: Visitor) -> None:
        try:
            await visitor.line("> ")
        except VisitorLeft:
            self.said.append("left")

    async def close(self) -> None:
        self.said.append("closed")


def test_a_stop_says_goodbye_ends_visits_and_lets_the_application_put_things_away() -> None:
    async def work() -> None:
        application = Kept()
        server = await serve(Settings((LOOPBACK,)), application)
        async with calling(server) as caller:
            await caller.until(b"> ")
            await server.stop(PATIENCE)
            assert GOODBYE.encode() in await caller.rest()
        await server.stop(PATIENCE)
        assert application.said == ["left", "closed"]
        assert server.visitors == 0

    asyncio.run(work())


class Full:
    """Has something to put away, and no room for it."""

    async def __call__(self, visitor: Visitor) -> None: ...

    async def close(self) -> None:
        raise UsageError("the disk is full")


def test_what_cannot_be_put_away_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        server = await serve(Settings((LOOPBACK,)), Full())
        await server.stop(PATIENCE)

    asyncio.run(work())
    assert "could not be put away: the disk is full" in caplog.text


def test_a_visit_that_does_not_end_is_cut_off_when_the_server_stops(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        async def app(visitor: Visitor) -> None:
            visitor.write("here\n")
            await asyncio.Event().wait()

        server = await serve(Settings((LOOPBACK,)), app)
        async with calling(server) as caller:
            await caller.until(b"here")
            await server.stop(0.01)
        assert server.visitors == 0

    with caplog.at_level(logging.WARNING):
        asyncio.run(work())
    assert "did not end by itself" in caplog.text


def test_an_abort_ends_everything_at_once() -> None:
    async def work() -> None:
        server = await serve(Settings((LOOPBACK,)), _echo)
        async with calling(server) as caller:
            await caller.until(b"> ")
            server.abort()
            with pytest.raises((ConnectionError, AssertionError)):
                await caller.until(b"never")

    asyncio.run(work())
