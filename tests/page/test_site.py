"""Chromium shows what a folder holds: the example site as it was meant, and the page for what is not there."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.page.conftest import PHONE, Visitor
from tests.support.served import Served

pytestmark = pytest.mark.page

Serve = Callable[..., Served]
SITE = Path(__file__).resolve().parents[2] / "examples" / "site"


def test_the_example_site_is_rendered(served: Serve, visit: Visitor) -> None:
    visited = visit(served(SITE).url)
    page = visited.page
    expect(page).to_have_title("Both sides of every port")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    pictures = page.locator("img")
    loaded = pictures.evaluate_all("all => all.map(each => each.complete && each.naturalWidth > 0)")
    assert loaded == [True] * pictures.count()
    assert page.evaluate("document.styleSheets.length") > 0
    assert visited.keep("site").startswith(b"\x89PNG")


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 800}], ids=["phone", "wide"])
def test_every_page_of_the_example_site_opens_by_its_links(served: Serve, visit: Visitor, viewport: object) -> None:
    server = served(SITE)
    page = visit(server.url, viewport=viewport).page
    found, seen = {server.url}, set()
    while left := found - seen:
        url = min(left)
        seen.add(url)
        answer = page.goto(url)
        assert answer is not None
        assert (url, answer.status) == (url, 200)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), url
        links = page.locator("a").evaluate_all("all => all.map(each => each.href.split('#')[0].split('?')[0])")
        found |= {link for link in links if link.startswith(server.url) and link.endswith(("/", ".html"))}
    assert {url.removeprefix(server.url) for url in seen} >= {"", "pages/ports.html", "files/", "files/logbook/"}


def test_what_is_not_there_is_the_sites_own_page(served: Serve, visit: Visitor) -> None:
    server = served(SITE)
    for path in ("nothing", "files/nothing", "nothing/at/all/"):
        visited = visit(server.url + path)
        expect(visited.page.get_by_role("heading", level=1)).to_contain_text("404")
        shown = visited.page.locator("img").evaluate_all("all => all.every(each => each.naturalWidth > 0)")
        assert shown
        visited.refused(404)


def test_without_a_page_of_its_own_a_site_gets_ours(served: Serve, visit: Visitor, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    visited = visit(served(folder).url + "<b>nothing</b>")
    expect(visited.page.get_by_role("heading", level=1)).to_have_text("Not Found")
    visited.keep("404")
    visited.refused(404)
    visited.page.get_by_role("link").first.click()
    expect(visited.page.get_by_role("heading", level=1)).to_have_text("Home")


def test_a_site_that_changes_is_shown_changed(served: Serve, visit: Visitor, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    place = folder / "index.html"
    place.write_text("<!doctype html><title>one</title><link rel=icon href='data:,'>")
    page = visit(served(folder).url).page
    expect(page).to_have_title("one")
    place.write_text("<!doctype html><title>another</title><link rel=icon href='data:,'>")
    deadline = time.monotonic() + 30  # a second is promised; what is measured here is that a reload is enough
    while page.title() != "another":
        assert time.monotonic() < deadline, "the browser still has the old page"
        page.reload()
