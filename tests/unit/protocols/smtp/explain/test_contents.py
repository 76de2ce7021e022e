"""A content taken apart: header fields, parts of the body, and where they lie on the wire with its stuffed dots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.interfaces import Role
from portside.protocols.explaining import Field, Said
from portside.protocols.smtp.explain import contents as room
from portside.protocols.smtp.explain.contents import Wire, content_fields, content_of
from portside.protocols.smtp.syntax.content import stuff

MESSAGE = (
    b"Subject: hi\r\nX-Own: a\r\n b\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\npreamble\r\n--x\r\n\r\n"
    b".dot\r\n--x\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename=a.html\r\n\r\n<p>\r\n"
    b"--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\n.\r\n--x--\r\n"
)
WIRE = stuff(MESSAGE)


def said_of(data: bytes, kind: str = "content", *, complete: bool = True) -> Said:
    return Said(Role.CLIENT, kind, "", 0, len(data), complete)


def flat(fields: Sequence[Field]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from flat(field.parts)


def test_fields_and_parts_are_named_with_their_bytes() -> None:
    fields = content_fields(said_of(WIRE), WIRE)
    assert [field.name for field in fields] == [
        "Subject", "X-Own", "Content-Type", "Empty line", "Body", "End of mail data",
    ]  # fmt: skip
    assert (fields[0].value, fields[0].source) == ("hi", "RFC 5322 §3.6.5")
    assert WIRE[slice(*fields[1].span)] == b"X-Own: a\r\n b\r\n"
    parts = fields[4].parts
    assert [part.value for part in parts] == ["text/plain", "text/html a.html", "message/rfc822"]
    assert WIRE[slice(*parts[0].span)] == b"\r\n..dot"
    assert "attachment" in parts[1].meaning
    assert [field.value for field in flat(parts[2].parts) if field.name == "Subject"] == ["inner"]
    assert WIRE[slice(*fields[5].span)] == b".\r\n"


def test_every_part_lies_within_what_it_is_part_of() -> None:
    def within(fields: Sequence[Field], low: int, high: int) -> None:
        for field in fields:
            assert low <= field.span[0] <= field.span[1] <= high, field.name
            within(field.parts, *field.span)

    for cut in range(len(WIRE) + 1):
        within(content_fields(said_of(WIRE), WIRE[:cut]), 0, cut)


def test_the_content_is_the_message_without_its_stuffed_dots() -> None:
    content = content_of(said_of(WIRE), WIRE)
    assert (content.data, content.type, content.whole, content.wrapping) == (MESSAGE, "message/rfc822", True, "dots")
    part = content_of(said_of(WIRE), WIRE[:50])
    assert not part.whole and MESSAGE.startswith(part.data)
    assert content_of(said_of(b".\r\n"), b".\r\n").data == b""
    assert not content_of(said_of(b"a\r\n", complete=False), b"a\r\n").whole


def test_a_chunk_is_octets_of_a_message() -> None:
    (field,) = content_fields(said_of(b"a\r\n..", "chunk"), b"a\r\n..")
    assert (field.name, field.value) == ("Chunk", "5 bytes")
    assert content_of(said_of(b"a\r\n..", "chunk"), b"a\r\n..").data == b"a\r\n.."


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b".\r\n", ["End of mail data"]),
        (b"\r\nhi\r\n.\r\n", ["Empty line", "Body", "End of mail data"]),
        (b"no field\r\nA: b\r\n\r\n.\r\n", ["Unnamed line", "A", "Empty line", "End of mail data"]),
        (b"A: b\r\n", ["A"]),
        (b"", []),
    ],
)
def test_what_is_hardly_a_message_is_told_as_far_as_it_goes(data: bytes, names: list[str]) -> None:
    assert [field.name for field in content_fields(said_of(data), data)] == names


def test_many_fields_and_many_parts_are_counted_rather_than_named() -> None:
    data = stuff(b"A: b\r\n" * (room.MOST_FIELDS + 5) + b"\r\n")
    fields = content_fields(said_of(data), data)
    assert (len(fields), fields[-3].value) == (room.MOST_FIELDS + 3, "5 fields")
    data = stuff(b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\na\r\n" * 900)
    body = content_fields(said_of(data), data)[2]
    assert "900 parts" in body.meaning and len(body.parts) == room.MOST_PARTS - 1


@given(st.lists(st.sampled_from([b".", b"a", b"\r\n", b".."]), max_size=20).map(b"".join), st.data())
def test_a_place_in_the_message_is_found_on_the_wire(message: bytes, data: st.DataObject) -> None:
    wire = Wire(stuff(message), stuffed=True)
    whole = message if message.endswith(b"\r\n") or not message else message + b"\r\n"
    assert wire.plain == whole
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, len(whole)))
    first, last = wire.span(start, stop)
    assert 0 <= first <= last <= wire.end
    assert wire.data[first:last].replace(b".", b"") == whole[start:stop].replace(b".", b"")
