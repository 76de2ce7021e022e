"""The connections with one server: as many as are needed, and again after one was lost."""

from __future__ import annotations

import asyncio

import pytest

from portside.errors import ConnectionLost, LocalError
from portside.protocols.smtp.client import pool as room
from portside.protocols.smtp.client.pool import ATTEMPTS
from tests.support.conversations import until
from tests.support.smtp_mailing import LETTER, mailing, run, to
from tests.support.smtp_scripted import Scripted


def test_a_connection_is_kept_for_the_next_message() -> None:
    async def story() -> None:
        async with Scripted().open() as server, mailing(server.url) as mailer:
            for _ in range(5):
                assert (await mailer.send(to(), LETTER)).delivered
            assert server.visits == 1

    run(story)


@pytest.mark.parametrize("connections", [1, 3])
def test_no_more_connections_are_made_than_may_be(connections: int) -> None:
    async def story() -> None:
        async with Scripted().open() as server, mailing(server.url, connections=connections) as mailer:
            outcomes = await asyncio.gather(*(mailer.send(to(), b"x") for _ in range(50)))
            assert all(outcome.delivered for outcome in outcomes) and server.visits == connections

    run(story)


def test_a_kept_connection_that_the_server_has_closed_costs_nothing() -> None:
    async def story() -> None:
        async with Scripted({"MAIL": ["250 ok", "", "250 ok"]}).open() as server, mailing(server.url) as mailer:
            assert (await mailer.send(to(), LETTER)).delivered
            assert (await mailer.send(to(), LETTER)).delivered
            assert server.visits == 2

    run(story)


def test_a_server_that_always_goes_away_is_not_asked_for_ever() -> None:
    async def story() -> None:
        async with Scripted({"MAIL": ["250 ok", ""]}).open() as server, mailing(server.url) as mailer:
            assert (await mailer.send(to(), LETTER)).delivered
            (result,) = (await mailer.send(to(), LETTER)).results
            assert isinstance(result.error, ConnectionLost) and server.visits <= 1 + ATTEMPTS

    run(story)


def test_what_may_have_been_delivered_is_never_sent_again_by_itself() -> None:
    async def story() -> None:
        async with Scripted({".": ["250 kept", ""]}).open() as server, mailing(server.url) as mailer:
            assert (await mailer.send(to(), b"one")).delivered
            (result,) = (await mailer.send(to(), b"two")).results
            assert result.unsure and len(server.contents) == 2

    run(story)


def test_a_message_behind_one_that_broke_the_connection_goes_over_another() -> None:
    async def story() -> None:
        def deadly(line: str) -> str:
            return "" if "deadly@" in line else "250 ok"

        async with Scripted({"RCPT": deadly}).open() as server, mailing(server.url, connections=1) as mailer:
            assert (await mailer.send(to(), b"first")).delivered
            deadly_one = asyncio.ensure_future(mailer.send(to("deadly@x.org"), b"x"))
            innocent = asyncio.ensure_future(mailer.send(to(), b"innocent"))
            assert not (await deadly_one).delivered and (await innocent).delivered
            assert b"innocent\r\n" in server.contents

    run(story)


def test_a_server_that_wants_fewer_of_us_is_taken_at_its_word() -> None:
    async def story() -> None:
        greeting: list[str | None] = ["220 hello", "421 too many of you"]
        async with Scripted({"greeting": greeting}).open() as server, mailing(server.url, connections=4) as mailer:
            outcomes = await asyncio.gather(*(mailer.send(to(), b"x") for _ in range(20)))
            assert all(outcome.delivered for outcome in outcomes)
            visits = server.visits
            await asyncio.gather(*(mailer.send(to(), b"x") for _ in range(20)))
            assert server.visits == visits

    run(story)


def test_a_server_that_keeps_something_of_a_refused_message_does_not_spoil_the_next() -> None:
    async def story() -> None:
        async with (
            Scripted({"MAIL": ["250 ok", "503 nested", "250 ok"]}).open() as server,
            mailing(server.url) as mailer,
        ):
            assert (await mailer.send(to(), b"one")).delivered
            assert (await mailer.send(to(), b"two")).delivered
            assert server.visits == 2

    run(story)


def test_a_server_that_is_always_out_of_step_is_believed() -> None:
    async def story() -> None:
        async with Scripted({"MAIL": ["250 ok", "503 log in"]}).open() as server, mailing(server.url) as mailer:
            await mailer.send(to(), b"one")
            (result,) = (await mailer.send(to(), b"two")).results
            assert result.reply is not None and result.reply.code == 503

    run(story)


def test_an_error_of_ours_is_told_to_whoever_waits(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        def broken(*_: object) -> None:
            raise ZeroDivisionError("a bug")

        monkeypatch.setattr(room, "open_connection", broken)
        async with mailing("smtp://127.0.0.1:1") as mailer:
            (result,) = (await mailer.send(to(), LETTER)).results
            assert isinstance(result.error, LocalError) and "a bug" in str(result.error)
        assert "a bug" in caplog.text

    run(story)


def test_who_stops_waiting_before_a_connection_is_there_sends_nothing() -> None:
    async def story() -> None:
        async with Scripted({"EHLO": None}).open() as server, mailing(server.url, connections=1) as mailer:
            sending = asyncio.ensure_future(mailer.send(to(), b"x"))
            await until(lambda: server.said)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
        assert "MAIL" not in server.verbs()

    run(story)


def test_what_is_under_way_when_the_client_is_closed_is_told_and_nothing_begins_anew() -> None:
    async def story() -> None:
        async with (
            Scripted({"DATA": ["354 go on", None]}).open() as server,
            mailing(server.url, connections=1) as mailer,
        ):
            assert (await mailer.send(to(), b"first")).delivered
            sending = [asyncio.ensure_future(mailer.send(to(), b"x")) for _ in range(5)]
            await until(lambda: server.verbs().count("DATA") == 2)
            await mailer.close()
            for each in sending:
                (result,) = (await each).results
                assert isinstance(result.error, ConnectionLost) and not result.unsure
            assert server.visits == 1

    run(story)


def test_messages_that_wait_when_the_client_is_closed_are_told() -> None:
    async def story() -> None:
        async with Scripted({"greeting": None}).open() as server, mailing(server.url) as mailer:
            sending = asyncio.ensure_future(mailer.send(to(), b"x"))
            await until(lambda: server.visits)
            await mailer.close()
            (result,) = (await sending).results
            assert isinstance(result.error, ConnectionLost)

    run(story)
