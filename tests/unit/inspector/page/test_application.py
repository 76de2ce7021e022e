"""What the page's server answers, route by route."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from portside.inspector.exports import FORMATS
from portside.inspector.page import FILES
from portside.inspector.page import application as room
from portside.inspector.page.answers import text
from portside.inspector.page.application import PageApplication
from portside.inspector.page.guard import GUARDED, Guard
from portside.inspector.watched import Watched
from portside.protocols.http.messages import Headers, Request, Response
from portside.protocols.http.server.application import Arrival
from tests.support.asks import Arrived, Got, ask
from tests.support.captures import Talk, datagrams, write

TOKEN = "a-token_that-nobody_guesses"
HOST = "127.0.0.1:4040"
ASK = b"GET /a HTTP/1.1\r\nHost: example.org\r\nCookie: c4n4ry=1\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
MESSAGES = 7


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """A capture that may grow, read as far as it goes: an exchange of HTTP, and two datagrams."""
    path = write(tmp_path / "mitschnitt-\u00fc.pcapng", [*Talk().exchange(ASK, ANSWER).blocks, *datagrams(b"a", b"b")])
    found = Watched([path], follow=True)
    while found.read(1 << 20):
        pass
    yield found
    found.close()


@pytest.fixture
def page(watched: Watched) -> PageApplication:
    return PageApplication(watched, Guard(TOKEN, 4040))


def get(page: PageApplication, path: str, method: str = "GET", host: str = HOST, **fields: str) -> Got:
    """The answer to a question below the token; every answer carries the guard's fields."""

    def called(request: Request, arrival: Arrival) -> Response:
        lines = [(b"Host", host.encode()), *(line for line in request.headers.lines if line[0] != b"Host")]
        return page(Request(request.method, request.target, Headers(lines)), arrival)

    got = ask(called, f"/{TOKEN}/{path}", method, **fields)
    for name, value in GUARDED:
        assert got.headers.all(name.lower()) == [value], name
    assert len(got.headers.all(b"content-type")) == 1
    return got


def told(page: PageApplication, path: str) -> Any:
    got = get(page, path)
    assert (got.status, got.text("content-type")) == (200, "application/json"), got.body
    return json.loads(got.body)


def numbers(page: PageApplication, query: str) -> list[int]:
    return [row["number"] for row in told(page, f"api/messages?{query}")["rows"]]


# -------------------------------------------------------------------------------------------- the page


def test_every_file_of_the_page_is_there_with_its_type(page: PageApplication) -> None:
    names = [path.name for path in FILES.iterdir()]
    assert "index.html" in names
    kinds = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    for name in names:
        got = get(page, name)
        assert (got.status, got.body) == (200, (FILES / name).read_bytes())
        assert got.text("content-type").split(";")[0] == kinds[Path(name).suffix]
    assert get(page, "").body == get(page, "?x=1").body == (FILES / "index.html").read_bytes()


@pytest.mark.parametrize(
    "path",
    ["/", "x", "../x", "..", "api", "api/", "api/state/", "api/messages/1/2", "export", "export/", "export/xml",
     "index.html/", "%69ndex.html", "\xff", "application.py", "../application.py"],
)  # fmt: skip
def test_elsewhere_is_nothing(page: PageApplication, path: str) -> None:
    got = get(page, path)
    assert (got.status, got.text("content-type")) == (404, "text/plain; charset=utf-8")
    assert got.body.count(b"\n") == 1 and TOKEN.encode() not in got.body


# ---------------------------------------------------------------------------------------- what it asks for


def test_the_state_says_what_is_watched(page: PageApplication, watched: Watched) -> None:
    state = told(page, "api/state")
    assert state["files"] == ["mitschnitt-\u00fc.pcapng"]
    assert (state["messages"], state["conversations"], state["live"]) == (MESSAGES, 2, True)
    assert (state["version"], state["generation"]) == (watched.story.version, 0)


def test_the_state_says_that_a_record_has_ended_early(page: PageApplication, watched: Watched) -> None:
    before = told(page, "api/state")["remarks"]
    watched.ended = "the disk is \x1bfull"
    state = told(page, "api/state")
    assert (state["live"], watched.live) == (False, True)
    assert state["remarks"][: len(before)] == before
    assert state["remarks"][len(before) :] == [
        text("the record ended here: the disk is \x1bfull; what goes on is not shown")
    ]
    assert "\x1b" not in str(state["remarks"])


