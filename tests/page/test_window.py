"""The window in Chromium: what runs is seen at once, messages open envelope by envelope, hostile ones are inert."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.page.conftest import Visitor
from tests.support.captures import Talk, told, write
from tests.support.peers import need
from tests.support.served import Served
from tests.support.windows import layers, marked, rung, watching, window_of

pytestmark = [pytest.mark.page, pytest.mark.peer]

SITE = Path(__file__).resolve().parents[2] / "examples" / "site"
LAYERS = ["Ethernet frame", "IPv4 packet", "TCP segment", "HTTP response", "Content"]
REQUEST = b"GET /a%d HTTP/1.1\r\nHost: example.test\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
HOSTILE = (
    b"GET /<script>alert(1)</script>?\x1b[2J%E2%80%AE HTTP/1.1\r\nHost: <img/src=x/onerror=alert(2)>\r\n"
    b"X-Bad: \x1b]0;owned\x07\xff\xfe\x9b31m</pre><script>alert(3)</script>\r\nCookie: session=canary\r\n\r\n"
)

Opened = Callable[..., tuple[Page, Served]]


def curl(url: str, *arguments: str) -> bytes:
    command = [need("curl"), "-sk", "--max-time", "20", *arguments, url]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout


@pytest.fixture
def live(served: Callable[..., Served], visit: Visitor) -> Opened:
    """A server with a window, and the window's page."""

    def start(*arguments: str) -> tuple[Page, Served]:
        server = served(SITE, "--window", "0", *arguments)
        return visit(window_of(server)).page, server

    return start


@pytest.fixture
def shown(tmp_path: Path, visit: Visitor) -> Iterator[Callable[..., Page]]:
    """``shown(path)``: the page of a capture."""
    with contextlib.ExitStack() as stack:

        def start(path: Path, *arguments: str, **options: object) -> Page:
            address = stack.enter_context(watching(tmp_path, path, *arguments))
            return visit(address, **options).page

        yield start


def exchanges(path: Path, count: int) -> Path:
    """A capture of ``count`` exchanges over one connection."""
    talk = Talk()
    said = [part for number in range(count) for part in (REQUEST % number, ANSWER)]
    return write(path, talk.exchange(*said).blocks)


def test_a_request_is_seen_while_the_server_runs_and_opens_into_its_layers(live: Opened) -> None:
    page, server = live()
    expect(page.locator("#live")).to_be_visible()
    expect(page.locator("#nothing")).to_contain_text("Nothing has been said yet")
    body = curl(f"{server.url}hello.txt")
    rung(page, "GET /hello.txt").wait_for()
    rung(page, "200").click()
    expect(page.locator("#layers .layer")).to_have_count(5)
    assert layers(page) == LAYERS
    page.locator("#as-text").click()
    assert page.locator("#plain").inner_text() == body.decode()


def test_what_is_said_while_the_page_asks_is_seen_too(live: Opened) -> None:
    page, server = live()

    def answer_late(route: Route) -> None:
        """What was so before the second fetch comes after the page has heard of it."""
        before = route.fetch()
        curl(f"{server.url}facts.json")
        expect(page.locator("#counts")).to_contain_text("10 messages")
        route.fulfill(response=before)

    expect(page.locator("#live")).to_be_visible()
    page.route("**/api/messages?*", answer_late, times=1)
    curl(f"{server.url}hello.txt")
    rung(page, "GET /facts.json").wait_for()


def test_tls_is_opened_on_the_page_and_credentials_are_not_shown(live: Opened) -> None:
    page, server = live("--tls")
    curl(f"{server.url}hello.txt", "-u", "me:canary", "-H", "Cookie: session=canary")
    rung(page, "GET /hello.txt").click()
    expect(page.locator("#layers .layer")).to_have_count(5)
    assert layers(page) == ["Ethernet frame", "IPv4 packet", "TCP segment", "TLS record", "HTTP request"]
    field = page.locator(".field", has_text="Authorization").first
    expect(field).to_contain_text("*****")
    assert "canary" not in page.locator("body").inner_text()


