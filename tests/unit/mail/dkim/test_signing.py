"""A message is signed: what counts is signed, and nothing can be added beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import LocalError
from portside.mail.composing import compose
from portside.mail.dkim import Result, sign, verify
from portside.mail.dkim.canonical import Form
from portside.mail.dkim.signature import parse_signature
from portside.mail.fields import parse_header
from tests.support.dkim_keys import signer_of, zone_of
from tests.support.plain_await import result_of

MESSAGE = compose(
    sender="ann@example.com", to=["bob@example.net"], subject="Hello", text="Hello\n", date=0,
    message_id="<1@example.com>",
)  # fmt: skip


def test_the_field_is_what_the_rfc_says() -> None:
    field = sign(MESSAGE, signer_of("rsa2048"), time=12.7, expires=99.9)
    header = parse_header(field + MESSAGE)
    assert header.fields[0].name == b"DKIM-Signature"
    assert max(map(len, field.split(b"\r\n"))) <= 78
    found = parse_signature(header.fields[0].raw_text)
    assert (found.domain, found.selector, found.algorithm) == ("example.com", "s1", "rsa-sha256")
    assert (found.time, found.expires, found.length) == (12, 99, None)
    assert (found.header_form, found.body_form) == (Form.RELAXED, Form.RELAXED)


def test_each_field_is_signed_once_more_than_it_is_there() -> None:
    names = parse_signature(parse_header(sign(MESSAGE, signer_of(), time=0)).raw_text("dkim-signature")).names
    assert [names.count(name) for name in ("from", "to", "subject", "date", "message-id")] == [2] * 5
    assert "received" not in names


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("kind", ["ed25519", "rsa2048"])
def test_what_is_signed_is_verified(kind: str, form: Form) -> None:
    signer = signer_of(kind)
    signed = sign(MESSAGE, signer, time=0, form=form) + MESSAGE
    [found] = result_of(verify(signed, zone_of(signer), now=1))
    assert found.result is Result.PASS, found.reason


@given(st.lists(st.text("ab \t\r\n.", max_size=20).map(str.encode), max_size=4), st.sampled_from(Form))
def test_every_body_that_is_signed_is_verified(pieces: list[bytes], form: Form) -> None:
    message = b"From: a@example.com\r\n\r\n" + b"".join(pieces)
    signer = signer_of()
    [found] = result_of(verify(sign(message, signer, time=0, form=form) + message, zone_of(signer), now=1))
    assert found.result is Result.PASS, found.reason


def test_a_message_without_from_cannot_be_signed() -> None:
    with pytest.raises(LocalError, match="without From"):
        sign(b"To: a@b\r\n\r\n", signer_of(), time=0)
