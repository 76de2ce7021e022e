"""Macros: the examples of RFC 7208 §7.4, and what must not grow."""

from __future__ import annotations

import pytest

from portside.errors import RemoteError
from portside.mail.spf.macros import (
    IN_EXPLANATIONS,
    LONGEST_DOMAIN,
    check_domain_spec,
    check_macros,
    expand,
    expand_domain,
    letters_in,
)

VALUES = {
    "s": "strong-bad@email.example.com", "l": "strong-bad", "o": "email.example.com", "d": "email.example.com",
    "i": "192.0.2.3", "v": "in-addr", "h": "mx.example.org", "p": "unknown", "c": "192.0.2.3", "r": "here", "t": "1",
}  # fmt: skip
IP6 = VALUES | {"i": "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.b.0.1", "v": "ip6"}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d3}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
        ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
        ("a%%b%_c%-d", "a%b c%20d"),
        ("%{S}", "strong-bad%40email.example.com"),
        ("%{d999999999999}", "email.example.com"),
        ("", ""),
    ],
)
def test_a_macro_is_expanded(text: str, expanded: str) -> None:
    assert expand(check_macros(text), VALUES) == expanded


def test_an_address_of_ipv6_is_its_nibbles() -> None:
    assert expand("%{ir}.%{v}._spf.%{d2}", IP6) == (
        "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"
    )


def test_several_delimiters_count_alike() -> None:
    assert expand("%{lr+-}", VALUES | {"l": "a+b-c"}) == "c.b.a"


@pytest.mark.parametrize(
    "text", ["%{x}", "%", "%a", "%{d", "%{}", "%{d0}", "%{d00}", "%{d$}", "a b", "\x7f", "ä", "%{dr2}", "%{s-@.}"]
)
def test_what_is_no_macro_is_refused(text: str) -> None:
    with pytest.raises(RemoteError, match="macro"):
        check_macros(text)


def test_some_letters_are_for_explanations_alone() -> None:
    assert check_macros("%{c}%{r}%{t}", IN_EXPLANATIONS)
    for text in ("%{c}", "%{r}", "%{T}"):
        with pytest.raises(RemoteError):
            check_macros(text)


@pytest.mark.parametrize(
    "text", ["example.com", "example.com.", "_spf.example.com", "%{d}", "a.%{d2}", "a.b%%", "a.b-c"]
)
def test_a_domain_ends_in_a_top_label_or_a_macro(text: str) -> None:
    assert check_domain_spec(text) == text


@pytest.mark.parametrize(
    "text", ["", "com", ".", "example.", "1.2.3.4", "a.-b", "a.b-", "a.b/24", "%{d}x.", "a..", "a.b.."]
)
def test_what_ends_otherwise_is_no_domain(text: str) -> None:
    with pytest.raises(RemoteError):
        check_domain_spec(text)


def test_a_long_name_loses_labels_at_its_left() -> None:
    name = expand_domain("%{l}.example.com.", VALUES | {"l": "a." * 200 + "b"})
    assert len(name) <= LONGEST_DOMAIN
    assert name.endswith(".a.b.example.com")
    assert len(expand_domain("%{l}.x.com", VALUES | {"l": "a" * 300})) < LONGEST_DOMAIN


def test_a_macro_string_does_not_grow_without_bound() -> None:
    with pytest.raises(RemoteError, match="too long"):
        expand("%{l}" * 1000, VALUES | {"l": "x" * 1000})


def test_the_letters_that_are_used_are_known() -> None:
    assert letters_in("%{P}.%{d2}%%{x") == {"p", "d", "x"}
