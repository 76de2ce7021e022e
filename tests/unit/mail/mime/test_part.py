"""What the header of a part says of it."""

from __future__ import annotations

import pytest

from portside.mail.mime.parsing import parse
from portside.mail.mime.part import Part


def part_of(*fields: str) -> Part:
    return parse("\r\n".join([*fields, "", "body"]).encode())


@pytest.mark.parametrize(
    ("field", "type"),
    [
        ("Content-Type: text/html; charset=x", "text/html"),
        ("Content-Type: TEXT/HTML", "text/html"),
        ("Content-Type: text", "text/plain"),
        ("Content-Type:", "text/plain"),
        ("Content-Type: a/b/c", "text/plain"),
        ("Content-Type: text / html", "text/plain"),
        ("X: y", "text/plain"),
    ],
)
def test_a_type_that_is_none_is_text(field: str, type: str) -> None:
    assert part_of(field).type == type


def test_what_is_said_is_told() -> None:
    part = part_of(
        "Content-Type: image/png; name=other.png",
        "Content-Disposition: Inline; filename=../a.png",
        "Content-ID: <a@b>",
        "Content-Transfer-Encoding: BASE64",
    )
    assert (part.disposition.value, part.filename, part.safe_name) == ("inline", "../a.png", "a.png")
    assert (part.content_id, part.encoding, part.charset) == ("a@b", "base64", "")
    assert part.raw == b"body"
    assert part.is_leaf


def test_what_is_not_said_has_an_answer() -> None:
    part = part_of("X: y")
    assert (part.disposition.value, part.filename, part.content_id, part.encoding) == ("", "", "", "7bit")
    assert part.safe_name == "part-0"


def test_the_name_stands_in_either_field() -> None:
    assert part_of("Content-Type: a/b; name=c").filename == "c"
    assert part_of("Content-Type: message/rfc822").safe_name == "message.eml"
