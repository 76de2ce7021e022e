"""Mail for elsewhere: it leaves by the queue, and only for those who have logged in."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import Callable
from pathlib import Path

import pytest

from portside.accounts.users import KnownAccounts, User, given
from portside.cli.serving.mailing import start_mail
from portside.cli.serving.relaying import QUEUE, Relaying
from portside.interfaces import Address
from portside.protocols.smtp.rules.policy import Policy
from portside.protocols.smtp.server import Settings, serve
from tests.support.smtp_stores import ShelfStore

HERE = (Address("127.0.0.1", 0),)
PATIENCE = 60.0
CONTENT = b"From: anna@example.com\r\nSubject: hi\r\n\r\nHello.\r\n"


def ours() -> Settings:
    accounts = KnownAccounts(given([(User("anna"), "secret")], cost=4))
    policy = Policy(
        name="mx.example.com",
        mechanisms=("PLAIN",),
        clear_login=True,
        domains=frozenset({"example.com"}),
        relays=True,
    )
    return Settings(HERE, policy, accounts=accounts)


def send(port: int, *recipients: str, login: bool = True) -> dict[str, tuple[int, bytes]]:
    """The recipients that were refused."""
    with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as client:
        if login:
            client.login("anna", "secret")
        return client.sendmail("anna@example.com", recipients, CONTENT)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            if await asyncio.to_thread(condition):
                return
            await asyncio.sleep(0.01)


def relayed(tmp_path: Path, their_policy: Policy, *recipients: str, arrives: int, come_back: int) -> ShelfStore:
    """A message from a user of ours; what has arrived elsewhere. ``come_back``: messages in our own Maildir by then."""
    shelf = ShelfStore()
    mail = tmp_path / "mail"

    async def story() -> None:
        theirs = await serve(Settings(HERE, their_policy), shelf)
        relaying = Relaying(f"smtp://127.0.0.1:{theirs.addresses[0].port}")
        running = await start_mail(ours(), mail, relaying=relaying)
        assert await asyncio.to_thread(send, running.addresses[0].port, *recipients) == {}
        await until(lambda: len(shelf.kept) == arrives and len(list((mail / "new").iterdir())) == come_back)
        await running.stop(1.0)
        await theirs.stop(0.0)

    asyncio.run(story())
    return shelf


def test_each_recipients_mail_goes_where_it_belongs(tmp_path: Path) -> None:
    shelf = relayed(tmp_path, Policy(), "bert@example.net", "carl@example.com", arrives=1, come_back=1)
    message = shelf.kept[0]
    assert message.envelope.addresses == ("bert@example.net",)
    assert message.content.endswith(CONTENT)
    assert b"Received: " in message.content
    (kept,) = (tmp_path / "mail" / "new").iterdir()
    assert b"carl@example.com" in kept.read_bytes()


def test_who_is_refused_elsewhere_is_reported_to_the_sender_here(tmp_path: Path) -> None:
    refusing = Policy(domains=frozenset({"example.org"}))
    relayed(tmp_path, refusing, "bert@example.net", arrives=0, come_back=1)
    (report,) = (tmp_path / "mail" / "new").iterdir()
    text = report.read_text()
    assert "multipart/report" in text
    assert "bert@example.net" in text


def test_nobody_sends_on_without_a_login(tmp_path: Path) -> None:
    async def story() -> None:
        running = await start_mail(ours(), tmp_path / "mail", relaying=Relaying("smtp://127.0.0.1:9"))
        try:
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                await asyncio.to_thread(send, running.addresses[0].port, "bert@example.net", login=False)
            assert refused.value.recipients["bert@example.net"][0] == 550
        finally:
            await running.stop(0.0)

    asyncio.run(story())
    assert (tmp_path / "mail" / QUEUE).is_dir()
