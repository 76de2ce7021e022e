"""Names are taken as the wire has them, or refused with the reason."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portside.errors import UsageError
from portside.transport.authority import names
from portside.transport.authority.names import Name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("localhost", "localhost"),
        ("Box.Example", "box.example"),
        ("box.example.", "box.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("a.test", "a.test"),
        ("test", "test"),
        ("10.1.2.3", IPv4Address("10.1.2.3")),
        ("FE80::1", IPv6Address("fe80::1")),
        ("[::1]", IPv6Address("::1")),
        ("::ffff:127.0.0.1", IPv4Address("127.0.0.1")),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
        ("3com.example", "3com.example"),
    ],
)
def test_a_name_is_taken_in_one_spelling(text: str, name: Name) -> None:
    assert names.parse_name(text) == name


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("bücher.example", "A-labels"),
        ("*.example.com", "wildcards"),
        ("*", "wildcards"),
        ("", "not a host name"),
        (".", "not a host name"),
        ("a..example", "not a host name"),
        (".example.com", "not a host name"),
        ("example.com..", "not a host name"),
        ("-a.example", "not a host name"),
        ("a-.example", "not a host name"),
        ("a_b.example", "not a host name"),
        ("a b.example", "not a host name"),
        ("a.example/../../etc", "not a host name"),
        ("../ca", "not a host name"),
        ("a.example\n", "not a host name"),
        ("a.example\0", "not a host name"),
        ("a" * 64 + ".example", "not a host name"),
        ("a." * 126 + "ex", "not a host name"),
        ("user@example.com", "not a host name"),
        ("https://example.com", "not a host name"),
        ("example.com:443", "not a host name"),
        ("1.2.3", "neither a host name nor an address"),
        ("1.2.3.256", "neither a host name nor an address"),
        ("10.0.0.0/8", "not a host name"),
        ("2130706433", "neither a host name nor an address"),
        ("com", "without a dot"),
        ("0.0.0.0", "not an address that one server has"),
        ("::", "not an address that one server has"),
        ("224.0.0.1", "not an address that one server has"),
        ("ff02::1", "not an address that one server has"),
        ("fe80::1%eth0", "zone"),
    ],
)
def test_what_no_certificate_may_carry_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        names.parse_name(text)
    assert "\n" not in str(caught.value)


def test_the_machines_own_name_needs_no_dot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "Workbench")
    assert names.parse_name("workbench") == "workbench"


@given(st.text(max_size=300))
@settings(derandomize=True)
def test_any_text_is_a_safe_name_or_a_usage_error(text: str) -> None:
    try:
        name = str(names.parse_name(text))
    except UsageError:
        return
    assert name.isascii()
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-:")
    assert not name.startswith(".")
    assert names.parse_name(name) == names.parse_name(text)


@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("localhost", True),
        ("a.localhost", True),
        ("shop.test", True),
        ("test", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("latest", False),
        ("notlocalhost", False),
        ("test.example", False),
        ("localhost.example.com", False),
        ("128.0.0.1", False),
        ("::2", False),
    ],
)
def test_home_is_the_machine_and_the_test_bench(name: str, home: bool) -> None:
    parsed: Name = name if name in ("latest", "notlocalhost") else names.parse_name(name)
    assert names.is_home(parsed) is home


def test_the_names_of_a_certificate_are_ours_and_those_asked_for_in_one_order() -> None:
    one = names.parse_names(["b.example", "a.example", "A.Example.", "localhost", "10.0.0.1"])
    assert one == (*names.DEFAULT_NAMES, IPv4Address("10.0.0.1"), "a.example", "b.example")
    assert names.parse_names(["10.0.0.1", "a.example", "b.example"]) == one
    assert names.outside(one) == (IPv4Address("10.0.0.1"), "a.example", "b.example")


def test_the_count_of_names_is_bounded() -> None:
    many = [f"n{number}.example" for number in range(names.MAX_NAMES + 1)]
    assert len(names.parse_names(many[:-1])) == names.MAX_NAMES + len(names.DEFAULT_NAMES)
    with pytest.raises(UsageError, match="at most 32 names"):
        names.parse_names(many)


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        ("", ()),
        ("0.0.0.0", ()),
        ("::", ()),
        ("127.0.0.1", ("127.0.0.1",)),
        ("fe80::1%eth0", ("fe80::1",)),
        ("box.example", ("box.example",)),
    ],
)
def test_a_listener_on_every_address_asks_for_no_name(host: str, asked: tuple[str, ...]) -> None:
    assert names.names_of_host(host) == asked
