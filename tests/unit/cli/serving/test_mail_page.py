"""The mailbox page's options, and what is opened for them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
import pytest

from portside.apps.mailbox.terms import at_once
from portside.cli.serving import ServingCommand, mail_page, offered
from portside.cli.serving.mail_page import PageWanted, page_wanted, watching_here
from portside.errors import ListenError, UsageError
from portside.interfaces import Address
from portside.protocols.http.client.client import Client
from tests.support.mailboxes import FakeMailbox, plain
from tests.support.ports import held_tcp_port


def wanted(*arguments: str) -> PageWanted | None:
    """What the command line asks for."""
    command = offered("smtp")
    assert isinstance(command, ServingCommand)
    with command.make_context("smtp", list(arguments)) as ctx:
        return page_wanted(ctx.params, watching_here(), "smtp")


@pytest.mark.parametrize(
    ("arguments", "page"),
    [
        ([], None),
        (["--mailbox"], PageWanted(8025)),
        (["--mailbox", "0", "mail"], PageWanted(0)),
        (["--mailbox", "mail"], PageWanted(8025)),
        (["--window"], PageWanted(8025)),
        (["--window", "0"], PageWanted(0)),
        (["--window", "0", "--mailbox", "7"], PageWanted(7)),
        (["--window", "--sink"], None),
        (["--mailbox", "--release-to", "smtp://relay.example"], PageWanted(8025, "smtp", "smtp://relay.example")),
        (["--mailbox", "--check-senders"], PageWanted(8025, check_senders=True)),
    ],
)
def test_options_ask_for_a_page(arguments: list[str], page: PageWanted | None) -> None:
    assert wanted(*arguments) == page


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--mailbox", "--sink"], "'--sink' keeps nothing"),
        (["--release-to", "smtp://relay.example"], "'--release-to' is done from the mailbox page"),
        (["--check-senders"], "'--check-senders' is done from the mailbox page"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        wanted(*arguments)


def test_outside_of_a_command_nothing_is_watched() -> None:
    assert click.get_current_context(silent=True) is None and watching_here() is None


def test_the_page_is_opened_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = PageWanted(0, "smtps", "smtp://ann:secret@relay.example:587", check_senders=True)
    asked.window_at("http://127.0.0.1:4040/token/")

    async def story() -> None:
        box = FakeMailbox(tmp_path)
        box.add(plain(1))
        page = await asked.open(box, [Address("127.0.0.1", 465)], at_once)
        try:
            async with Client() as client:
                state = (await client.get(page.url + "api/state")).json()
        finally:
            await page.stop()
        assert capsys.readouterr().err == f"portside: the mailbox is at {page.url}\n"
        assert state == {
            "total": 1,
            "unread": 1,
            "smtp": "smtps://127.0.0.1:465",
            "release": "smtp://relay.example:587",
            "ladder": "http://127.0.0.1:4040/token/",
            "judges": True,
        }

    asyncio.run(story())


def test_a_relay_that_is_no_address_is_refused_before_anything_is_opened(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        asyncio.run(PageWanted(0, "smtp", "http://relay.example").open(FakeMailbox(tmp_path), [], at_once))


def test_a_port_that_is_taken_is_that_of_the_page(tmp_path: Path) -> None:
    with held_tcp_port() as port, pytest.raises(ListenError, match=f"{port}.*another --mailbox"):
        asyncio.run(PageWanted(port).open(FakeMailbox(tmp_path), [], at_once))


def test_the_port_is_where_tests_look_for_it() -> None:
    from portside.apps.mailbox import client, serving

    assert mail_page.PORT == serving.PORT and client.URL.endswith(f":{serving.PORT}")
