"""One control connection: one thing at a time, and every way in which it can end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from portside.errors import ConnectionLost, LocalError, RemoteError
from portside.protocols.ftp.client.connection import refusal
from portside.protocols.ftp.messages import Command, Data, Reply
from portside.protocols.ftp.rules.orders import DataFile
from tests.support.ftp_scripted import Scripted
from tests.support.ftp_sites import client_at, run, served

RETR = Command("RETR", "/a")


def test_commands_are_answered_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")

    async def story() -> None:
        async with served(tmp_path) as client, client.site.connection() as connection:
            size, none = await connection.ask(Command("SIZE", "/a"), Command("SIZE", "/b"))
            assert (size.code, size.text, none.code) == (213, "3", 550)
            with pytest.raises(RemoteError, match="550"):
                await connection.order("DELE", "/b")

    run(story)


def test_more_commands_than_may_wait_are_said_in_turns(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as client, client.site.connection() as connection:
            replies = await connection.ask(*[Command("NOOP")] * 2000)
            assert len(replies) == 2000 and all(reply.is_good for reply in replies)

    run(story)


def test_who_has_enough_leaves_and_the_connection_stays(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(20_000_000))

    async def story() -> None:
        async with served(tmp_path) as client, client.site.connection() as connection:
            pieces: list[bytes] = []
            ended = await connection.retrieve(RETR, pieces.append, 5, 1000)
            assert ended.error is None and len(b"".join(pieces)) == 1000
            (reply,) = await connection.ask(Command("NOOP"))
            assert reply.is_good

    run(story)


def test_who_has_enough_does_not_mind_a_server_that_hangs_up_then() -> None:
    async def story() -> None:
        data = bytes(20_000_000)
        server = Scripted(files={"/a": data}, cut=[len(data)])
        async with server.open(), client_at(server.url) as client, client.site.connection() as connection:
            pieces: list[bytes] = []
            ended = await connection.retrieve(RETR, pieces.append, 0, 1000)
            assert ended.error is None and len(b"".join(pieces)) == 1000
            assert connection.over

    run(story)


def test_who_cannot_take_what_comes_hears_why(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")

    def full(data: bytes) -> None:
        raise OSError(28, "no space")

    async def story() -> None:
        async with served(tmp_path) as client, client.site.connection() as connection:
            with pytest.raises(OSError, match="no space"):
                await connection.retrieve(RETR, full)
            assert connection.over

    run(story)


def test_an_upload_that_is_refused_stops(tmp_path: Path) -> None:
    async def endless() -> AsyncGenerator[Data | DataFile, None]:
        while True:
            yield Data(bytes(65536))

    async def story() -> None:
        async with served(tmp_path) as client, client.site.connection() as connection:
            ended = await connection.store(Command("STOR", "/none/a"), endless())
            assert ended.reply is not None and ended.reply.code >= 500
            assert isinstance(ended.error, RemoteError)
            assert connection.usable

    run(story)


def test_an_upload_whose_source_fails_ends_the_connection_and_leaves_no_file(tmp_path: Path) -> None:
    async def failing() -> AsyncGenerator[Data | DataFile, None]:
        yield Data(b"begun")
        raise OSError(5, "the disk is broken")

    async def story() -> None:
        async with served(tmp_path) as client, client.site.connection() as connection:
            with pytest.raises(OSError, match="broken"):
                await connection.store(Command("STOR", "/a"), failing())
            assert connection.over
        assert not (tmp_path / "a").exists()

    run(story)


def test_a_slow_reader_is_waited_for(tmp_path: Path) -> None:
    async def much() -> AsyncGenerator[Data | DataFile, None]:
        for _ in range(400):
            yield Data(bytes(65536))

    async def story() -> None:
        async with served(tmp_path) as client, client.site.connection() as connection:
            assert (await connection.store(Command("STOR", "/a"), much())).error is None
        assert (tmp_path / "a").stat().st_size == 400 * 65536

    run(story)


def test_a_server_that_goes_away_is_told() -> None:
    async def story() -> None:
        server = Scripted(answers={"NOOP": ""})
        async with server.open(), client_at(server.url) as client, client.site.connection() as connection:
            with pytest.raises(ConnectionLost):
                await connection.ask(Command("NOOP"))
            with pytest.raises(ConnectionLost):
                await connection.ask(Command("NOOP"))

    run(story)


def test_cancelling_a_transfer_ends_its_connection() -> None:
    async def story() -> None:
        asked = asyncio.Event()

        def never(path: str) -> str:
            asked.set()
            return "150 it never comes"

        server = Scripted(answers={"RETR": never})
        async with server.open(), client_at(server.url) as client, client.site.connection() as connection:
            waiting = asyncio.ensure_future(connection.retrieve(RETR, lambda data: None))
            await asked.wait()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert connection.over

    run(story)


def test_a_line_break_in_a_name_is_never_sent() -> None:
    async def story() -> None:
        server = Scripted()
        async with server.open(), client_at(server.url) as client, client.site.connection() as connection:
            with pytest.raises(LocalError, match="line break"):
                await connection.ask(Command("DELE", "a\r\nDELE b"))
        assert not any(line.startswith("DELE") for line in server.said)

    run(story)


def test_a_refusal_names_the_server_and_the_code() -> None:
    error = refusal("h:21", Reply(550, ("no",)), "a")
    assert (str(error), error.status) == ("h:21 answered 550 no about a", 550)
