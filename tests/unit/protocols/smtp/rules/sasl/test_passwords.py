from __future__ import annotations

import pytest

from portside.protocols.smtp.rules.sasl.exchanges import Challenge, Claim, Malformed
from portside.protocols.smtp.rules.sasl.passwords import Login, Plain


@pytest.mark.parametrize(("data", "step"), [
    (b"\0anna\0secret", Claim("anna", "secret")), (b"anna\0anna\0se cret", Claim("anna", "se cret")),
    ("\0änna\0ß".encode(), Claim("änna", "ß")), (b"bert\0anna\0secret", Malformed()), (b"", Malformed()),
    (b"\0anna", Malformed()), (b"\0\0secret", Malformed()), (b"\0anna\0", Malformed()),
    (b"\0anna\0a\0b", Malformed()), (b"\0\xff\0secret", Malformed()),
])  # fmt: skip
def test_plain_is_three_parts(data: bytes, step: object) -> None:
    assert Plain().respond(data) == step


def test_login_asks_for_two() -> None:
    login = Login()
    assert login.begin(None) == Challenge(b"Username:")
    assert login.respond(b"anna") == Challenge(b"Password:")
    assert login.respond(b"secret") == Claim("anna", "secret")
    assert Login().begin(b"anna") == Challenge(b"Password:")


@pytest.mark.parametrize("data", [b"", b"\xff", b"a\0b"])
def test_login_takes_text_alone(data: bytes) -> None:
    assert Login().respond(data) == Malformed()
