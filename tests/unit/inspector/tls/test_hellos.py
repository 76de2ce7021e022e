"""Hellos: what decides about the rest, and no bytes that could upset it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portside.inspector.tls import hellos

SNI = b"\x00\x00\x00\x0e\x00\x0c\x00\x00\x09localhost"
ALPN = b"\x00\x10\x00\x0e\x00\x0c\x02h2\x08http/1.1"
CLIENT = (
    b"\x03\x03" + bytes(32) + b"\x01\xaa" + b"\x00\x04\x13\x01\xc0\x2f" + b"\x01\x00"
    + (len(SNI) + len(ALPN)).to_bytes(2) + SNI + ALPN
)  # fmt: skip
SERVER = b"\x03\x03" + bytes(32) + b"\x00" + b"\x13\x01\x00" + b"\x00\x06\x00\x2b\x00\x02\x03\x04"


def test_what_a_client_offers() -> None:
    assert hellos.client_suites(CLIENT) == [0x1301, 0xC02F]
    found = hellos.client_extensions(CLIENT)
    assert hellos.server_name(found[hellos.SERVER_NAME]) == "localhost"
    assert hellos.protocols(found[hellos.ALPN]) == ["h2", "http/1.1"]


def test_what_a_server_chooses() -> None:
    found = hellos.server_extensions(SERVER)
    assert hellos.server_suite(SERVER) == 0x1301
    assert hellos.server_version(SERVER, found) == 0x0304
    assert hellos.server_version(SERVER, {}) == 0x0303


@given(st.binary(max_size=120))
def test_noise_never_raises(noise: bytes) -> None:
    assert len(hellos.client_suites(noise)) <= len(noise)
    for found in (hellos.client_extensions(noise), hellos.server_extensions(noise)):
        for value in found.values():
            assert len(hellos.protocols(value)) <= len(value)
            assert isinstance(hellos.server_name(value), str)
    assert 0 <= hellos.server_suite(noise) <= 0xFFFF
