"""The mailbox that tests ask, against a page on loopback."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from portside.apps.mailbox import client as room
from portside.apps.mailbox.client import AsyncMailbox, Mailbox, written
from portside.errors import ConnectError, RemoteError, TimedOut
from tests.support.mailbox_pages import Elsewhere
from tests.support.mailboxes import WELCOME, FakeMailbox, plain
from tests.support.ports import free_tcp_port


@pytest.fixture
def box(tmp_path: Path) -> FakeMailbox:
    return FakeMailbox(tmp_path)


@pytest.fixture
def page(box: FakeMailbox) -> Iterator[Elsewhere]:
    found = Elsewhere(box)
    yield found
    found.stop()


def test_a_mail_is_waited_for(page: Elsewhere) -> None:
    late = threading.Timer(0.02, page.add, (WELCOME,))
    late.start()
    mail = Mailbox(page.url).wait(to="ann@example.com", subject="Welcome")
    late.join()
    assert mail.subject == "Welcome, Jörg" and mail.attachments[0].content == b"%PDF-"


def test_who_waited_in_vain_hears_what_did_arrive(page: Elsewhere) -> None:
    mailbox = Mailbox(page.url)
    with pytest.raises(TimedOut, match=r'no message matches to:"carol" within 0.01 s; none arrived'):
        mailbox.wait(to="carol", timeout=0.01)
    page.add(plain(7))
    mailbox.wait()
    with pytest.raises(TimedOut, match=r"the latest that did arrive: 'number 7' to ann@example.com$"):
        mailbox.wait(to="carol", timeout=0.01)
    with pytest.raises(TimedOut, match="no message matches is:read"):
        mailbox.wait("is:read", timeout=0)


def test_a_long_wait_is_several(page: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "AT_ONCE", 0.01)
    late = threading.Timer(0.1, page.add, (WELCOME,))
    late.start()
    assert Mailbox(page.url).wait(timeout=30).id == "m1"
    late.join()


def test_messages_are_found_opened_and_deleted(page: Elsewhere) -> None:
    mailbox = Mailbox(page.url)
    page.add(plain(1, "bob@example.com"), "bob@example.com")
    page.add(WELCOME)
    mailbox.wait(subject="Welcome")
    assert [found.id for found in mailbox.search()] == ["m2", "m1"]
    (found,) = mailbox.search(to="bob@example.com")
    assert mailbox.open(found).text == "This is message 1.\n" and mailbox.raw(found) == plain(1, "bob@example.com")
    mailbox.delete(found)
    assert mailbox.search(to="bob@example.com") == []
    assert mailbox.delete_all("subject:nothing") == 0 and mailbox.delete_all() == 1 and mailbox.search() == []
    with pytest.raises(RemoteError, match="404") as caught:
        mailbox.open(found)
    assert caught.value.status == 404


def test_with_a_loop_of_ones_own(page: Elsewhere) -> None:
    async def story() -> None:
        async with AsyncMailbox(page.url) as mailbox:
            waiting = asyncio.ensure_future(mailbox.wait(timeout=30))
            page.add(WELCOME)
            assert (await waiting).id == "m1"
            assert len(await mailbox.search("welcome")) == 1
        assert len(Mailbox(page.url).search("welcome")) == 1, "the other one works here, too, and holds the loop up"

    asyncio.run(story())


def test_a_server_that_is_not_there_or_another_one_is_told(page: Elsewhere) -> None:
    with pytest.raises(ConnectError):
        Mailbox(f"http://127.0.0.1:{free_tcp_port()}").wait()
    with pytest.raises(RemoteError, match="404"):
        Mailbox(page.url + "elsewhere").wait(timeout=0)


@pytest.mark.parametrize(
    ("query", "fields", "said"),
    [
        ("", {}, ""),
        (" is:unread ", {}, "is:unread"),
        ("a", {"to": "b@c"}, 'a to:"b@c"'),
        ("", {"sender": "x", "subject": "two words"}, 'from:"x" subject:"two words"'),
        ("", {"subject": 'a "b" c'}, 'subject:"a  b  c"'),
    ],
)
def test_a_search_is_written(query: str, fields: dict[str, str], said: str) -> None:
    assert written(query, **fields) == said