def test_conversations_and_messages_come_piece_by_piece(page: PageApplication) -> None:
    assert [one["number"] for one in told(page, "api/conversations")["rows"]] == [1, 2]
    assert [one["number"] for one in told(page, "api/conversations?offset=1&limit=1")["rows"]] == [2]
    assert numbers(page, "") == [1, 2, 3, 4, 5, 6, 7]
    assert numbers(page, "offset=2&limit=3") == [3, 4, 5]
    assert numbers(page, "limit=0") == numbers(page, "offset=99") == numbers(page, f"offset={(1 << 63) - 1}") == []
    assert told(page, "api/messages?limit=0")["total"] == MESSAGES


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("protocol=http", [2, 3]),
        ("protocol=HTTP,UDP", [2, 3, 6, 7]),
        ("host=example.org&protocol=http", [2, 3]),
        ("host=9999", [6, 7]),
        ("text=200+ok", [3]),
        ("text=%32%30%30%20OK", [3]),
        ("text=c4n4ry", []),
        ("conversation=2", [6, 7]),
        ("conversation=1&protocol=udp", []),
        ("conversation=3", []),
        ("conversation=1&conversation=2", [6, 7]),
        ("unknown=1", [1, 2, 3, 4, 5, 6, 7]),
        ("text=%ff%00", []),
    ],
)
def test_filters_choose(page: PageApplication, query: str, found: list[int]) -> None:
    assert numbers(page, query) == found


def test_times_of_a_filter_count_from_the_first_packet(page: PageApplication) -> None:
    times = [row["time"] for row in told(page, "api/messages")["rows"]]
    since, until = sorted(times)[2], sorted(times)[4]
    inside = [number for number, time in enumerate(times, 1) if since <= time <= until]
    assert numbers(page, f"since={since}&until={until}") == inside
    assert 0 < len(inside) < MESSAGES
    assert numbers(page, "since=0") == [number for number, time in enumerate(times, 1) if time >= 0]
    assert numbers(page, f"since={max(times) + 1}") == numbers(page, f"since={(1 << 63) - 1}") == []


def test_a_message_is_opened(page: PageApplication) -> None:
    opened = told(page, "api/messages/2")
    assert [layer["name"] for layer in opened["layers"]][-1] == "HTTP request"
    assert opened["chosen"] in [number for number, _, _ in opened["message"]["packets"]]
    assert told(page, "api/messages/2?packet=99999")["chosen"] == opened["chosen"]
    assert b"c4n4ry" not in get(page, "api/messages/2").body


@pytest.mark.parametrize("number", ["0", "8", "99999999999999"])
def test_a_message_that_is_not_there(page: PageApplication, number: str) -> None:
    got = get(page, f"api/messages/{number}")
    assert got.status == 404
    assert got.body == f"there is no message {number}; there are 7\n".encode()


def test_a_plot_has_as_many_columns_as_were_asked_for(page: PageApplication) -> None:
    assert len(told(page, "api/plot")["up"]) == room.ROWS
    assert len(told(page, "api/plot?buckets=7&protocol=http")["up"]) == 7
    assert len(told(page, "api/plot?buckets=0")["up"]) == 1
    assert len(told(page, f"api/plot?buckets={(1 << 63) - 1}")["up"]) <= 2000


@pytest.mark.parametrize(
    "odd", ["", "x", "-1", "+1", "1_0", " 1", "1.0", "0x1", "%D9%A3", "9" * 19, "9" * 5000, str(1 << 63)]
)
@pytest.mark.parametrize("name", ["offset", "limit", "conversation", "since", "until"])
def test_an_odd_number_is_refused(page: PageApplication, name: str, odd: str) -> None:
    got = get(page, f"api/messages?{name}={odd}")
    if not odd:  # said without a value, it was not said
        assert got.status == 200
    else:
        assert (got.status, got.body) == (400, b"a number is wanted there\n")


@pytest.mark.parametrize(
    "path", ["api/messages/x", "api/messages/", "api/messages/-1", "api/messages/\u0663", "api/plot?buckets=x",
             "api/messages/2?packet=x", "api/conversations?limit=x", "export/har?since=x"],
)  # fmt: skip
def test_an_odd_number_is_refused_everywhere(page: PageApplication, path: str) -> None:
    assert get(page, path).status == 400


def test_a_query_of_thousands_is_refused(page: PageApplication) -> None:
    assert get(page, "api/state?" + "a=1&" * 5000).status == 400


# -------------------------------------------------------------------------------- how it may be asked


def test_a_head_is_asked_for_alone(page: PageApplication) -> None:
    for path in ("", "api/state", "api/messages", "export/har", "export/pcapng", "window.js"):
        whole, head = get(page, path), get(page, path, "HEAD")
        assert (head.status, head.headers.lines) == (200, whole.headers.lines)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "get"])
def test_it_can_only_be_looked_at(page: PageApplication, method: str) -> None:
    got = get(page, "api/state", method)
    assert (got.status, got.text("allow")) == (405, "GET, HEAD")


def test_refusals_carry_the_guards_fields_and_nothing_else(page: PageApplication) -> None:
    for got, status in (
        (get(page, "api/state", host="attacker.example:4040"), 421),
        (get(page, "api/state", origin="http://attacker.example"), 403),
        (get(page, "api/state", sec_fetch_site="cross-site"), 403),
        (get(page, "api/state", "POST", host="attacker.example:4040"), 421),
    ):
        assert got.status == status and "allow" not in got.headers and got.body.count(b"\n") == 1
    got = ask(page, "/", "GET")
    assert got.status == 421, "and not even that tells who has the token"


