"""Many messages over few connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from portside.errors import ConnectError
from portside.protocols.smtp.client.crowd import AT_ONCE, Letter
from portside.protocols.smtp.client.handing import RECIPIENTS_AT_ONCE
from portside.protocols.smtp.client.outcome import Outcome
from tests.support.ports import free_tcp_port
from tests.support.smtp_mailing import LETTER, Zone, mailing, run, to
from tests.support.smtp_scripted import Scripted


def test_many_messages_go_over_few_connections() -> None:
    async def story() -> None:
        async with Scripted().open() as server, mailing(server.url, connections=3) as mailer:
            count = 0
            async for _, outcome in mailer.send_all((to(), b"%d" % number) for number in range(600)):
                assert isinstance(outcome, Outcome) and outcome.delivered
                count += 1
            assert count == 600 and server.visits <= 3
            assert sorted(server.contents) == sorted(b"%d\r\n" % number for number in range(600))

    run(story)


def test_only_so_many_messages_are_in_hand_at_once() -> None:
    async def story() -> None:
        taken = 0

        def letters() -> Any:
            nonlocal taken
            for _ in range(3 * AT_ONCE):
                taken += 1
                yield to(), b"x"

        async with Scripted().open() as server, mailing(server.url) as mailer:
            seen = 0
            async for _ in mailer.send_all(letters()):
                seen += 1
                assert taken - seen <= AT_ONCE
            assert seen == 3 * AT_ONCE

    run(story)


def test_messages_may_come_from_what_waits_and_each_error_in_its_place(tmp_path: Path) -> None:
    async def letters() -> AsyncIterator[Letter]:
        yield to(), b"good"
        yield to("no address"), b"bad"
        yield to(), tmp_path / "none.eml"
        yield to(), b"good"

    async def story() -> None:
        async with Scripted().open() as server, mailing(server.url) as mailer:
            became = [outcome async for _, outcome in mailer.send_all(letters())]
            kinds = sorted(type(each).__name__ for each in became)
            assert kinds == ["FileNotFoundError", "Outcome", "Outcome", "UsageError"]

    run(story)


def test_who_leaves_before_the_end_stops_the_rest() -> None:
    async def story() -> None:
        async with Scripted().open() as server, mailing(server.url) as mailer:
            sending = mailer.send_all((to(), b"%d" % number) for number in range(1000))
            async for _ in sending:
                break
            await sending.aclose()  # type: ignore[attr-defined]
            assert len(server.contents) < 1000

    run(story)


def test_messages_that_need_more_than_one_transaction_get_it() -> None:
    async def story() -> None:
        many = [f"u{number}@x.org" for number in range(RECIPIENTS_AT_ONCE + 1)]
        eight_bits = "Subject: x\n\nH\u00e4llo\n".encode()
        letters: list[Letter] = [(to(*many), LETTER), (to(), eight_bits), (to(), LETTER)]
        async with Scripted().open() as server, mailing(server.url) as mailer:
            outcomes = [outcome async for _, outcome in mailer.send_all(letters)]
            assert all(isinstance(outcome, Outcome) and outcome.delivered for outcome in outcomes)
            assert sorted(len(outcome.results) for outcome in outcomes) == [1, 1, len(many)]  # type: ignore[union-attr]
            assert len(server.contents) == 4 and all(content.isascii() for content in server.contents)

    run(story)


def test_each_domain_s_own_server_gets_its_share() -> None:
    async def story() -> None:
        zone = Zone(mx={"x.test": ((10, "mx.test"),), "y.test": ((0, ""),)}, a={"mx.test": ("127.0.0.1",)})
        async with Scripted().open() as server, mailing(resolver=zone, port=server.port) as mailer:
            letters = [(to(f"b@{name}.test"), LETTER) for name in "xyxy"]
            outcomes = [outcome async for _, outcome in mailer.send_all(letters)]
            assert sorted(outcome.delivered for outcome in outcomes) == [False, False, True, True]  # type: ignore[union-attr]

    run(story)


def test_where_nobody_listens_all_are_told() -> None:
    async def story() -> None:
        async with mailing(f"smtp://127.0.0.1:{free_tcp_port()}") as mailer:
            outcomes = [outcome async for _, outcome in mailer.send_all([(to(), LETTER)] * 5)]
            assert len(outcomes) == 5
            for outcome in outcomes:
                assert isinstance(outcome, Outcome) and isinstance(outcome.results[0].error, ConnectError)

    run(story)


def test_no_messages_are_no_work() -> None:
    async def story() -> None:
        async with mailing("smtp://127.0.0.1:1") as mailer:
            assert [sent async for sent in mailer.send_all([])] == []

    asyncio.run(story())
