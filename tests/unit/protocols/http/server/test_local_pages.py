"""What all pages of running programs have in common: strangers, answers, seats, queries."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from portside.protocols.http.messages import Headers
from portside.protocols.http.server.local_pages import (
    MOST_SAID,
    Answers,
    Refused,
    Seats,
    parse_number,
    parse_query,
    protected,
    read_files,
    refuse_strangers,
    the_one,
)

HOST = b"127.0.0.1:4040"
ANSWERS = Answers(protected("default-src 'none'"))
Line = tuple[bytes, bytes]


def refusal(status: int, *lines: Line, is_page: bool = False) -> None:
    with pytest.raises(Refused) as caught:
        refuse_strangers(Headers(lines), HOST, is_page=is_page)
    assert caught.value.status == status


@pytest.mark.parametrize(
    "lines",
    [(), ((b"Origin", b"http://" + HOST),), ((b"Sec-Fetch-Site", b"same-origin"),), ((b"Sec-Fetch-Site", b"none"),)],
)
def test_the_page_itself_and_programs_pass(lines: tuple[Line, ...]) -> None:
    refuse_strangers(Headers(lines), HOST, is_page=False)


@pytest.mark.parametrize(
    "lines",
    [
        ((b"Origin", b"http://evil.example"),),
        ((b"Origin", b"null"),),
        ((b"Origin", b"https://" + HOST),),
        ((b"Origin", b"http://" + HOST), (b"origin", b"http://evil.example")),
        ((b"Sec-Fetch-Site", b"cross-site"),),
        ((b"Sec-Fetch-Site", b"same-site"), (b"Sec-Fetch-Dest", b"iframe")),
    ],
)
@pytest.mark.parametrize("is_page", [True, False])
def test_another_sites_page_does_not(lines: tuple[Line, ...], is_page: bool) -> None:
    refusal(403, *lines, is_page=is_page)


def test_a_link_leads_to_the_page_alone() -> None:
    lines = (b"Sec-Fetch-Site", b"cross-site"), (b"Sec-Fetch-Dest", b"document")
    refuse_strangers(Headers(lines), HOST, is_page=True)
    refusal(403, *lines)


def test_a_field_said_twice_has_another_value() -> None:
    assert the_one(Headers([(b"Host", b"a"), (b"host", b"a")]), b"host") == b"a, a"
    assert the_one(Headers(), b"host") == b""


def test_every_answer_has_the_fields_of_the_page() -> None:
    made = (
        ANSWERS.json({"a": 1}),
        ANSWERS.plain(404, "no"),
        ANSWERS.file((b"text/css", b"a{}")),
        ANSWERS.refusal(Refused(405, "no"), ("GET",)),
    )
    for answer in made:
        for name, value in protected("default-src 'none'"):
            assert answer.headers.all(name.lower()) == [value]
    assert [answer.status for answer in made] == [200, 404, 200, 405]
    assert made[3].headers["allow"] == "GET"
    assert "allow" not in ANSWERS.refusal(Refused(403, "no"), ("GET",)).headers


def test_a_line_is_said_as_utf_8_whatever_is_in_it() -> None:
    assert ANSWERS.plain(400, "\u00fc\udcff").body == b"\xc3\xbc?\n"


def test_files_are_read_with_their_types(tmp_path: Path) -> None:
    for name in ("a.html", "b.js", "c.txt", "d.svg"):
        (tmp_path / name).write_bytes(name.encode())
    assert {name: data for name, (_, data) in read_files(tmp_path).items()} == {
        "a.html": b"a.html",
        "b.js": b"b.js",
        "d.svg": b"d.svg",
    }
    assert read_files(tmp_path, ["b.js"]) == {"b.js": (b"text/javascript; charset=utf-8", b"b.js")}


def test_seats_are_given_back_by_whoever_leaves_or_is_gone() -> None:
    seats = Seats()
    one, other = seats.take(2), seats.take(2)
    with pytest.raises(Refused) as caught:
        seats.take(2)
    assert caught.value.status == 503
    seats.leave(one)
    seats.leave(one)
    third = seats.take(2)
    assert len(seats) == 2
    del other
    gc.collect()
    assert len(seats) == 1
    del third


def test_a_query_says_each_name_once() -> None:
    assert parse_query("a=1&b=%20x&a=2&c=") == {"a": "2", "b": " x"}
    with pytest.raises(Refused):
        parse_query("a=1&" * (MOST_SAID + 1))


@pytest.mark.parametrize("odd", ["", "x", "-1", "+1", "1_0", " 1", "0x1", "\u0663", "9" * 19, str(1 << 63)])
def test_an_odd_number_is_refused(odd: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_number(odd)
    assert caught.value.status == 400


def test_a_number_is_read() -> None:
    assert (parse_number("0"), parse_number("0012"), parse_number("9" * 18)) == (0, 12, 10**18 - 1)
