"""What the options of the web's clients come to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from portside.cli.web.client import fields_of, parse_field, settings_of
from portside.cli.web.options import WebOptions
from portside.cli.web.transcript import Transcript
from portside.errors import UsageError
from portside.protocols.http.client.settings import REDIRECTS, SILENCE

NONE = WebOptions((), None, 0, 0.0, None, False, False, False, False, False, None, None, None)


def test_what_is_not_said_is_safe() -> None:
    settings = settings_of(NONE, {"HOME": "/nowhere"})
    assert settings.tls.verify and not settings.tls.local_ca and settings.tls.cafile is None
    assert (settings.timeout, settings.redirects, settings.retries) == (SILENCE, REDIRECTS, 0)
    assert settings.login is None and settings.observer is None and settings.proxies.by_scheme == {}


def test_what_is_said_counts(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("x")
    said = replace(
        NONE, user="me:pw", retries=3, timeout=5.0, no_redirects=True, verbose=True, insecure=True, ca="local",
        cacert=tmp_path / "ca.pem", unix_socket=Path("/s"),
    )  # fmt: skip
    settings = settings_of(said, {"http_proxy": "p:1", "NETRC": "/n"})
    assert (settings.tls.verify, settings.tls.local_ca, settings.tls.cafile) == (False, True, tmp_path / "ca.pem")
    assert (settings.timeout, settings.connect_timeout, settings.redirects, settings.retries) == (5.0, 5.0, 0, 3)
    assert (settings.login, settings.netrc, settings.unix_socket) == (("me", "pw"), Path("/n"), Path("/s"))
    assert isinstance(settings.observer, Transcript) and "http" in settings.proxies.by_scheme


def test_a_missing_authority_is_told_before_anything_is_said() -> None:
    with pytest.raises(UsageError, match="no such file"):
        settings_of(replace(NONE, cacert=Path("/no/such.pem")), {})


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


def test_the_fields_come_in_the_order_they_were_said() -> None:
    assert fields_of(replace(NONE, header=("B: 1", "A: 2", "B: 3"))) == [("B", "1"), ("A", "2"), ("B", "3")]
