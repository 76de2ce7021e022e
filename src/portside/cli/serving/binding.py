"""What a login is bound to TLS by: the hash of the server's certificate (RFC 5929 §4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from portside.errors import UsageError
from portside.transport.authority.local import leaf
from portside.transport.trust import is_loopback


def end_point_of(cert: Path | None, names: Sequence[str]) -> bytes:
    """The hash of the first certificate in ``cert``, or of the local CA's for ``names``; b"" where there is none.

    Raises ``UsageError`` for a file that cannot be read.
    """
    path = cert if cert is not None else leaf([name for name in dict.fromkeys(names) if not is_loopback(name)]).path
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read the certificate {path}: {error}") from error
    return hash_of(certificate)


def hash_of(certificate: x509.Certificate) -> bytes:
    """By the hash of its signature, or SHA-256 where that is weaker; a signature without a hash binds nothing."""
    algorithm = certificate.signature_hash_algorithm
    if algorithm is None:
        return b""
    weak = isinstance(algorithm, hashes.MD5 | hashes.SHA1)
    return certificate.fingerprint(hashes.SHA256() if weak else algorithm)
