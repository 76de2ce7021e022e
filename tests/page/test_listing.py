"""The listing in a real browser: its order, its looks in every setting, and names that try to be more than names."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import PHONE, Visitor
from tests.support.served import Served

pytestmark = pytest.mark.page

Serve = Callable[..., Served]

DAY = 86_400
SHELF = {
    "Charts/Baltic.pdf": (4_812_000, 3),
    "Photos/harbour.jpg": (2_204_000, 40),
    "Crossing to Gotland.mp4": (734_003_200, 12),
    "harbour at dawn.jpg": (3_481_000, 0.02),
    "lighthouse.svg": (18_400, 5),
    "logbook 2.md": (9_200, 0.3),
    "logbook 10.md": (12_100, 0.1),
    "passage plan.xlsx": (88_000, 30),
    "position.py": (2_100, 2),
    "tides.csv": (41_000, 1.2),
    "voyage.tar.gz": (51_380_000, 200),
    "weather.json": (640, 0.004),
}
"""Names, sizes in bytes, and how many days ago each was written."""

HOSTILE = [
    "<img src=x onerror=alert(1)>.txt",
    '"><script>alert(2)<',
    "javascript:alert(3)",
    "' onmouseover='alert(4)' x='.txt",
    "&lt;b&gt;&amp;.txt",
    "photo\u202egpj.exe",
    "%2e%2e%2fetc%2fpasswd",
    "?query=1#fragment.txt",
    "http:",
    " leading and trailing ",
    "{{7*7}}.txt",
    "é" * 100,
    "W" * 255,
]
NEVER_SHOWN = ["two\nlines.txt", "\x1b[31mred\x07.txt", "back\\slash.txt", ".hidden"]
"""No request can hold the first ones."""


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder that is nice to look at; its files are long, and take no room."""
    now = (tmp_path).stat().st_mtime
    folder = tmp_path / "Summer voyage"
    for name, (size, days) in SHELF.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as opened:
            opened.truncate(size)
        os.utime(file, (now - days * DAY, now - days * DAY))
    for number, place in enumerate(("Charts", "Photos")):
        os.utime(folder / place, (now - (3 + number) * DAY, now - (3 + number) * DAY))
    return folder


def names(page: Page) -> list[str]:
    return page.locator("tbody tr:not(.up) td:first-child bdi").all_inner_texts()


# ------------------------------------------------------------------------------------------------- order


def test_its_columns_sort_and_turn_round(served: Serve, visit: Visitor, shelf: Path) -> None:
    visited = visit(served(shelf.parent).url + "Summer%20voyage/")
    page = visited.page
    folders, files = ["Charts/", "Photos/"], [name for name in SHELF if "/" not in name]
    natural = sorted(files, key=lambda name: [int(part) if part.isdigit() else part for part in _parts(name)])
    assert names(page) == folders + natural
    assert natural.index("logbook 2.md") < natural.index("logbook 10.md")
    by_size = sorted(files, key=lambda name: SHELF[name][0])
    by_age = sorted(files, key=lambda name: SHELF[name][1])
    for column, key, first, then in (
        ("Size", "size", by_size[::-1], by_size),
        ("Modified", "date", by_age, by_age[::-1]),
    ):
        for order, aria in ((first, "descending"), (then, "ascending")):
            page.get_by_role("link", name=column).click()
            page.wait_for_url(f"**/?sort={key}&order={aria[:-6]}")
            assert [name for name in names(page) if not name.endswith("/")] == order
            assert names(page)[:2] == folders or column == "Modified"
            expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", aria)
    page.get_by_role("link", name="Name").click()
    page.wait_for_url("**/?sort=name**")
    assert names(page) == folders + natural


def _parts(name: str) -> list[str]:
    return re.split(r"(\d+)", name.casefold())


def test_its_links_lead_down_and_up_again(served: Serve, visit: Visitor, shelf: Path) -> None:
    server = served(shelf.parent)
    page = visit(server.url).page
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")
    page.get_by_role("link", name="Summer voyage/").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Summer voyage")
    page.get_by_role("link", name="Charts/").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Charts")
    page.get_by_role("link", name="Parent folder").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Summer voyage")
    page.get_by_role("navigation").get_by_role("link", name="Home").click()
    expect(page).to_have_url(server.url)


# ------------------------------------------------------------------------------------------------- looks


def colours(page: Page, selector: str) -> tuple[list[float], list[float]]:
    """The colour of an element's text, and of what is behind it, each as red, green and blue."""
    found = page.locator(selector).first.evaluate(
        """element => {
            const backOf = each => getComputedStyle(each).backgroundColor;
            let behind = element;
            while (backOf(behind) === 'rgba(0, 0, 0, 0)' && behind.parentElement) behind = behind.parentElement;
            return [getComputedStyle(element).color, backOf(behind)];
        }"""
    )
    text, back = ([float(number) for number in re.findall(r"[\d.]+", colour)[:3]] for colour in found)
    return text, back


