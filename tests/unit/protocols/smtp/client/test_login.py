"""How to come in at a server, by all that was said of it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from portside.interfaces import Address
from portside.protocols.smtp.client.login import entry_by_route, entry_of, fresh, own_name
from portside.protocols.smtp.client.settings import Settings
from portside.protocols.smtp.client.urls import parse_smtp_url
from portside.protocols.smtp.rules.orders import Login, TlsUse

FAR, NEAR = "smtp://mail.example.com", "smtp://127.0.0.1:2525"
ANN = ("ann", "secret")


@pytest.mark.parametrize(
    ("url", "settings", "tls"),
    [
        (FAR, Settings(), TlsUse.OFFERED),
        (NEAR, Settings(), TlsUse.OFFERED),
        (FAR, Settings(login=ANN), TlsUse.REQUIRED),
        (NEAR, Settings(login=ANN), TlsUse.OFFERED),
        ("smtp://ann:secret@mail.example.com", Settings(), TlsUse.REQUIRED),
        (FAR, Settings(login=ANN, tls=TlsUse.OFF), TlsUse.OFF),
        (FAR, Settings(tls=TlsUse.REQUIRED), TlsUse.REQUIRED),
        ("smtps://mail.example.com", Settings(tls=TlsUse.OFF), TlsUse.IMPLICIT),
    ],
)
def test_with_a_login_tls_is_required_beyond_this_machine(url: str, settings: Settings, tls: TlsUse) -> None:
    assert entry_of(parse_smtp_url(url), settings).tls is tls


@pytest.mark.parametrize(
    ("url", "tls", "clear"),
    [(FAR, None, False), (NEAR, None, True), (FAR, TlsUse.OFF, True), (FAR, TlsUse.OFFERED, False),
     ("lmtp://unix:/run/x", None, True)],
)  # fmt: skip
def test_a_password_goes_in_the_clear_only_where_that_was_said_or_nobody_listens(
    url: str, tls: TlsUse | None, clear: bool
) -> None:
    login = entry_of(parse_smtp_url(url), Settings(login=ANN, tls=tls)).login
    assert login == Login("ann", "secret", clear=clear)


def test_the_settings_come_before_the_url_and_that_before_the_netrc_file(tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine mail.example.com login net password rc\n")
    netrc.chmod(0o600)

    def login(url: str, **settings: object) -> Login | None:
        return entry_of(parse_smtp_url(url), Settings(netrc=netrc, **settings)).login  # type: ignore[arg-type]

    assert login("smtp://ben:b@mail.example.com", login=ANN) == Login("ann", "secret")
    assert login("smtp://ben:b@mail.example.com") == Login("ben", "b")
    assert login(FAR) == Login("net", "rc")
    assert login("smtp://ben@mail.example.com", token="t") == Login("ben", "", "t")
    assert login("smtp://other.example.com") is None


def test_each_connection_has_a_nonce_of_its_own() -> None:
    entry = entry_of(parse_smtp_url(NEAR), Settings(login=ANN))
    one, other = fresh(entry, bytes).login, fresh(entry, bytes).login
    assert one is not None and other is not None and one.nonce and one.nonce != other.nonce
    assert one.binding is bytes
    without = entry_of(parse_smtp_url(NEAR), Settings())
    assert fresh(without, bytes) is without


def test_who_is_found_by_mx_is_told_no_password() -> None:
    entry = entry_by_route(Address("mx.test", 25), Settings())
    assert (entry.login, entry.tls, entry.server) == (None, TlsUse.OFFERED, "mx.test:25")


@pytest.mark.parametrize(
    ("host", "name"), [("Mail.Example.com", "mail.example.com"), ("laptop", ""), ("a b.c", ""), ("x_y.example", "")]
)
def test_only_a_full_name_is_a_name(host: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    assert own_name() == name
