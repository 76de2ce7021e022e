"""Keys that sign messages in tests: made once, since RSA takes its time."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portside.mail.dkim import Signer, load_signer, public_record
from tests.support.zones import Zone


@cache
def pem_of(kind: str) -> bytes:
    """A private key: "rsa2048", "ed25519" ..."""
    keys = {"ed25519": Ed25519PrivateKey.generate, "ec": lambda: ec.generate_private_key(ec.SECP256R1())}
    made = keys[kind]() if kind in keys else rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.private_bytes(*form)


def signer_of(kind: str = "ed25519", domain: str = "example.com", selector: str = "s1") -> Signer:
    """Who signs with such a key."""
    return load_signer(domain, selector, pem_of(kind))


def zone_of(*signers: Signer) -> Zone:
    """The DNS in which the signers have published their keys."""
    return Zone({f"{each.selector}._domainkey.{each.domain}": {"TXT": [public_record(each)]} for each in signers})
