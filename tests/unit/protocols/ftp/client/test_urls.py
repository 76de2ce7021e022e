"""URLs of FTP: taken apart, and refused where they could break out of a line."""

from __future__ import annotations

import pytest

from portside.errors import UsageError
from portside.protocols.ftp.client.urls import FtpUrl, is_ftp, parse_ftp_url

CASES: list[tuple[str, FtpUrl]] = [
    ("ftp://h", FtpUrl("ftp", "h", 21, "", listing=True)),
    ("FTP://H/", FtpUrl("ftp", "h", 21, "", listing=True)),
    ("ftps://h/a", FtpUrl("ftps", "h", 990, "a")),
    ("ftp://h:2121/a/b", FtpUrl("ftp", "h", 2121, "a/b")),
    ("ftp://h/a/", FtpUrl("ftp", "h", 21, "a/", listing=True)),
    ("ftp://h//etc/motd", FtpUrl("ftp", "h", 21, "/etc/motd")),
    ("ftp://h/%2Fetc/motd", FtpUrl("ftp", "h", 21, "/etc/motd")),
    ("ftp://u@h/a", FtpUrl("ftp", "h", 21, "a", user="u")),
    ("ftp://u:p@h/a", FtpUrl("ftp", "h", 21, "a", user="u", password="p")),
    ("ftp://u%40x:p%3A%2F@h/a", FtpUrl("ftp", "h", 21, "a", user="u@x", password="p:/")),
    ("ftp://u:@h/a", FtpUrl("ftp", "h", 21, "a", user="u", password="")),
    ("ftp://[::1]:21/a", FtpUrl("ftp", "::1", 21, "a")),
    ("ftp://h/a%20b", FtpUrl("ftp", "h", 21, "a b")),
    ("ftp://h/a b#c", FtpUrl("ftp", "h", 21, "a b#c")),
    ("ftp://h/%FF", FtpUrl("ftp", "h", 21, "\udcff")),
    ("ftp://h/a;type=i", FtpUrl("ftp", "h", 21, "a")),
    ("ftp://h/a;type=d", FtpUrl("ftp", "h", 21, "a", listing=True)),
    ("ftp://h/*.txt", FtpUrl("ftp", "h", 21, "*.txt", pattern="*.txt")),
    ("ftp://h/a?", FtpUrl("ftp", "h", 21, "a?", pattern="a?")),
    ("ftp://h/%2A/*", FtpUrl("ftp", "h", 21, "*/*", pattern="[*]/*")),
    ("ftp://h/%5Ba%5D*", FtpUrl("ftp", "h", 21, "[a]*", pattern="[[]a]*")),
    ("ftp://h/%2A", FtpUrl("ftp", "h", 21, "*")),
]


@pytest.mark.parametrize(("text", "url"), CASES, ids=[text for text, _ in CASES])
def test_a_url_is_taken_apart(text: str, url: FtpUrl) -> None:
    assert parse_ftp_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "http://h/", "ftp:/h/", "ftp://", "ftp:///a", "ftp://h:0/", "ftp://h:65536/", "ftp://h:x/", "ftp://a:b:c/",
        "ftp://h/a%0D%0ADELE%20b", "ftp://h/%00", "ftp://u%0A:p@h/", "ftp://u:p%0D@h/", "ftp://h/a;type=a",
        "ftp://h%2F/", "ftp://" + "h" * 70_000,
    ],
)  # fmt: skip
def test_what_is_no_url_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_ftp_url(text)
    assert "\n" not in str(caught.value)


def test_a_password_is_never_shown() -> None:
    url = parse_ftp_url("ftp://me:hunter2@h/a")
    assert "hunter2" not in str(url) + repr(url)
    with pytest.raises(UsageError) as caught:
        parse_ftp_url("ftp://me:hunter2@h:x/")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "is_one"), [("ftp://a", True), ("FTPS://a", True), ("http://a", False), ("a", False), ("ftp.a.org", False)]
)
def test_which_urls_are_of_ftp(text: str, is_one: bool) -> None:
    assert is_ftp(text) is is_one


def test_what_connections_share_and_what_a_file_is_called() -> None:
    url = parse_ftp_url("ftp://u@h/a/b.txt")
    assert (url.site, url.name, str(url.address)) == (("ftp", "h", 21, "u"), "b.txt", "h:21")
    assert str(parse_ftp_url("ftps://[::1]:3/a b%FF")) == "ftps://[::1]:3/a b%FF"
