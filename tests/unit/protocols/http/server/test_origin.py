"""A write has to come from our own page, or from no page at all."""

from __future__ import annotations

import pytest

from portside.errors import RemoteError
from portside.interfaces import Address, Door, Tls
from portside.protocols.http.messages import Headers, Request
from portside.protocols.http.server.origin import check_origin

PLAIN = Door(Address("127.0.0.1", 8080), Address("127.0.0.1", 50000))
SECURE = Door(PLAIN.local, PLAIN.remote, Tls("TLSv1.3", "x"))
HOST = "localhost:8080"


def write(site: str | None, origin: str | None, host: str = HOST, target: str = "/a") -> Request:
    lines = [(b"Host", host.encode())]
    lines += [(b"Sec-Fetch-Site", site.encode())] if site is not None else []
    lines += [(b"Origin", origin.encode())] if origin is not None else []
    return Request("PUT", target, Headers(lines))


@pytest.mark.parametrize("request_, door", [
    (write(None, None), PLAIN),
    (write("same-origin", None), PLAIN),
    (write("none", None), PLAIN),
    (write("same-origin", "http://localhost:8080"), PLAIN),
    (write(None, "http://localhost:8080"), PLAIN),
    (write(None, "https://localhost:8080"), SECURE),
    (write(None, "http://localhost:8080", "LocalHost:8080"), PLAIN),
    (write(None, "http://[::1]:8080", "[::1]:8080"), PLAIN),
    (write(None, "http://example.test", "example.test"), PLAIN),
    (write(None, "http://other:1", HOST, "http://other:1/a"), PLAIN),
])  # fmt: skip
def test_our_own_pages_and_programs_may_write(request_: Request, door: Door) -> None:
    check_origin(request_, door)


@pytest.mark.parametrize("request_, door", [
    (write("cross-site", None), PLAIN),
    (write("same-site", None), PLAIN),
    (write("same-site", "http://localhost:8080"), PLAIN),
    (write("", None), PLAIN),
    (write("Same-Origin", None), PLAIN),
    (write("same-origin, cross-site", None), PLAIN),
    (write("unheard-of", None), PLAIN),
    (write("same-origin", "http://evil.example"), PLAIN),
    (write("same-origin", "null"), PLAIN),
    (write(None, "null"), PLAIN),
    (write(None, ""), PLAIN),
    (write(None, "http://evil.example"), PLAIN),
    (write(None, "http://localhost"), PLAIN),
    (write(None, "http://localhost:80801"), PLAIN),
    (write(None, "http://localhost:8080/"), PLAIN),
    (write(None, "http://localhost:8080.evil.example"), PLAIN),
    (write(None, "https://localhost:8080"), PLAIN),
    (write(None, "http://localhost:8080"), SECURE),
    (write(None, "http://localhost:8080, http://localhost:8080"), PLAIN),
    (write(None, HOST), PLAIN),
    (write(None, "http://localhost:8080", HOST, "http://other:1/a"), PLAIN),
    (write(None, "file://"), PLAIN),
    (write(None, "chrome-extension://abc"), PLAIN),
])  # fmt: skip
def test_no_other_page_may(request_: Request, door: Door) -> None:
    with pytest.raises(RemoteError) as caught:
        check_origin(request_, door)
    assert caught.value.status == 403


@pytest.mark.parametrize("site, origin", [("cross-site", None), ("same-origin", "http://evil.example")])
def test_of_several_lines_all_have_to_be_ours(site: str, origin: str | None) -> None:
    request = write(site, origin)
    ours = [(b"Sec-Fetch-Site", b"same-origin"), (b"Origin", b"http://localhost:8080")]
    for lines in ((*ours, *request.headers.lines), (*request.headers.lines, *ours)):
        with pytest.raises(RemoteError):
            check_origin(Request("PUT", "/a", Headers(lines)), PLAIN)