def test_a_field_marks_its_bytes_and_a_byte_its_field(shown: Callable[..., Page], tmp_path: Path) -> None:
    page = shown(exchanges(tmp_path / "a.pcapng", 1))
    rung(page, "200").click()
    page.locator(".field", has_text="Content-Type").first.hover()
    assert marked(page) == b"Content-Type: text/plain"
    page.locator(".field", has_text="Status line").first.click()
    page.locator(".field", has_text="Status code").first.hover()
    assert marked(page) == b"200"
    page.locator("#layers header", has_text="TCP segment").click()
    page.locator(".field", has_text="Source port").first.hover()
    assert marked(page) == (80).to_bytes(2)
    page.locator("#bytes span[data-layer='3'][data-at='20']").first.hover()
    expect(page.locator(".field.pointed > .name")).to_have_text("Content-Type")
    page.locator("#bytes span[data-layer='0'][data-at='13']").first.click()
    expect(page.locator(".field.pointed > .name")).to_have_text("Type")
    assert marked(page) == bytes.fromhex("0800")
    page.locator("#layers header", has_text="HTTP response").hover()
    assert marked(page).startswith(b"HTTP/1.1 200 OK") and marked(page).endswith(b"hello")


def test_filters_find_and_exports_hold_what_they_show(shown: Callable[..., Page], tmp_path: Path) -> None:
    page = shown(exchanges(tmp_path / "a.pcapng", 120))
    page.get_by_label("Find text").fill("/a77")
    expect(page.locator("#found")).to_have_text("1 message found")
    rung(page, "GET /a77").wait_for()
    assert page.locator("#ladder .rung").count() == 1
    kept = {}
    for name in ("pcapng", "har", "text"):
        page.locator("#take").click()
        with page.expect_download() as download:
            page.locator(f"#export-{name}").click()
        kept[name] = Path(download.value.path()).read_bytes()
    (tmp_path / "part.pcapng").write_bytes(kept["pcapng"])
    assert [one.title for one in told(tmp_path / "part.pcapng").messages if one.protocol == "HTTP"] == ["GET /a77"]
    assert [one["request"]["url"] for one in json.loads(kept["har"])["log"]["entries"]] == ["http://example.test/a77"]
    assert b"GET /a77" in kept["text"] and b"GET /a78" not in kept["text"]
    page.get_by_label("Find text").fill("")
    page.locator("#protocols button", has_text="TCP").click()
    rung(page, "connection opened").wait_for()
    expect(page.locator("#found")).to_have_text("3 messages found")


def test_a_time_is_chosen_on_the_plot(shown: Callable[..., Page], tmp_path: Path) -> None:
    page = shown(exchanges(tmp_path / "a.pcapng", 50))
    rung(page, "GET /a1").wait_for()
    expect(page.locator("#plot path.up")).to_have_count(1)
    box = page.locator("#plot").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 30, steps=4)
    page.mouse.up()
    expect(page.locator("#chosen button")).to_have_count(1)
    expect(page.locator("#found")).to_have_text(re.compile(r"^\d+ messages? found$"))
    page.locator("#chosen button").click()
    expect(page.locator("#found")).to_have_text("")


def test_the_keyboard_is_enough(shown: Callable[..., Page], tmp_path: Path) -> None:
    page = shown(exchanges(tmp_path / "a.pcapng", 40))
    rung(page, "GET /a1").wait_for()
    chosen = page.locator("#ladder [aria-selected=true]")
    page.keyboard.press("ArrowDown")
    expect(chosen).to_contain_text("GET /a0")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#letter h2")).to_contain_text("200 OK")
    page.keyboard.press("j")
    expect(page.locator("#letter h2")).to_contain_text("GET /a1")
    page.keyboard.press("k")
    page.keyboard.press("a")
    expect(page.locator("#letter h2")).to_contain_text("GET /a0")
    page.keyboard.press("Tab")
    page.locator("#layers header").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".layer.unfolded > header", has_text="IPv4 packet")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#envelope")).to_be_hidden()
    page.keyboard.press("End")
    expect(chosen).to_contain_text("finished sending")
    page.keyboard.press("o")
    expect(page.locator("#chosen")).to_contain_text("conversation 1")
    page.keyboard.press("Escape")
    expect(page.locator("#chosen button")).to_have_count(0)
    page.keyboard.press("/")
    page.keyboard.type("a39")
    expect(page.locator("#found")).to_have_text("1 message found")


