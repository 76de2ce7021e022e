"""What a login is bound to TLS by: the hash of the server's certificate (RFC 5929 §4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from portside.errors import UsageError
from portside.transport.authority.local import leaf
from portside.transport.trust.binding import end_point


def end_point_of(cert: Path | None, names: Sequence[str]) -> bytes:
    """The hash of the first certificate in ``cert``, or of the local CA's for ``names``; b"" where there is none.

    Raises ``UsageError`` for a file that cannot be read.
    """
    path = cert if cert is not None else leaf(list(dict.fromkeys(names))).path
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read the certificate {path}: {error}") from error
    return end_point(certificate.public_bytes(Encoding.DER))
