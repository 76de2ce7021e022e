"""A browser for each module of tests, and pages that tell when something is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request, expect, sync_playwright

from tests.support.peers import need

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--host-resolver-rules=MAP *.test 127.0.0.1",
)
expect.set_options(timeout=20_000)  # milliseconds: a busy machine is no failure
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 640}


@dataclass
class Visit:
    """A page in the browser, what it complains of, and where pictures of it are kept."""

    page: Page
    pictures: Path
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("dialog", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # who goes on to another page waits for nothing of this one
            self.complaints.append(f"failed: {request.url}: {request.failure}")

    def _asked(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def complained(self, words: str) -> None:
        """Wait until it has complained of this: its words may come after the page."""
        if not any(words in complaint for complaint in self.complaints):
            self.page.wait_for_event("console", lambda message: words in message.text)

    def refused(self, status: int) -> None:
        """Wait until the browser has noted exactly this one status of a refusal; forget it."""
        self.complained(_noted(status))
        assert [_noted(status) in complaint for complaint in self.complaints] == [True], self.complaints
        self.complaints.clear()

    def forgive(self, status: int) -> None:
        """The browser may have noted this status, as often as it likes: somebody asked for what was just going."""
        self.complaints[:] = [complaint for complaint in self.complaints if _noted(status) not in complaint]

    def keep(self, name: str) -> bytes:
        """Take a picture, and keep it where PORTSIDE_SCREENSHOTS says, too."""
        picture = self.page.screenshot(path=self.pictures / f"{name}.png")
        if wanted := os.environ.get("PORTSIDE_SCREENSHOTS"):
            Path(wanted).mkdir(parents=True, exist_ok=True)
            (Path(wanted) / f"{name}.png").write_bytes(picture)
        return picture


def _noted(status: int) -> str:
    """How the browser notes a status; an address in what it says may have the same digits."""
    return f"with a status of {status} "


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium with a profile of its own.

    One for each module: while it runs, so does a loop of Playwright's, and nobody else can run one in this thread.
    """
    program = need("chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield chromium
        chromium.close()


Visitor = Callable[..., Visit]


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Visitor]:
    """``visit(url, color_scheme="dark")`` opens a page, without anything to complain of until the test's end.

    Keywords are those of a browser's context.
    """
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def open_page(url: str, **options: object) -> Visit:
        context = browser.new_context(**{"viewport": WIDE, **options})  # type: ignore[arg-type]
        contexts.append(context)
        visited = Visit(context.new_page(), tmp_path)
        visits.append(visited)
        visited.page.goto(url)
        return visited

    yield open_page
    complaints = [complaint for visited in visits for complaint in visited.complaints]
    for context in contexts:
        context.close()
    assert complaints == []
