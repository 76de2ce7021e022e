"""What a login is bound to TLS by."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from portside.transport.trust.binding import end_point
from tests.support import certificates


def test_it_is_the_hash_of_the_certificate_s_own_signature(tmp_path: Path) -> None:
    certificate = certificates.good(tmp_path, certificates.make_ca(tmp_path)).certificate()
    assert isinstance(certificate.signature_hash_algorithm, hashes.SHA256)
    assert end_point(certificate.public_bytes(Encoding.DER)) == certificate.fingerprint(hashes.SHA256())


@pytest.mark.parametrize("data", [b"", b"0", b"\x30\x82" + bytes(100)])
def test_what_is_no_certificate_binds_nothing(data: bytes) -> None:
    assert end_point(data) == b""
