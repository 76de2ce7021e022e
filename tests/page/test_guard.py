"""The guard against a real browser: what Chromium says of where a request comes from, and what is made of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page

from portside.inspector.page.guard import GUARDED, Guard, Refused
from portside.protocols.http.messages import Headers, Request

pytestmark = pytest.mark.page

TOKEN = "a-token_that-nobody_guesses"
PAGE = b"<!doctype html><title>The page</title>"


@dataclass
class Guarded:
    """A server of somebody else's whose every request the guard looks at; ``answered`` has path and status of each."""

    port: int = 0
    answered: dict[str, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{TOKEN}/"

    def status(self, name: str) -> int:
        """The answer to what was asked for below the token; each name is asked for once."""
        return self.answered.pop(f"/{TOKEN}/{name}")


Answer = Callable[[BaseHTTPRequestHandler], tuple[int, bytes]]


@contextmanager
def serving(answer: Answer, *fields: tuple[bytes, bytes]) -> Iterator[int]:
    """A server of Python's own whose every answer has ``fields``; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, data = answer(self)
            self.send_response(status)
            for name, value in ((b"Content-Type", b"text/html"), (b"Content-Length", b"%d" % len(data)), *fields):
                self.send_header(name.decode(), value.decode())
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def guarded() -> Iterator[Guarded]:
    found = Guarded()

    def answer(asked: BaseHTTPRequestHandler) -> tuple[int, bytes]:
        lines = Headers([(name.encode(), value.encode("latin-1")) for name, value in asked.headers.items()])
        try:
            Guard(TOKEN, found.port).path(Request(asked.command, asked.path, lines))
            status = 200
        except Refused as refusal:
            status = refusal.status
        found.answered[asked.path] = status
        return status, PAGE

    with serving(answer, *GUARDED) as port:
        found.port = port
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture(params=["evil.test", "127.0.0.1", "localhost"])
def elsewhere(request: pytest.FixtureRequest, page: Page) -> Iterator[Page]:
    """A page of another site, or of another port of this machine."""
    with serving(lambda asked: (200, b"<!doctype html>")) as port:
        page.goto(f"http://{request.param}:{port}/")
        yield page


def test_who_has_the_address_sees_the_page_which_may_ask_for_more(guarded: Guarded, page: Page) -> None:
    page.goto(guarded.url)
    assert page.title() == "The page" and guarded.status("") == 200
    assert page.evaluate("fetch('api/state').then(answer => answer.status)") == 200
    page.goto(guarded.url + "export/har")  # typed
    assert guarded.status("api/state") == guarded.status("export/har") == 200


LOADS = {
    "fetch": "fetch(url, {mode: 'no-cors'}).catch(() => 0)",
    "cors": "fetch(url).catch(() => 0)",
    "image": "new Promise(done => { const made = new Image(); made.onload = made.onerror = done; made.src = url; })",
    "script": "loaded('script', 'src')",
    "frame": "loaded('iframe', 'src')",
    "object": "loaded('object', 'data')",
    "style": "loaded('link', 'href')",
}
LOADED = """const loaded = (name, where) => new Promise(done => {
    const made = document.createElement(name);
    made.onload = made.onerror = () => done();
    if (name === "link") made.rel = "stylesheet";
    made[where] = url;
    document.documentElement.append(made);
});"""


@pytest.mark.parametrize("load", LOADS)
def test_another_sites_page_loads_nothing(guarded: Guarded, elsewhere: Page, load: str) -> None:
    for name in ("", "api/state"):
        elsewhere.evaluate(f"async url => {{ {LOADED} await {LOADS[load]}; }}", guarded.url + name)
        assert guarded.status(name) == 403


def test_a_link_leads_to_the_page_and_to_nothing_below_it(guarded: Guarded, elsewhere: Page) -> None:
    for name, status in (("export/har", 403), ("api/state", 403), ("", 200)):
        start = elsewhere.url
        with elsewhere.expect_navigation():
            elsewhere.evaluate("url => { location.href = url; }", guarded.url + name)
        assert guarded.status(name) == status
        if name:
            elsewhere.goto(start)
    assert elsewhere.title() == "The page"


def test_a_form_that_is_sent_here_changes_nothing(guarded: Guarded, elsewhere: Page) -> None:
    with elsewhere.expect_navigation():
        elsewhere.evaluate(
            """url => {
                const form = document.createElement("form");
                [form.method, form.action] = ["post", url];
                document.documentElement.append(form);
                form.submit();
            }""",
            guarded.url,
        )
    assert guarded.status("") == 405


def test_who_opens_the_page_in_a_window_has_no_hold_on_it(guarded: Guarded, elsewhere: Page) -> None:
    with elsewhere.expect_popup() as opened:
        elsewhere.evaluate("url => { window.held = window.open(url); }", guarded.url)
    opened.value.wait_for_load_state()
    assert guarded.status("") == 200 and opened.value.evaluate("window.opener") is None
    elsewhere.wait_for_function("window.held.closed")  # to whoever has opened it, it is gone


def test_a_name_that_was_led_here_is_sent_away(guarded: Guarded, page: Page) -> None:
    answer = page.goto(guarded.url.replace("127.0.0.1", "evil.test"))  # DNS rebinding
    assert answer is not None and answer.status == 421 and guarded.status("") == 421
    assert page.evaluate("fetch('api/state').then(answer => answer.status)") == 421
