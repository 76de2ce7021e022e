from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from portside.cli.serving.binding import end_point_of
from portside.errors import UsageError
from portside.transport.trust.binding import end_point
from tests.support import certificates


def test_the_first_certificate_of_a_file_counts(tmp_path: Path) -> None:
    ca = certificates.make_ca(tmp_path)
    pair = certificates.good(tmp_path, ca)
    chain = tmp_path / "chain.pem"
    chain.write_bytes(pair.cert.read_bytes() + ca.cert.read_bytes())
    assert end_point_of(chain, []) == end_point(pair.certificate().public_bytes(Encoding.DER))


def test_without_a_file_it_is_the_local_authoritys() -> None:
    assert len(end_point_of(None, ["localhost"])) == 32


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_file_that_is_none_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "cert.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match="cannot read the certificate"):
        end_point_of(path, [])
