"""DKIM with dkimpy: it verifies what we sign, we verify what it signs, and both say no to the same changes."""

from __future__ import annotations

import base64
import os
import random

import dkim as theirs
import pytest
from cryptography.hazmat.primitives import serialization

from portside.mail.composing import Attachment, compose
from portside.mail.dkim import Result, Signer, public_record, sign, verify
from portside.mail.dkim.canonical import Form
from tests.support.dkim_keys import pem_of, signer_of, zone_of
from tests.support.plain_await import result_of

pytestmark = pytest.mark.peer

BODIES = 5000 if os.environ.get("PORTSIDE_PROVE") == "1" else 200
MESSAGE = compose(
    sender="Ännchen <ann@example.com>", to=["bob@example.net", "Eve <eve@example.net>"], subject="Grüße " * 30,
    text="Hello  \n\n\ttabs\t and  spaces \n.\nFrom me\n\n\n", html="<p>Hi</p>", date=0, message_id="<1@example.com>",
    attachments=[Attachment("grün.bin", bytes(range(256)) * 20)],
)  # fmt: skip
KINDS = ["rsa2048", "ed25519"]
FORMS = [(header, body) for header in Form for body in Form]


def their_word(message: bytes, signer: Signer) -> bool:
    """Whether dkimpy verifies the first signature, with the signer's key published."""
    record = public_record(signer).encode()
    try:
        return bool(theirs.DKIM(message).verify(dnsfunc=lambda name, timeout=5: record))
    except theirs.DKIMException:
        return False  # so it says that something was changed


def their_signature(message: bytes, kind: str, forms: tuple[Form, Form]) -> bytes:
    key = pem_of(kind)
    if kind == "ed25519":
        private = serialization.load_pem_private_key(key, None)
        raw = (serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
        key = base64.b64encode(private.private_bytes(*raw))
    algorithm = b"ed25519-sha256" if kind == "ed25519" else b"rsa-sha256"
    said = tuple(form.value.encode() for form in forms)
    field: bytes = theirs.DKIM(message, signature_algorithm=algorithm).sign(
        b"s1", b"example.com", key, canonicalize=said
    )
    return field


def our_word(message: bytes, signer: Signer) -> Result:
    [found] = result_of(verify(message, zone_of(signer), now=2e9))
    return found.result


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("kind", KINDS)
def test_dkimpy_verifies_what_we_sign(kind: str, form: Form) -> None:
    signer = signer_of(kind)
    assert their_word(sign(MESSAGE, signer, time=1000, form=form) + MESSAGE, signer)


@pytest.mark.parametrize("forms", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_we_verify_what_dkimpy_signs(kind: str, forms: tuple[Form, Form]) -> None:
    assert our_word(their_signature(MESSAGE, kind, forms) + MESSAGE, signer_of(kind)) is Result.PASS


def by_chance(dice: random.Random) -> bytes:
    pieces = [b"a", b" ", b"\t", b"\r\n", b"\r\n\r\n", b"bc", b" \r\n", b"\xc3\xa4", b"."]
    return b"".join(dice.choices(pieces, k=dice.randrange(12))) + b"\r\n"  # as every message that travels ends


def test_both_read_bodies_alike_that_chance_wrote() -> None:
    dice, signer = random.Random(6376), signer_of()
    for _ in range(BODIES):
        message = (
            b"From: a@example.com\r\nSubject: " + by_chance(dice).replace(b"\r\n", b"") + b"\r\n\r\n" + by_chance(dice)
        )
        forms = dice.choice(FORMS)
        assert our_word(their_signature(message, "ed25519", forms) + message, signer) is Result.PASS, (message, forms)
        assert their_word(sign(message, signer, time=0, form=forms[0]) + message, signer), (message, forms)


def test_both_say_no_to_the_same_changes() -> None:
    dice, signer = random.Random(8463), signer_of()
    signed = sign(MESSAGE, signer, time=1000) + MESSAGE
    start = signed.index(b"\r\nFrom:") + 2
    for _ in range(BODIES):
        place = dice.randrange(start, len(signed))
        changed = signed[:place] + bytes([signed[place] ^ 1 << dice.randrange(7)]) + signed[place + 1 :]
        if changed.count(b"\n") != signed.count(b"\n") or changed.count(b"\r") != signed.count(b"\r"):
            continue  # a line end that stands alone is read in two ways, and never comes in over the wire
        assert (our_word(changed, signer) is Result.PASS) == their_word(changed, signer), (place, signed[place])
