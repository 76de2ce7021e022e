"""Chromium lives from our archive: what it asks for is answered out of a HAR, and has the very bytes of the capture."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from random import Random

import brotli
import pytest
from playwright.sync_api import Browser, Page

from portside.inspector.exports import FORMATS
from portside.inspector.filters import EVERYTHING
from portside.interfaces import Role
from tests.support.captures import CLIENT, Talk, TlsTalk, told, write

pytestmark = pytest.mark.page

BINARY = Random(7).randbytes(100_000)
PAGE = "<!doctype html><title>Grüße</title><h1>Out of a capture</h1>".encode()


def answer(data: bytes, kind: bytes, *fields: bytes, status: bytes = b"200 OK") -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Content-Type: " + kind, *fields, b"Content-Length: %d" % len(data), b"", data]
    return b"\r\n".join(lines)


def chunked(data: bytes, size: int, *fields: bytes) -> bytes:
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    return b"\r\n".join([b"HTTP/1.1 200 OK", b"Content-Type: application/octet-stream", *fields,
                         b"Transfer-Encoding: chunked", b"", body])  # fmt: skip


def ask(target: str, method: str = "GET", data: bytes = b"", *fields: bytes) -> bytes:
    lines = [f"{method} {target} HTTP/1.1".encode(), b"Host: localhost", *fields]
    return b"\r\n".join([*lines, *([b"Content-Length: %d" % len(data)] if data else []), b"", data])


PLAIN = {
    "/text": (answer("grüße\r\n\x00".encode(), b"text/plain; charset=utf-8"), "grüße\r\n\x00".encode()),
    "/latin": (answer("grüße".encode("latin-1"), b"text/plain; charset=iso-8859-1"), "grüße".encode("latin-1")),
    "/binary": (answer(BINARY, b"application/octet-stream"), BINARY),
    "/gzip": (answer(gzip.compress(BINARY), b"application/octet-stream", b"Content-Encoding: gzip"), BINARY),
    "/gzip.txt": (answer(gzip.compress(PAGE * 99), b"text/plain", b"Content-Encoding: gzip"), PAGE * 99),
    "/br": (answer(brotli.compress(PAGE * 99), b"text/plain", b"Content-Encoding: br"), PAGE * 99),
    "/chunked": (chunked(BINARY, 999), BINARY),
    "/both": (chunked(gzip.compress(BINARY), 5000, b"Content-Encoding: gzip"), BINARY),
    "/query?a=1&b=%20x&a=2": (answer(b"with a query", b"text/plain"), b"with a query"),
    "/go?to=http://elsewhere.test/": (answer(b"no other host", b"text/plain"), b"no other host"),
    "/long?" + "x" * 3000: (answer(b"long", b"text/plain"), b"long"),
    "/empty": (answer(b"", b"text/plain"), b""),
}
Replayed = Callable[[Path], Page]
DIGEST = """async url => {
    const answer = await fetch(url);
    const hash = await crypto.subtle.digest("SHA-256", await answer.arrayBuffer());
    const hex = Array.from(new Uint8Array(hash), each => each.toString(16).padStart(2, "0")).join("");
    return [answer.status, hex, answer.headers.get("content-type"), answer.headers.get("x-said")];
}"""


@pytest.fixture
def replayed(browser: Browser) -> Iterator[Replayed]:
    """``replayed(har)`` opens a page for which there is nothing but the archive."""
    with contextlib.ExitStack() as stack:

        def open_page(har: Path) -> Page:
            context = stack.enter_context(contextlib.closing(browser.new_context(service_workers="block")))
            context.route_from_har(har, not_found="abort")
            return context.new_page()

        yield open_page


def archive(tmp_path: Path, *exchanges: tuple[bytes, bytes], tls: bool = False) -> Path:
    """The archive of a capture; over TLS, or each exchange over a connection of its own."""
    if tls:
        talk = TlsTalk(tmp_path)
        for request, response in exchanges:
            talk.says(Role.CLIENT, request)
            talk.says(Role.SERVER, response)
        capture = write(tmp_path / "a.pcapng", talk.over_tcp().blocks, keys=talk.keys)
    else:
        talks = [Talk((CLIENT[0], CLIENT[1] + number)).exchange(*exchange) for number, exchange in enumerate(exchanges)]
        capture = write(tmp_path / "a.pcapng", [block for talk in talks for block in talk.blocks])
    path = tmp_path / "a.har"
    story = told(capture)
    path.write_bytes(b"".join(FORMATS["har"].pieces(story, story.find(EVERYTHING))))
    return path


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_body_comes_back_by_its_digest(replayed: Replayed, tmp_path: Path, scheme: str) -> None:
    exchanges = [(ask("/"), answer(PAGE, b"text/html; charset=utf-8"))]
    exchanges += [(ask(target), response) for target, (response, _) in PLAIN.items()]
    page = replayed(archive(tmp_path, *exchanges, tls=scheme == "https"))
    page.goto(f"{scheme}://localhost/")
    assert page.title() == "Grüße" and page.locator("h1").inner_text() == "Out of a capture"
    found = {target: page.evaluate(DIGEST, target)[:2] for target in PLAIN}
    assert found == {target: [200, sha256(plain).hexdigest()] for target, (_, plain) in PLAIN.items()}


def test_posts_redirects_and_fields_come_back(replayed: Replayed, tmp_path: Path) -> None:
    moved = answer(b"", b"text/plain", b"Location: /new?x=1", status=b"302 Found")
    form = b"Content-Type: text/plain"
    page = replayed(
        archive(
            tmp_path,
            (ask("/"), b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(PAGE, b"text/html")),
            (ask("/old"), moved),
            (ask("/new?x=1"), answer(b"moved here", b"text/plain", b"X-Said: so")),
            (ask("/post", "POST", b"one", form), answer(b"first", b"text/plain")),
            (ask("/post", "POST", b"two", form), answer(b"second", b"text/plain")),
            (ask("/gone"), answer(b"gone", b"text/plain", status=b"410 Gone")),
        )
    )
    page.goto("http://localhost/")
    for data, text in (("two", "second"), ("one", "first")):
        assert (
            page.evaluate(f"fetch('/post', {{method: 'POST', body: '{data}'}}).then(answer => answer.text())") == text
        )
    assert page.evaluate(DIGEST, "/old") == [200, sha256(b"moved here").hexdigest(), "text/plain", "so"]
    assert page.evaluate("fetch('/gone').then(answer => [answer.status, answer.statusText])") == [410, "Gone"]
    assert page.evaluate("fetch('/never').catch(error => error.name)") == "TypeError"  # it is not in the archive
