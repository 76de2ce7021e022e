"""One connection: contents from files, a slow server, and one that goes away in the middle."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from portside.errors import BrokenPromise, ConnectionLost, LocalError
from portside.protocols.smtp.client import content as room
from portside.protocols.smtp.rules.orders import Stage
from tests.support.conversations import until
from tests.support.smtp_mailing import mailing, run, to
from tests.support.smtp_scripted import Scripted

LONG = b"Subject: long\r\n\r\n" + b"".join(b".%07d and so on, and so on\r\n" % number for number in range(100_000))


@pytest.fixture
def long_file(tmp_path: Path) -> Path:
    path = tmp_path / "long.eml"
    path.write_bytes(LONG)
    assert len(LONG) > room.IN_MEMORY
    return path


def test_a_long_file_is_sent_while_it_is_read(long_file: Path) -> None:
    async def story() -> None:
        async with Scripted().open() as server, mailing(server.url) as mailer:
            assert (await mailer.send(to(), long_file)).delivered
            assert server.contents == [LONG.replace(b"\r\n.", b"\r\n..")]

    run(story)


def test_a_long_file_goes_in_chunks_where_they_are_taken(long_file: Path) -> None:
    offer = "250-scripted.test\r\n250-PIPELINING\r\n250-SIZE\r\n250 CHUNKING"

    async def story() -> None:
        async with Scripted({"EHLO": offer}).open() as server, mailing(server.url) as mailer:
            assert (await mailer.send(to(), long_file)).delivered
            assert server.contents == [LONG]
            assert server.verbs().count("BDAT") > 2 and f"SIZE={len(LONG)}" in server.said[1]

    run(story)


def test_a_server_that_has_enough_in_the_middle_is_told_no_more(long_file: Path) -> None:
    offer = "250-scripted.test\r\n250-PIPELINING\r\n250 CHUNKING"
    long_file.write_bytes(LONG * 12)  # no two sockets take all of it before somebody reads

    async def story() -> None:
        script = Scripted({"EHLO": offer, "BDAT": ["250 ok", "552 5.3.4 enough", "503 no"]})
        async with script.open() as server, mailing(server.url, connections=1) as mailer:
            (result,) = (await mailer.send(to(), long_file)).results
            assert result.reply is not None and result.reply.code == 552 and result.stage is Stage.CONTENT
            assert not server.contents
            server.answers["BDAT"] = "250 ok"
            assert (await mailer.send(to(), b"short")).delivered
            assert server.visits == 1 and "RSET" in server.verbs()

    run(story)


def test_a_file_that_becomes_shorter_is_not_sent_as_a_whole(long_file: Path) -> None:
    async def story() -> None:
        def shorten(line: str) -> str:
            long_file.write_bytes(LONG[:100_000])
            return "354 go on"

        async with Scripted({"DATA": shorten}).open() as server, mailing(server.url) as mailer:
            (result,) = (await mailer.send(to(), long_file)).results
            assert isinstance(result.error, BrokenPromise) and not result.unsure
            assert not server.contents

    run(story)


def test_a_server_that_goes_in_the_middle_of_a_content_has_no_message(long_file: Path) -> None:
    async def story() -> None:
        async with Scripted({"DATA": "354 go on\r\n421 4.3.2 down"}).open() as server, mailing(server.url) as mailer:
            (result,) = (await mailer.send(to(), long_file)).results
            assert not result.delivered and not result.unsure and result.passing

    run(story)


def test_an_answer_to_nothing_ends_an_idle_connection_and_the_next_message_has_another() -> None:
    async def story() -> None:
        script = Scripted({".": ["250 kept\r\n250 and what was not asked", "250 kept"]})
        async with script.open() as server, mailing(server.url, connections=1) as mailer:
            assert (await mailer.send(to(), b"one")).delivered
            assert (await mailer.send(to(), b"two")).delivered
            assert server.visits == 2

    run(story)


def test_who_stops_waiting_stops_the_message(long_file: Path) -> None:
    async def story() -> None:
        async with Scripted({"DATA": None}).open() as server, mailing(server.url) as mailer:
            sending = asyncio.ensure_future(mailer.send(to(), long_file))
            await until(lambda: "DATA" in server.said)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            server.answers["DATA"] = "354 go on"
            assert (await mailer.send(to(), b"another")).delivered
            assert len(server.contents) == 1

    run(story)


def test_a_value_that_can_not_be_said_harms_nobody_else() -> None:
    async def story() -> None:
        offer = "250-scripted.test\r\n250-PIPELINING\r\n250 DSN"
        async with Scripted({"EHLO": offer}).open() as server, mailing(server.url, connections=1) as mailer:
            (result,) = (await mailer.send(to(envid="a\r\nRSET"), b"x")).results
            assert isinstance(result.error, LocalError) and not result.delivered
            assert (await mailer.send(to(), b"x")).delivered
            assert "RSET" not in server.verbs() and server.visits == 1

    run(story)


@pytest.mark.parametrize("messages", [1, 3])
def test_a_connection_has_its_share_and_another_one_comes(messages: int) -> None:
    async def story() -> None:
        async with Scripted().open() as server, mailing(server.url, connections=1, messages=messages) as mailer:
            for number in range(6):
                assert (await mailer.send(to(), b"%d" % number)).delivered
            assert server.visits == 6 // messages

    run(story)


def test_a_server_may_say_how_many_messages_it_takes() -> None:
    async def story() -> None:
        offer = "250-scripted.test\r\n250-PIPELINING\r\n250 LIMITS MAILMAX=2"
        async with Scripted({"EHLO": offer}).open() as server, mailing(server.url, connections=1) as mailer:
            outcomes = await asyncio.gather(*(mailer.send(to(), b"x") for _ in range(6)))
            assert all(outcome.delivered for outcome in outcomes) and server.visits == 3

    run(story)


def test_what_a_closed_client_had_in_hand_is_told() -> None:
    async def story() -> None:
        async with Scripted({"DATA": None}).open() as server, mailing(server.url) as mailer:
            sending = asyncio.ensure_future(mailer.send(to(), b"x"))
            await until(lambda: "DATA" in server.said)
            await mailer.close()
            (result,) = (await sending).results
            assert isinstance(result.error, ConnectionLost) and not result.unsure

    run(story)
