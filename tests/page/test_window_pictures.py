"""The pictures of README and docs are the window's own: each test makes one, and says what is to be seen on it.

``PORTSIDE_SCREENSHOTS=docs make test-main`` would put them where they belong.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import Visit, Visitor
from tests.support.peers import need
from tests.support.served import PORTSIDE, Served
from tests.support.windows import layers, marked, rung, watching, window_of

pytestmark = [pytest.mark.page, pytest.mark.peer]

SITE = Path(__file__).resolve().parents[2] / "examples" / "site"
WIDE = {"width": 1440, "height": 860}


def mark(page: Page, layer: str, field: str) -> bytes:
    """Point at ``field`` of ``layer``, which is unfolded for it; the bytes that are marked then."""
    head = page.locator("#layers header", has=page.locator(f"b:text-is('{layer}')"))
    if head.get_attribute("aria-expanded") == "false":
        head.click()
    page.locator(".field > .name", has_text=field).first.hover()
    return marked(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_ladder(served: Callable[..., Served], visit: Visitor, scheme: str) -> None:
    server = served(SITE, "--window", "0")
    visited = visit(window_of(server), color_scheme=scheme, viewport=WIDE)
    names = ("style.css", "images/ship.svg", "pages/ports.html", "nowhere", "facts.json", "files/foghorn.wav")
    curl = [need("curl"), "-s", "--max-time", "20", "--compressed", "-u", "captain:secret"]
    done = subprocess.run(
        [*curl, server.url, *(server.url + name for name in names)], stdout=subprocess.PIPE, check=True
    )
    assert len(done.stdout) > 10_000
    page = visited.page
    rung(page, "foghorn").wait_for()
    expect(page.locator("#plot .trips")).to_contain_text("round trips up to")
    expect(page.locator("#counts")).to_contain_text("1 conversation")
    picture = visited.keep(f"window-{scheme}")
    rung(page, "GET /files/foghorn.wav").click()
    assert mark(page, "HTTP request", "Authorization").startswith(b"Authorization: Basic ****")
    assert visited.keep(f"window-opened-{scheme}") != picture


@pytest.fixture
def travelled(
    served: Callable[..., Served], visit: Visitor, tmp_path: Path
) -> Iterator[Callable[..., tuple[Visit, Served]]]:
    """``travelled("--tls")``: one request of our client at our server, recorded and shown."""

    stack = contextlib.ExitStack()

    def start(*arguments: str) -> tuple[Visit, Served]:
        capture = tmp_path / "trip.pcapng"
        server = served(SITE, "--record", capture, *arguments)
        subprocess.run([PORTSIDE, "get", f"{server.url}hello.txt"], stdout=subprocess.PIPE, check=True)
        server.process.stop()
        address = stack.enter_context(watching(tmp_path, capture))
        return visit(address, viewport=WIDE), server

    with stack:
        yield start


def test_a_request_travels(travelled: Callable[..., tuple[Visit, Served]]) -> None:
    visited, server = travelled()
    page = visited.page
    rung(page, "200").wait_for()
    expect(page.locator("#plot .top")).to_contain_text("up to")
    visited.keep("travel-ladder")
    rung(page, "GET /hello.txt").click()
    assert mark(page, "HTTP request", "Request line") == b"GET /hello.txt HTTP/1.1"
    assert layers(page) == ["Ethernet frame", "IPv4 packet", "TCP segment", "HTTP request"]
    visited.keep("travel-request")
    page.locator("#layers header", has_text="HTTP request").click()
    assert mark(page, "TCP segment", "Destination port") == server.port.to_bytes(2)
    visited.keep("travel-segment")
    page.locator("#layers header", has_text="TCP segment").click()
    assert mark(page, "IPv4 packet", "Source address") == bytes([127, 0, 0, 1])
    visited.keep("travel-packet")
    page.locator("#layers header", has_text="IPv4 packet").click()
    rung(page, "200").click()
    assert mark(page, "HTTP response", "Content-Length").startswith(b"Content-Length: ")
    visited.keep("travel-response")


def test_a_request_travels_in_secret(travelled: Callable[..., tuple[Visit, Served]]) -> None:
    visited, _ = travelled("--tls", "--record-secrets")
    page = visited.page
    rung(page, "GET /hello.txt").wait_for()
    rung(page, "GET /hello.txt").click()
    assert mark(page, "HTTP request", "Host").startswith(b"Host: ")
    assert layers(page) == ["Ethernet frame", "IPv4 packet", "TCP segment", "TLS record", "HTTP request"]
    visited.keep("travel-tls")
