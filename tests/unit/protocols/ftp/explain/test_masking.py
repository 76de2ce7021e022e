"""Passwords never pass, however the network cuts them; and what is no password passes as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.interfaces import Role
from portside.protocols.explaining import ALL
from portside.protocols.ftp.explain.masking import FtpMask

C, S = Role.CLIENT, Role.SERVER

LINES = [
    (b"PASS canary\r\n", b"PASS ******\r\n"),
    (b"pass canary\n", b"pass ******\n"),
    (b"PASS  two words \r\n", b"PASS ***********\r\n"),
    (b"PASS\tcanary\r\n", b"PASS\t******\r\n"),
    (b"PASS\r\n", b"PASS\r\n"),
    (b"PASS \r\n", b"PASS \r\n"),
    (b"  PASS canary\r\n", b"  PASS ******\r\n"),
    (b" " * 100 + b"PASS canary\r\n", b" " * 100 + b"PASS ******\r\n"),
    (b"\xff\xf4\xff\xf2PASS canary\r\n", b"\xff\xf4\xff\xf2PASS ******\r\n"),
    (b"PASS:canary\r\n", b"PASS*******\r\n"),
    (b"ACCT canary\r\n", b"ACCT ******\r\n"),
    (b"ADAT canary\r\n", b"ADAT ******\r\n"),
    (b"SITE PSWD old canary\r\n", b"SITE PSWD **********\r\n"),
    (b"SITE passwd canary\r\n", b"SITE passwd ******\r\n"),
    (b"USER canary\r\n", b"USER canary\r\n"),
    (b"PASSIVE canary\r\n", b"PASSIVE canary\r\n"),
    (b"PASV\r\n", b"PASV\r\n"),
    (b"STOR PASS canary\r\n", b"STOR PASS canary\r\n"),
    (b"SITE CHMOD 644 a\r\n", b"SITE CHMOD 644 a\r\n"),
    (b"USER a\r\nPASS canary\r\nNOOP\r\n", b"USER a\r\nPASS ******\r\nNOOP\r\n"),
]


@pytest.mark.parametrize(("said", "shown"), LINES)
def test_what_is_secret_in_a_line_is_starred_in_every_split(said: bytes, shown: bytes) -> None:
    assert FtpMask().hide(C, said) == shown
    for size in (1, 2, 3, 5):
        mask = FtpMask()
        assert b"".join(mask.hide(C, said[at : at + size]) for at in range(0, len(said), size)) == shown


@given(start=st.sampled_from([line for line, _ in LINES]), cut=st.integers(1, 30))
def test_two_pieces_hide_what_one_hides(start: bytes, cut: int) -> None:
    mask = FtpMask()
    first, rest = start[:cut], start[cut:]
    shown = mask.hide(C, first) + (mask.hide(C, rest) if rest else b"")
    assert shown == FtpMask().hide(C, start)


def test_what_needs_no_hiding_is_the_very_object() -> None:
    mask, data = FtpMask(), b"RETR a.txt\r\n"
    assert mask.hide(C, data) is data
    reply = b"331 Password for PASS canary\r\n"
    assert mask.hide(S, reply) is reply
    assert mask.harmless(C) == 0


def test_after_auth_and_its_234_nothing_is_looked_for() -> None:
    mask = FtpMask()
    mask.hide(C, b"AUTH TLS\r\n")
    mask.hide(S, b"23")
    mask.hide(S, b"4 go\r\n")
    data = b"\nPASS is what a record may hold"
    assert mask.hide(C, data) is data
    assert mask.harmless(C) == mask.harmless(S) == ALL


def test_where_tls_is_refused_passwords_are_still_hidden() -> None:
    mask = FtpMask()
    mask.hide(C, b"AUTH TLS\r\n")
    mask.hide(S, b"534 no\r\n")
    assert mask.hide(C, b"PASS canary\r\n") == b"PASS ******\r\n"
    mask.hide(S, b"234 is what a reply to something else may be\r\n")
    assert mask.hide(C, b"PASS canary\r\n") == b"PASS ******\r\n"


def test_tls_from_the_first_byte_is_left_alone() -> None:
    mask, hello = FtpMask(), b"\x16\x03\x01\nPASS x"
    assert mask.hide(C, hello) is hello


def test_the_rest_of_a_line_whose_beginning_is_missing_may_be_a_password() -> None:
    mask = FtpMask()
    mask.hide(C, b"PA")
    mask.missed(C, 10)
    assert mask.hide(C, b"nary\r\nNOOP\r\n") == b"****\r\nNOOP\r\n"
    mask.missed(S, 10)
    assert mask.hide(C, b"NOOP\r\n") == b"NOOP\r\n"
