"""A message as a test sees it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portside.apps.mailbox.mail import Attachment, Found, Mail, found_from, mail_from
from tests.support.mailbox_asks import Asking
from tests.support.mailboxes import WELCOME, FakeMailbox


@pytest.fixture
def ask(tmp_path: Path) -> Asking:
    box = FakeMailbox(tmp_path)
    box.add(WELCOME, ("ann@example.com", "bob@example.com"), 1_795_771_810.0)
    return Asking(box)


@pytest.fixture
def mail(ask: Asking) -> Mail:
    return mail_from(ask.told("api/messages/m1"), [Attachment("bill 1.pdf", "application/pdf", b"%PDF-")])


def test_a_line_of_the_list(ask: Asking) -> None:
    found = found_from(ask.told("api/messages")["messages"][0])
    assert found == Found(
        id="m1",
        subject="Welcome, Jörg",
        author="The Shop <shop@example.com>",
        sender="shop@example.com",
        recipients=("ann@example.com", "bob@example.com"),
        time=datetime(2026, 11, 27, 9, 30, 10, tzinfo=UTC),
        size=len(WELCOME),
        seen=False,
        snippet="Hello. Confirm at https://example.com/confirm?a=1&b=2.",
    )
    assert str(found) == "'Welcome, Jörg' to ann@example.com, bob@example.com"


def test_a_line_moves_no_cursor(ask: Asking) -> None:
    found = found_from(ask.told("api/messages")["messages"][0])
    assert str(replace(found, subject="\x1b[2J\u202ex")).startswith(r"'\x1b[2J\u202ex' to")


def test_a_whole_message(mail: Mail) -> None:
    assert mail.to == ("ann@example.com",) and mail.cc == () and mail.recipients[1] == "bob@example.com"
    assert "Hello." in mail.text and mail.html.startswith("<p>") and mail.attachments[0].content == b"%PDF-"
    assert "%PDF" not in repr(mail) and "<p>" not in repr(mail)


def test_each_link_once_the_htmls_first(mail: Mail) -> None:
    assert mail.links == ["https://example.com/confirm?a=1&b=2"]


def test_fields_by_their_names(mail: Mail) -> None:
    assert mail["subject"] == mail["SUBJECT"] == "Welcome, Jörg"
    assert mail["received"].endswith("09:30:05 +0000"), "the first of several"
    with pytest.raises(KeyError, match="x-nothing"):
        mail["x-nothing"]
