"""Sending on: the envelope, and the message without what this server wrote about its own delivery."""

from __future__ import annotations

import asyncio

import pytest

from portside.apps.mailbox.releasing import envelope_for, through, without_traces
from portside.errors import ConnectError
from portside.mail.envelope import Body, Envelope, Recipient
from portside.protocols.smtp.client import Settings
from tests.support.ports import free_tcp_port

TRACED = (
    b"Return-Path: <a@example.com>\nDelivered-To: ann@example.com\nX-Original-To: ann@example.com\n"
    b"Received: from x\n\tby y; now\nSubject: s\n\nDelivered-To: in the body\n"
)


def test_a_copy_is_as_it_came_but_for_the_received_field() -> None:
    assert without_traces(TRACED) == b"Received: from x\n\tby y; now\nSubject: s\n\nDelivered-To: in the body\n"


@pytest.mark.parametrize(
    "message", [b"", b"\n", b"Subject: x\n\nbody", b"no header at all", b"From me\nSubject: x\r\n\r\nbody\xff"]
)
def test_a_message_without_traces_stays_as_it_is(message: bytes) -> None:
    assert without_traces(message) == message


def test_a_header_alone_loses_its_traces_too() -> None:
    assert without_traces(b"Return-Path: <>\nSubject: x") == b"Subject: x"


def test_the_envelope_says_what_the_content_is() -> None:
    assert envelope_for("a@example.com", ("b@example.com",), b"x") == Envelope(
        "a@example.com", (Recipient("b@example.com"),)
    )
    assert envelope_for("", ("b@example.com",), b"\xc3\xbc").body is Body.EIGHT_BIT


def test_a_relay_that_is_not_there_is_told() -> None:
    release = through(Settings(f"smtp://127.0.0.1:{free_tcp_port()}"))
    with pytest.raises(ConnectError):
        asyncio.run(release(envelope_for("a@example.com", ("b@example.com",), b"x"), b"Subject: x\n\nx"))
