"""Which bytes of a line are credentials: what is shown of a part is what is shown of the whole."""

from __future__ import annotations

import pytest

from portside.protocols.http.explain.credentials import (
    hide_line,
    hide_parameter,
    hide_target,
    holds_secret,
    names_secret,
    suspect,
    suspect_fields,
)

LINES = [
    (b"Authorization: Basic abc\r\n", b"Authorization: Basic ***\r\n"),
    (b"Authorization: Unheard of\r\n", b"Authorization: **********\r\n"),
    (b"Cookie: a\rb\r\n", b"Cookie: *\r*\r\n"),
    (b"Set-Cookie: a=b; HttpOnly\r\n", b"Set-Cookie: ***; HttpOnly\r\n"),
    (b"GET /?a=1&token=2 HTTP/1.1\r\n", b"GET /?a=1&token=* HTTP/1.1\r\n"),
    (b"Location: /cb#access_token=ab&state=1\r\n", b"Location: /cb#access_token=**&state=1\r\n"),
    (b"Referer: http://a:8080/?code=ab\r\n", b"Referer: http://a:8080/?code=**\r\n"),
    (b"GET /?X-Goog-Signature=ab&sig=c HTTP/1.1\r\n", b"GET /?X-Goog-Signature=**&sig=* HTTP/1.1\r\n"),
    (b"X-Session-Id: ab\r\n", b"X-Session-Id: **\r\n"),
    (b"X-Auth-User-Secret: ab\r\n", b"X-Auth-User-Secret: **\r\n"),
    (b"X-Forwarded-Access-Token: ab\r\n", b"X-Forwarded-Access-Token: **\r\n"),
    (b"Authentication-Info: rspauth=1\r\n", b"Authentication-Info: *********\r\n"),
    (b"Sec-WebSocket-Protocol: chat, bearer, eyJ.x\r\n", b"Sec-WebSocket-Protocol: chat, b*****, e****\r\n"),
    (b"Host: a\r\n", b"Host: a\r\n"),
    (b"Sec-WebSocket-Protocol: chat, superchat\r\n", b"Sec-WebSocket-Protocol: chat, superchat\r\n"),
    (b"Sec-WebSocket-Key: dGhl\r\n", b"Sec-WebSocket-Key: dGhl\r\n"),
    (b"Referer: http://[::1]:8080/a@b\r\n", b"Referer: http://[::1]:8080/a@b\r\n"),
    (b"GET /?monkey=1&barcode=2 HTTP/1.1\r\n", b"GET /?monkey=1&barcode=2 HTTP/1.1\r\n"),
]  # fmt: skip
URLS = [
    (b"GET http://user:SECRET@host/ HTTP/1.1\r\n", b"GET http://***********@host/ HTTP/1.1\r\n"),
    (b"Location: https://SECRET@host:8443/\r\n", b"Location: https://******@host:8443/\r\n"),
    (b"Referer: http://me:12SECRET@[::1]:80/\r\n", b"Referer: http://***********@[::1]:80/\r\n"),
]


@pytest.mark.parametrize(("line", "shown"), LINES + URLS)
def test_lines(line: bytes, shown: bytes) -> None:
    assert hide_line(line) == shown
    assert holds_secret(line) is (line != shown)
    assert suspect(b"GET / HTTP/1.1\r\n" + line) is suspect_fields(line)
    assert suspect_fields(line) or line == shown


@pytest.mark.parametrize(("line", "shown"), LINES)
def test_what_is_shown_of_a_part_stays_what_it_is(line: bytes, shown: bytes) -> None:
    for size in range(len(line)):
        assert hide_line(line[:size]) == shown[:size]


@pytest.mark.parametrize("line", [b"Referer: http://user:SECRET@host/", b"Location: ftp://me:9SECRET@[::1]/"])
def test_a_password_in_a_url_is_hidden_before_its_end_is_seen(line: bytes) -> None:
    shown = bytes(hide_line(line[: size + 1])[size] for size in range(len(line)))
    assert not set(b"SECRET") & set(shown[line.index(b"SECRET") : line.index(b"@")])


def test_a_target_may_be_a_whole_url() -> None:
    assert hide_target(b"http://a:b@c/?sid=d#jwt=e") == b"http://***@c/?sid=*#jwt=*"


def test_parameters_of_a_form() -> None:
    assert hide_parameter(b"password=abc&") == b"password=***&"
    assert hide_parameter(b"user=abc") == b"user=abc"


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        (b'Content-Disposition: form-data; name="password"\r\n', True),
        (b"content-disposition:form-data;name=token; filename=a\r\n", True),
        (b'Content-Disposition: form-data; name="user"\r\n', False),
        (b"Content-Type: password\r\n", False),
    ],
)
def test_names_of_parts(line: bytes, secret: bool) -> None:
    assert names_secret(line) is secret
