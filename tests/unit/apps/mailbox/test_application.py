"""What the page's server answers, route by route."""

from __future__ import annotations

import asyncio
import gc
import json
import re
from pathlib import Path

import pytest

from portside.apps.mailbox import application as room
from portside.apps.mailbox.application import FILES, OF_THE_WINDOW, ROUTES
from portside.apps.mailbox.guard import METHODS, PROTECTED
from portside.apps.mailbox.terms import Terms
from portside.errors import ConnectError, UsageError
from portside.inspector.page import FILES as WINDOW_FILES
from portside.mail.envelope import Envelope
from portside.mail.storing import StoreError
from tests.support.mailbox_asks import Asking
from tests.support.mailboxes import WELCOME, FakeMailbox, plain


@pytest.fixture
def box(tmp_path: Path) -> FakeMailbox:
    return FakeMailbox(tmp_path)


@pytest.fixture
def ask(box: FakeMailbox) -> Asking:
    return Asking(box)


# -------------------------------------------------------------------------------------------- the page


def test_every_file_of_the_page_is_there_with_its_type(ask: Asking) -> None:
    kinds = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    for path in [*FILES.iterdir(), *(WINDOW_FILES / name for name in OF_THE_WINDOW)]:
        got = ask(path.name)
        assert (got.status, got.body) == (200, path.read_bytes())
        assert got.text("content-type").split(";")[0] == kinds[path.suffix]
    assert ask("").body == ask("?x=1").body == (FILES / "index.html").read_bytes()


def test_the_page_names_only_files_that_are_there(ask: Asking) -> None:
    for path in FILES.iterdir():
        text = path.read_text("utf-8")
        for name in re.findall(r'(?:href|src|from) ?=? ?"\.?/?([a-z]+\.(?:js|css|svg))"', text):
            assert ask(name).status == 200, f"{path.name} asks for {name}"


@pytest.mark.parametrize(
    "path", ["/", "x", "../x", "..", "api", "api/", "api/state/", "api/messages/m1/x", "api/messages//raw", "server.py",
             "index.html/", "%69ndex.html", "../application.py", "api/messages/m1/parts/", "envelope.js"],
)  # fmt: skip
def test_elsewhere_is_nothing(ask: Asking, path: str) -> None:
    got = ask(path)
    assert (got.status, got.text("content-type")) == (404, "text/plain; charset=utf-8") and got.body.count(b"\n") == 1


def test_every_answer_carries_the_pages_fields(ask: Asking, box: FakeMailbox) -> None:
    box.add(WELCOME)
    for target, method in (
        ("", "GET"),
        ("api/state", "GET"),
        ("nowhere", "GET"),
        ("api/state", "POST"),
        ("", "DELETE"),
    ):
        got = ask(target, method)
        for name, value in PROTECTED:
            assert got.headers.all(name.lower()) == [value]
    for further in ("", "/raw", "/source", "/text", "/parts/4", "/summary"):
        got = ask(f"api/messages/m1{further}")
        assert got.status == 200
        for name, value in PROTECTED:
            assert got.headers.all(name.lower()) == [value], further


# -------------------------------------------------------------------------------------------- the routes


def test_what_cannot_be_done_somewhere_is_told_with_what_can(ask: Asking) -> None:
    known = {(method, pattern) for method, pattern, _ in ROUTES}
    for _, pattern in known:
        can = {method for method in METHODS if (method, pattern) in known}
        for method in {*METHODS, "HEAD"} - can - ({"HEAD"} if "GET" in can else set()):
            got = ask(pattern.replace("*", "m1"), method)
            assert got.status == 405 and set(got.text("allow").split(", ")) == can, (method, pattern)


def test_ids_may_hold_anything(ask: Asking, box: FakeMailbox) -> None:
    box.kept["a/b ü"] = box.kept[box.add(plain(1))]
    assert ask.told("api/messages/a%2Fb%20%C3%BC/summary")["id"] == "m1"
    assert ask("api/messages/%FF/summary").status == ask("api/messages/..%2F..%2Fetc%2Fpasswd/raw").status == 404


def test_a_head_is_asked_for_alone(ask: Asking, box: FakeMailbox) -> None:
    box.add(WELCOME)
    for path in ("", "api/state", "api/messages", "api/messages/m1", "api/messages/m1/html"):
        whole, head = ask(path), ask(path, "HEAD")
        assert (head.status, head.headers.lines) == (200, whole.headers.lines)


def test_strangers_are_refused(ask: Asking, box: FakeMailbox) -> None:
    box.add(plain(1))
    assert ask("api/messages", origin="http://evil.example").status == 403
    assert ask("api/messages", "DELETE", {"all": True}, sec_fetch_site="cross-site").status == 403
    assert ask("api/messages", "DELETE", b'{"all": true}', content_type="text/plain").status == 415
    assert ask("api/messages", "PUT").status == 405 and ask("api/messages", "PUT").text("allow") == ", ".join(METHODS)
    assert len(box.kept) == 1


@pytest.mark.parametrize(
    ("error", "status"),
    [(StoreError("the disk is gone"), 503), (UsageError("that is no address"), 400), (ConnectError("no relay"), 502)],
)
def test_what_goes_wrong_is_told_in_a_line(box: FakeMailbox, error: Exception, status: int) -> None:
    async def release(envelope: Envelope, content: bytes) -> None:
        raise error

    ask = Asking(box, Terms(release=release))
    box.add(plain(1))
    got = ask("api/messages/m1/release", "POST", {"to": ["x@example.com"]})
    assert (got.status, got.body) == (status, str(error).encode() + b"\n")


# ----------------------------------------------------------------------------------------- those who wait


def test_events_are_heard_until_the_end(ask: Asking, box: FakeMailbox) -> None:
    async def story() -> None:
        response = await ask.response("api/events")
        assert response.headers["content-type"] == "text/event-stream"
        body = response.body
        assert not isinstance(body, bytes)
        said = [await anext(body), await anext(body)]  # type: ignore[arg-type]
        assert b"event: anew" in said[1]
        box.add(plain(1))
        async with asyncio.timeout(30):
            assert b'event: arrived\ndata: {"ids": ["m1"]}' in await anext(body)  # type: ignore[arg-type]
            again = await ask.response("api/events", last_event_id="a-0")
            await anext(again.body)  # type: ignore[arg-type]
            assert b'"m1"' in await anext(again.body)  # type: ignore[arg-type]
            ask.page.close()
            assert await anext(body, None) is None  # type: ignore[arg-type]

    asyncio.run(story())
    assert not box.watched


def test_so_many_pages_and_no_more(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_LISTENERS", 2)

    async def story() -> None:
        answers = [await ask.response("api/events") for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 503]
        answers.clear()
        gc.collect()  # an answer that is never sent gives its place back
        listening = (await ask.response("api/events")).body
        await anext(listening)  # type: ignore[arg-type]
        assert (await ask.response("api/events")).status == 200
        await listening.aclose()  # type: ignore[union-attr]
        gc.collect()
        assert (await ask.response("api/events")).status == 200

    asyncio.run(story())


def test_so_many_wait_and_no_more(ask: Asking, box: FakeMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_LISTENERS", 1)

    async def story() -> None:
        waiting = asyncio.ensure_future(ask.get("api/wait?timeout=60"))
        await asyncio.sleep(0)
        assert (await ask.get("api/wait?timeout=60")).status == 503
        box.add(plain(1))
        async with asyncio.timeout(30):
            got = await waiting
        assert json.loads(got.body)["message"]["id"] == "m1"
        assert (await ask.get("api/wait")).status == 200

    asyncio.run(story())
