"""What a login is bound to TLS by."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from portside.transport.trust.binding import end_point


def made(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, algorithm: hashes.HashAlgorithm | None) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    when = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, when, when)
    return builder.sign(key, algorithm).public_bytes(Encoding.DER)  # type: ignore[arg-type]


@pytest.mark.parametrize(("algorithm", "expected"), [
    (hashes.SHA256(), "sha256"), (hashes.SHA384(), "sha384"), (hashes.SHA512(), "sha512"),
])  # fmt: skip
def test_a_certificate_is_told_by_the_hash_of_its_signature(algorithm: hashes.HashAlgorithm, expected: str) -> None:
    certificate = made(ec.generate_private_key(ec.SECP256R1()), algorithm)
    assert end_point(certificate) == hashlib.new(expected, certificate).digest()


def test_a_signature_without_a_hash_binds_nothing() -> None:
    assert end_point(made(ed25519.Ed25519PrivateKey.generate(), None)) == b""


@pytest.mark.parametrize("data", [b"", b"0", b"\x30\x82" + bytes(100)])
def test_what_is_no_certificate_binds_nothing(data: bytes) -> None:
    assert end_point(data) == b""
