from __future__ import annotations

import itertools

import pytest

from portside.inspector.turns import PREFACE_TITLE, TurnMask, TurnReader, preview
from portside.interfaces import Role
from portside.protocols.http.explain.http2 import PREFACE

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


# ---------------------------------------------------------------------------------------------- credentials

LINES = b"the end\r\nAuthorization: Basic SEKRIT\r\nCookie: a\r\n SEKRIT\r\nGET /?token=SEKRIT HTTP/1.1\r\n\r\n"
LINES_SHOWN = b"the end\r\nAuthorization: Basic ******\r\nCookie: *\r\n*******\r\nGET /?token=****** HTTP/1.1\r\n\r\n"
SETTINGS = b"\0\0\0\4\0\0\0\0\0"
HEADERS = b"\0\0\6\1\4\0\0\0\1SEKRIT"


@pytest.mark.parametrize("role", [CLIENT, SERVER])
def test_lines_with_credentials_are_hidden_whoever_says_them_at_any_split(role: Role) -> None:
    for low, high in itertools.combinations(range(len(LINES)), 2):
        mask = TurnMask()
        first = mask.hide(role, LINES[:low])
        assert first + mask.copy().hide(role, LINES[low:]) == LINES_SHOWN
        assert first + mask.hide(role, LINES[low:high]) + mask.hide(role, LINES[high:]) == LINES_SHOWN


def test_what_is_no_secret_is_the_same_object() -> None:
    mask = TurnMask()
    for data in (b"hello\r\n", b"\xff" * 10_000, b"x" * 5000, b"\n?a=b"):
        assert mask.hide(CLIENT, data) is data


def test_each_datagram_stands_by_itself() -> None:
    mask = TurnMask(datagrams=True)
    assert mask.hide(CLIENT, b"Cookie: SEKRIT") == b"Cookie: ******"
    assert mask.hide(CLIENT, b" x") == b" x"


def test_the_rest_of_a_line_behind_a_gap_is_hidden_but_no_endless_one() -> None:
    mask = TurnMask()
    mask.hide(CLIENT, b"a\r\nCook")
    mask.missed(CLIENT, 10)
    assert mask.hide(CLIENT, b"SEKRIT\r\nb\r\n") == b"******\r\nb\r\n"
    mask.missed(CLIENT, 10)
    assert mask.hide(CLIENT, b"x" * 20_000).rstrip(b"x") == b"*" * 16 * 1024


def test_a_line_without_end_is_hidden_from_its_secret_on() -> None:
    mask = TurnMask()
    mask.hide(CLIENT, b"x" * 4090 + b"?to")
    assert mask.hide(CLIENT, b"ken=" + b"SEKRIT" * 4000) == b"ken=" + b"*" * 24_000
    mask.hide(SERVER, b"Set-Cookie: " + b"a" * 40_000)
    assert mask.hide(SERVER, b"SEKRIT\nb") == b"******\nb"


@pytest.mark.parametrize("step", [1, 5, 1000])
def test_http2_is_shown_without_its_header_blocks(step: int) -> None:
    said = PREFACE + SETTINGS + HEADERS
    mask = TurnMask()
    shown = b"".join(mask.hide(CLIENT, said[at : at + step]) for at in range(0, len(said), step))
    assert shown == said.replace(b"SEKRIT", b"******")
    assert mask.hide(SERVER, SETTINGS + HEADERS) == SETTINGS + HEADERS.replace(b"SEKRIT", b"******")
    mask.missed(SERVER, 3)
    assert mask.hide(SERVER, HEADERS) == b"*" * len(HEADERS)


def test_titles_name_frames_and_hold_no_secrets() -> None:
    reader = TurnReader()
    titles = [
        said.title
        for role, data in (
            (CLIENT, PREFACE + SETTINGS),
            (SERVER, SETTINGS),
            (CLIENT, HEADERS),
            (SERVER, HEADERS + b"\0\0\1\0\1\0\0\0\1x"),
        )
        for said in reader.read(role, data)
    ]
    assert titles == [PREFACE_TITLE, "SETTINGS", "HEADERS", "HEADERS, DATA"]
    (said,) = TurnReader().read(SERVER, b"Cookie: SEKRIT\r\n")
    assert said.title == "Cookie: ******"


def test_a_mask_may_begin_anywhere() -> None:
    reader = TurnReader()
    reader.read(CLIENT, b"x\r\nCook")
    begin = reader.mask_from_here()
    assert begin is not None
    reader.read(CLIENT, b"ie: a\r\n")
    assert begin().hide(CLIENT, b"ie: SEKRIT\r\n") == begin().hide(CLIENT, b"ie: SEKRIT\r\n") == b"ie: ******\r\n"
