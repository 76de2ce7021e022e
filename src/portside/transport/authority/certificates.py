"""What stands in the certificates of the local authority and of the servers it vouches for (RFC 5280).

The authority's certificate is constrained, critically, to the names in it (§4.2.1.10) and to servers
(§4.2.1.12): its key, once stolen, is worth nothing against any other site. Constraints are subtrees: who may
vouch for ``example.com`` may do so for ``www.example.com``.

Everything that strict verification asks for is there: key identifiers, critical basic constraints, key usage.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portside.transport.authority.names import HOME_DOMAINS, HOME_NETWORKS, Name

CA_LIFE = timedelta(days=3650)
LEAF_LIFE = timedelta(days=90)
RENEW_BEFORE = timedelta(days=7)  # a leaf with less life than this is made anew
BACKDATED = timedelta(hours=1)  # for peers whose clock is behind ours

MAX_COMMON_NAME = 64  # characters (RFC 5280 appendix A, ub-common-name)


def now() -> datetime:
    """The time, to the second, which is all that a certificate can hold."""
    return datetime.now(UTC).replace(microsecond=0)


def make_key() -> ec.EllipticCurvePrivateKey:
    """A new key on P-256, which every client accepts and which signs quickly."""
    return ec.generate_private_key(ec.SECP256R1())


def serialise_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    """PKCS #8 in PEM, not encrypted: the file's mode protects it."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def serialise_certificate(certificate: x509.Certificate) -> bytes:
    """PEM (RFC 7468 §5)."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate as browsers show it: ``AB:CD:...``."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def constraints(outside: Iterable[Name]) -> x509.NameConstraints:
    """Home, and the names asked for; nothing else of these two kinds."""
    permitted: list[x509.GeneralName] = [x509.DNSName(domain) for domain in HOME_DOMAINS]
    permitted += [x509.IPAddress(network) for network in HOME_NETWORKS]
    for name in outside:
        permitted.append(x509.DNSName(name) if isinstance(name, str) else x509.IPAddress(ipaddress.ip_network(name)))
    return x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None)


def make_ca(
    key: ec.EllipticCurvePrivateKey, outside: Iterable[Name], common_name: str, when: datetime
) -> x509.Certificate:
    """The authority's own certificate, ten years long: for home and ``outside``, for servers only."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:MAX_COMMON_NAME])])
    builder = _builder(name, name, key, when - BACKDATED, when + CA_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    builder = builder.add_extension(constraints(outside), critical=True)
    return builder.sign(key, hashes.SHA256())


def make_leaf(
    ca: x509.Certificate,
    ca_key: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePrivateKey,
    names: Iterable[Name],
    when: datetime,
) -> x509.Certificate:
    """A server's certificate for ``names``: 90 days, or less where the authority ends before."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Portside server")])
    begin = max(when - BACKDATED, ca.not_valid_before_utc)
    builder = _builder(subject, ca.subject, key, begin, min(when + LEAF_LIFE, ca.not_valid_after_utc))
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(alternative_names(names), critical=False)
    builder = builder.add_extension(_issuer_identifier(ca), critical=False)
    return builder.sign(ca_key, hashes.SHA256())


def alternative_names(names: Iterable[Name]) -> x509.SubjectAlternativeName:
    """The only place where a client looks for a server's names (RFC 9525 §6)."""
    return x509.SubjectAlternativeName(
        [x509.DNSName(name) if isinstance(name, str) else x509.IPAddress(name) for name in names]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    """What both kinds of certificate have in common."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )


def _issuer_identifier(ca: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
