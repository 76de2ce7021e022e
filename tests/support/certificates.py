"""Certificates for tests, most of them bad on purpose: plain functions that write PEM files into a folder.

They are made with `cryptography` directly and not with our own authority, so that a test of the one does not
lean on the other.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LOCALHOST = ("localhost", "127.0.0.1", "::1")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, each in a PEM file."""

    cert: Path
    key: Path

    def certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.cert.read_bytes())

    def secret(self) -> ec.EllipticCurvePrivateKey:
        key = serialization.load_pem_private_key(self.key.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key


def make_ca(folder: Path, stem: str = "test-ca") -> Pair:
    """An authority without constraints, which no system knows."""
    return _write(folder, stem, names=(), issuer=None, is_ca=True)


def good(folder: Path, ca: Pair, names: Sequence[str] = LOCALHOST) -> Pair:
    """Nothing wrong with it, for who trusts ``ca``."""
    return _write(folder, "good", names, ca)


def wrong_name(folder: Path, ca: Pair, names: Sequence[str] = ("elsewhere.test",)) -> Pair:
    """For another host than localhost."""
    return _write(folder, "wrong-name", names, ca)


def expired(folder: Path, ca: Pair, names: Sequence[str] = LOCALHOST) -> Pair:
    """It ended yesterday."""
    return _write(folder, "expired", names, ca, begin=-30 * DAY, end=-DAY)


def not_yet_valid(folder: Path, ca: Pair, names: Sequence[str] = LOCALHOST) -> Pair:
    """It begins tomorrow."""
    return _write(folder, "not-yet-valid", names, ca, begin=DAY, end=30 * DAY)


def self_signed(folder: Path, names: Sequence[str] = LOCALHOST) -> Pair:
    """Signed with its own key, by no authority."""
    return _write(folder, "self-signed", names, None)


def unknown_ca(folder: Path, names: Sequence[str] = LOCALHOST) -> Pair:
    """Signed by an authority made for it, which nobody trusts."""
    return _write(folder, "unknown-ca", names, make_ca(folder, "unknown-ca-issuer"))


def common_name_only(folder: Path, ca: Pair, name: str = "localhost") -> Pair:
    """Its name stands in the subject alone, where nobody looks since RFC 9525."""
    return _write(folder, "common-name-only", (), ca, subject=name)


def issued_by(folder: Path, ca: Pair, names: Sequence[str], stem: str = "issued") -> Pair:
    """Whatever ``ca``'s key can be made to sign."""
    return _write(folder, stem, names, ca)


def encrypt_key(pair: Pair, password: bytes = b"secret") -> Pair:
    """The same pair with its key encrypted, in a file of its own."""
    path = pair.key.with_suffix(".encrypted.key")
    path.write_bytes(_serialise(pair.secret(), serialization.BestAvailableEncryption(password)))
    return Pair(pair.cert, path)


def _write(
    folder: Path,
    stem: str,
    names: Sequence[str],
    issuer: Pair | None,
    *,
    begin: timedelta = -DAY,
    end: timedelta = 30 * DAY,
    subject: str | None = None,
    is_ca: bool = False,
) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(key, subject or f"A test: {stem}", issuer, begin, end)
    builder = builder.add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    builder = builder.add_extension(_usage(is_ca), critical=True)  # strict verifiers ask for it (Python 3.13)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
    if not is_ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    certificate = builder.sign(issuer.secret() if issuer else key, hashes.SHA256())
    pair = Pair(folder / f"{stem}.pem", folder / f"{stem}.key")
    pair.cert.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pair.key.write_bytes(_serialise(key, serialization.NoEncryption()))
    pair.key.chmod(0o600)
    return pair


def _builder(
    key: ec.EllipticCurvePrivateKey, subject: str, issuer: Pair | None, begin: timedelta, end: timedelta
) -> x509.CertificateBuilder:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    signer = issuer.secret().public_key() if issuer else key.public_key()
    now = datetime.now(UTC).replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate().subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begin)
        .not_valid_after(now + end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False)
    )


def _usage(is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _serialise(key: ec.EllipticCurvePrivateKey, how: serialization.KeySerializationEncryption) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)
