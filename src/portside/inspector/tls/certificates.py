"""The certificates that a handshake shows, in words (RFC 8446 §4.4.2, RFC 5246 §7.4.2, RFC 5280)."""

from __future__ import annotations

from portside.inspector.layers.headers import Form
from portside.protocols.explaining import Field

MOST_CERTIFICATES = 16
"""Certificates of one chain that are read."""
MOST_NAMES = 20
"""Names of a certificate that are listed."""


def certificates(form: Form, *, thirteen: bool) -> list[Field]:
    """The chain in a Certificate message; TLS 1.3 has a context ahead and extensions behind each."""
    found: list[Field] = []
    place = 1 + form.number(0, 1) if thirteen else 0
    place += 3
    while form.at + place + 3 <= len(form.data) and len(found) < MOST_CERTIFICATES:
        size = form.number(place, 3)
        raw = form.raw(place + 3, size)
        start = form.at + place
        subject, meaning, parts = _described(raw, start + 3)
        found.append(Field("Certificate", (start, min(start + 3 + size, len(form.data))), subject, meaning,
                           "RFC 5280 §4.1", parts))  # fmt: skip
        place += 3 + size
        if thirteen:
            place += 2 + form.number(place, 2)
    return found


def _described(raw: bytes, at: int) -> tuple[str, str, tuple[Field, ...]]:
    from cryptography import x509  # takes long to load

    try:
        certificate = x509.load_der_x509_certificate(raw)
        subject, issuer = certificate.subject.rfc4514_string(), certificate.issuer.rfc4514_string()
        since, until = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        names = _names(certificate)
    except Exception:  # whatever stands there, the library has many ways to refuse it
        return f"{len(raw):,} bytes", "it can't be read", ()
    span = (at, at + len(raw))
    own = subject == issuer
    parts = [
        Field("Issuer", span, issuer, "it vouches for itself" if own else "who vouches for it", "RFC 5280 §4.1.2.4"),
        Field("Validity", span, f"{since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC", "", "RFC 5280 §4.1.2.5"),
        Field("Serial number", span, f"{certificate.serial_number:x}", "", "RFC 5280 §4.1.2.2"),
    ]
    if names:
        parts.append(Field("Subject alternative names", span, ", ".join(names), "who it is for", "RFC 5280 §4.2.1.6"))
    return subject or names[0] if names else subject, "", tuple(parts)


def _names(certificate: object) -> list[str]:
    from cryptography import x509

    assert isinstance(certificate, x509.Certificate)
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return [str(name.value) for name in extension.value][:MOST_NAMES]
