from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from portside.cli.serving.binding import end_point_of, hash_of
from portside.errors import UsageError
from tests.support import certificates


def made(
    key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, algorithm: hashes.HashAlgorithm | None
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    when = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, when, when)
    return builder.sign(key, algorithm)  # type: ignore[arg-type]


@pytest.mark.parametrize(("algorithm", "expected"), [
    (hashes.SHA256(), "sha256"), (hashes.SHA384(), "sha384"), (hashes.SHA512(), "sha512"),
])  # fmt: skip
def test_a_certificate_is_told_by_the_hash_of_its_signature(algorithm: hashes.HashAlgorithm, expected: str) -> None:
    certificate = made(ec.generate_private_key(ec.SECP256R1()), algorithm)
    der = certificate.public_bytes(serialization.Encoding.DER)
    assert hash_of(certificate) == hashlib.new(expected, der).digest()


def test_a_signature_without_a_hash_binds_nothing() -> None:
    assert hash_of(made(ed25519.Ed25519PrivateKey.generate(), None)) == b""


def test_the_first_certificate_of_a_file_counts(tmp_path: Path) -> None:
    ca = certificates.make_ca(tmp_path)
    pair = certificates.good(tmp_path, ca)
    chain = tmp_path / "chain.pem"
    chain.write_bytes(pair.cert.read_bytes() + ca.cert.read_bytes())
    assert end_point_of(chain, []) == hash_of(pair.certificate())


def test_without_a_file_it_is_the_local_authoritys() -> None:
    assert len(end_point_of(None, ["localhost"])) == 32


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_file_that_is_none_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "cert.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match="cannot read the certificate"):
        end_point_of(path, [])
