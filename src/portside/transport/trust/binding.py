"""What a login is bound to TLS by: the hash of the server's certificate, which nobody in between has (RFC 5929 §4)."""

from __future__ import annotations


def end_point(certificate: bytes) -> bytes:
    """``tls-server-end-point`` of a server's certificate (DER); b"" where that has none.

    The hash is that of the certificate's signature, or SHA-256 where it is weaker (§4.1).
    """
    from cryptography import exceptions, x509  # imported here: it takes 90 ms, and few logins are bound
    from cryptography.hazmat.primitives import hashes

    try:
        parsed = x509.load_der_x509_certificate(certificate)
        algorithm = parsed.signature_hash_algorithm
    except (ValueError, exceptions.UnsupportedAlgorithm):
        return b""
    if algorithm is None:
        return b""
    weak = isinstance(algorithm, hashes.MD5 | hashes.SHA1)
    return parsed.fingerprint(hashes.SHA256() if weak else algorithm)
