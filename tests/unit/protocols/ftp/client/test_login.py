"""Who we are at a site, and where that stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from portside.protocols.ftp.client.login import login_of
from portside.protocols.ftp.client.settings import Settings
from portside.protocols.ftp.client.urls import parse_ftp_url
from portside.protocols.ftp.rules.orders import Login, TlsUse


@pytest.fixture
def netrc(tmp_path: Path) -> Path:
    path = tmp_path / "netrc"
    path.write_text("machine h login me password secret\n")
    path.chmod(0o600)
    return path


def who(url: str, settings: Settings) -> tuple[str, str]:
    login = login_of(parse_ftp_url(url), settings)
    return login.user, login.password


def test_without_anything_said_we_are_anonymous() -> None:
    assert login_of(parse_ftp_url("ftp://h/"), Settings()) == Login()


def test_settings_come_before_the_url_and_that_before_the_netrc(netrc: Path) -> None:
    assert who("ftp://u:p@h/", Settings(login=("x", "y"), netrc=netrc)) == ("x", "y")
    assert who("ftp://u:p@h/", Settings(netrc=netrc)) == ("u", "p")
    assert who("ftp://h/", Settings(netrc=netrc)) == ("me", "secret")
    assert who("ftp://me@h/", Settings(netrc=netrc)) == ("me", "secret")


def test_the_netrc_is_no_help_for_others(netrc: Path) -> None:
    assert who("ftp://you@h/", Settings(netrc=netrc)) == ("you", "")
    assert who("ftp://elsewhere/", Settings(netrc=netrc))[0] == "anonymous"


def test_ftps_is_tls_from_the_first_byte() -> None:
    assert login_of(parse_ftp_url("ftps://h/"), Settings(tls=TlsUse.OFF)).tls is TlsUse.IMPLICIT
