"""One line for each exchange, in three formats; whatever is asked, a line stays one line."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.interfaces import Address, Door
from portside.protocols.http.messages import Headers, Request
from portside.protocols.http.server.log_lines import (
    KEPT_LINES,
    LINES,
    CombinedLines,
    Entry,
    JsonLines,
    Lines,
    TextLines,
    escape,
)

DOOR = Door(Address("127.0.0.1", 8080), Address("192.0.2.7", 50000))
V6 = Door(Address("::1", 8080), Address("2001:db8::1", 50000))
UNIX = Door(Address("", path="/run/x"), Address("", path="(unnamed)"))
MOMENT = 1_773_500_966.75  # 2026-03-14 15:09:26 UTC
SECRETS = [(b"Authorization", b"Basic c2VjcmV0OnNlY3JldA=="), (b"Cookie", b"id=secret"), (b"Proxy-Authorization", b"s")]
PLAIN = Request(
    "GET", "/a?b=c", Headers([(b"Referer", b"http://x/"), (b"User-Agent", b"curl/8"), *SECRETS]), lasting=True
)
EMPTY = Request("GET", "/", Headers([(b"Referer", b""), (b"User-Agent", b"")]))
BARE = Request("PUT", "/", minor=0)
all_formats = pytest.mark.parametrize("lines", [TextLines, CombinedLines, JsonLines])


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def line(lines: Lines, request: Request | None, door: Door = DOOR, status: int = 200, size: int = 5) -> str:
    return lines.write([(MOMENT, door, request, status, size)]).decode("ascii")


@pytest.mark.parametrize("request_, door, expected", [
    (PLAIN, DOOR, "2026-03-14 15:09:26 192.0.2.7 GET /a?b=c 200 5\n"),
    (BARE, V6, "2026-03-14 15:09:26 2001:db8::1 PUT / 200 5\n"),
    (None, UNIX, "2026-03-14 15:09:26 unix: - - 200 5\n"),
])  # fmt: skip
def test_text_is_for_people(request_: Request | None, door: Door, expected: str) -> None:
    assert line(TextLines(), request_, door) == expected


@pytest.mark.parametrize("request_, door, expected", [
    (PLAIN, DOOR, '192.0.2.7 - - [14/Mar/2026:15:09:26 +0000] "GET /a?b=c HTTP/1.1" 200 5 "http://x/" "curl/8"\n'),
    (BARE, V6, '2001:db8::1 - - [14/Mar/2026:15:09:26 +0000] "PUT / HTTP/1.0" 200 5 "-" "-"\n'),
    (EMPTY, DOOR, '192.0.2.7 - - [14/Mar/2026:15:09:26 +0000] "GET / HTTP/1.1" 200 5 "" ""\n'),
    (None, UNIX, 'unix: - - [14/Mar/2026:15:09:26 +0000] "-" 200 5 "-" "-"\n'),
])  # fmt: skip
def test_combined_is_nginx_s(request_: Request | None, door: Door, expected: str) -> None:
    assert line(CombinedLines(), request_, door) == expected


@pytest.mark.parametrize("zone, written", [
    ("<+0530>-5:30", "+0530"), ("<-0930>9:30", "-0930"), ("UTC0", "+0000"), ("<-0030>0:30", "-0030"),
])  # fmt: skip
def test_combined_tells_the_zone(monkeypatch: pytest.MonkeyPatch, zone: str, written: str) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    assert f" {written}] " in line(CombinedLines(), BARE)


def test_json_has_every_fact() -> None:
    assert json.loads(line(JsonLines(), PLAIN)) == {
        "time": "2026-03-14T15:09:26Z",
        "remote": "192.0.2.7",
        "method": "GET",
        "target": "/a?b=c",
        "version": "1.1",
        "status": 200,
        "bytes": 5,
        "referer": "http://x/",
        "user_agent": "curl/8",
    }
    broken = json.loads(line(JsonLines(), None, status=400, size=0))
    assert (broken["method"], broken["target"], broken["version"], broken["status"]) == (None, None, None, 400)


@pytest.mark.parametrize("text, written", [
    ("a b", "a b"), ('"', r"\x22"), ("\\", r"\x5C"), ("\n", r"\x0A"), ("\0\x1f\x7f", r"\x00\x1F\x7F"),
    ("\x80\xe4\xff", r"\x80\xE4\xFF"), ("'<>&", "'<>&"), ("", ""),
])  # fmt: skip
def test_what_is_odd_is_escaped_as_nginx_does(text: str, written: str) -> None:
    assert escape(text) == written


@all_formats
def test_no_login_and_no_cookie_is_written(lines: type[Lines]) -> None:
    assert not re.search("secret|c2Vj|Basic", line(lines(), PLAIN))


hostile = st.text(st.characters(max_codepoint=255), max_size=30)
requests = st.builds(
    lambda target, referer, agent, lasting: Request(
        "GET",
        "/" + target,
        Headers([(b"Referer", referer.encode("latin-1")), (b"User-Agent", agent.encode("latin-1"))]),
        lasting=lasting,
    ),
    hostile,
    hostile,
    hostile,
    st.booleans(),
)


@all_formats
@given(request_=requests)
def test_a_line_is_one_line_of_visible_ascii(lines: type[Lines], request_: Request) -> None:
    written = line(lines(), request_)
    assert written.endswith("\n") and written[:-1].isascii() and written[:-1].isprintable()


@given(request_=requests)
def test_combined_can_always_be_taken_apart_and_json_always_read(request_: Request) -> None:
    combined = line(CombinedLines(), request_)
    assert re.fullmatch(r'192\.0\.2\.7 - - \[[^]]*\] "[^"]*" 200 5 "[^"]*" "[^"]*"\n', combined)
    facts = json.loads(line(JsonLines(), request_))
    assert facts["target"] == request_.target and facts["user_agent"] == request_.headers.text("user-agent")


shared = [PLAIN, Request("GET", "/other", lasting=True), BARE, None]
entries = st.tuples(
    st.sampled_from([MOMENT, MOMENT + 0.1, MOMENT + 1, MOMENT - 7]),
    st.sampled_from([DOOR, V6, UNIX]),
    st.sampled_from(shared),
    st.sampled_from([200, 304]),
    st.sampled_from([0, 5]),
)


@all_formats
@given(given_=st.lists(entries, max_size=20))
def test_what_is_remembered_reads_as_if_it_were_written_anew(lines: type[Lines], given_: list[Entry]) -> None:
    remembering = lines()
    assert remembering.write(given_) == b"".join(lines().write([entry]) for entry in given_)


def test_what_is_remembered_is_bounded() -> None:
    lines = TextLines()
    lines.write([(MOMENT, DOOR, PLAIN, 200, size) for size in range(KEPT_LINES + 10)])
    assert len(lines._kept) <= KEPT_LINES
    lines.write([(MOMENT, DOOR, Request("GET", "/"), 200, size) for size in range(10)])
    assert all(request.lasting for request, *_ in lines._kept)


@all_formats
def test_a_gap_is_told_on_a_line_of_its_own(lines: type[Lines]) -> None:
    told = lines().gap(7)
    assert told.endswith(b"\n") and told.count(b"\n") == 1 and b"7" in told


def test_a_gap_in_json_is_json() -> None:
    assert json.loads(JsonLines().gap(7)) == {"missing": 7}


def test_every_format_has_its_lines() -> None:
    assert set(LINES) == {"text", "combined", "json"}
