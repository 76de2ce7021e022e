"""URLs as people write them, and as hostile servers do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import UsageError
from portside.protocols.http.client.urls import join_url, parse_url

GOOD = [
    ("http://a/", "http://a/", "a", 80, "/"),
    ("http://a", "http://a/", "a", 80, "/"),
    ("a", "http://a/", "a", 80, "/"),
    ("a:8080", "http://a:8080/", "a", 8080, "/"),
    ("localhost:8080/x", "http://localhost:8080/x", "localhost", 8080, "/x"),
    ("127.0.0.1:80/x", "http://127.0.0.1/x", "127.0.0.1", 80, "/x"),
    ("//a/b", "http://a/b", "a", 80, "/b"),
    ("HTTPS://Example.COM/", "https://example.com/", "example.com", 443, "/"),
    ("https://a:443/", "https://a/", "a", 443, "/"),
    ("https://a:80/", "https://a:80/", "a", 80, "/"),
    ("http://a:/", "http://a/", "a", 80, "/"),
    ("http://[::1]:81/x", "http://[::1]:81/x", "::1", 81, "/x"),
    ("http://[FE80::1%25eth0]/", "http://[fe80::1]/", "fe80::1%eth0", 80, "/"),
    ("http://a?x=1", "http://a/?x=1", "a", 80, "/?x=1"),
    ("http://a/#part", "http://a/", "a", 80, "/"),
    ("http://a/a b", "http://a/a%20b", "a", 80, "/a%20b"),
    ("http://a/é", "http://a/%C3%A9", "a", 80, "/%C3%A9"),
    ("http://a/?q=a b&c='d'", "http://a/?q=a%20b&c=%27d%27", "a", 80, "/?q=a%20b&c=%27d%27"),
    ("http://a/%7Ex/%2e", "http://a/%7Ex/%2e", "a", 80, "/%7Ex/%2e"),
    ("http://a/100%", "http://a/100%", "a", 80, "/100%"),
    ('http://a/<">', "http://a/%3C%22%3E", "a", 80, "/%3C%22%3E"),
    ("http://a/b/../c/./d", "http://a/c/d", "a", 80, "/c/d"),
    ("http://a/../../x", "http://a/x", "a", 80, "/x"),
    ("http://a/b/..", "http://a/", "a", 80, "/"),
    ("http://a/b/.", "http://a/b/", "a", 80, "/b/"),
    ("http://bücher.example/", "http://xn--bcher-kva.example/", "xn--bcher-kva.example", 80, "/"),
    ("http://a_b.test/", "http://a_b.test/", "a_b.test", 80, "/"),
    (" http://a/ ", "http://a/", "a", 80, "/"),
    ("http://u:p@a/", "http://a/", "a", 80, "/"),
    ("http://a/x:y@z", "http://a/x:y@z", "a", 80, "/x:y@z"),
]


@pytest.mark.parametrize(("text", "shown", "host", "port", "target"), GOOD)
def test_what_people_write_is_read_as_browsers_do(text: str, shown: str, host: str, port: int, target: str) -> None:
    url = parse_url(text)
    assert (str(url), url.host, url.port, url.target) == (shown, host, port, target)


BAD = [
    "", "http://", "http:///x", "http://a b/", "http://a:x/", "http://a:0/", "http://a:65536/", "http://a:999999/",
    "http://[::1", "http://::1/", "http://[x]/", "http://a\r\nX: y/", "http://a/\r\nX: y", "http://a/\x00", "http://a\t/",
    "http://a/\x7f", "http://-/", "http://a..b/", "http://.a/", "http://a\\b/", "http://a%2fb/", "http://" + "a" * 300,
    "http://a/" + "x" * 70_000, "ftp://a/", "magnet:?xt=urn", "file:///etc/passwd", "javascript:alert(1)", "data:,x",
    "http://[fe80::1%25e th]/", "http://a@/", "http://a,b/", "http://a\ud800/",
]  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_url_of_the_web_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_url(text)


def test_a_user_and_password_are_kept_apart_and_never_shown() -> None:
    url = parse_url("http://me%40home:p%3Aw%C3%A9@a/")
    assert (url.user, url.password) == ("me@home", "p:wé")
    assert "p:w" not in repr(url) + str(url)


def test_an_error_shows_no_password() -> None:
    with pytest.raises(UsageError) as caught:
        parse_url("http://me:secret@a b/")
    assert "secret" not in str(caught.value)


# RFC 3986 §5.4, as far as http has them
JOINS = [
    ("g", "/b/c/g"), ("./g", "/b/c/g"), ("g/", "/b/c/g/"), ("/g", "/g"), ("?y", "/b/c/d;p?y"), ("g?y", "/b/c/g?y"),
    ("#s", "/b/c/d;p?q"), (";x", "/b/c/;x"), ("", "/b/c/d;p?q"), (".", "/b/c/"), ("./", "/b/c/"), ("..", "/b/"),
    ("../g", "/b/g"), ("../..", "/"), ("../../g", "/g"), ("../../../g", "/g"), ("/./g", "/g"), ("/../g", "/g"),
    ("g.", "/b/c/g."), ("..g", "/b/c/..g"), ("./../g", "/b/g"), ("g/../h", "/b/c/h"), ("g;x=1/../y", "/b/c/y"),
]  # fmt: skip


@pytest.mark.parametrize(("reference", "target"), JOINS)
def test_a_relative_reference_is_joined(reference: str, target: str) -> None:
    url = join_url(parse_url("http://a:81/b/c/d;p?q"), reference)
    assert (url.host, url.port, url.target) == ("a", 81, target)


def test_other_hosts_are_joined() -> None:
    base = parse_url("https://a/b")
    assert str(join_url(base, "//g/x")) == "https://g/x"
    assert str(join_url(base, "http://g:8/x")) == "http://g:8/x"


def test_a_fragment_is_kept_where_the_reference_has_none() -> None:
    base = parse_url("http://a/b#part")
    assert join_url(base, "c").fragment == "part"
    assert join_url(base, "c#other").fragment == "other"
    assert join_url(base, "c#").fragment == ""


@pytest.mark.parametrize("reference", ["ftp://a/", "http://", "/\r\nX: y", "http://a:99999/", "mailto:x"])
def test_a_reference_to_nowhere_is_refused(reference: str) -> None:
    with pytest.raises(UsageError):
        join_url(parse_url("http://a/"), reference)


@given(st.text(max_size=40))
def test_whatever_is_given_a_target_never_breaks_out_of_its_line(text: str) -> None:
    try:
        url = parse_url("http://a/" + text)
    except UsageError:
        return
    assert url.target.startswith("/")
    assert url.target.isascii() and url.target.isprintable() and " " not in url.target
    assert parse_url(str(url)).target == url.target
