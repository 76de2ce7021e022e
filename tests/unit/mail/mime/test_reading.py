"""What a person reads of a message, and what is attached to it."""

from __future__ import annotations

import pytest

from portside.mail.composing import Attachment, compose
from portside.mail.mime.building import entity, multipart, text_entity, valued
from portside.mail.mime.parsing import parse
from portside.mail.mime.part import Part
from portside.mail.mime.reading import attachments, html, pictures, text

PLAIN, MARKUP = text_entity("plain", "plain\n"), text_entity("html", "<p>rich</p>\n")
PDF = entity("application/pdf", b"%PDF", {}, [valued("Content-Disposition", "attachment", {"filename": "a.pdf"})])
NOTE = entity("text/plain", b"note", {}, [valued("Content-Disposition", "attachment", {"filename": "note.txt"})])
PICTURE = entity("image/png", b"png", {}, [b"Content-ID: <p@x>\r\n", valued("Content-Disposition", "inline")])
FORWARDED = entity("message/rfc822", b"Subject: y\r\n\r\nforwarded\r\n", {})
CALENDAR = text_entity("calendar", "BEGIN:VCALENDAR\n")


@pytest.mark.parametrize(
    ("message", "plain", "markup", "attached"),
    [
        (PLAIN, "plain\n", "", []),
        (MARKUP, "rich", "<p>rich</p>\n", []),
        (multipart("alternative", [PLAIN, MARKUP]), "plain\n", "<p>rich</p>\n", []),
        (multipart("alternative", [MARKUP, PLAIN]), "plain\n", "<p>rich</p>\n", []),
        (multipart("alternative", [text_entity("plain", " \n"), MARKUP]), "rich", "<p>rich</p>\n", []),
        (multipart("mixed", [PLAIN, PDF]), "plain\n", "", ["application/pdf"]),
        (multipart("mixed", [PLAIN, NOTE]), "plain\n", "", ["text/plain"]),
        (multipart("mixed", [PLAIN, PLAIN]), "plain\n\nplain\n", "", []),
        (multipart("mixed", [PLAIN, FORWARDED]), "plain\n", "", ["message/rfc822"]),
        (multipart("related", [MARKUP, PICTURE]), "rich", "<p>rich</p>\n", []),
        (multipart("mixed", [PLAIN, PICTURE]), "plain\n", "", ["image/png"]),
        (multipart("alternative", [PLAIN, multipart("related", [MARKUP, PICTURE])]), "plain\n", "<p>rich</p>\n", []),
        (multipart("related", [multipart("alternative", [PLAIN, MARKUP]), PICTURE]), "plain\n", "<p>rich</p>\n", []),
        (multipart("mixed", [multipart("alternative", [PLAIN, multipart("related", [MARKUP, PICTURE])]), PDF]),
         "plain\n", "<p>rich</p>\n", ["application/pdf"]),
        (multipart("alternative", [PLAIN, MARKUP, CALENDAR]), "plain\n", "<p>rich</p>\n", ["text/calendar"]),
        (multipart("signed", [PLAIN, entity("application/pgp-signature", b"x", {})]), "plain\n", "",
         ["application/pgp-signature"]),
        (PDF, "", "", ["application/pdf"]),
        (FORWARDED, "", "", ["message/rfc822"]),
        (b"", "", "", []),
    ],
)  # fmt: skip
def test_a_message_is_read(message: bytes, plain: str, markup: str, attached: list[str]) -> None:
    tree = parse(message)
    assert text(tree) == plain
    assert html(tree) == markup
    assert [part.type for part in attachments(tree)] == attached


def test_pictures_are_known_by_their_content_id() -> None:
    tree = parse(multipart("related", [MARKUP, PICTURE, PICTURE, PDF]))
    assert {name: part.number for name, part in pictures(tree).items()} == {"p@x": 2}
    assert [part.number for part in attachments(tree)] == [3, 4]


def test_what_was_composed_is_read_as_it_was_meant() -> None:
    tree = parse(
        compose(
            sender="a@b.example", to=["c@d.example"], date=0, message_id="<1@b>", text="t", html='<img src="cid:p@x">',
            attachments=[Attachment("p.png", b"png", "image/png", "p@x"), Attachment("f.bin", b"\0")],
        )
    )  # fmt: skip
    assert (text(tree), html(tree)) == ("t\n", '<img src="cid:p@x">\n')
    assert [part.filename for part in attachments(tree)] == ["f.bin"]
    assert list(pictures(tree)) == ["p@x"]


def test_no_more_of_a_text_is_read_than_is_asked_for() -> None:
    tree: Part = parse(text_entity("plain", "x" * 5000))
    assert len(text(tree, 100)) == 100
