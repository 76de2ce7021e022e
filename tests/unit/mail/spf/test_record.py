"""SPF records: the grammar of RFC 7208 §12, and each way to break it."""

from __future__ import annotations

import contextlib
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import RemoteError
from portside.mail.spf.record import LONGEST_RECORD, MOST_TERMS, Mechanism, Qualifier, Record, is_record, parse_record


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (b"v=spf1", True), (b"v=spf1 ", True), (b"v=spf1 -all", True), (b"V=SPF1 -all", True), (b"v=spf10", False),
        (b"v=spf1-all", False), (b"v=spf2.0/pra", False), (b" v=spf1", False), (b"", False), (b"v=spf1\t-all", False),
    ],
)  # fmt: skip
def test_a_record_is_known_by_its_version(text: bytes, is_one: bool) -> None:
    assert is_record(text) is is_one


@pytest.mark.parametrize(
    ("term", "mechanism"),
    [
        ("all", Mechanism("all")),
        ("-ALL", Mechanism("all", Qualifier.FAIL)),
        ("~all", Mechanism("all", Qualifier.SOFTFAIL)),
        ("?all", Mechanism("all", Qualifier.NEUTRAL)),
        ("+all", Mechanism("all")),
        ("a", Mechanism("a")),
        ("a/24", Mechanism("a", prefix4=24)),
        ("a//64", Mechanism("a", prefix6=64)),
        ("a/0//0", Mechanism("a", prefix4=0, prefix6=0)),
        ("a:mail.example.com/24//64", Mechanism("a", domain="mail.example.com", prefix4=24, prefix6=64)),
        ("a:%{d/}.example.com/24", Mechanism("a", domain="%{d/}.example.com", prefix4=24)),
        ("mx:example.com.", Mechanism("mx", domain="example.com.")),
        ("ptr", Mechanism("ptr")),
        ("ptr:example.com", Mechanism("ptr", domain="example.com")),
        ("include:_spf.example.com", Mechanism("include", domain="_spf.example.com")),
        ("exists:%{ir}.%{v}._spf.%{d2}", Mechanism("exists", domain="%{ir}.%{v}._spf.%{d2}")),
        ("ip4:192.0.2.1", Mechanism("ip4", network=ip_network("192.0.2.1/32"))),
        ("ip4:192.0.2.1/24", Mechanism("ip4", network=ip_network("192.0.2.0/24"))),
        ("ip6:2001:db8::1/32", Mechanism("ip6", network=ip_network("2001:db8::/32"))),
        ("ip6:::1", Mechanism("ip6", network=ip_network("::1/128"))),
    ],
)
def test_a_mechanism_is_read(term: str, mechanism: Mechanism) -> None:
    assert parse_record(f"v=spf1 {term}".encode()) == Record((mechanism,))


@pytest.mark.parametrize(
    "term",
    [
        "foo", "all:x", "all/8", "a:", "a:/24", "a/", "a/33", "a/024", "a//129", "a/24/64", "a:nodots", "a:1.2.3.4",
        "a:example.-com", "a:example.com-", "a:%{x}.com", "a:%{d0}.com", "a:%d.com", "a:%", "a:%{d", "a:%{c}.com",
        "a:ä.example.com", "a: b", "include", "include:", "include/24", "exists", "ip4", "ip4:", "ip4:1.2.3",
        "ip4:1.2.3.4.5",
        "ip4:1.2.3.4/33", "ip4:1.2.3.4/", "ip4:::1", "ip4/24", "ip6:1.2.3.4", "ip6:::1/129", "ip6:fe80::1%eth0",
        "ip4:01.2.3.4",
        "--all", "-", "=x", "1=x", "redirect=", "redirect=x", "exp=", "unknown=%{x}", "unknown=%", "a.b", "ptr/24",
        "ptr:",
        "redirect=a.b redirect=c.d", "exp=a.b exp=a.b", "ip4:1.2.3.4/0x8", "a\x00", "ip4:１.2.3.4",
    ],
)  # fmt: skip
def test_what_is_no_term_spoils_the_record(term: str) -> None:
    with pytest.raises(RemoteError):
        parse_record(b"v=spf1 ip4:192.0.2.1 " + term.encode() + b" -all")


def test_modifiers_are_read_wherever_they_stand() -> None:
    record = parse_record(b"v=spf1  exp=why.%{d}  mx   moo=x%%y:z  REDIRECT=_spf.example.com  -all ")
    assert record == Record(
        (Mechanism("mx"), Mechanism("all", Qualifier.FAIL)), "_spf.example.com", "why.%{d}"
    )  # fmt: skip


def test_a_record_is_bounded() -> None:
    parse_record(b"v=spf1" + b" mx" * MOST_TERMS)
    with pytest.raises(RemoteError, match="more than"):
        parse_record(b"v=spf1" + b" mx" * (MOST_TERMS + 1))
    with pytest.raises(RemoteError, match="longer"):
        parse_record(b"v=spf1" + b" " * LONGEST_RECORD)


@pytest.mark.parametrize(
    ("mechanism", "text"),
    [
        (Mechanism("all", Qualifier.FAIL), "-all"),
        (Mechanism("include", domain="a.b"), "include:a.b"),
        (Mechanism("ip4", Qualifier.SOFTFAIL, network=ip_network("192.0.2.0/24")), "~ip4:192.0.2.0/24"),
    ],
)
def test_a_mechanism_is_shown_as_it_was_written(mechanism: Mechanism, text: str) -> None:
    assert str(mechanism) == text


@given(st.text("aimxp4:/=%{}d.-+ 019", max_size=40))
def test_whatever_comes_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(RemoteError):
        assert isinstance(parse_record(f"v=spf1 {text}".encode()), Record)
