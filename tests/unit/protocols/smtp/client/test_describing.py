"""Whether a message can be sent at all, and what its content is like."""

from __future__ import annotations

import pytest

from portside.errors import UsageError
from portside.mail.envelope import Body, Recipient
from portside.protocols.smtp.client.content import Shape
from portside.protocols.smtp.client.describing import check, described
from tests.support.smtp_mailing import to


@pytest.mark.parametrize(
    "address", ["", "b", "b@", "a b@x.org", "b@x.org>\r\nRCPT TO:<c@x.org", "b@x..org", "b@" + "x" * 300]
)
def test_what_is_no_address_is_refused_before_anything_is_said(address: str) -> None:
    with pytest.raises(UsageError):
        check(to(address))


def test_a_message_needs_somebody_to_go_to() -> None:
    with pytest.raises(UsageError, match="nobody"):
        check(to().__class__("a@example.org"))


def test_a_report_has_no_sender_and_the_postmaster_needs_no_domain() -> None:
    check(to("postmaster", sender=""))


def test_an_envelope_says_what_its_content_is_like() -> None:
    envelope = described(to(utf8=True), Shape(7, Body.EIGHT_BIT))
    assert (envelope.size, envelope.body, envelope.utf8) == (7, Body.EIGHT_BIT, False)
    assert described(to(utf8=True), Shape(7, Body.EIGHT_BIT, True)).utf8
    assert envelope.recipients == (Recipient("b@example.org"),)
