"""What to tell a person where no secure channel came about: what happened, to whom, and what to try."""

from __future__ import annotations

import ssl

from portside.errors import CertificateError, CertificateFault, TlsError

# X509_verify_cert(3) and X509_STORE_CTX_get_error(3) of OpenSSL list the codes.
_FAULTS: dict[int, CertificateFault] = {
    2: "unknown CA",  # unable to get issuer certificate
    9: "not yet valid",
    10: "expired",
    18: "self-signed",  # the server's own certificate is
    19: "unknown CA",  # its chain ends in one that is, and that we do not know
    20: "unknown CA",  # unable to get local issuer certificate
    21: "unknown CA",  # unable to verify the first certificate
    62: "wrong name",
    64: "wrong name",  # an address is a name too
}

_ANYWAY = "use -k to connect without verifying"
_WHAT: dict[CertificateFault, str] = {
    "wrong name": f"is for another name; check the address, or {_ANYWAY}",
    "expired": f"has expired; ask its owner to renew it, or {_ANYWAY}",
    "not yet valid": f"is not yet valid; check this machine's clock, or {_ANYWAY}",
    "self-signed": f"is self-signed, so nobody vouches for it; trust it with --cacert FILE, or {_ANYWAY}",
    "unknown CA": f"is from a CA unknown to this machine; name its CA with --cacert FILE, or {_ANYWAY}",
}

_NO_TLS = "does not speak TLS on this port; check the port, or connect without TLS"
_VERSION = "offers none of the TLS versions allowed here (1.2 and 1.3)"
_CIPHER = "has no cipher or key exchange in common with this side"
_MISTRUST = "did not accept the certificate it was shown; see `portside ca` for how to make it trust this one"
_WANTS_OURS = "asks for a client's certificate, and none is set"
_ALPN = "speaks none of the application protocols offered (ALPN)"

_REASONS = {
    "WRONG_VERSION_NUMBER": _NO_TLS,
    "HTTP_REQUEST": "spoke plain HTTP to a TLS port; use https://",
    "HTTPS_PROXY_REQUEST": "spoke plain HTTP (as to a proxy) to a TLS port; use https://",
    "PACKET_LENGTH_TOO_LONG": _NO_TLS,
    "RECORD_LAYER_FAILURE": _NO_TLS,
    "UNSUPPORTED_PROTOCOL": _VERSION,
    "WRONG_SSL_VERSION": _VERSION,
    "VERSION_TOO_LOW": _VERSION,
    "NO_PROTOCOLS_AVAILABLE": _VERSION,
    "TLSV1_ALERT_PROTOCOL_VERSION": _VERSION,
    "NO_SHARED_CIPHER": _CIPHER,
    "NO_SUITABLE_KEY_SHARE": _CIPHER,
    "NO_SUITABLE_SIGNATURE_ALGORITHM": _CIPHER,
    "DH_KEY_TOO_SMALL": _CIPHER,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": _CIPHER,
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": _CIPHER,
    "TLSV1_ALERT_UNKNOWN_CA": _MISTRUST,
    "SSLV3_ALERT_BAD_CERTIFICATE": _MISTRUST,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": _MISTRUST,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": _MISTRUST,
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": _MISTRUST,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": _WANTS_OURS,
    "NO_APPLICATION_PROTOCOL": _ALPN,
    "TLSV1_ALERT_NO_APPLICATION_PROTOCOL": _ALPN,
    "TLSV1_UNRECOGNIZED_NAME": "knows no site of this name (SNI)",
}


def explain_failure(error: ssl.SSLError, name: str) -> TlsError:
    """The error to raise for what ``ssl`` has raised, towards ``name`` (what the user asked for, with the port).

    A CertificateError where the certificate is at fault, with its ``fault``; otherwise a TlsError.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return _explain_certificate(error, name)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return TlsError(f"{name} closed the connection before it was secure; does it speak TLS on this port?")
    reason: str = getattr(error, "reason", None) or ""  # one made by hand, as `truststore` does, has none
    if reason in _REASONS:
        return TlsError(f"{name} {_REASONS[reason]}")
    if "ALERT_" in reason:
        return TlsError(f"{name} refused the secure connection: {_words(reason.partition('ALERT_')[2])}")
    return TlsError(f"no secure connection with {name}: {_words(reason) or 'TLS failed for an unknown reason'}")


def _explain_certificate(error: ssl.SSLCertVerificationError, name: str) -> CertificateError:
    # Where the operating system verifies (macOS, Windows) the codes are its own, and its words have to do.
    fault = _FAULTS.get(getattr(error, "verify_code", 0), "other")
    if fault != "other":
        return CertificateError(f"certificate of {name} {_WHAT[fault]}", fault)
    words = " ".join(str(getattr(error, "verify_message", "") or error).split())
    return CertificateError(f"certificate of {name} is not trusted: {words}; {_ANYWAY}")


def _words(reason: str) -> str:
    return reason.replace("_", " ").lower()
