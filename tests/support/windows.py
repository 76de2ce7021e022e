"""``portside watch`` on a page of its own, and what stands on that page."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.support.processes import running
from tests.support.served import PORTSIDE, READY, Served


@contextlib.contextmanager
def watching(folder: Path, *arguments: str | Path) -> Iterator[str]:
    """``portside watch ARGUMENTS`` while the block runs; the page's address. ``folder`` receives what it says."""
    with running([PORTSIDE, "watch", *arguments, "--port", "0"], folder) as process:
        yield process.wait_for_line(READY)[1]


def window_of(server: Served) -> str:
    """The address of the window of a server that was started with ``--window``."""
    return server.process.wait_for_line(r"the window is at (\S+)", output="stderr")[1]


def rung(page: Page, text: str) -> Locator:
    """The first rung of the ladder that says ``text``; its time, ports and size may hold any number."""
    return page.locator("#ladder .rung", has=page.locator(".said", has_text=text)).first


def reply(page: Page, code: str) -> Locator:
    """The first rung of a reply with this code; what it says besides may hold the same digits."""
    return page.locator("#ladder .rung", has=page.locator(".status", has_text=code)).first


def marked(page: Page) -> bytes:
    """The bytes that are marked on the page."""
    codes = page.locator("#bytes .codes .on").all_inner_texts()
    return bytes.fromhex("".join(codes))


def layers(page: Page) -> list[str]:
    """The names of the envelopes, outermost first, each within the one before."""
    names = []
    outer = page.locator("#layers")
    while (inner := outer.locator(":scope > .layer")).count():
        names.append(inner.locator(":scope > header b").inner_text())
        outer = inner
    return names
