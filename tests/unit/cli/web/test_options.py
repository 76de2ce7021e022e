"""The options of the web's clients, and what they come to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from portside.cli.web.options import WebOptions, account, parse_field
from portside.cli.web.transcript import Transcript
from portside.errors import UsageError
from portside.protocols.http.client.settings import REDIRECTS, SILENCE

NONE = WebOptions((), None, 0, 0.0, None, False, False, False, False, False, None, None, None)


def test_what_is_not_said_is_safe() -> None:
    settings = NONE.settings({"HOME": "/nowhere"})
    assert settings.tls.verify and not settings.tls.local_ca and settings.tls.cafile is None
    assert (settings.timeout, settings.redirects, settings.retries) == (SILENCE, REDIRECTS, 0)
    assert settings.login is None and settings.observer is None and settings.proxies.by_scheme == {}


def test_what_is_said_counts(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("x")
    said = replace(
        NONE, user="me:pw", retries=3, timeout=5.0, no_redirects=True, verbose=True, insecure=True, ca="local",
        cacert=tmp_path / "ca.pem", unix_socket=Path("/s"),
    )  # fmt: skip
    settings = said.settings({"http_proxy": "p:1", "NETRC": "/n"})
    assert (settings.tls.verify, settings.tls.local_ca, settings.tls.cafile) == (False, True, tmp_path / "ca.pem")
    assert (settings.timeout, settings.connect_timeout, settings.redirects, settings.retries) == (5.0, 5.0, 0, 3)
    assert (settings.login, settings.netrc, settings.unix_socket) == (("me", "pw"), Path("/n"), Path("/s"))
    assert isinstance(settings.observer, Transcript) and "http" in settings.proxies.by_scheme


def test_a_missing_authority_is_told_before_anything_is_said() -> None:
    with pytest.raises(UsageError, match="no such file"):
        replace(NONE, cacert=Path("/no/such.pem")).settings({})


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("X-A: 1", ("X-A", "1")),
        ("X-A:1", ("X-A", "1")),
        ("X: a: b", ("X", "a: b")),
        ("X:", ("X", "\0")),
        ("X:  ", ("X", "\0")),
        ("X;", ("X", "")),
    ],
)
def test_a_field_is_read(line: str, field: tuple[str, str]) -> None:
    assert parse_field(line) == field


@pytest.mark.parametrize("line", ["", "X", ": x", " : x"])
def test_what_is_no_field_is_told(line: str) -> None:
    with pytest.raises(UsageError, match="Name: value"):
        parse_field(line)


@pytest.mark.parametrize(
    ("said", "environment", "result"),
    [
        ("me:pw", {}, ("me", "pw")),
        ("me:p:w", {}, ("me", "p:w")),
        ("me:", {}, ("me", "")),
        (":pw", {}, ("", "pw")),
        ("me", {"PORTSIDE_PASSWORD": "env"}, ("me", "env")),
        ("me:pw", {"PORTSIDE_PASSWORD": "env"}, ("me", "pw")),
    ],
)
def test_an_account_is_read(said: str, environment: dict[str, str], result: tuple[str, str]) -> None:
    assert account(said, environment) == result


def test_without_a_terminal_nobody_is_asked_for_a_password() -> None:
    with pytest.raises(UsageError, match="PORTSIDE_PASSWORD"):
        account("me", {})


def test_an_account_holds_no_controls() -> None:
    with pytest.raises(UsageError):
        account("me:p\nw", {})
