"""Request targets and authorities (RFC 9112 §3.2); what climbs is in ``test_targets_climbing``."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portside.errors import RemoteError
from portside.protocols.http.syntax.targets import (
    Authority,
    Form,
    Target,
    parse_authority,
    parse_target,
    serialise_authority,
    serialise_target,
)

steady = settings(derandomize=True, max_examples=300, deadline=None)
HERE = Authority("h")


@pytest.mark.parametrize("method, text, target", [
    ("GET", "/", Target(Form.ORIGIN, "/")),
    ("GET", "/a/b?c=d", Target(Form.ORIGIN, "/a/b", "c=d")),
    ("GET", "/?", Target(Form.ORIGIN, "/", "")),
    ("GET", "/a?b?c\\d", Target(Form.ORIGIN, "/a", "b?c\\d")),
    ("GET", '/with_"quotes"|[x]{y}^`<>', Target(Form.ORIGIN, '/with_"quotes"|[x]{y}^`<>')),
    ("GET", "//h/x", Target(Form.ORIGIN, "//h/x")),
    ("OPTIONS", "*", Target(Form.ASTERISK, "*")),
    ("OPTIONS", "/a", Target(Form.ORIGIN, "/a")),
    ("GET", "http://h/", Target(Form.ABSOLUTE, "/", None, "http", HERE)),
    ("GET", "HTTP://H/", Target(Form.ABSOLUTE, "/", None, "http", HERE)),
    ("GET", "https://h:8443/a?b", Target(Form.ABSOLUTE, "/a", "b", "https", Authority("h", 8443))),
    ("GET", "http://h", Target(Form.ABSOLUTE, "/", None, "http", HERE)),
    ("GET", "http://h?x", Target(Form.ABSOLUTE, "/", "x", "http", HERE)),
    ("GET", "http://[::1]:80/", Target(Form.ABSOLUTE, "/", None, "http", Authority("::1", 80))),
    ("OPTIONS", "http://h", Target(Form.ABSOLUTE, "*", None, "http", HERE)),
    ("OPTIONS", "http://h/", Target(Form.ABSOLUTE, "/", None, "http", HERE)),
    ("CONNECT", "h:443", Target(Form.AUTHORITY, "", authority=Authority("h", 443))),
    ("CONNECT", "[2001:db8::1]:443", Target(Form.AUTHORITY, "", authority=Authority("2001:db8::1", 443))),
])  # fmt: skip
def test_the_four_forms_are_told_apart(method: str, text: str, target: Target) -> None:
    assert parse_target(text, method) == target


@pytest.mark.parametrize("method, text", [
    ("GET", ""), ("GET", "*"), ("GET", "a"), ("GET", "h:443"), ("GET", "?a"), ("GET", "#a"), ("GET", "\\a"),
    ("GET", "/a b"), ("GET", "/a#b"), ("GET", "/a?b#c"), ("GET", "/a\\b"), ("GET", "/\t"), ("GET", "/a\n"),
    ("GET", "/\x00"), ("GET", "/\x7f"), ("GET", "/ä"), ("GET", "/a?ä"), ("GET", "/a?b c"), ("GET", "/a?b\x00"),
    ("GET", "/\ud800"), ("GET", "**"), ("OPTIONS", "**"), ("OPTIONS", ""), ("OPTIONS", "/*\\"),
    ("GET", "http:/h/"), ("GET", "http:h"), ("GET", "http://"), ("GET", "http:///a"), ("GET", "http://:80/"),
    ("GET", "http://u@h/"), ("GET", "http://u:p@h/"), ("GET", "http://h:0/"), ("GET", "http://h:65536/"),
    ("GET", "http://h:+1/"), ("GET", "http://h:1_0/"), ("GET", "http://h\\@evil/"), ("GET", "http://h/a b"),
    ("GET", "http://h/#f"), ("GET", "ftp://h/"), ("GET", "file:///etc/passwd"), ("GET", "javascript:alert(1)"),
    ("GET", "http://[::1/"), ("GET", "http://::1/"), ("GET", "http://h%2f/"), ("GET", "http://[v1.x]/"),
    ("GET", "http://h /"), ("GET", " http://h/"), ("GET", "http://h/\n"), ("GET", "ws://h/"), ("GET", "https:h/a"),
    ("CONNECT", ""), ("CONNECT", "h"), ("CONNECT", "h:"), ("CONNECT", "/"), ("CONNECT", "*"), ("CONNECT", "h:0"),
    ("CONNECT", "http://h:80"), ("CONNECT", "h:443/"), ("CONNECT", "u@h:443"), ("CONNECT", "h:99999"),
    ("CONNECT", ":443"), ("CONNECT", "h:443 "), ("CONNECT", "h:4 43"), ("CONNECT", "h:٤٤"),
])  # fmt: skip
def test_what_is_no_target_is_refused_with_400(method: str, text: str) -> None:
    with pytest.raises(RemoteError) as caught:
        parse_target(text, method)
    assert caught.value.status == 400


@pytest.mark.parametrize("text, authority", [
    ("h", Authority("h")), ("H.Example", Authority("h.example")), ("h:", Authority("h")), ("h:80", Authority("h", 80)),
    ("127.0.0.1:8080", Authority("127.0.0.1", 8080)), ("[::1]", Authority("::1")), ("[::1]:", Authority("::1")),
    ("localhost.", Authority("localhost.")),
    ("[FE80::1]:1", Authority("fe80::1", 1)), ("[::ffff:127.0.0.1]:65535", Authority("::ffff:127.0.0.1", 65535)),
    ("my_host-1:00080", Authority("my_host-1", 80)), ("xn--bcher-kva.example", Authority("xn--bcher-kva.example")),
])  # fmt: skip
def test_an_authority_is_read(text: str, authority: Authority) -> None:
    assert parse_authority(text) == authority


@pytest.mark.parametrize("text", [
    "", ":", ":80", "a b", "a,b", "a/b", "a\\b", "a@b", "a?b", "a#b", "a%41", "bücher.example", "h:80:80", "h:-1",
    "h:x",
    "h:0", "h:65536", "h:123456", "h:８０", "[", "[]", "[]:80", "[::1", "::1", "[::1]x", "[::1%25eth0]",
    "[::1%eth0]", "[1.2.3.4]", "[:1]", "[1:]", "[:::]", "[1::2::3]", "[12345::]", "[1:2:3:4:5:6:7]", "[g::]",
    "[1:2:3:4:5:6:7:8:9]", "[1:2:3:4:5:6:7:8::]", "[::1.2.3]", "[::256.1.1.1]", "[::01.1.1.1]", "[1.2.3.4::]",
    "[v7.a:b]", "h\n", "h\x00", "a" * 256, "h, g", "(h)", "<script>", "h'",
])  # fmt: skip
def test_what_is_no_authority_is_refused_with_400(text: str) -> None:
    with pytest.raises(RemoteError) as caught:
        parse_authority(text)
    assert caught.value.status == 400


groups = st.lists(st.text("0123456789abcdef", max_size=5), max_size=9).map(":".join)
addresses = groups | st.ip_addresses(v=6).map(str) | st.ip_addresses(v=4).map(lambda ip: f"::{ip}") | st.text("01:.")


@steady
@given(addresses)
def test_an_ipv6_literal_is_one_exactly_where_the_standard_library_says_so(text: str) -> None:
    try:
        ipaddress.IPv6Address(text)
        proper = True
    except ValueError:
        proper = False
    try:
        parse_authority(f"[{text}]")
        taken = True
    except RemoteError:
        taken = False
    assert taken is proper


authorities = st.builds(
    Authority,
    st.text("abz09-._~", min_size=1, max_size=20) | st.ip_addresses(v=6).map(str),
    st.none() | st.integers(1, 65535),
)
paths = st.text('/aZ0%25.;:@"|', max_size=12).map(lambda text: "/" + text)
queries = st.none() | st.text("/a?=&%\\", max_size=8)


@steady
@given(authorities)
def test_an_authority_comes_back(authority: Authority) -> None:
    assert parse_authority(serialise_authority(authority)) == authority


@steady
@given(
    st.builds(Target, st.just(Form.ORIGIN), paths, queries)
    | st.builds(Target, st.just(Form.ABSOLUTE), paths, queries, st.sampled_from(["http", "https"]), authorities)
)
def test_a_target_comes_back(target: Target) -> None:
    assert parse_target(serialise_target(target)) == target


@pytest.mark.parametrize("method, text", [("OPTIONS", "*"), ("OPTIONS", "http://h"), ("CONNECT", "h:443")])
def test_the_rarer_forms_come_back(method: str, text: str) -> None:
    assert serialise_target(parse_target(text, method)) == text


@steady
@given(st.text() | st.text("htp:/@[]?#%\\. *0"), st.sampled_from(["GET", "OPTIONS", "CONNECT"]))
def test_nothing_that_comes_in_raises_anything_but_400(text: str, method: str) -> None:
    try:
        target = parse_target(text, method)
    except RemoteError as error:
        status = error.status
    else:
        status = 400
        assert parse_target(serialise_target(target), method) == target
    assert status == 400
