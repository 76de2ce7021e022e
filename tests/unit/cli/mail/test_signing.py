"""The signature of a domain on what leaves."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from portside.cli.mail.drafts import Draft, written
from portside.cli.mail.signing import signing
from portside.errors import UsageError
from tests.unit.cli.mail.test_options import options


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key.pem"
    secret = Ed25519PrivateKey.generate()
    path.write_bytes(secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def draft() -> Draft:
    return written(options(sender="ann@example.org", to=("b@x.org",), body="Hi."))


@pytest.mark.parametrize(("said", "domain"), [({}, b"example.org"), ({"dkim_domain": "other.test"}, b"other.test")])
def test_a_signature_goes_ahead_of_the_message(said: dict[str, str], domain: bytes, key: Path) -> None:
    sign = signing(options(dkim_key=key, dkim_selector="s1", **said))
    assert sign is not None
    plain = draft()
    signed = sign(plain)
    assert isinstance(signed.content, bytes) and signed.content.startswith(b"DKIM-Signature: ")
    assert signed.content.endswith(plain.content)  # type: ignore[arg-type]
    header = signed.content.partition(b"\r\n\r\n")[0].replace(b"\r\n", b"")
    assert b"d=" + domain in header and b"s=s1" in header


def test_without_a_key_nothing_is_signed() -> None:
    assert signing(options()) is None


@pytest.mark.parametrize("said", [{"dkim_selector": "s"}, {"dkim_domain": "x.org"}])
def test_a_signature_needs_a_key(said: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="--dkim-key"):
        signing(options(**said))


def test_a_key_needs_a_selector(key: Path) -> None:
    with pytest.raises(UsageError, match="--dkim-selector"):
        signing(options(dkim_key=key))


def test_what_can_not_be_signed_is_told(key: Path) -> None:
    sign = signing(options(dkim_key=key, dkim_selector="s"))
    assert sign is not None
    for content in (b"Subject: x\n\nHi\n", key):
        with pytest.raises(UsageError):
            sign(Draft("x.eml", draft().envelope, content))