def luminance(colour: list[float]) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: list[float], other: list[float]) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_systems_colours_and_can_be_read_in_both(
    served: Serve, visit: Visitor, shelf: Path, scheme: str
) -> None:
    visited = visit(served(shelf.parent, "--upload").url + "Summer%20voyage/", color_scheme=scheme)
    behind = luminance(colours(visited.page, "body")[1])
    assert behind < 0.1 if scheme == "dark" else behind > 0.8
    for selector in ("h1", "nav a", "th a", "tbody bdi", "td:nth-child(2)", "time", ".sum", "button", ".made", "label"):
        assert contrast(*colours(visited.page, selector)) >= 4.5, selector
    visited.keep(f"upload-{scheme}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_picture(served: Serve, visit: Visitor, shelf: Path, scheme: str) -> None:
    visited = visit(served(shelf.parent).url + "Summer%20voyage/", color_scheme=scheme)
    drawn = visited.page.locator("tbody tr").count()
    assert drawn == 1 + 2 + len([name for name in SHELF if "/" not in name])
    assert visited.keep(f"listing-{scheme}").startswith(b"\x89PNG")


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 800}], ids=["phone", "wide"])
def test_nothing_sticks_out_however_long_the_names_are(
    served: Serve, visit: Visitor, tmp_path: Path, viewport: object
) -> None:
    folder = tmp_path / "web" / ("deep" * 60) / ("deeper " * 30)
    folder.mkdir(parents=True)
    for name in HOSTILE:
        (folder / name).write_bytes(b"x")
    url = served(tmp_path / "web", "--upload").url + f"{'deep' * 60}/{'deeper%20' * 30}/"
    visited = visit(url, viewport=viewport)
    assert visited.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    beyond = visited.page.locator("td, th, h1, nav li").evaluate_all(
        "all => all.filter(each => each.getBoundingClientRect().right > innerWidth + 1).length"
    )
    assert beyond == 0
    visited.keep(f"hostile-{viewport['width']}")  # type: ignore[index]


def test_it_shows_the_same_without_scripts(served: Serve, visit: Visitor, shelf: Path) -> None:
    page = visit(served(shelf.parent).url, java_script_enabled=False).page
    page.get_by_role("link", name="Summer voyage/").click()
    page.get_by_role("link", name="Size").click()
    page.wait_for_url("**/?sort=size&order=desc")
    expect(page.locator("tbody tr").nth(3)).to_contain_text("Crossing to Gotland.mp4")


# ------------------------------------------------------------------------------------------------- hostile


def test_names_are_names_whatever_they_look_like(served: Serve, visit: Visitor, tmp_path: Path) -> None:
    folder = tmp_path / "web"
    folder.mkdir()
    odd = [os.fsencode(name) for name in HOSTILE] + [b"no utf-8 \xff\xfe.bin"]
    for number, name in enumerate(odd):
        (folder / os.fsdecode(name)).write_bytes(b"content %d" % number)
    for name in NEVER_SHOWN:
        (folder / name).write_bytes(b"x")
    server = served(folder)
    page = visit(server.url).page
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(len(odd))
    assert page.locator("img, script, b, iframe").count() == 0
    for row in range(rows.count()):
        rows.nth(row).hover()
    links = page.locator("tbody a").evaluate_all("all => all.map(each => each.href)")
    got = {}
    for link in links:
        assert link.startswith(server.url)
        assert "?" not in link and "#" not in link
        got[unquote_to_bytes(link.removeprefix(server.url))] = page.request.get(link).body()
    assert got == {name: b"content %d" % number for number, name in enumerate(odd)}


def test_a_hostile_name_of_a_folder_is_inert_in_its_heading_and_its_way(
    served: Serve, visit: Visitor, tmp_path: Path
) -> None:
    for name in HOSTILE:
        (tmp_path / "web" / name / "inner").mkdir(parents=True)
    page = visit(served(tmp_path / "web").url).page
    for number in range(len(HOSTILE)):
        page.locator("tbody a").nth(number).click()
        page.get_by_role("link", name="inner/").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("inner")
        assert page.locator("img, script, b, iframe").count() == 0
        page.get_by_role("navigation").get_by_role("link", name="Home").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Home")


def test_no_other_site_may_put_it_into_a_frame_or_read_it(served: Serve, visit: Visitor, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        folder.mkdir()
    (ours / "secret.txt").write_text("secret")
    server = served(ours)
    frame = f"<!doctype html><link rel=icon href='data:,'><iframe src='{server.url}'></iframe>"
    (theirs / "index.html").write_text(frame)
    visited = visit(served(theirs).url.replace("127.0.0.1", "localhost"))
    visited.complained("frame-ancestors")
    read = visited.page.evaluate(
        "url => fetch(url).then(answer => answer.text(), () => null)", server.url + "secret.txt"
    )
    assert read is None
    visited.complaints.clear()


def test_a_website_whose_name_leads_here_reads_nothing(served: Serve, visit: Visitor, shelf: Path) -> None:
    server = served(shelf.parent)
    visited = visit(f"http://rebound.test:{server.port}/")
    expect(visited.page.locator("body")).to_contain_text("421")
    assert "Summer voyage" not in visited.page.content()
    visited.refused(421)


# ------------------------------------------------------------------------------------------------- keyboard


def test_it_is_walked_with_the_keyboard_alone(served: Serve, visit: Visitor, shelf: Path) -> None:
    page = visit(served(shelf.parent, "--upload").url + "Summer%20voyage/").page
    walked: list[str] = []
    for _ in range(6 + page.locator("tbody a").count()):
        page.keyboard.press("Tab")
        focused = page.evaluate_handle("document.activeElement")
        outline = page.evaluate("element => getComputedStyle(element).outlineStyle", focused)
        assert outline not in ("none", ""), page.evaluate("element => element.outerHTML", focused)
        walked.append(page.evaluate("element => element.innerText || element.type", focused))
    start = ["Home", "file", "Upload", "Name", "Size", "Modified", "Parent folder", "Charts/", "Photos/"]
    assert walked[: len(start)] == start
    for _ in range(len(walked) - walked.index("Charts/") - 1):
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Charts")
