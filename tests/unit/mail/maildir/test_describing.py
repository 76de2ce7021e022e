"""What the index knows of a message comes from its file, and whatever the file holds, it is bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.mail.envelope import Envelope, Origin, Recipient
from portside.mail.maildir import describing
from portside.mail.maildir.describing import describe, time_of
from portside.mail.maildir.traces import Traced, trace

CONTENT = """\
From: Ann =?utf-8?q?M=C3=BCller?= <ann@example.com>
To: Bob <bob@example.com>, carl@example.com
Subject: =?utf-8?b?R3LDvMOfZQ==?=
Reply-To: answers@example.com
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Sch=C3=B6ne   Gr=C3=BC=C3=9Fe
aus Bonn
--x
Content-Type: application/pdf
Content-Disposition: attachment; filename="plan.pdf"

%PDF
--x--
"""


def test_a_message_is_described_by_its_fields_its_text_and_its_trace() -> None:
    envelope = Envelope("bounces@example.com", (Recipient("bob@example.com"), Recipient("hidden@example.com")))
    head = trace(envelope, Origin("mx", 1.0, "192.0.2.7", 41234, "c", local_port=2525), "1.h")
    told = describe((head + CONTENT).encode())
    assert told.sender == "Ann Müller <ann@example.com>"
    assert told.return_path == "bounces@example.com"
    assert told.recipients == ("bob@example.com", "hidden@example.com")
    assert told.subject == "Grüße"
    assert told.snippet == "Schöne Grüße aus Bonn"
    assert (told.attachments, told.files) == (1, "plan.pdf")
    assert told.conversation == Traced("192.0.2.7", 41234, 2525)
    assert {"ann@example.com", "bounces@example.com", "answers@example.com"} <= set(
        told.from_words.replace("<", " ").replace(">", " ").split()
    )
    assert {"carl@example.com", "hidden@example.com"} <= set(told.to_words.split())


def test_a_message_that_no_server_took_in_is_described_by_its_own_fields() -> None:
    told = describe(CONTENT.encode())
    assert told.recipients == ("bob@example.com", "carl@example.com")
    assert told.return_path == ""
    assert told.conversation == Traced()


def test_what_the_sender_wrote_is_not_taken_for_what_the_server_did() -> None:
    head = trace(
        Envelope("a@x", (Recipient("bob@x"),)), Origin("mx", 1.0, "192.0.2.7", 41234, "c", local_port=2525), "1.h"
    )
    forged = "Return-Path: <f@x>\nDelivered-To: f@x\nReceived: from f ([192.0.2.9])\n\t(port 1) by mx (port 2)\n\n"
    told = describe((head + forged).encode())
    assert (told.return_path, told.recipients, told.conversation.host) == ("a@x", ("bob@x",), "192.0.2.7")


def test_the_recipient_of_a_message_is_known_by_its_folder() -> None:
    head = trace(Envelope("a@x", (Recipient("bob@x"),)), Origin("mx", 1.0), "1.h", named=False)
    told = describe((head + CONTENT).encode(), "100%25@x")
    assert told.recipients == ("100%@x",)
    assert "100%@x" in told.to_words


def test_a_message_without_fields_has_none() -> None:
    told = describe(b"")
    assert (told.sender, told.recipients, told.subject, told.snippet, told.attachments) == ("", (), "", "", 0)


def test_what_is_searched_is_bounded() -> None:
    many = ", ".join(f"u{number}@example.com" for number in range(5000))
    fields = "Delivered-To: d@example.com\n" * 5000 + f"Received: from c\nSubject: {'s' * 5000}\nTo: {many}\n"
    told = describe(f"{fields}\n{'word ' * 100_000}".encode())
    assert len(told.subject) == describing.MOST_FIELD
    assert len(told.text) <= describing.MOST_TEXT
    assert len(told.snippet) <= describing.MOST_SHOWN
    assert told.recipients == ("d@example.com",)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_whatever_a_file_holds_it_is_described_in_text_that_can_be_kept(head: bytes, body: bytes) -> None:
    told = describe(b"Subject: " + head + b"\nFrom: " + head + b"\nDelivered-To: " + head + b"\n\n" + body)
    words = (
        told.sender,
        told.return_path,
        told.subject,
        told.snippet,
        told.from_words,
        told.to_words,
        told.text,
        told.files,
    )
    assert "".join((*words, *told.recipients)).encode()


@pytest.mark.parametrize(
    ("id", "time"),
    [
        ("1764213763.M000042P7Q3.h", 1764213763.000042),
        ("1764213763.R1.h", 1764213763.0),
        ("1764213763.M1234567P7.h", 1764213763.0),
        ("foreign", None),
        ("٣٣.a.h", None),
        ("99999999999999.a.h", None),
    ],
)
def test_a_name_tells_when_the_message_came(id: str, time: float | None) -> None:
    assert time_of(id) == time
