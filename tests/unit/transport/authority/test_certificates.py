"""What stands in our certificates, and that its constraints bite."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from portside.errors import CertificateError
from portside.transport.authority import certificates, local
from portside.transport.trust import client_context, explain_failure, server_context
from tests.support.certificates import Pair, issued_by
from tests.support.handshakes import shake

NOW = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    return certificates.make_key()


def test_the_authority_may_vouch_for_servers_at_home_alone(key: ec.EllipticCurvePrivateKey) -> None:
    ca = certificates.make_ca(key, (), "An authority", NOW)
    basic = ca.extensions.get_extension_for_class(x509.BasicConstraints)
    names = ca.extensions.get_extension_for_class(x509.NameConstraints)
    usage = ca.extensions.get_extension_for_class(x509.KeyUsage)
    purposes = ca.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)
    assert names.critical
    assert [entry.value for entry in names.value.permitted_subtrees or []] == [
        "localhost",
        "test",
        ip_network("127.0.0.0/8"),
        ip_network("::1/128"),
    ]
    assert (usage.critical, usage.value.key_cert_sign, usage.value.crl_sign) == (True, True, True)
    assert not usage.value.digital_signature
    assert list(purposes.value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert isinstance(key.curve, ec.SECP256R1)
    assert ca.not_valid_before_utc == NOW - timedelta(hours=1)
    assert ca.not_valid_after_utc == NOW + timedelta(days=3650)


def test_an_authority_for_names_asked_for_is_for_home_and_these(key: ec.EllipticCurvePrivateKey) -> None:
    ca = certificates.make_ca(key, ("box.example", IPv4Address("10.1.2.3")), "An authority", NOW)
    names = ca.extensions.get_extension_for_class(x509.NameConstraints).value
    assert [entry.value for entry in names.permitted_subtrees or []][4:] == ["box.example", ip_network("10.1.2.3/32")]


def test_a_long_common_name_is_cut_to_what_the_standard_allows(key: ec.EllipticCurvePrivateKey) -> None:
    ca = certificates.make_ca(key, (), "x" * 300, NOW)
    assert ca.subject.rfc4514_string() == "CN=" + "x" * 64


def test_a_leaf_is_a_servers_certificate_and_nothing_else(key: ec.EllipticCurvePrivateKey) -> None:
    ca = certificates.make_ca(key, (), "An authority", NOW)
    leaf = certificates.make_leaf(ca, key, certificates.make_key(), ("localhost", IPv4Address("127.0.0.1")), NOW)
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage)
    issuer = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert list(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
        ExtendedKeyUsageOID.SERVER_AUTH
    ]
    assert (usage.critical, usage.value.digital_signature, usage.value.key_cert_sign) == (True, True, False)
    assert issuer.key_identifier == ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert leaf.not_valid_before_utc == NOW - timedelta(hours=1)
    assert leaf.not_valid_after_utc == NOW + timedelta(days=90)
    leaf.verify_directly_issued_by(ca)


def test_a_leaf_does_not_outlive_its_authority(key: ec.EllipticCurvePrivateKey) -> None:
    ca = certificates.make_ca(key, (), "An authority", NOW)
    late = ca.not_valid_after_utc - timedelta(days=10)
    leaf = certificates.make_leaf(ca, key, certificates.make_key(), ("localhost",), late)
    assert leaf.not_valid_after_utc == ca.not_valid_after_utc


def test_serial_numbers_are_never_the_same(key: ec.EllipticCurvePrivateKey) -> None:
    serials = {certificates.make_ca(key, (), "An authority", NOW).serial_number for _ in range(20)}
    assert len(serials) == 20
    assert all(0 < serial < 2**159 for serial in serials)


def trusting(ca: Path) -> ssl.SSLContext:
    """A client that trusts ``ca`` and checks as strictly as OpenSSL can (Python's own default since 3.13)."""
    context = client_context(cafile=ca, shared=False)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "shop.test", "a.localhost", "127.3.2.1"])
def test_strict_verification_accepts_a_leaf_for_home(name: str, tmp_path: Path) -> None:
    leaf = local.leaf([name], ca_folder=tmp_path / "ca")
    server, client = shake(server_context(leaf.path), trusting(leaf.authority.path), name)
    assert client.error is None
    assert server.done


@pytest.mark.parametrize("name", ["box.example", "10.1.2.3", "2001:db8::1"])
def test_strict_verification_accepts_a_leaf_for_a_name_asked_for(name: str, tmp_path: Path) -> None:
    leaf = local.leaf([name], ca_folder=tmp_path / "ca")
    server, client = shake(server_context(leaf.path), trusting(leaf.authority.path), name)
    assert client.error is None
    assert server.done


@pytest.mark.parametrize(
    ("asked", "stolen_for"),
    [
        ([], "example.com"),
        ([], "localhost.example.com"),
        ([], "latest"),
        ([], "128.0.0.1"),
        ([], "::2"),
        ([], "10.1.2.3"),
        (["box.example"], "example"),
        (["box.example"], "other.example"),
        (["box.example"], "xbox.example"),
        (["10.1.2.3"], "10.1.2.4"),
        (["10.1.2.3"], "example.com"),
    ],
)
def test_the_authoritys_stolen_key_is_worth_nothing_for_other_sites(
    asked: list[str], stolen_for: str, tmp_path: Path
) -> None:
    authority = local.leaf(asked, ca_folder=tmp_path / "ca").authority
    forged = issued_by(tmp_path, Pair(authority.path, authority.key_path), [stolen_for])
    _, client = shake(server_context(forged.cert, forged.key), client_context(cafile=authority.path), name=stolen_for)
    assert isinstance(client.error, ssl.SSLCertVerificationError)
    assert client.error.verify_code == 47  # X509_V_ERR_PERMITTED_VIOLATION
    told = explain_failure(client.error, stolen_for)
    assert isinstance(told, CertificateError)
    assert "permitted subtree violation" in str(told)
