"""Cookies (RFC 6265)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portside.errors import LocalError
from portside.protocols.http.syntax.cookies import (
    LONGEST_LIFE,
    MAX_COOKIES,
    MAX_FIELD,
    MAX_PER_DOMAIN,
    MAX_SIZE,
    Jar,
    Origin,
    SetCookie,
    accept_cookie,
    default_path,
    domain_matches,
    is_loopback,
    parse_cookie_date,
    parse_cookies,
    parse_set_cookie,
    path_matches,
    serialise_cookies,
)
from portside.protocols.http.syntax.dates import serialise_date

steady = settings(derandomize=True, max_examples=300, deadline=None)
NOW = 1_700_000_000.0
HERE = Origin("www.example.com", "/a/b", secure=True)


def kept(origin: Origin, *values: bytes, now: float = NOW) -> Jar:
    jar = Jar()
    jar.store(origin, values, now)
    return jar


@pytest.mark.parametrize("value, said", [
    (b"a=1", SetCookie(b"a", b"1")),
    (b" a = 1 2 ; Secure;HttpOnly", SetCookie(b"a", b"1 2", secure=True, http_only=True)),
    (b"a=", SetCookie(b"a", b"")),
    (b'a="1"', SetCookie(b"a", b'"1"')),
    (b"a=b=c", SetCookie(b"a", b"b=c")),
    (b"a=1; Domain=.Example.COM; Path=/x", SetCookie(b"a", b"1", domain="example.com", path="/x")),
    (b"a=1; path=x", SetCookie(b"a", b"1")),
    (b"a=1; path=/x; path=/y", SetCookie(b"a", b"1", path="/y")),
    (b"a=1; Max-Age=60", SetCookie(b"a", b"1", max_age=60)),
    (b"a=1; max-age=-5", SetCookie(b"a", b"1", max_age=-1)),
    (b"a=1; max-age=" + b"9" * 1000, SetCookie(b"a", b"1", max_age=9999999999)),
    (b"a=1; max-age=+5", SetCookie(b"a", b"1")),
    (b"a=1; max-age=1_0", SetCookie(b"a", b"1")),
    (b"a=1; SameSite=Lax; Unknown=x;;", SetCookie(b"a", b"1", same_site="lax")),
    (b"a=1; Expires=Thu, 01 Jan 1970 00:00:10 GMT", SetCookie(b"a", b"1", expires=10.0)),
    (b"a=1; expires=tomorrow", SetCookie(b"a", b"1")),
    (b"a=1; path=/" + b"x" * 2000, SetCookie(b"a", b"1")),
])  # fmt: skip
def test_a_set_cookie_field_is_read(value: bytes, said: SetCookie) -> None:
    assert parse_set_cookie(value) == said


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"a",
        b"=1",
        b" =1",
        b";a=1",
        b"a\0=1",
        b"a=1\r\nX: y",
        b"a=1; path=/\x01",
        b"a=\x7f",
        b"a=" + b"x" * MAX_SIZE,
    ],
)
def test_what_is_no_cookie_is_dropped(value: bytes) -> None:
    assert parse_set_cookie(value) is None


@pytest.mark.parametrize("value, seconds", [
    (b"Sun, 06 Nov 1994 08:49:37 GMT", 784111777.0),
    (b"Sun, 06-Nov-1994 08:49:37 GMT", 784111777.0),
    (b"Sunday, 06-Nov-94 08:49:37 GMT", 784111777.0),
    (b"Sun Nov  6 08:49:37 1994", 784111777.0),
    (b"1994 6 November 8:49:37", 784111777.0),
    (b"6 November 1994 8:49:37", 784111777.0),
    (b"06 nov 1994 08:49:37x", 784111777.0),
    (b"01 Jan 70 00:00:00", 0.0),
    (b"01 Jan 00 00:00:00", 946684800.0),
    (b"01 Jan 1600 00:00:00", None),
    (b"31 Feb 2020 00:00:00", None),
    (b"01 Jan 2020 24:00:00", None),
    (b"01 Jan 2020 00:60:00", None),
    (b"01 Jan 2020", None),
    (b"00:00:00 01 2020", None),
    (b"", None),
    (b"0", None),
])  # fmt: skip
def test_an_expiry_date_is_read_kindly(value: bytes, seconds: float | None) -> None:
    assert parse_cookie_date(value) == seconds


@pytest.mark.parametrize("host, domain, matches", [
    ("example.com", "example.com", True), ("www.example.com", "example.com", True), ("a.b.example.com",
    "example.com", True),
    ("example.com", "www.example.com", False), ("badexample.com", "example.com", False), ("1.2.3.4", "3.4", False),
    ("1.2.3.4", "1.2.3.4", True), ("::1", "1", False), ("com", "example.com", False),
])  # fmt: skip
def test_a_host_matches_a_domain_at_a_label_only(host: str, domain: str, matches: bool) -> None:
    assert domain_matches(host, domain) is matches


@pytest.mark.parametrize("path, cookie_path, matches", [
    ("/", "/", True), ("/a", "/", True), ("/a/b", "/a", True), ("/a/b", "/a/", True), ("/a", "/a", True), ("/ab",
    "/a", False),
    ("/a", "/a/", False), ("/b", "/a", False), ("/", "/a", False),
])  # fmt: skip
def test_a_path_matches_at_a_slash_only(path: str, cookie_path: str, matches: bool) -> None:
    assert path_matches(path, cookie_path) is matches


@pytest.mark.parametrize(
    "path, folder", [("/", "/"), ("", "/"), ("/a", "/"), ("/a/", "/a"), ("/a/b", "/a"), ("x/y", "/"), ("*", "/")]
)
def test_without_a_path_the_folder_counts(path: str, folder: str) -> None:
    assert default_path(path) == folder


@pytest.mark.parametrize(
    "host, is_it",
    [
        ("localhost", True),
        ("a.localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("127.0.0.1.evil.example", False),
        ("127.evil.example", False),
        ("localhost.evil.example", False),
        ("notlocalhost", False),
        ("1.27.0.1", False),
    ],
)
def test_loopback_is_told_by_its_name(host: str, is_it: bool) -> None:
    assert is_loopback(host) is is_it


@pytest.mark.parametrize("host, value, goes_to, stays_from", [
    ("www.example.com", b"a=1", ["www.example.com"], ["example.com", "x.www.example.com", "evil.com"]),
    ("www.example.com", b"a=1; Domain=example.com", ["example.com", "x.example.com"], ["badexample.com", "com"]),
    ("localhost", b"a=1", ["localhost"], ["a.localhost"]),
    ("localhost", b"a=1; Domain=localhost", ["localhost"], ["a.localhost"]),
    ("127.0.0.1", b"a=1; Domain=127.0.0.1", ["127.0.0.1"], ["127.0.0.2", "1.127.0.0.1"]),
    ("::1", b"a=1", ["::1"], ["::2"]),
    ("nas", b"a=1; Domain=nas", ["nas"], ["x.nas"]),
])  # fmt: skip
def test_a_cookie_goes_back_where_it_may(host: str, value: bytes, goes_to: list[str], stays_from: list[str]) -> None:
    jar = kept(Origin(host), value)
    assert {name: jar.matching(Origin(name), NOW) for name in goes_to} == dict.fromkeys(goes_to, b"a=1")
    assert {name: jar.matching(Origin(name), NOW) for name in stays_from} == dict.fromkeys(stays_from)


@pytest.mark.parametrize("host, value", [
    ("www.example.com", b"a=1; Domain=com"), ("www.example.com", b"a=1; Domain=.com"), ("a.localhost",
    b"a=1; Domain=localhost"),
    ("www.example.com", b"a=1; Domain=other.com"), ("example.com", b"a=1; Domain=www.example.com"),
    ("127.0.0.1", b"a=1; Domain=0.0.1"), ("www.example.com", b"a=1; Domain=example.com."),
    ("www.example.com", b"a=1; Domain=..example.com"), ("badexample.com", b"a=1; Domain=example.com"),
    ("example.com", b"a=1; Domain=\xe9xample.com"), ("www.example.com", b"a=1; Domain=example.com/"),
])  # fmt: skip
def test_nobody_sets_a_cookie_for_others(host: str, value: bytes) -> None:
    assert len(kept(Origin(host, secure=True), value)) == 0


@pytest.mark.parametrize("origin, value, holds", [
    (Origin("h.example", secure=True), b"a=1; Secure", True),
    (Origin("h.example"), b"a=1; Secure", False),
    (Origin("localhost"), b"a=1; Secure", True),
    (Origin("h.example", secure=True), b"__Secure-a=1; Secure", True),
    (Origin("h.example", secure=True), b"__Secure-a=1", False),
    (Origin("h.example"), b"__secure-a=1; Secure", False),
    (Origin("h.example", secure=True), b"__Host-a=1; Secure; Path=/", True),
    (Origin("h.example", secure=True), b"__Host-a=1; Secure", False),
    (Origin("h.example", secure=True), b"__Host-a=1; Path=/", False),
    (Origin("h.example", secure=True), b"__HOST-a=1; Secure; Path=/; Domain=h.example", False),
    (Origin("h.example"), b"__Host-a=1; Secure; Path=/", False),
])  # fmt: skip
def test_secure_cookies_come_over_a_trusted_way_only(origin: Origin, value: bytes, holds: bool) -> None:
    assert (len(kept(origin, value)) == 1) is holds


def test_a_secure_cookie_is_not_sent_in_the_clear() -> None:
    jar = kept(HERE, b"a=1; Secure; Path=/", b"b=2; Path=/")
    assert jar.matching(Origin("www.example.com"), NOW) == b"b=2"
    assert jar.matching(HERE, NOW) == b"a=1; b=2"


def test_a_bare_connection_does_not_hide_a_secure_cookie() -> None:
    jar = kept(HERE, b"a=1; Secure; Path=/; Domain=example.com")
    bare = Origin("www.example.com", "/a/b")
    jar.store(bare, [b"a=evil", b"a=evil; Path=/", b"a=evil; Domain=example.com", b"b=fine; Path=/"], NOW + 1)
    assert jar.matching(HERE, NOW + 1) == b"a=1; b=fine"


def test_longer_paths_come_first_then_older_cookies() -> None:
    jar = Jar()
    jar.store(HERE, [b"a=1; Path=/"], NOW)
    jar.store(HERE, [b"b=2; Path=/a/b"], NOW + 1)
    jar.store(HERE, [b"c=3; Path=/"], NOW + 2)
    jar.store(HERE, [b"a=4; Path=/"], NOW + 3)
    assert jar.matching(HERE, NOW + 4) == b"b=2; a=4; c=3"
    assert jar.matching(Origin(HERE.host, "/c", True), NOW + 4) == b"a=4; c=3"
    assert len(jar) == 3


def test_a_cookie_ends_with_its_time() -> None:
    jar = kept(HERE, b"a=1; Max-Age=10", b"b=2; Expires=" + serialise_date(NOW + 20), b"c=3",
               b"d=4; Max-Age=5; Expires=" + serialise_date(NOW + 100))  # fmt: skip
    assert jar.matching(HERE, NOW) == b"a=1; b=2; c=3; d=4"
    assert jar.matching(HERE, NOW + 5) == b"a=1; b=2; c=3"
    assert jar.matching(HERE, NOW + 10) == b"b=2; c=3"
    assert jar.matching(HERE, NOW + LONGEST_LIFE * 2) == b"c=3"


@pytest.mark.parametrize("value", [b"a=; Max-Age=0", b"a=; Max-Age=-1", b"a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"])
def test_an_expired_cookie_deletes_the_one_before(value: bytes) -> None:
    jar = kept(HERE, b"a=1", value)
    assert jar.matching(HERE, NOW) is None
    assert len(jar) == 0


def test_nothing_lives_longer_than_the_longest_life() -> None:
    jar = kept(HERE, b"a=1; Max-Age=9999999999")
    assert jar.matching(HERE, NOW + LONGEST_LIFE - 1) == b"a=1"
    assert jar.matching(HERE, NOW + LONGEST_LIFE) is None


def test_a_domain_keeps_its_newest_cookies() -> None:
    jar = kept(HERE, *(b"c%d=%d" % (n, n) for n in range(MAX_PER_DOMAIN + 10)))
    assert len(jar) == MAX_PER_DOMAIN
    sent = parse_cookies(jar.matching(HERE, NOW) or b"")
    assert sent[0] == (b"c10", b"10")


def test_expired_cookies_make_room_first() -> None:
    jar = kept(HERE, b"keep=1", b"short=1; Max-Age=1", *(b"c%d=1" % n for n in range(MAX_PER_DOMAIN - 2)))
    jar.store(HERE, [b"new=1"], NOW + 2)
    names = [name for name, _ in parse_cookies(jar.matching(HERE, NOW + 2) or b"")]
    assert {b"keep", b"new"} <= set(names)
    assert len(jar) == MAX_PER_DOMAIN


def test_the_jar_is_bounded_over_all_domains() -> None:
    jar = Jar()
    for n in range(MAX_COOKIES + 5):
        jar.store(Origin(f"h{n}.example"), [b"a=1"], NOW + n)
    assert len(jar) == MAX_COOKIES
    assert jar.matching(Origin("h4.example"), NOW) is None
    assert jar.matching(Origin("h5.example"), NOW) == b"a=1"


def test_a_field_does_not_outgrow_what_servers_take() -> None:
    jar = kept(HERE, *(b"c%d=%s" % (n, b"x" * 1000) for n in range(20)))
    field = jar.matching(HERE, NOW) or b""
    assert MAX_FIELD - 1100 < len(field) <= MAX_FIELD


@pytest.mark.parametrize("value, pairs", [
    (b"", []), (b"a=1", [(b"a", b"1")]), (b"a=1; b=2;c = 3 ", [(b"a", b"1"), (b"b", b"2"), (b"c", b"3")]),
    (b"a; =1; ; b=", [(b"b", b"")]), (b"a=1; a=2", [(b"a", b"1"), (b"a", b"2")]), (b"a=b=c", [(b"a", b"b=c")]),
])  # fmt: skip
def test_a_cookie_field_is_read(value: bytes, pairs: list[tuple[bytes, bytes]]) -> None:
    assert parse_cookies(value) == pairs


@pytest.mark.parametrize(
    "name, value", [(b"", b"1"), (b"a=b", b"1"), (b"a", b"1;b=2"), (b"a", b"\r\n"), (b"a\n", b"1")]
)
def test_what_would_break_the_field_is_not_written(name: bytes, value: bytes) -> None:
    with pytest.raises(LocalError):
        serialise_cookies([(name, value)])


names = st.lists(st.sampled_from(b"abz09_-.!#$"), min_size=1, max_size=8).map(bytes)
values = st.lists(st.sampled_from(b'abz09_-.!#$=" \xe4'), max_size=8).map(bytes).map(lambda text: text.strip())


@steady
@given(st.lists(st.tuples(names, values), max_size=6))
def test_cookies_come_back(pairs: list[tuple[bytes, bytes]]) -> None:
    assert parse_cookies(serialise_cookies(pairs)) == pairs


hooks = st.sampled_from([b"a", b"=", b"; ", b";", b"Domain=", b"example.com", b".", b"Path=", b"/", b"Max-Age=", b"-",
                         b"9", b"Expires=", b"06 Nov 2030 08:49:37", b"Secure", b"__Host-", b"\0"])  # fmt: skip
origins = st.builds(
    Origin,
    st.sampled_from(["example.com", "www.example.com", "com", "localhost", "1.2.3.4", "::1", ""]),
    st.sampled_from(["/", "", "/a/b", "*"]),
    st.booleans(),
)


@steady
@given(origins, origins, st.lists(st.lists(hooks).map(b"".join) | st.binary(), max_size=4))
def test_nothing_that_comes_in_raises(one: Origin, other: Origin, lines: list[bytes]) -> None:
    jar = kept(one, *lines)
    for origin in (one, other):
        field = jar.matching(origin, NOW)
        assert field is None or parse_cookies(field)
        assert field is None or b"\0" not in field


@steady
@given(origins, st.lists(hooks).map(b"".join))
def test_a_cookie_is_taken_for_the_host_itself_or_a_domain_above_it(origin: Origin, line: bytes) -> None:
    said = parse_set_cookie(b"a=1; " + line)
    cookie = accept_cookie(said, origin, NOW) if said else None
    if cookie:
        assert domain_matches(origin.host, cookie.domain)
        assert "." in cookie.domain or cookie.domain == origin.host
        assert cookie.path.startswith("/")
