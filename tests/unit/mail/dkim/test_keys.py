"""Keys: strong ones sign, weak ones prove nothing, and a record is read as it was published."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from portside.errors import RemoteError, UsageError
from portside.mail.dkim import keys
from portside.mail.dkim.keys import load_signer, parse_record, public_record
from tests.support.dkim_keys import pem_of, signer_of

ED = public_record(signer_of("ed25519"))
RSA = public_record(signer_of("rsa2048"))


@pytest.mark.parametrize("kind", ["ed25519", "rsa2048"])
def test_what_is_signed_is_verified_by_what_is_published(kind: str) -> None:
    signer = signer_of(kind)
    record = parse_record(public_record(signer).encode())
    signature = signer.sign(b"data", b"d" * 32)
    assert record.verifies(signature, b"data", b"d" * 32)
    assert not record.verifies(signature, b"other", b"e" * 32)
    assert not record.verifies(signature[:-1], b"data", b"d" * 32)
    assert not record.verifies(b"", b"data", b"d" * 32)


def test_a_signer_tells_its_algorithm_and_hides_its_key() -> None:
    assert signer_of("ed25519").algorithm == "ed25519-sha256"
    assert signer_of("rsa2048").algorithm == "rsa-sha256"
    assert "key" not in repr(signer_of())


@pytest.mark.parametrize(
    ("domain", "selector", "pem", "said"),
    [
        ("no domain", "s", pem_of("ed25519"), "no domain"),
        ("example.com", "s\r\n", pem_of("ed25519"), "no selector"),
        ("example.com", "s", b"nothing", "PEM"),
        ("example.com", "s", pem_of("ec"), "RSA or Ed25519"),
        ("example.com", "s", pem_of("rsa1024"), "1024 bits"),
    ],
)
def test_what_cannot_sign_is_refused(domain: str, selector: str, pem: bytes, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        load_signer(domain, selector, pem)


def test_a_key_behind_a_password_is_refused() -> None:
    key = serialization.load_pem_private_key(pem_of("rsa2048"), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"x"),
    )
    with pytest.raises(UsageError, match="without a password"):
        load_signer("example.com", "s", locked)


@pytest.mark.parametrize(
    ("record", "strict", "test"),
    [
        (ED, False, False),
        (ED.replace("v=DKIM1; ", ""), False, False),
        (ED + "; t=y", False, True),
        (ED + "; t=s:y;", True, True),
        (ED + "; h=sha1:sha256; s=email; n=note; x=unknown", False, False),
        (ED + "; s=*", False, False),
        (RSA.replace("k=rsa; ", ""), False, False),
        (RSA.replace("p=MII", "p= M I\tI"), False, False),
    ],
)
def test_a_record_is_read(record: str, strict: bool, test: bool) -> None:
    found = parse_record(record.encode())
    assert (found.is_strict, found.is_test) == (strict, test)


def test_the_older_form_of_an_rsa_key_is_read() -> None:
    public = signer_of("rsa2048").key.public_key()
    assert isinstance(public, RSAPublicKey)
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    assert parse_record(b"k=rsa; p=" + base64.b64encode(der)).kind == "rsa"


def public_of(bits: int) -> bytes:
    key = serialization.load_pem_private_key(pem_of(f"rsa{bits}"), None)
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return b"p=" + base64.b64encode(der)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("v=DKIM2; p=x", "version"),
        ("p=x; v=DKIM1", "version"),
        ("v=DKIM1", "no key"),
        ("v=DKIM1; p=", "revoked"),
        ("v=DKIM1; p=!!", "base64"),
        ("v=DKIM1; p=YWJj", "cannot be read"),
        ("v=DKIM1; k=ed25519; p=YWJj", "cannot be read"),
        ("v=DKIM1; k=dsa; p=YWJj", "nobody knows"),
        (ED.replace("k=ed25519; ", ""), "cannot be read"),
        (RSA + "; h=sha1", "SHA-256"),
        (RSA + "; s=tlsrpt", "e-mail"),
        ("nothing at all", "no tag"),
    ],
)
def test_a_record_that_is_no_key_is_refused(record: str, said: str) -> None:
    with pytest.raises(RemoteError, match=said):
        parse_record(record.encode())


def test_a_key_of_too_few_or_too_many_bits_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (keys.SHORTEST_TO_VERIFY, keys.LONGEST_TO_VERIFY) == (1024, 4096)
    weak = public_of(1024)
    assert parse_record(weak).kind == "rsa"
    monkeypatch.setattr(keys, "SHORTEST_TO_VERIFY", 1025)
    with pytest.raises(RemoteError, match="1024 bits"):
        parse_record(weak)
    monkeypatch.setattr(keys, "LONGEST_TO_VERIFY", 2047)
    with pytest.raises(RemoteError, match="2048 bits"):
        parse_record(public_of(2048))
