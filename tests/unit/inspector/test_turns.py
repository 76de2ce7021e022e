from __future__ import annotations

import pytest

from portside.inspector.turns import TurnReader, preview
from portside.interfaces import Role

CLIENT, SERVER = Role.CLIENT, Role.SERVER


def test_a_message_lasts_until_the_other_side_speaks() -> None:
    reader = TurnReader()
    (asked,) = reader.read(CLIENT, b"hel")
    assert reader.read(CLIENT, b"lo") == ()
    assert (asked.start, asked.stop, asked.complete) == (0, 5, False)
    (answer,) = reader.read(SERVER, b"HELLO")
    assert asked.complete and not answer.complete
    (again,) = reader.read(CLIENT, b"x")
    assert (again.start, again.stop) == (5, 6)
    reader.ended(SERVER)
    assert not again.complete
    reader.ended(CLIENT)
    assert again.complete and reader.switch is None


def test_a_hole_is_part_of_the_message_that_it_is_in() -> None:
    reader = TurnReader()
    (said,) = reader.read(CLIENT, b"ab")
    reader.missed(CLIENT, 1000)
    reader.read(CLIENT, b"cd")
    assert (said.stop, said.notes) == (1004, ("1,000 bytes were not captured",))


def test_each_datagram_is_a_message() -> None:
    reader = TurnReader(datagrams=True)
    first, second = (reader.read(CLIENT, b"hi")[0] for _ in range(2))
    assert [(one.kind, one.start, one.stop, one.complete) for one in (first, second)] == [
        ("datagram", 0, 2, True),
        ("datagram", 2, 4, True),
    ]


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"", ""),
        (b"hello\r\n", "hello"),
        (b"two\nlines", "two lines"),
        ("grüße".encode(), "grüße"),
        ("ü".encode()[:1], "c3"),
        (b"a" * 61, "a" * 60 + "..."),
        (b"\x00\x01\x02\xff", "00 01 02 ff"),
        (bytes(range(30)), bytes(range(20)).hex(" ") + "..."),
        (b"x" * 239 + "é".encode(), "x" * 60 + "..."),
    ],
)
def test_a_preview_is_one_line(data: bytes, shown: str) -> None:
    assert preview(data) == shown
