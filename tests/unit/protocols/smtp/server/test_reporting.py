"""Who asks to hear that a message has arrived hears it, once it has."""

from __future__ import annotations

import asyncio
import logging

import pytest

from portside.mail.envelope import Envelope, Notify, Origin, Recipient
from portside.mail.storing import StoreError
from portside.protocols.smtp.server.reporting import ReportingStore
from portside.protocols.smtp.server.routing import Router
from tests.support.smtp_stores import ShelfStore

ORIGIN = Origin("mx.example.com", 1_700_000_000.0)
CONTENT = b"From: a@example.com\r\nSubject: hi\r\nMessage-ID: <x@example.com>\r\n\r\nHello.\r\n"
SUCCESS, FAILURE = frozenset({Notify.SUCCESS}), frozenset({Notify.FAILURE})


def is_ours(recipient: Recipient) -> bool:
    return recipient.domain == "example.com"


def deliver(store: ShelfStore | Router, envelope: Envelope, *, reaches: bool = True) -> None:
    """One message, and whatever follows from it."""

    async def story() -> None:
        reporting = ReportingStore(store, "mx.example.com", is_ours, lambda _: reaches)
        incoming = reporting.receive_for(envelope)
        incoming.write(CONTENT[:20])
        incoming.write(CONTENT[20:])
        future = incoming.keep(envelope, ORIGIN)
        await asyncio.gather(future, return_exceptions=True)
        for _ in range(3):  # callbacks of callbacks
            await asyncio.sleep(0)

    asyncio.run(story())


def envelope_to(*recipients: Recipient, sender: str = "a@example.com") -> Envelope:
    return Envelope(sender, recipients, envid="env+1")


def test_a_report_says_who_has_got_it_and_goes_to_the_sender() -> None:
    shelf = ShelfStore()
    asked, silent = Recipient("b@example.com", SUCCESS, "rfc822;bee@example.com"), Recipient("c@example.com", FAILURE)
    deliver(shelf, envelope_to(asked, silent))
    message, report = shelf.kept
    assert message.content == CONTENT
    assert (report.envelope.sender, report.envelope.addresses) == ("", ("a@example.com",))
    assert report.envelope.recipients[0].notify == {Notify.NEVER}
    text = report.content.decode()
    assert "report-type=delivery-status" in text
    assert "Action: delivered" in text
    assert "Final-Recipient: rfc822; b@example.com" in text
    assert "Original-Recipient: rfc822; bee@example.com" in text
    assert "Original-Envelope-Id: env+1" in text
    assert "c@example.com" not in text
    assert "Subject: hi" in text
    assert "Hello." not in text


@pytest.mark.parametrize("envelope", [
    envelope_to(Recipient("b@example.com")),
    envelope_to(Recipient("b@example.com", FAILURE)),
    envelope_to(Recipient("b@example.com", frozenset({Notify.NEVER}))),
    envelope_to(Recipient("b@example.com", SUCCESS), sender=""),
    envelope_to(Recipient("b@example.net", SUCCESS)),
])  # fmt: skip
def test_who_has_not_asked_or_is_nobody_or_is_not_ours_to_tell_of_hears_nothing(envelope: Envelope) -> None:
    shelf = ShelfStore()
    deliver(shelf, envelope)
    assert len(shelf.kept) == 1


def test_who_cannot_be_reached_hears_nothing() -> None:
    shelf = ShelfStore()
    deliver(shelf, envelope_to(Recipient("b@example.com", SUCCESS)), reaches=False)
    assert len(shelf.kept) == 1


def test_what_was_not_kept_or_was_dropped_is_not_reported() -> None:
    failing = ShelfStore(failing={"keep": StoreError("no")})
    deliver(failing, envelope_to(Recipient("b@example.com", SUCCESS)))
    assert failing.kept == []
    shelf = ShelfStore()
    reporting = ReportingStore(shelf, "mx", is_ours, lambda _: True)
    reporting.receive_for(envelope_to(Recipient("b@example.com", SUCCESS))).drop()
    reporting.receive().drop()
    assert (shelf.kept, shelf.open) == ([], 0)


def test_a_report_goes_the_way_of_its_reader() -> None:
    here, away = ShelfStore(), ShelfStore()
    deliver(Router(here, away, is_ours), envelope_to(Recipient("b@example.com", SUCCESS), sender="s@example.net"))
    assert [message.content for message in here.kept] == [CONTENT]
    assert [message.envelope.addresses for message in away.kept] == [("s@example.net",)]


@pytest.mark.parametrize("step", ["receive", "keep"])
def test_a_report_that_cannot_be_kept_is_told_in_the_log_and_harms_nothing(
    step: str, caplog: pytest.LogCaptureFixture
) -> None:
    here, away = ShelfStore(), ShelfStore(failing={step: StoreError("the queue is away")})
    with caplog.at_level(logging.WARNING, "portside.smtp"):
        deliver(Router(here, away, is_ours), envelope_to(Recipient("b@example.com", SUCCESS), sender="s@example.net"))
    assert len(here.kept) == 1
    assert "the queue is away" in caplog.text
