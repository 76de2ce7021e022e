"""Cipher suites: names agree with what they do."""

from __future__ import annotations

import ssl

import pytest

from portside.inspector.tls.suites import NAMES, SUITES


@pytest.mark.parametrize("number", SUITES)
def test_the_name_says_how_a_suite_works(number: int) -> None:
    suite = SUITES[number]
    assert f"_{suite.mode.removesuffix('8')}" in suite.name
    if "AES" in suite.name:
        assert f"AES_{suite.key * 8}" in suite.name
    assert bool(suite.mac) is (suite.mode == "CBC")
    assert (suite.hash == "sha384") is suite.name.endswith("SHA384")


def test_what_openssl_speaks_today_has_a_name() -> None:
    offered = {cipher["id"] & 0xFFFF for cipher in ssl.create_default_context().get_ciphers()}
    assert {number for number in offered if number >> 8 in (0x13, 0xC0, 0xCC)} <= set(NAMES)
