"""Whom the contexts trust, what they refuse to load, and what they agree on."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from portside.errors import LocalError, PortsideError, UsageError
from portside.transport.authority import local
from portside.transport.trust import client_context, contexts, server_context
from tests.support import certificates
from tests.support.handshakes import Side, shake


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder of the test's own; nothing is remembered from the test before."""
    place = tmp_path / "home"
    monkeypatch.setenv("PORTSIDE_HOME", str(place))
    contexts._remembered.clear()
    yield place
    contexts._remembered.clear()


def agrees(server: ssl.SSLContext, client: ssl.SSLContext, name: str = "localhost") -> bool:
    return all(side.done for side in shake(server, client, name))


# -------------------------------------------------------------------------------------------- whom to trust


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_our_client_trusts_our_own_authority_where_the_caller_says_so(name: str) -> None:
    assert agrees(server_context(), client_context(local_ca=True), name)


def test_our_client_does_not_trust_our_own_authority_otherwise() -> None:
    assert not agrees(server_context(), client_context())


def test_our_client_trusts_the_authority_of_a_name_asked_for_as_well() -> None:
    server = server_context(names=["box.example"])
    assert agrees(server, client_context(local_ca=True), "box.example")
    assert agrees(server, client_context(local_ca=True), "localhost")


def test_a_client_makes_no_authority(home: Path) -> None:
    client_context(local_ca=True)
    assert not home.exists()


def test_an_authority_made_later_is_trusted_from_then_on() -> None:
    before = client_context(local_ca=True)
    server = server_context()
    assert not agrees(server, before)
    assert agrees(server, client_context(local_ca=True))


def test_a_named_file_of_roots_is_trusted_alone(tmp_path: Path) -> None:
    ca, other = certificates.make_ca(tmp_path), certificates.make_ca(tmp_path, "other")
    pair = certificates.good(tmp_path, ca)
    server = server_context(pair.cert, pair.key)
    assert agrees(server, client_context(cafile=ca.cert))
    assert not agrees(server, client_context(cafile=other.cert))


def test_a_self_signed_certificate_can_be_trusted_by_name(tmp_path: Path) -> None:
    pair = certificates.self_signed(tmp_path)
    assert agrees(server_context(pair.cert, pair.key), client_context(cafile=pair.cert))


@pytest.mark.parametrize("make", [certificates.expired, certificates.wrong_name, certificates.not_yet_valid])
def test_without_verification_any_certificate_does(make: object, tmp_path: Path) -> None:
    assert callable(make)
    pair = make(tmp_path, certificates.make_ca(tmp_path))
    assert agrees(server_context(pair.cert, pair.key), client_context(verify=False))


def test_a_certificate_of_another_name_is_refused_though_its_authority_is_trusted(tmp_path: Path) -> None:
    ca = certificates.make_ca(tmp_path)
    pair = certificates.wrong_name(tmp_path, ca)
    assert not agrees(server_context(pair.cert, pair.key), client_context(cafile=ca.cert))


def test_the_systems_roots_are_found_through_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ca = certificates.make_ca(tmp_path)
    pair = certificates.good(tmp_path, ca)
    server = server_context(pair.cert, pair.key)
    assert not agrees(server, client_context())
    monkeypatch.setenv("SSL_CERT_FILE", str(ca.cert))
    assert agrees(server, client_context())


def test_a_folder_of_hashed_roots_is_used_alone_only_where_its_bundle_is_the_default_file(tmp_path: Path) -> None:
    bundle, elsewhere = tmp_path / "ca-certificates.crt", tmp_path / "mine.pem"
    bundle.touch()
    elsewhere.touch()
    assert not contexts._is_whole(str(tmp_path), str(bundle)), "no root is hashed yet"
    (tmp_path / "0a1b2c3d.0").touch()
    assert contexts._is_whole(str(tmp_path), str(bundle))
    assert not contexts._is_whole(str(tmp_path), str(elsewhere))
    assert not contexts._is_whole(str(tmp_path), None)


def test_verification_is_what_nothing_turns_off_by_accident() -> None:
    context = client_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert not context.hostname_checks_common_name


# ----------------------------------------------------------------------------------------- what is agreed on


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_versions_of_today_are_spoken(version: ssl.TLSVersion) -> None:
    client = client_context(verify=False, shared=False)
    client.minimum_version = client.maximum_version = version
    server, _ = shake(server_context(), client)
    assert server.done
    assert server.tls.version() == version.name.replace("_", ".")


def test_neither_side_goes_below_1_2_or_compresses() -> None:
    for context in (server_context(), client_context(), client_context(verify=False)):
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2
        assert context.options & ssl.OP_NO_COMPRESSION
        assert context.keylog_filename is None


@pytest.mark.parametrize(
    ("served", "offered", "agreed"),
    [
        (("h2", "http/1.1"), ("http/1.1", "h2"), "h2"),
        (("http/1.1",), ("h2", "http/1.1"), "http/1.1"),
        (("http/1.1",), ("smtp",), None),
        ((), ("h2",), None),
        (("h2",), (), None),
    ],
)
def test_the_servers_first_protocol_that_the_client_offers_is_agreed_on(
    served: tuple[str, ...], offered: tuple[str, ...], agreed: str | None
) -> None:
    server, client = shake(server_context(alpn=served), client_context(verify=False, alpn=offered))
    assert server.done
    assert client.done
    assert client.tls.selected_alpn_protocol() == agreed


