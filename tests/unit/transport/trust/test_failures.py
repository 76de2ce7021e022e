"""Every way in which a handshake fails ends in the right error, and in one line that says which."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from portside.errors import CertificateError, CertificateFault, TlsError
from portside.transport.trust import client_context, explain_failure, server_context
from tests.support import certificates
from tests.support.certificates import Pair
from tests.support.handshakes import feed, shake

NAME = "localhost:8443"

CASES: list[tuple[Callable[[Path, Pair], Pair], CertificateFault, str]] = [
    (certificates.wrong_name, "wrong name", "is for another name"),
    (certificates.expired, "expired", "has expired"),
    (certificates.not_yet_valid, "not yet valid", "is not yet valid"),
    (lambda folder, ca: certificates.self_signed(folder), "self-signed", "is self-signed"),
    (lambda folder, ca: certificates.unknown_ca(folder), "unknown CA", "is from a CA unknown"),
    (certificates.common_name_only, "wrong name", "is for another name"),
]


@pytest.mark.parametrize(("make", "fault", "words"), CASES, ids=[f"{case[1]}-{n}" for n, case in enumerate(CASES)])
def test_a_bad_certificate_is_refused_with_its_fault_and_one_line(
    make: Callable[[Path, Pair], Pair], fault: CertificateFault, words: str, tmp_path: Path
) -> None:
    ca = certificates.make_ca(tmp_path)
    pair = make(tmp_path, ca)
    _, client = shake(server_context(pair.cert, pair.key), client_context(cafile=ca.cert))
    assert client.error is not None
    told = explain_failure(client.error, NAME)
    assert isinstance(told, CertificateError)
    assert told.fault == fault
    assert str(told).startswith(f"certificate of {NAME} {words}")
    assert "\n" not in str(told)
    assert "-k" in str(told)
    assert told.exit_code == 4


def test_an_address_that_the_certificate_does_not_name_is_a_wrong_name(tmp_path: Path) -> None:
    ca = certificates.make_ca(tmp_path)
    pair = certificates.good(tmp_path, ca, ["localhost"])
    _, client = shake(server_context(pair.cert, pair.key), client_context(cafile=ca.cert), "127.0.0.1")
    assert client.error is not None
    told = explain_failure(client.error, "127.0.0.1:8443")
    assert isinstance(told, CertificateError)
    assert told.fault == "wrong name"


def test_a_chain_that_ends_in_an_unknown_root_is_an_unknown_ca_and_not_self_signed(tmp_path: Path) -> None:
    pair = certificates.unknown_ca(tmp_path)
    chain = tmp_path / "chain.pem"
    chain.write_bytes(pair.cert.read_bytes() + (tmp_path / "unknown-ca-issuer.pem").read_bytes())
    trusted = certificates.make_ca(tmp_path)
    _, client = shake(server_context(chain, pair.key), client_context(cafile=trusted.cert))
    assert isinstance(client.error, ssl.SSLCertVerificationError)
    assert client.error.verify_code == 19
    told = explain_failure(client.error, NAME)
    assert isinstance(told, CertificateError)
    assert told.fault == "unknown CA"


def test_any_other_fault_of_a_certificate_keeps_openssls_words_on_one_line(tmp_path: Path) -> None:
    ca = certificates.make_ca(tmp_path)
    pair = certificates.good(tmp_path, ca)
    context = client_context(cafile=ca.cert, shared=False)
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF  # there is no revocation list to be had
    _, client = shake(server_context(pair.cert, pair.key), context)
    assert client.error is not None
    told = explain_failure(client.error, NAME)
    assert isinstance(told, CertificateError)
    assert told.fault == "other"
    assert "unable to get certificate CRL" in str(told)


@pytest.mark.parametrize(
    "spoken",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 ready\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", bytes(64), b"\xff" * 64],
    ids=["http", "ftp", "ssh", "zeros", "ones"],
)
def test_a_server_that_speaks_something_else_is_said_not_to_speak_tls(spoken: bytes) -> None:
    told = explain_failure(feed(client_context(verify=False), spoken), NAME)
    assert type(told) is TlsError
    assert str(told) == f"{NAME} does not speak TLS on this port; check the port, or connect without TLS"


@pytest.mark.parametrize(
    ("spoken", "words"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "spoke plain HTTP to a TLS port; use https://"),
        (b"CONNECT a:1 HTTP/1.1\r\n\r\n", "spoke plain HTTP (as to a proxy) to a TLS port; use https://"),
    ],
)
def test_a_client_that_speaks_plain_http_to_tls_is_told_apart(spoken: bytes, words: str, tmp_path: Path) -> None:
    pair = certificates.self_signed(tmp_path)
    told = explain_failure(feed(server_context(pair.cert, pair.key), spoken), "127.0.0.1:5")
    assert str(told) == f"127.0.0.1:5 {words}"


def test_a_connection_that_ends_in_the_handshake_is_named_as_such() -> None:
    told = explain_failure(feed(client_context(verify=False), b"", ends=True), NAME)
    assert type(told) is TlsError
    assert str(told).startswith(f"{NAME} closed the connection before it was secure")


def test_versions_without_overlap_are_named_on_both_sides(tmp_path: Path) -> None:
    pair = certificates.self_signed(tmp_path)
    server, client = server_context(pair.cert, pair.key), client_context(verify=False, shared=False)
    server.minimum_version = ssl.TLSVersion.TLSv1_3
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    for side in shake(server, client):
        assert side.error is not None
        assert "TLS versions" in str(explain_failure(side.error, NAME))


def test_ciphers_without_overlap_are_named_on_both_sides(tmp_path: Path) -> None:
    pair = certificates.self_signed(tmp_path)
    server, client = server_context(pair.cert, pair.key), client_context(verify=False, shared=False)
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    server.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")
    client.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    for side in shake(server, client):
        assert side.error is not None
        assert "no cipher or key exchange in common" in str(explain_failure(side.error, NAME))


def test_a_server_learns_that_its_certificate_was_not_accepted(tmp_path: Path) -> None:
    pair = certificates.unknown_ca(tmp_path)
    trusted = certificates.make_ca(tmp_path)
    client = client_context(cafile=trusted.cert, shared=False)
    client.maximum_version = ssl.TLSVersion.TLSv1_2  # in 1.3 the server's handshake has ended by then
    server, _ = shake(server_context(pair.cert, pair.key), client)
    assert server.error is not None
    assert "did not accept the certificate" in str(explain_failure(server.error, NAME))


def test_an_unlisted_alert_is_told_in_its_own_words() -> None:
    internal_error = b"\x15\x03\x03\x00\x02\x02\x50"  # RFC 8446 §6: fatal (2), internal_error (80)
    told = explain_failure(feed(client_context(verify=False), internal_error), NAME)
    assert str(told) == f"{NAME} refused the secure connection: internal error"


def test_an_error_without_a_reason_is_still_one_clear_line() -> None:
    assert str(explain_failure(ssl.SSLError("odd"), NAME)) == (
        f"no secure connection with {NAME}: TLS failed for an unknown reason"
    )
