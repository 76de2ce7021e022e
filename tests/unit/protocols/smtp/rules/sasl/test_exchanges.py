from __future__ import annotations

import pytest

from portside.accounts.scram import derive_keys
from portside.errors import LocalError
from portside.protocols.smtp.rules.sasl.exchanges import Challenge, Claim, Exchange, Step, Wrong, text_of


class Echo(Exchange):
    def respond(self, data: bytes) -> Step:
        return Claim(data.decode(), "x")


def test_an_exchange_begins_with_a_challenge_unless_something_came_with_the_command() -> None:
    assert Echo().begin(None) == Challenge(b"")
    assert Echo().begin(b"anna") == Claim("anna", "x")
    assert Echo().refused() == Wrong()


def test_nobody_gives_keys_to_who_has_not_asked() -> None:
    with pytest.raises(LocalError):
        Echo().keys(derive_keys("x", b"salt", 1))
    with pytest.raises(NotImplementedError):
        Exchange().respond(b"")


@pytest.mark.parametrize(
    ("data", "text"), [(b"a", "a"), ("ä".encode(), "ä"), (b"\xff", None), (b"a\0b", None), (b"", "")]
)
def test_text_is_utf_8_without_nul(data: bytes, text: str | None) -> None:
    assert text_of(data) == text


def test_a_secret_is_in_no_text() -> None:
    assert "hunter2" not in repr(Claim("anna", "hunter2"))
