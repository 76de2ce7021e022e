"""Ciphers of TLS: the derivations by published values, and nothing opens with the wrong key."""

from __future__ import annotations

import pytest

from portside.inspector.tls.opening import Opener13, expand_label, fits, next_secret, openers12, prf
from portside.inspector.tls.suites import SUITES

AES128 = SUITES[0x1301]


def test_hkdf_expand_label_as_in_rfc_8448() -> None:
    """RFC 8448 §3: the server's handshake traffic secret, its key and its iv."""
    secret = bytes.fromhex("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38")
    assert expand_label(secret, "key", 16, "sha256").hex() == "3fce516009c21727d0f2e4e86ee403bc"
    assert expand_label(secret, "iv", 12, "sha256").hex() == "5d313eb2671276ee13000b30"


def test_the_prf_gives_as_much_as_is_asked_for() -> None:
    long = prf(b"secret", b"label", b"seed", 100, "sha256")
    assert len(long) == 100 and long[:40] == prf(b"secret", b"label", b"seed", 40, "sha256")
    assert long != prf(b"secret", b"label", b"seed", 100, "sha384")


def test_a_key_update_gives_another_secret_of_the_same_length() -> None:
    secret = bytes(32)
    assert len(next_secret(secret, AES128)) == 32 and next_secret(secret, AES128) != secret
    assert fits(secret, AES128) and not fits(bytes(48), AES128)


def test_what_was_not_sealed_with_the_key_does_not_open() -> None:
    opener = Opener13(bytes(32), AES128)
    assert opener.open(b"\x17\x03\x03\x00\x20" + bytes(32), 0) is None
    assert opener.open(b"\x16\x03\x03\x00\x01\x00", 0) is None


@pytest.mark.parametrize("number", [0xC02F, 0xCCA8, 0xC027, 0xC0AE])
@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 16, 24, 31, 33, 64])
def test_short_records_do_not_open(number: int, size: int) -> None:
    for opener in openers12(SUITES[number], bytes(48), bytes(32), bytes(32), False):
        assert opener.open(b"\x17\x03\x03" + size.to_bytes(2) + bytes(size), 0) is None
