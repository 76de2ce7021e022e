"""Passwords are kept as hashes that only their own password fits."""

from __future__ import annotations

import hashlib
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.accounts.passwords import LONGEST, check_password, hash_password, parse_hash
from portside.errors import UsageError

CHEAP = 4
LETTERS = st.characters(codec="utf-8", exclude_characters="\0")
"""All but NUL: behind a password it makes no other one, since HMAC fills keys up with it (RFC 2104 §2)."""
GOOD = "$scrypt$ln=4,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$" + b64encode(
    hashlib.scrypt(b"secret", salt=b"saltsaltsaltsalt", n=16, r=8, p=1, dklen=32)
).decode("ascii").rstrip("=")


@given(st.text(LETTERS, min_size=1, max_size=40), st.text(LETTERS, max_size=40))
def test_only_the_password_fits_its_hash(password: str, other: str) -> None:
    hashed = hash_password(password, cost=CHEAP)
    assert check_password(password, hashed)
    assert check_password(other, hashed) is (other == password)
    assert str(parse_hash(hashed)) == hashed


def test_two_hashes_of_a_password_differ() -> None:
    assert hash_password("secret", cost=CHEAP) != hash_password("secret", cost=CHEAP)


def test_a_hash_is_what_the_library_says() -> None:
    assert check_password("secret", GOOD) and not check_password("Secret", GOOD)


def test_bytes_that_are_no_text_are_a_password_too() -> None:
    password = b"\xff\xfe".decode("utf-8", "surrogateescape")
    assert check_password(password, hash_password(password, cost=CHEAP))


def test_what_hash_passwords_makes_costs_a_guesser_something() -> None:
    hashed = parse_hash(hash_password("secret"))
    assert (1 << hashed.cost) * hashed.block * 128 >= 16 * 1024 * 1024 and hashed.lanes == 5


@pytest.mark.parametrize("password", ["", "x" * (LONGEST + 1), "ä" * LONGEST])
def test_no_password_is_empty_or_endless(password: str) -> None:
    with pytest.raises(UsageError):
        hash_password(password, cost=CHEAP)


@pytest.mark.parametrize("text", [
    "", "secret", "$1$abc$def", GOOD + "\n", GOOD.replace("ln=4", "ln=+4"), GOOD.replace("ln=4", "ln=0"),
    GOOD.replace("r=8", "r=0"),
    GOOD.replace("p=1", "p=0"), GOOD.replace("ln=4", "ln=99"), GOOD.replace("ln=4", "ln=20"),
    GOOD.replace("ln=4", "ln=14").replace("p=1", "p=99"), GOOD.replace("r=8", "r=99").replace("ln=4", "ln=15"),
    GOOD.replace("ln=4", "ln=\N{ARABIC-INDIC DIGIT FOUR}"), GOOD[:-2], GOOD.replace("$c2Fs", "$c2F*"), GOOD[:60],
])  # fmt: skip
def test_what_is_no_hash_or_too_dear_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_hash(text)
