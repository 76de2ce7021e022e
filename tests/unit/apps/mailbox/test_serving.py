"""The page's server, over sockets of loopback."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from portside.apps.mailbox import serving as room
from portside.apps.mailbox.serving import PLACE, MailboxPage, open_mailbox_page
from portside.errors import ListenError
from portside.interfaces import Address
from portside.protocols.http.client.client import Client
from tests.support.conversations import until
from tests.support.mailboxes import FakeMailbox, plain
from tests.support.ports import held_tcp_port


@contextlib.asynccontextmanager
async def opened(box: FakeMailbox) -> AsyncIterator[MailboxPage]:
    page = await open_mailbox_page(box, Address("127.0.0.1"))
    try:
        yield page
    finally:
        await page.stop()


def test_the_page_and_the_api_are_at_a_plain_address(tmp_path: Path) -> None:
    async def story() -> None:
        box = FakeMailbox(tmp_path)
        box.add(plain(1))
        async with opened(box) as page, Client() as client:
            assert page.url.count("/") == 3
            assert "Mailbox" in (await client.get(page.url)).text()
            assert (await client.get(page.url + "api/state")).json()["total"] == 1
            assert (await client.delete(page.url + "api/messages/m1")).json() == {"deleted": 1}
        assert not box.watched

    asyncio.run(story())


def test_another_hosts_name_is_sent_away(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(FakeMailbox(tmp_path)) as page, Client() as client:
            for host, status in (("evil.example", 421), ("127.0.0.1.evil.example", 421), ("localhost", 200)):
                answer = await client.get(page.url + "api/state", headers={"Host": host})
                assert answer.status == status, host

    asyncio.run(story())


def test_whoever_waits_is_let_go_at_the_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "GRACE", 30.0)

    async def story() -> None:
        box = FakeMailbox(tmp_path)
        async with Client() as client, opened(box) as page:
            waiting = asyncio.ensure_future(client.get(page.url + "api/wait?timeout=60"))
            async with client.stream("GET", page.url + "api/events") as events, asyncio.timeout(30):
                pieces = events.iter_bytes()
                assert (await anext(pieces)).startswith(b"retry:")
                await until(lambda: bool(box.asked))
                await page.stop()
                assert json.loads((await waiting).content)["message"] is None
                assert b"".join([piece async for piece in pieces]).count(b"event:") <= 1
        assert caplog.records == [], "nobody had to be cut off"

    asyncio.run(story())


def test_a_port_that_is_taken_is_told_and_nobody_watches(tmp_path: Path) -> None:
    async def story() -> None:
        box = FakeMailbox(tmp_path)
        with held_tcp_port() as port, pytest.raises(ListenError, match=str(port)):
            await open_mailbox_page(box, Address("127.0.0.1", port))
        assert not box.watched

    asyncio.run(story())


def test_it_is_on_loopback_unless_one_says_otherwise() -> None:
    assert Address("127.0.0.1", 8025) == PLACE
