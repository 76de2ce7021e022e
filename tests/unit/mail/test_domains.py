"""Domains: which can be asked for, and how those in other scripts are."""

from __future__ import annotations

import pytest

from portside.mail.domains import is_domain, to_ascii


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("example.com", True), ("s1._domainkey.example.com", True), ("a", True), ("a-b.c", True), ("", False),
        ("a..b", False), (".a", False), ("a.", False), ("a b", False), ("a" * 64 + ".com", False), ("ä.com", False),
        ("-a.com", False), ("a-.com", False), ("a.b" * 90, False), ("a;b", False), ("a\n", False), ("*.a", False),
    ],
)  # fmt: skip
def test_a_domain_is_what_can_be_asked_for(name: str, is_one: bool) -> None:
    assert is_domain(name) is is_one


@pytest.mark.parametrize(
    ("domain", "ascii"),
    [
        ("Example.COM", "example.com"),
        ("example.com.", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example.", "xn--bcher-kva.example"),
        ("日本.example", "xn--wgv71a.example"),
        ("", ""),
        ("ä..b", "ä..b"),
        ("ä" * 300, "ä" * 300),
        ("\ud800.example", "\ud800.example"),
    ],
)
def test_a_domain_in_another_script_is_written_in_ascii(domain: str, ascii: str) -> None:
    assert to_ascii(domain) == ascii