def test_a_message_in_several_segments_is_one_rung_that_unfolds(shown: Callable[..., Page], tmp_path: Path) -> None:
    talk = Talk()
    body = bytes(range(256)) * 800
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    talk.exchange(REQUEST % 1, head + body)
    page = shown(write(tmp_path / "a.pcapng", talk.blocks))
    answer = rung(page, "200")
    answer.locator(".fold").click()
    segments = page.locator("#ladder .segment")
    count = len(next(one for one in told(tmp_path / "a.pcapng").messages if one.kind == "response").packets)
    assert count > 2
    expect(segments).to_have_count(count)
    segments.nth(1).click()
    expect(page.locator("#letter")).to_contain_text(f"packet 2 of {count}")
    expect(page.locator("#layers header", has_text="TCP segment")).to_contain_text(f"segment 2 of {count}")


def test_what_hostile_messages_hold_is_inert_text(shown: Callable[..., Page], tmp_path: Path) -> None:
    page = shown(write(tmp_path / "a.pcapng", Talk().exchange(HOSTILE, ANSWER).blocks))
    rung(page, "<script>").click()
    expect(page.locator("#layers .layer")).to_have_count(4)
    for field in page.locator(".layer.unfolded > .fields > .field").all():
        field.click()
    page.locator("#as-text").click()
    everything = page.locator("body").inner_text() + page.locator("#plain").inner_text()
    assert "<script>alert(3)</script>" in everything
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", everything)
    assert "canary" not in everything
    assert page.locator("script").count() == 1 and page.locator("img").count() == 0


def test_of_a_long_list_only_what_is_seen_exists(shown: Callable[..., Page], tmp_path: Path) -> None:
    page = shown(exchanges(tmp_path / "a.pcapng", 3000))
    expect(page.locator("#counts")).to_contain_text("6,003 messages")
    expect(page.locator("#rung-0")).to_have_attribute("aria-setsize", "6003")
    page.keyboard.press("End")
    expect(page.locator("#ladder [aria-selected=true]")).to_contain_text("finished sending")
    assert page.locator("#ladder [role=option]").count() < 60
    page.keyboard.press("Home")
    expect(page.locator("#ladder [aria-selected=true]")).to_contain_text("connection opened")


def test_an_address_leads_back_to_the_opened_message(shown: Callable[..., Page], tmp_path: Path) -> None:
    page = shown(exchanges(tmp_path / "a.pcapng", 5))
    rung(page, "GET /a3").click()
    expect(page.locator("#letter h2")).to_contain_text("GET /a3")
    page.reload()
    expect(page.locator("#letter h2")).to_contain_text("GET /a3")
    expect(page.locator("#ladder [aria-selected=true]")).to_contain_text("GET /a3")


def test_a_server_that_is_gone_is_said_to_be(served: Callable[..., Served], visit: Visitor) -> None:
    server = served(SITE, "--window", "0")
    visited = visit(window_of(server))
    curl(f"{server.url}hello.txt")
    rung(visited.page, "GET /hello.txt").wait_for()
    server.process.stop()
    expect(visited.page.locator("#live")).to_contain_text("all there is")
    visited.page.close()
    visited.complaints.clear()  # the browser's own words about it


def test_a_click_counts_though_there_is_news_meanwhile(live: Opened) -> None:
    page, server = live()
    curl(f"{server.url}hello.txt")
    rung(page, "GET /hello.txt").hover()
    page.mouse.down()
    curl(f"{server.url}facts.json")
    rung(page, "GET /facts.json").wait_for()
    page.mouse.up()
    expect(page.locator("#letter h2")).to_contain_text("GET /hello.txt")


