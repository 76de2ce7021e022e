"""Certificates in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from portside.inspector.layers.headers import Form
from portside.inspector.tls.certificates import certificates
from tests.support import certificates as made


@pytest.mark.parametrize("thirteen", [True, False])
def test_a_chain_is_read(tmp_path: Path, thirteen: bool) -> None:
    der = made.good(tmp_path, made.make_ca(tmp_path)).certificate().public_bytes(Encoding.DER)
    entry = len(der).to_bytes(3) + der + (b"\0\0" if thirteen else b"")
    body = (b"\0" if thirteen else b"") + (2 * len(entry)).to_bytes(3) + entry * 2
    found = certificates(Form(body, 0, "x"), thirteen=thirteen)
    assert len(found) == 2
    parts = {part.name: part.value for part in found[0].parts}
    assert "localhost" in parts["Subject alternative names"] and parts["Issuer"]
    assert all(field.span[1] <= len(body) for field in found)


def test_what_is_no_certificate_is_counted() -> None:
    (field,) = certificates(Form(b"\0\0\x06\0\0\x03abc", 0, "x"), thirteen=False)
    assert (field.value, field.meaning) == ("3 bytes", "it can't be read")
