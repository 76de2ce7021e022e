"""One message, for a program that is not asynchronous."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import Iterator
from pathlib import Path

import pytest

import portside
from portside.errors import LocalError, RemoteError, UsageError
from portside.mail.composing import Attachment
from portside.protocols.smtp.client.once import send_mail
from tests.support.smtp_apart import apart
from tests.support.smtp_scripted import Scripted


@pytest.fixture
def server() -> Iterator[Scripted]:
    """A server in another thread: who sends waits in this one."""
    with apart() as script:
        yield script


def test_a_program_sends_a_message_in_one_call(server: Scripted, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("attached")
    outcome = send_mail(
        server.url,
        sender="Ann <ann@example.org>",
        to="Ben <ben@example.org>, cid@example.org",
        cc=["dan@example.org"],
        bcc="eve@example.org",
        subject="Hällo",
        text="Hi.\n",
        html="<p>Hi.",
        attachments=[tmp_path / "a.txt", Attachment("b.bin", b"\0")],
    ).check()
    assert [each.recipient.address for each in outcome.results] == [
        "ben@example.org", "cid@example.org", "dan@example.org", "eve@example.org",
    ]  # fmt: skip
    message = email.message_from_bytes(server.contents[0], policy=email.policy.default)
    assert message["subject"] == "Hällo" and message["from"] == "Ann <ann@example.org>"
    assert "eve" not in server.contents[0].decode() and message["date"] and message["message-id"]
    assert [part.get_filename() for part in message.iter_attachments()] == ["a.txt", "b.bin"]  # type: ignore[attr-defined]


def test_what_was_refused_is_told(server: Scripted) -> None:
    server.answers["RCPT"] = "550 5.1.1 nobody"
    outcome = portside.send_mail(server.url, sender="a@x.org", to="b@x.org")
    assert not outcome.delivered
    with pytest.raises(RemoteError, match=r"550 5\.1\.1 nobody"):
        outcome.check()


@pytest.mark.parametrize(
    ("sender", "to"), [("", "b@x.org"), ("a@x.org", ()), ("a@x.org", "nobody"), ("a@x.org, c@x.org", "b@x.org")]
)
def test_what_is_no_address_is_refused(sender: str, to: str) -> None:
    with pytest.raises(UsageError):
        send_mail("smtp://127.0.0.1:1", sender=sender, to=to)


def test_within_an_event_loop_there_is_another_way() -> None:
    async def story() -> None:
        with pytest.raises(LocalError, match="Mailer"):
            send_mail("smtp://127.0.0.1:1", sender="a@x.org", to="b@x.org")

    asyncio.run(story())
