"""Keys of domains: the private one that signs, and what is published of it (RFC 6376 §3.6.1, RFC 8301, RFC 8463)."""

from __future__ import annotations

import binascii
from dataclasses import dataclass, field
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from portside.errors import RemoteError, UsageError
from portside.mail.charsets import decode
from portside.mail.dkim.tags import names, octets, parse_tags
from portside.mail.domains import is_domain

SHORTEST_TO_SIGN = 2048
"""Bits of an RSA key that we sign with (RFC 8301 §3.2)."""
SHORTEST_TO_VERIFY = 1024
"""Bits of an RSA key below which a signature proves nothing (RFC 8301 §3.2)."""
LONGEST_TO_VERIFY = 4096
"""Bits of an RSA key that we take the time for (RFC 6376 §3.3.3)."""

PublicKey: TypeAlias = RSAPublicKey | Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: ``domain`` answers for the message, and publishes the key at ``selector._domainkey.domain``."""

    domain: str
    selector: str
    key: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    @property
    def algorithm(self) -> str:
        """As ``a=`` says it."""
        return "rsa-sha256" if isinstance(self.key, RSAPrivateKey) else "ed25519-sha256"

    def sign(self, data: bytes, digest: bytes) -> bytes:
        """The signature of ``data``, whose SHA-256 is ``digest``: Ed25519 signs that (RFC 8463 §3)."""
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(digest)


def load_signer(domain: str, selector: str, pem: bytes) -> Signer:
    """A signer from a private key in PEM, without a password. Raises ``UsageError``."""
    for name, what in ((domain, "domain"), (selector, "selector")):
        if not is_domain(name):
            raise UsageError(f"{name!r} is no {what} that can stand in the DNS")
    try:
        key = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(f"the DKIM key of {domain} cannot be read: it must be PEM without a password") from error
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise UsageError(f"the DKIM key of {domain} must be RSA or Ed25519")
    if isinstance(key, RSAPrivateKey) and key.key_size < SHORTEST_TO_SIGN:
        raise UsageError(f"the DKIM key of {domain} has {key.key_size} bits: take at least {SHORTEST_TO_SIGN}")
    return Signer(domain.lower(), selector, key)


def public_record(signer: Signer) -> str:
    """The TXT record to publish at ``selector._domainkey.domain``."""
    public = signer.key.public_key()
    if isinstance(public, RSAPublicKey):
        kind, encoded = "rsa", public.public_bytes(*_DER)
    else:
        kind, encoded = "ed25519", public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return f"v=DKIM1; k={kind}; p={binascii.b2a_base64(encoded, newline=False).decode('ascii')}"


_DER = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What a domain publishes: ``kind`` "rsa" or "ed25519"; ``is_strict``: ``i=`` must be of the domain itself (t=s);
    ``is_test``: the domain only tries it (t=y)."""

    kind: str
    key: PublicKey
    is_strict: bool = False
    is_test: bool = False

    def verifies(self, signature: bytes, data: bytes, digest: bytes) -> bool:
        """Whether ``signature`` is that of ``data`` by this key."""
        try:
            if isinstance(self.key, RSAPublicKey):
                self.key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
            else:
                self.key.verify(signature, digest)
        except InvalidSignature:
            return False
        return True


def parse_record(text: bytes) -> KeyRecord:
    """Reads a key record. Raises ``RemoteError`` where it has no key that we take, saying why."""
    tags = parse_tags(decode(text))
    if tags.get("v", "DKIM1") != "DKIM1" or ("v" in tags and next(iter(tags)) != "v"):
        raise RemoteError("the key record is not of version DKIM1")
    if "sha256" not in names(tags, "h", "sha256"):
        raise RemoteError("the key is not for SHA-256")
    if not {"email", "*"} & set(names(tags, "s", "*")):
        raise RemoteError("the key is not for e-mail")
    if "p" not in tags:
        raise RemoteError("the key record has no key")
    encoded = octets(tags, "p")
    if not encoded:
        raise RemoteError("the key has been revoked")
    kind, flags = tags.get("k", "rsa").lower(), names(tags, "t")
    return KeyRecord(kind, _public_key(kind, encoded), "s" in flags, "y" in flags)


def _public_key(kind: str, encoded: bytes) -> PublicKey:
    try:
        if kind == "ed25519":
            return Ed25519PublicKey.from_public_bytes(encoded)
        key = serialization.load_der_public_key(encoded) if kind == "rsa" else None
    except (ValueError, UnsupportedAlgorithm) as error:
        raise RemoteError("the key cannot be read") from error
    if not isinstance(key, RSAPublicKey):
        raise RemoteError("the key is of a kind that nobody knows")
    if not SHORTEST_TO_VERIFY <= key.key_size <= LONGEST_TO_VERIFY:
        raise RemoteError(f"the key has {key.key_size} bits: {SHORTEST_TO_VERIFY} to {LONGEST_TO_VERIFY} are taken")
    return key