def test_whoever_walks_does_not_follow_any_more(live: Opened) -> None:
    page, server = live()
    curl(f"{server.url}hello.txt")
    rung(page, "GET /hello.txt").wait_for()
    page.keyboard.press("f")
    chosen = page.locator("#ladder [aria-selected=true]")
    expect(page.locator("#follow")).to_have_attribute("aria-pressed", "true")
    curl(f"{server.url}facts.json")
    rung(page, "GET /facts.json").wait_for()
    expect(chosen).to_contain_text("finished sending")
    expect(chosen).to_have_attribute("aria-posinset", "10")
    page.keyboard.press("k")
    expect(page.locator("#follow")).to_have_attribute("aria-pressed", "false")
    expect(chosen).to_have_attribute("aria-posinset", "9")


def test_whoever_walks_while_the_page_asks_stays_there(live: Opened) -> None:
    page, server = live()
    chosen = page.locator("#ladder [aria-selected=true]")
    curl(f"{server.url}hello.txt")
    expect(page.locator("#counts")).to_contain_text("5 messages")
    page.keyboard.press("f")
    expect(chosen).to_have_attribute("aria-posinset", "5")

    def walk(route: Route) -> None:
        page.keyboard.press("k")
        route.continue_()

    page.route("**/api/messages?*", walk, times=1)
    page.route("**/api/messages?*", lambda route: route.continue_(), times=1)  # the rows in sight; then the last one
    curl(f"{server.url}facts.json")
    expect(page.locator("#follow")).to_have_attribute("aria-pressed", "false")
    rung(page, "GET /facts.json").wait_for()
    expect(chosen).to_have_attribute("aria-posinset", "4")


def test_another_part_of_a_record_begins_anew(shown: Callable[..., Page], tmp_path: Path) -> None:
    page = shown(exchanges(tmp_path / "a.pcapng", 3), "--follow")
    rung(page, "GET /a2").click()
    expect(page.locator("#letter h2")).to_contain_text("GET /a2")
    page.keyboard.press("o")
    expect(page.locator("#chosen")).to_contain_text("conversation 1")
    talk = Talk().exchange(b"GET /later HTTP/1.1\r\nHost: a\r\n\r\n", ANSWER)
    write(tmp_path / "a.1.pcapng", talk.blocks)
    rung(page, "GET /later").wait_for()
    expect(page.locator("#files")).to_contain_text("part 2")
    expect(page.locator("#chosen button")).to_have_count(0)
    expect(page.locator("#letter")).to_contain_text("of an earlier part")
    expect(page.locator("#letter h2")).to_contain_text("GET /a2")
    page.keyboard.press("Escape")
    rung(page, "GET /later").click()
    expect(page.locator("#letter h2")).to_contain_text("GET /later")


def test_a_time_is_chosen_by_keys(shown: Callable[..., Page], tmp_path: Path) -> None:
    page = shown(exchanges(tmp_path / "a.pcapng", 50))
    expect(page.locator("#plot path.up")).to_have_count(1)
    page.locator("#plot").focus()
    for key in (*["ArrowLeft"] * 5, *["Shift+ArrowRight"] * 10, "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#chosen button")).to_have_count(1)
    expect(page.locator("#found")).to_have_text(re.compile(r"^\d+ messages? found$"))


def test_letters_of_twice_the_size_leave_the_bytes_in_sight(shown: Callable[..., Page], tmp_path: Path) -> None:
    page = shown(exchanges(tmp_path / "a.pcapng", 3), viewport={"width": 1280, "height": 720})
    for _ in range(5):
        page.locator("#larger").click()
    rung(page, "GET /a1").click()
    page.locator(".field", has_text="Host").first.hover()
    expect(page.locator("#bytes .codes .on").first).to_be_in_viewport()
    for text in ("Portside", "?"):
        expect(page.locator(".top", has_text=text)).to_be_in_viewport(ratio=1)


def test_the_page_waits_for_nobody_who_says_nothing(live: Opened) -> None:
    """A client of the page that never reads does not hold it up."""
    page, server = live()
    address = page.url.split("#")[0]
    host, port = "127.0.0.1", int(address.split(":")[2].split("/")[0])
    with socket.create_connection((host, port)) as silent:
        silent.sendall(f"GET /{address.split('/')[3]}/api/events HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        curl(f"{server.url}hello.txt")
        rung(page, "GET /hello.txt").wait_for()
