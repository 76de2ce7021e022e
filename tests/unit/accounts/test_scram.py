from __future__ import annotations

import pytest

from portside.accounts.scram import derive_keys, keys_of_nobody, parse_keys, prepare
from portside.errors import UsageError

KEYS = derive_keys("pencil", b"0123456789abcdef", 4096)


def test_keys_come_back_from_their_text() -> None:
    assert parse_keys(str(KEYS)) == KEYS
    assert str(KEYS).startswith("$scram-sha-256$i=4096$")


@pytest.mark.parametrize("text", [
    "", "$scram-sha-256$", str(KEYS)[:-1], str(KEYS) + "x", str(KEYS).replace("i=4096", "i=0"),
    str(KEYS).replace("i=4096", "i=9999999"), str(KEYS).replace("i=4096", "i=４"), str(KEYS).replace("$MDEy", "$MDE"),
])  # fmt: skip
def test_what_is_damaged_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_keys(text)


def test_nothing_secret_is_shown() -> None:
    assert "stored" not in repr(KEYS)
    assert "server" not in repr(KEYS)


def test_the_same_password_has_the_same_keys_however_it_is_typed() -> None:
    assert derive_keys("a\u00a0b\u00ad", b"salt", 2) == derive_keys("a b", b"salt", 2)
    assert derive_keys("a", b"salt", 2) != derive_keys("b", b"salt", 2)
    assert derive_keys("a", b"salt", 2) != derive_keys("a", b"talt", 2)


def test_a_proof_has_the_right_length_to_be_looked_at() -> None:
    assert not KEYS.proves(b"", b"said")
    assert not KEYS.proves(bytes(33), b"said")


def test_nobody_has_keys_that_stay_the_same_and_tell_nothing() -> None:
    one = keys_of_nobody("bert", b"secret")
    assert one == keys_of_nobody("bert", b"secret")
    assert one != keys_of_nobody("berta", b"secret")
    assert one != keys_of_nobody("bert", b"another")
    assert len(one.salt) == 16


def test_names_are_made_alike_and_what_is_not_allowed_stays() -> None:
    assert prepare("I\u00adX") == "IX"
    assert prepare("plain") == "plain"
    assert prepare("a\u0007") == "a\u0007"
