"""Messages built from what a person means: read by others as they were meant, and by nobody as anything else."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import UsageError
from portside.mail.addresses import parse_addresses
from portside.mail.composing import Attachment, compose, new_message_id, prepared
from portside.mail.fields import parse_header
from portside.mail.mime.decoding import content
from portside.mail.mime.parsing import parse
from portside.mail.mime.reading import attachments, pictures
from portside.mail.mime.reading import html as html_of
from portside.mail.mime.reading import text as text_of

PICTURE = Attachment("p.png", b"\x89PNG", "image/png", "p@x")
FILE = Attachment("grüne Zahlen.pdf", bytes(range(256)) * 9, "application/pdf")


def composed(**changes: Any) -> bytes:
    given: dict[str, Any] = {
        "sender": "Ann <ann@example.com>", "to": ["bob@example.com"], "subject": "Hello", "text": "Hello Bob\n",
        "date": 0, "message_id": "<1@example.com>",
    }  # fmt: skip
    return compose(**(given | changes))


def as_python_reads_it(message: bytes) -> EmailMessage:
    found = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def test_a_plain_message_is_what_one_would_write() -> None:
    assert composed() == (
        b"From: Ann <ann@example.com>\r\nTo: bob@example.com\r\nSubject: Hello\r\n"
        b"Date: Thu, 01 Jan 1970 00:00:00 +0000\r\nMessage-ID: <1@example.com>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\nHello Bob\r\n"
    )


def test_python_reads_what_was_meant() -> None:
    message = as_python_reads_it(
        composed(
            sender="Änn <ann@example.com>", to=["Bob <bob@example.com>, c@d.example"], cc=["日本 <e@f.example>"],
            subject="Grüße aus " + "weiter Ferne " * 20, text="grün\n", html='<img src="cid:p@x">',
            attachments=[PICTURE, FILE], headers=[("X-Loop", "no"), ("Reply-To", "Ö <o@example.com>")], offset=60,
        )
    )  # fmt: skip
    assert str(message["from"]) == "Änn <ann@example.com>"
    assert [each.addr_spec for each in message["to"].addresses] == ["bob@example.com", "c@d.example"]
    assert str(message["cc"]) == "日本 <e@f.example>"
    assert message["subject"] == ("Grüße aus " + "weiter Ferne " * 20).strip()
    assert message["date"].datetime.isoformat() == "1970-01-01T01:00:00+01:00"
    assert (message["x-loop"], str(message["reply-to"])) == ("no", "Ö <o@example.com>")
    assert message.get_content_type() == "multipart/mixed"
    plain, markup = message.get_body(["plain"]), message.get_body(["html"])
    assert plain is not None
    assert markup is not None
    assert (plain.get_content(), markup.get_content()) == ("grün\r\n", '<img src="cid:p@x">\r\n')
    [file] = message.iter_attachments()
    assert (file.get_filename(), file.get_payload(decode=True)) == (FILE.name, FILE.content)


@pytest.mark.parametrize(
    ("changes", "types"),
    [
        ({}, ["text/plain"]),
        ({"text": "", "html": "x"}, ["text/html"]),
        ({"html": "x"}, ["multipart/alternative", "text/plain", "text/html"]),
        ({"attachments": [FILE]}, ["multipart/mixed", "text/plain", "application/pdf"]),
        ({"html": "x", "attachments": [PICTURE]},
         ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]),
        ({"text": "", "html": "x", "attachments": [PICTURE]}, ["multipart/related", "text/html", "image/png"]),
        ({"attachments": [PICTURE]}, ["multipart/mixed", "text/plain", "image/png"]),
        ({"html": "x", "attachments": [PICTURE, FILE]},
         ["multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
          "application/pdf"]),
        ({"text": "", "attachments": [FILE]}, ["multipart/mixed", "text/plain", "application/pdf"]),
    ],
)  # fmt: skip
def test_the_parts_stand_as_readers_expect_them(changes: dict[str, Any], types: list[str]) -> None:
    assert [part.type for part in parse(composed(**changes)).walk()] == types


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=200)


@given(TEXT, TEXT, st.lists(st.binary(max_size=50), max_size=2))
def test_what_was_meant_comes_back(text: str, html: str, files: list[bytes]) -> None:
    tree = parse(composed(text=text, html=html, attachments=[Attachment("a", data) for data in files]))
    ended = text + ("" if not text or text.endswith("\n") else "\n")
    if text or not html:
        assert text_of(tree) == ended.removeprefix("\ufeff") or not ended.strip("\ufeff\n")
    assert html_of(tree).strip() == html.removeprefix("\ufeff").strip()
    assert [content(part) for part in attachments(tree)] == files


@given(TEXT, st.booleans())
def test_no_line_is_longer_than_a_relay_takes(text: str, utf8: bool) -> None:
    message = composed(text=text * 20, subject=(text * 5).replace("\n", "").strip()[:400] or "x", utf8=utf8) \
        if (text * 5).replace("\n", "").isprintable() else composed(text=text * 20)  # fmt: skip
    assert max(map(len, message.split(b"\r\n"))) <= 998
    assert b"\n" not in message.replace(b"\r\n", b"")
    assert b"\r" not in message.replace(b"\r\n", b"")


def test_without_utf8_all_is_ascii() -> None:
    message = composed(sender="Änn <ann@example.com>", subject="ü", text="ü", attachments=[FILE])
    assert message.isascii()


def test_with_utf8_the_header_says_it_as_it_is() -> None:
    message = composed(sender="Änn <änn@exämple.com>", subject="für dich", text="ü", utf8=True)
    assert "From: Änn <änn@exämple.com>\r\n".encode() in message
    assert "Subject: für dich\r\n".encode() in message
    assert parse_addresses(parse_header(message).raw_text("from"))[0].address == "änn@exämple.com"


@pytest.mark.parametrize("control", ["\r\n", "\n", "\r", "\0", "\x85", "\u2028", "\x0b"])
@pytest.mark.parametrize(
    "place",
    [
        "sender",
        "to",
        "cc",
        "subject",
        "message_id",
        "header name",
        "header",
        "reply-to",
        "file name",
        "content id",
        "type",
    ],
)
def test_no_value_begins_another_field(place: str, control: str) -> None:
    evil = f"x{control}Bcc: evil@example.com"
    changes: dict[str, Any] = {
        "sender": {"sender": f"{evil} <a@b.example>"},
        "to": {"to": [f"a@b.example{control}Bcc: evil@example.com"]},
        "cc": {"cc": [f"{evil} <a@b.example>"]},
        "subject": {"subject": evil},
        "message_id": {"message_id": f"<1{control}@b>"},
        "header name": {"headers": [(evil, "x")]},
        "header": {"headers": [("X-A", evil)]},
        "reply-to": {"headers": [("Reply-To", f"{evil} <a@b.example>")]},
        "file name": {"attachments": [Attachment(evil, b"")]},
        "content id": {"html": "x", "attachments": [Attachment("a", b"", "image/png", f"x{control}@y")]},
        "type": {"attachments": [Attachment("a", b"", f"text/plain{control}X: y")]},
    }[place]
    with pytest.raises(UsageError):
        composed(**changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sender": ""}, "no address"),
        ({"sender": "Ann"}, "no address"),
        ({"to": ["bob"]}, "no address"),
        ({"to": ["a@b c@d"]}, "no address"),
        ({"to": ["Ann ann@example.com"]}, "no address"),
        ({"to": ["<ann bell@example.com>"]}, "no address"),
        ({"to": ["<a@b@example.com>"]}, "no address"),
        ({"to": ["bob@"]}, "no address"),
        ({"to": ["Bob, Ann <a@b.example>"]}, "no address"),
        ({"to": ["bøb@example.com"]}, "another script"),
        ({"message_id": "1"}, "no Message-ID"),
        ({"message_id": ""}, "no Message-ID"),
        ({"headers": [("Bcc", "c@d.example")]}, "blind copy"),
        ({"headers": [("resent-bcc", "c@d.example")]}, "blind copy"),
        ({"headers": [("Subject", "x")]}, "cannot be given"),
        ({"headers": [("Content-Type", "text/html")]}, "cannot be given"),
        ({"headers": [("a b", "x")]}, "header field"),
        ({"attachments": [Attachment("a", b"", "text")]}, "no content type"),
        ({"html": "x", "attachments": [Attachment("a", b"", "image/png", "no id")]}, "no Content-ID"),
    ],
)
def test_what_cannot_be_said_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        composed(**changes)


def test_a_message_goes_along_as_a_message_where_it_survives() -> None:
    eml = Attachment("a.eml", b"Subject: x\n\nbody\n", "message/rfc822")
    [part] = attachments(parse(composed(attachments=[eml])))
    assert (part.type, part.raw) == ("message/rfc822", b"Subject: x\r\n\r\nbody\r\n")
    for data in ("Subject: ü\n\n".encode(), b"x" * 1200, b"\0"):
        [part] = attachments(parse(composed(attachments=[Attachment("a.eml", data, "message/rfc822")])))
        assert (part.type, content(part)) == ("application/octet-stream", data)


def test_a_picture_is_found_by_the_html() -> None:
    assert list(pictures(parse(composed(html="x", attachments=[PICTURE])))) == ["p@x"]


def test_a_name_for_a_message_says_when_and_where() -> None:
    assert new_message_id("mail.example", 12.9, "0a1b") == "<12.0a1b@mail.example>"
    assert new_message_id("", 12.9, "0a1b") == "<12.0a1b@localhost>"


# ----------------------------------------------------------------------------------- written elsewhere


@pytest.mark.parametrize(
    ("raw", "sent"),
    [
        (b"From: a@b\n\nbody\n", b"From: a@b\r\n\r\nbody\r\n"),
        (b"From: a@b\r\n\r\nbody", b"From: a@b\r\n\r\nbody\r\n"),
        (b"From: a@b\rTo: c@d\r\rbody", b"From: a@b\r\nTo: c@d\r\n\r\nbody\r\n"),
        (b"To: a@b\nBcc: secret@c,\n also@d\nSubject: x\nBCC: e@f\n\nBcc: stays\n",
         b"To: a@b\r\nSubject: x\r\n\r\nBcc: stays\r\n"),
        (b"Resent-Bcc: a@b\nTo: c@d\n\n", b"To: c@d\r\n\r\n"),
        (b"bcc : a@b\nTo: c@d\n\n", b"To: c@d\r\n\r\n"),
        (b"From me Thu Jan  1 00:00:00 1970\nTo: a@b\n\nx\n", b"To: a@b\r\n\r\nx\r\n"),
        (b"To: a@b", b"To: a@b\r\n\r\n"),
        (b"Bcc: a@b", b"\r\n"),
        (b"", b"\r\n"),
        (b"\nbody\n", b"\r\nbody\r\n"),
        (b"X: \xff\n\n\xff\n", b"X: \xff\r\n\r\n\xff\r\n"),
    ],
)  # fmt: skip
def test_a_message_from_elsewhere_goes_as_it_is_without_its_secrets(raw: bytes, sent: bytes) -> None:
    assert prepared(raw) == sent