def test_a_connection_cut_without_a_farewell_is_an_error_and_not_an_end() -> None:
    server, client = shake(server_context(), client_context(local_ca=True))
    server.tls.write(b"half")
    client.incoming.write(server.outgoing.read())
    assert client.tls.read(100) == b"half"
    client.incoming.write_eof()
    with pytest.raises(ssl.SSLEOFError):
        client.tls.read(100)


def test_a_session_is_resumed_with_the_same_context() -> None:
    server, context = server_context(), client_context(local_ca=True)
    first_server, first = shake(server, context)
    first_server.tls.write(b"x")
    first.incoming.write(first_server.outgoing.read())
    assert first.tls.read(1) == b"x"  # the tickets of 1.3 come with the first data
    second_server, second = Side(server), Side(context, "localhost")
    second.tls.session = first.tls.session
    for _ in range(10):
        second.step()
        second_server.incoming.write(second.outgoing.read())
        second_server.step()
        second.incoming.write(second_server.outgoing.read())
    assert second.done
    assert second.tls.session_reused


# ------------------------------------------------------------------------------------ what cannot be loaded


def no_such_cert(folder: Path) -> tuple[Path | None, Path | None]:
    return folder / "none.pem", None


def no_such_key(folder: Path) -> tuple[Path | None, Path | None]:
    return certificates.self_signed(folder).cert, folder / "none.key"


def key_of_another(folder: Path) -> tuple[Path | None, Path | None]:
    return certificates.self_signed(folder).cert, certificates.make_ca(folder).key


def encrypted_key(folder: Path) -> tuple[Path | None, Path | None]:
    pair = certificates.encrypt_key(certificates.self_signed(folder))
    return pair.cert, pair.key


def no_pem(folder: Path) -> tuple[Path | None, Path | None]:
    (folder / "text.pem").write_text("no certificate at all\n")
    return folder / "text.pem", certificates.self_signed(folder).key


def swapped(folder: Path) -> tuple[Path | None, Path | None]:
    pair = certificates.self_signed(folder)
    return pair.key, pair.cert


def without_key(folder: Path) -> tuple[Path | None, Path | None]:
    return certificates.self_signed(folder).cert, None


def without_cert(folder: Path) -> tuple[Path | None, Path | None]:
    return None, certificates.self_signed(folder).key


def a_folder(folder: Path) -> tuple[Path | None, Path | None]:
    return folder, None


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (no_such_cert, "none.pem: no such file"),
        (no_such_key, "none.key: no such file"),
        (key_of_another, "does not belong to the certificate"),
        (encrypted_key, "is encrypted; decrypt it first"),
        (no_pem, "are not a certificate and its key in PEM"),
        (swapped, "are not a certificate and its key in PEM"),
        (without_key, "name the key with --key"),
        (without_cert, "name it with --cert"),
        (a_folder, "Is a directory"),
    ],
)
def test_files_that_do_not_do_are_refused_in_one_line(make: object, words: str, tmp_path: Path) -> None:
    assert callable(make)
    cert, key = make(tmp_path)
    with pytest.raises(UsageError) as caught:
        server_context(cert, key)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_one_file_may_hold_the_certificate_and_its_key(tmp_path: Path) -> None:
    pair = certificates.self_signed(tmp_path)
    both = tmp_path / "both.pem"
    both.write_bytes(pair.cert.read_bytes() + pair.key.read_bytes())
    assert agrees(server_context(both), client_context(cafile=pair.cert))


@pytest.mark.parametrize(("name", "content"), [("none", None), ("empty", b""), ("text", b"hello"), ("folder", "/")])
def test_roots_that_do_not_do_are_refused_in_one_line(name: str, content: bytes | str | None, tmp_path: Path) -> None:
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        path.mkdir()
    for shared in (True, False):
        with pytest.raises(UsageError, match=str(path)):
            client_context(cafile=path, shared=shared)


@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_broken_local_authority_is_one_line_for_both_sides(content: bytes, home: Path) -> None:
    local.open_authority()
    (home / "ca" / "ca.pem").write_bytes(content)
    one_line = r"^[^\n]*ca\.pem [^\n]*remove it[^\n]*\Z"
    with pytest.raises(LocalError, match=one_line):
        server_context()
    with pytest.raises(LocalError, match=one_line):
        client_context(local_ca=True)


def test_a_client_trusts_no_folder_that_others_may_write_in(home: Path) -> None:
    local.open_authority()
    (home / "ca").chmod(0o777)
    with pytest.raises(PortsideError, match="others may write"):
        client_context(local_ca=True)


# ------------------------------------------------------------------------------------------ what is remembered


def test_a_clients_context_is_remembered_until_what_it_trusts_changes(tmp_path: Path) -> None:
    ca = certificates.make_ca(tmp_path)
    first = client_context(cafile=ca.cert)
    assert client_context(cafile=ca.cert) is first
    assert client_context(cafile=ca.cert, alpn=["h2"]) is not first
    assert client_context(cafile=ca.cert, verify=False) is not first
    ca.cert.write_bytes(certificates.make_ca(tmp_path, "other").cert.read_bytes() + b"\n")
    assert client_context(cafile=ca.cert) is not first


def test_a_context_of_ones_own_is_not_remembered() -> None:
    assert client_context(shared=False) is not client_context(shared=False)
    assert not contexts._remembered


def test_the_memory_of_contexts_is_bounded_and_forgets_the_oldest() -> None:
    kept = client_context(verify=False, alpn=["kept"])
    for number in range(2 * contexts.MAX_REMEMBERED):
        client_context(verify=False, alpn=[f"protocol-{number}"])
        assert client_context(verify=False, alpn=["kept"]) is kept
    assert len(contexts._remembered) == contexts.MAX_REMEMBERED
