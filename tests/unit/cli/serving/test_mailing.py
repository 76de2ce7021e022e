"""A mail server starts and stops together with what keeps its messages."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from portside.cli.serving.mailing import start_mail
from portside.errors import ListenError
from portside.interfaces import Address
from portside.mail.maildir.store import MaildirStore
from portside.mail.storing import StoreError
from portside.protocols.smtp.server import Settings
from tests.support.smtp_wire import opened

HERE = Settings((Address("127.0.0.1", 0),))
CONTENT = b"Subject: hi\r\n\r\nHello.\r\n"


def send(port: int) -> int:
    with opened("127.0.0.1", port) as wire:
        wire.hello()
        return wire.send(CONTENT, "b@example.net").code


def test_what_is_acknowledged_is_in_the_maildir_when_it_has_stopped(tmp_path: Path) -> None:
    async def story() -> None:
        running = await start_mail(HERE, tmp_path / "mail")
        assert await asyncio.to_thread(send, running.addresses[0].port) == 250
        await running.stop(0.0)

    asyncio.run(story())
    (message,) = (tmp_path / "mail" / "new").iterdir()
    assert message.read_bytes().endswith(b"Subject: hi\n\nHello.\n")


def test_a_sink_keeps_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        running = await start_mail(HERE, None)
        assert await asyncio.to_thread(send, running.addresses[0].port) == 250
        await running.stop(0.0)

    asyncio.run(story())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_free_again_where_the_server_does_not_start_or_has_stopped(tmp_path: Path) -> None:
    async def story() -> None:
        running = await start_mail(HERE, tmp_path / "mail")
        taken = Settings(tuple(running.addresses))
        with pytest.raises(ListenError):
            await start_mail(taken, tmp_path / "other")
        with pytest.raises(StoreError):
            await start_mail(HERE, tmp_path / "mail")
        await running.stop(0.0)
        for folder in ("mail", "other"):
            async with MaildirStore(tmp_path / folder):
                pass

    asyncio.run(story())


def test_an_abort_is_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        running = await start_mail(HERE, None)
        running.abort()
        await asyncio.sleep(0)
        with pytest.raises(OSError, match="refused"):
            await asyncio.to_thread(opened, "127.0.0.1", running.addresses[0].port)

    asyncio.run(story())


def test_who_asks_hears_that_a_message_has_arrived(tmp_path: Path) -> None:
    def story(port: int) -> None:
        with opened("127.0.0.1", port) as wire:
            wire.hello()
            assert wire.ask("MAIL FROM:<a@example.com> RET=HDRS ENVID=env1").code == 250
            assert wire.ask("RCPT TO:<b@example.net> NOTIFY=SUCCESS").code == 250
            assert wire.ask("DATA").code == 354
            wire.say(CONTENT + b".\r\n")
            assert wire.answer().code == 250
            assert wire.ask("NOOP").code == 250  # behind it the report is under way

    async def both() -> None:
        running = await start_mail(HERE, tmp_path / "mail")
        await asyncio.to_thread(story, running.addresses[0].port)
        await running.stop(0.0)

    asyncio.run(both())
    kept = [message.read_text() for message in (tmp_path / "mail" / "new").iterdir()]
    (report,) = [text for text in kept if "Action: delivered" in text]
    assert "Original-Envelope-Id: env1" in report
    assert len(kept) == 2
