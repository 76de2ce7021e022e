"""A mail server for the time of a test: what is sent to it is found, and nothing of it stays."""

from __future__ import annotations

import asyncio
import contextlib
import smtplib
import tempfile
import threading
from pathlib import Path

import pytest

import portside
from portside.apps.mailbox.catching import PREFIX, catch_mail
from portside.errors import ConnectError
from portside.mail.storing import StoreError
from portside.protocols.smtp.rules.limits import ServerLimits
from portside.protocols.smtp.server import Settings
from tests.support.mailboxes import plain


def send(address: tuple[str, int], subject: str = "Welcome") -> None:
    with smtplib.SMTP(*address, timeout=30) as client:
        client.sendmail("shop@example.com", ["ann@example.com"], plain(1, subject=subject).decode())


def test_what_is_sent_is_found() -> None:
    with portside.catch_mail() as (address, mailbox):
        send(address)
        mail = mailbox.wait(to="ann@example.com", timeout=30)
        assert mail.subject == "Welcome" and "message 1" in mail.text and mail.sender == "shop@example.com"


def test_a_test_may_have_a_loop_of_its_own() -> None:
    async def story() -> None:
        with catch_mail() as (address, mailbox):
            await asyncio.to_thread(send, address)
            async with portside.AsyncMailbox(mailbox.url) as own:
                assert (await own.wait(timeout=30)).subject == "Welcome"

    asyncio.run(story())


def test_nothing_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(threading.enumerate())
    with catch_mail() as (address, mailbox):
        assert [path.name.startswith(PREFIX) for path in tmp_path.iterdir()] == [True]
        send(address)
    assert list(tmp_path.iterdir()) == [] and set(threading.enumerate()) <= before
    with pytest.raises(ConnectError):
        mailbox.search()


def test_a_folder_of_ones_own_keeps_the_mail(tmp_path: Path) -> None:
    for subject in ("first", "second"):
        with catch_mail(tmp_path) as (address, mailbox):
            send(address, subject)
            mailbox.wait(subject=subject, timeout=30)
    assert len(list((tmp_path / "new").iterdir())) == 2


def test_the_servers_settings_are_the_callers() -> None:
    small = Settings(limits=ServerLimits(largest=1000))
    with catch_mail(settings=small) as (address, _), smtplib.SMTP(*address, timeout=30) as client:
        client.ehlo()
        assert client.esmtp_features["size"] == "1000"


def test_a_test_that_fails_ends_it_too() -> None:
    with contextlib.suppress(ZeroDivisionError), catch_mail() as (_, mailbox):
        raise ZeroDivisionError
    with pytest.raises(ConnectError):
        mailbox.search()


def test_what_keeps_it_from_starting_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError), catch_mail(tmp_path / "file"):
        raise AssertionError("it has started")
