"""URLs of mail's servers."""

from __future__ import annotations

import pytest

from portside.errors import UsageError
from portside.interfaces import Address
from portside.protocols.smtp.client.urls import SmtpUrl, is_smtp, parse_smtp_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("smtp://mail.example.com", SmtpUrl("smtp", "mail.example.com", 25)),
        ("SMTP://Mail.Example.Com/", SmtpUrl("smtp", "mail.example.com", 25)),
        ("smtps://mail.example.com", SmtpUrl("smtps", "mail.example.com", 465)),
        ("lmtp://localhost", SmtpUrl("lmtp", "localhost", 24)),
        ("smtp://127.0.0.1:2525", SmtpUrl("smtp", "127.0.0.1", 2525)),
        ("smtp://[::1]:2525/", SmtpUrl("smtp", "::1", 2525)),
        ("smtp://ann:se%3Acret@x:587", SmtpUrl("smtp", "x", 587, user="ann", password="se:cret")),
        ("smtp://ann%40example.com@x", SmtpUrl("smtp", "x", 25, user="ann@example.com")),
        ("lmtp://unix:/run/lmtp.sock", SmtpUrl("lmtp", "", 0, "/run/lmtp.sock")),
        ("smtp://unix:/run/lmtp.sock:/", SmtpUrl("smtp", "", 0, "/run/lmtp.sock")),
    ],
)
def test_a_url_says_where_a_server_is(text: str, url: SmtpUrl) -> None:
    assert parse_smtp_url(text) == url and is_smtp(text)
    assert parse_smtp_url(str(url)).address == url.address


@pytest.mark.parametrize(
    "text",
    ["", "http://x", "smtp://", "smtp:///x", "smtp://x:0", "smtp://x:65536", "smtp://x:٢٥", "smtp://x/box",
     "smtp://a b", "smtp://x%0D%0AQUIT", "smtp://ann:%00@x", "smtp://x:1:2", "smtp://" + "x" * 70_000,
     "mail.example.com"],
)  # fmt: skip
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_smtp_url(text)
    assert "\r" not in str(caught.value)


def test_a_password_is_never_shown() -> None:
    url = parse_smtp_url("smtp://ann:hidden@mail.example.com")
    assert "hidden" not in repr(url) + str(url)
    with pytest.raises(UsageError) as caught:
        parse_smtp_url("smtp://ann:hidden@x/y/z")
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "near"),
    [("smtp://localhost", True), ("smtp://127.8.8.8", True), ("smtp://[::1]", True), ("lmtp://unix:/x", True),
     ("smtp://localhost.example.com", False), ("smtp://192.0.2.1", False)],
)  # fmt: skip
def test_what_never_leaves_this_machine_is_near(text: str, near: bool) -> None:
    assert parse_smtp_url(text).near is near


def test_a_socket_has_a_path_alone() -> None:
    assert parse_smtp_url("lmtp://unix:/run/x").address == Address("", 0, "/run/x")
