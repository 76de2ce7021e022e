"""Messages that go into the queue."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from portside.apps.outbox.outbox import Outbox
from portside.cli.mail.drafts import Draft, Spoilt
from portside.cli.mail.queueing import Queued
from portside.cli.mail.ways import Became
from portside.errors import UsageError
from portside.mail.envelope import Body
from portside.protocols.smtp.client.settings import Settings
from tests.support.smtp_mailing import to


def queued(folder: Path, *drafts: Draft | Spoilt, server: str = "") -> list[Became]:
    async def story() -> list[Became]:
        return [became async for _, became in Queued(Settings(server), folder).hand(drafts)]

    return asyncio.run(story())


def test_a_message_is_in_the_queue_as_it_will_travel(tmp_path: Path) -> None:
    (name,) = queued(tmp_path, Draft("", to("b@x.org", "c@x.org"), "Subject: x\n\nHällo".encode()))
    assert isinstance(name, str)

    async def look() -> None:
        async with Outbox(tmp_path) as outbox:
            message = await outbox.message(name)
            assert message is not None and message.envelope.body is Body.EIGHT_BIT
            assert await outbox.content(name) == "Subject: x\r\n\r\nHällo\r\n".encode()

    asyncio.run(look())


def test_one_that_can_not_be_sent_does_not_stop_the_others(tmp_path: Path) -> None:
    spoilt, error, name = queued(
        tmp_path,
        Spoilt("bad.eml", UsageError("no")),
        Draft("worse.eml", to("no address"), b"x"),
        Draft("", to(), b"x"),
    )
    assert isinstance(spoilt, UsageError) and isinstance(error, UsageError) and isinstance(name, str)


@pytest.mark.parametrize("content", [b"a\rb"])
def test_what_can_not_travel_is_not_queued(content: bytes, tmp_path: Path) -> None:
    (became,) = queued(tmp_path, Draft("", to(), content))
    assert isinstance(became, UsageError)
