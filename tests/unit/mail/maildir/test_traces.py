"""Trace fields: what is told, what is not, and that hostile words make no line of their own (RFC 5321 §4.4)."""

from __future__ import annotations

import email
import email.policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.mail.envelope import Envelope, Origin, Recipient
from portside.mail.maildir.traces import Traced, read_received, trace

ORIGIN = Origin(
    "mx.example", 1764213763.5, "192.0.2.7", 41234, "client.example", "ESMTPSA", "ann", "TLSv1.3", local_port=2525
)
ENVELOPE = Envelope("ann@example.com", (Recipient("bob@example.com"),))


def test_all_that_is_known_is_told() -> None:
    assert trace(ENVELOPE, ORIGIN, "1.M2P3Q4.h") == (
        "Return-Path: <ann@example.com>\n"
        "Delivered-To: bob@example.com\n"
        "Received: from client.example ([192.0.2.7])\n"
        "\t(port 41234) by mx.example (port 2525)\n"
        "\twith ESMTPSA id 1.M2P3Q4.h\n"
        "\t(TLSv1.3)\n"
        "\t(authenticated as ann)\n"
        "\tfor <bob@example.com>; Thu, 27 Nov 2025 03:22:43 +0000\n"
    )


def test_what_is_not_known_is_left_out() -> None:
    assert trace(Envelope("", (Recipient("a@x"),)), Origin("mx", 0.0, protocol="LMTP"), "n") == (
        "Return-Path: <>\nDelivered-To: a@x\n"
        "Received: from unknown\n\tby mx\n\twith LMTP id n\n\tfor <a@x>; Thu, 01 Jan 1970 00:00:00 +0000\n"
    )


def test_no_recipient_of_several_is_told_in_received() -> None:
    several = Envelope("a@x", (Recipient("to@x"), Recipient("bcc@x")))
    told = trace(several, ORIGIN, "n")
    assert told.count("Delivered-To: ") == 2
    assert "for <" not in told
    assert "bcc@x" not in trace(several, ORIGIN, "n", named=False)


def test_an_original_recipient_is_told() -> None:
    envelope = Envelope("a@x", (Recipient("new@x", original="rfc822;old@x"),))
    assert "Delivered-To: new@x\nX-Original-To: old@x\n" in trace(envelope, ORIGIN, "n")


def test_an_ipv6_address_is_a_literal() -> None:
    origin = Origin("mx", 0.0, "2001:db8::1", 25, "[IPv6:2001:db8::1]", local_port=2525)
    told = trace(ENVELOPE, origin, "n")
    assert "from [IPv6:2001:db8::1] ([IPv6:2001:db8::1])\n" in told
    assert read_received(told.partition("Received: ")[2]) == Traced("2001:db8::1", 25, 2525)


def test_utf8_stands_only_in_messages_that_may_hold_it() -> None:
    told = trace(Envelope("jürgen@x", (Recipient("a@x"),), utf8=True), ORIGIN, "n")
    assert "Return-Path: <jürgen@x>" in told
    assert trace(Envelope("jürgen@x", (Recipient("a@x"),)), ORIGIN, "n").isascii()


HOSTILE = "x\r\nBcc: everyone@example.com\r\n\r\nbody\0\x85\u2028(\\"


def test_hostile_words_begin_no_line() -> None:
    envelope = Envelope(HOSTILE, (Recipient(HOSTILE, original=f"rfc822;{HOSTILE}"),), utf8=True)
    origin = Origin(HOSTILE, 0.0, HOSTILE, 1, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    told = trace(envelope, origin, "n")
    fields = email.message_from_string(f"{told}\nbody", policy=email.policy.compat32)
    assert fields.keys() == ["Return-Path", "Delivered-To", "X-Original-To", "Received"]
    assert all(line[:1] == "\t" or line.partition(":")[0] in fields for line in told.splitlines())


@given(st.text(max_size=2000), st.booleans())
def test_no_words_make_a_line_too_many_or_too_long(words: str, utf8: bool) -> None:
    envelope = Envelope(words, (Recipient(words),), utf8=utf8)
    told = trace(envelope, Origin(words, 1.0, words, 1, words, words, words, words, 2), "n")
    lines = told.split("\n")
    assert told.splitlines() == lines[:-1]
    assert [line.partition(":")[0] for line in lines if line[:1] not in ("\t", "")] == [
        "Return-Path",
        "Delivered-To",
        "Received",
    ]
    assert max(map(len, lines)) <= 1200


@pytest.mark.parametrize(
    "value",
    [
        "",
        "from a by b; date",
        "from a ([192.0.2.7]) by b (port 25)",
        "from a ([192.0.2.7])\n\t(port ٣٣) by b (port 25)",
        "from a ([192.0.2.7])\n\t(port 123456) by b (port 25)",
        "by b",
    ],
)
def test_a_received_of_others_tells_no_conversation(value: str) -> None:
    assert read_received(value) == Traced()


def test_a_received_of_ours_tells_the_conversation() -> None:
    value = trace(ENVELOPE, ORIGIN, "n").partition("Received: ")[2]
    assert read_received(value) == Traced("192.0.2.7", 41234, 2525)