# ---------------------------------------------------------------------------------------------- exports


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_is_a_file_to_be_saved(page: PageApplication, watched: Watched, name: str) -> None:
    got = get(page, f"export/{name}?protocol=http")
    kind = FORMATS[name]
    assert got.status == 200
    assert got.text("content-type") == kind.media_type
    assert got.text("content-disposition") == f'attachment; filename="portside{kind.suffix}"'
    assert got.body == b"".join(kind.pieces(watched.story, [2, 3]))
    assert got.body != get(page, f"export/{name}?conversation=2").body
    assert b"c4n4ry" not in got.body


# ----------------------------------------------------------------------------------------------- events


def listen(page: PageApplication) -> AsyncIterator[bytes]:
    """The events of the page, as they would be sent."""
    lines = [(b"Host", HOST.encode())]
    response = page(Request("GET", f"/{TOKEN}/api/events", Headers(lines)), Arrived())
    assert response.status == 200
    assert response.headers.text("content-type") == "text/event-stream"
    assert all(response.headers.all(name.lower()) == [value] for name, value in GUARDED)
    assert not isinstance(response.body, bytes)
    return response.body  # type: ignore[return-value]


async def event(events: AsyncIterator[bytes]) -> Any:
    async with asyncio.timeout(30):
        said = await anext(events)
    assert said.startswith(b"data: ") and said.endswith(b"\n\n") and said.count(b"\n") == 2
    return json.loads(said.removeprefix(b"data: "))


async def ended(events: AsyncIterator[bytes]) -> bool:
    async with asyncio.timeout(30):
        return await anext(events, None) is None


def test_events_tell_every_change_and_every_new_file(
    page: PageApplication, watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "EVERY", 0.0)
    path = next(tmp_path.iterdir())

    def grow() -> None:
        with path.open("ab") as file:
            file.write(b"".join(datagrams(b"c")))
        while watched.read(1 << 20):
            pass

    def follow() -> None:
        write(path.with_name(f"{path.stem}.1.pcapng"), datagrams(b"d"))
        while watched.read(1 << 20):
            pass

    async def main() -> None:
        events = listen(page)
        first = await event(events)
        assert (first["messages"], first["generation"]) == (MESSAGES, 0)
        waiting = asyncio.ensure_future(event(events))
        await asyncio.sleep(0)
        grow()
        second = await waiting
        assert second["messages"] == MESSAGES + 1 and second["version"] > first["version"]
        waiting = asyncio.ensure_future(event(events))
        await asyncio.sleep(0)
        follow()
        third = await waiting
        assert (third["messages"], third["generation"]) == (1, 1)
        page.close()
        assert await ended(events)

    asyncio.run(main())


def test_whoever_waits_is_let_go_when_the_page_closes(page: PageApplication) -> None:
    async def main() -> None:
        several = [listen(page) for _ in range(3)]
        for events in several:
            await event(events)
        waiting = [asyncio.ensure_future(ended(events)) for events in several]
        await asyncio.sleep(0)
        page.close()
        assert await asyncio.gather(*waiting) == [True] * 3
        assert await ended(listen(page)), "whoever comes later is told nothing"

    asyncio.run(main())


def test_silence_is_broken(page: PageApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "EVERY", 0.0)
    monkeypatch.setattr(room, "ALIVE", 0.001)

    async def main() -> None:
        events = listen(page)
        await event(events)
        async with asyncio.timeout(30):
            assert await anext(events) == b": still here\n\n"
        page.close()
        assert await ended(events)

    asyncio.run(main())


def test_too_many_pages_are_refused_until_one_is_closed(page: PageApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_LISTENERS", 2)

    async def main() -> None:
        several = [listen(page) for _ in range(2)]
        for events in several:
            await event(events)
        refused = page(Request("GET", f"/{TOKEN}/api/events", Headers([(b"Host", HOST.encode())])), Arrived())
        assert (refused.status, refused.body) == (503, b"too many pages are open\n")
        await several[0].aclose()  # type: ignore[attr-defined]
        several[0] = listen(page)
        await event(several[0])
        page.close()
        for events in several:
            assert await ended(events)

    asyncio.run(main())


def test_a_head_of_events_takes_nobodys_place(page: PageApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_LISTENERS", 1)
    lines = [(b"Host", HOST.encode())]
    for _ in range(3):
        assert page(Request("HEAD", f"/{TOKEN}/api/events", Headers(lines)), Arrived()).status == 200


def test_pages_are_counted_before_they_are_told_anything(
    page: PageApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many that ask at once are many; and an answer that is never sent gives its place back."""
    monkeypatch.setattr(room, "MOST_LISTENERS", 2)
    request = Request("GET", f"/{TOKEN}/api/events", Headers([(b"Host", HOST.encode())]))
    answers = [page(request, Arrived()) for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 503, 503]
    del answers[0]
    assert [page(request, Arrived()).status for _ in range(3)] == [200] * 3
    again = page(request, Arrived())
    assert (again.status, page(request, Arrived()).status) == (200, 503)
