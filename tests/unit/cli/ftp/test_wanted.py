"""What the options of ``get`` and ``put`` come to for FTP, and which make no sense together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from portside.cli.ftp import wanted
from portside.cli.ftp.wanted import FtpOptions, only_ftp, parsed, refuse_for_ftp, refuse_for_the_web, settings
from portside.cli.web.options import WebOptions
from portside.errors import UsageError
from portside.protocols.ftp.client.settings import Settings
from portside.protocols.ftp.client.urls import parse_ftp_url
from portside.protocols.ftp.rules.orders import TlsUse
from portside.transport.connect import CONNECT_TIMEOUT

Command = Callable[..., Any]
PLAIN = WebOptions(
    header=(), user=None, retries=0, max_time=0.0, timeout=None, no_redirects=False, verbose=False, quiet=False,
    json=False, insecure=False, cacert=None, ca=None, unix_socket=None,
)  # fmt: skip
FAR = "ftp://u@files.example/a"


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(wanted, "warn", said.append)
    return said


def settled(
    url: str = FAR, ftp: FtpOptions | None = None, environment: dict[str, str] | None = None, **web: Any
) -> Settings:
    return settings(parse_ftp_url(url), replace(PLAIN, **web), ftp or FtpOptions(), environment or {"HOME": "/"})


# ------------------------------------------------------------------------------------------- which URLs


@pytest.mark.parametrize(
    ("urls", "expected"),
    [(["ftp://a/"], True), (["FTPS://a/", "ftp://b/"], True), (["http://a/"], False), (["a", "https://b/"], False)],
)
def test_urls_of_one_kind_are_told_apart(urls: list[str], expected: bool) -> None:
    assert only_ftp(urls) is expected


def test_urls_of_both_kinds_are_refused() -> None:
    with pytest.raises(UsageError, match="a command each"):
        only_ftp(["ftp://a/", "http://a/"])


def test_all_urls_are_looked_at_before_anything_is_done() -> None:
    with pytest.raises(UsageError, match="no port"):
        parsed(["ftp://a/", "ftp://a:0/"])


# ------------------------------------------------------------------------------------ what means nothing


@pytest.mark.parametrize(
    ("ftp", "name"),
    [
        (FtpOptions(recursive=True), "--recursive"),
        (FtpOptions(delete=True), "--delete"),
        (FtpOptions(connections=2), "--connections"),
        (FtpOptions(active=True), "--active"),
        (FtpOptions(starttls="off"), "--starttls"),
    ],
)
def test_what_only_ftp_knows_is_refused_for_the_web(ftp: FtpOptions, name: str) -> None:
    with pytest.raises(UsageError, match=name):
        refuse_for_the_web(ftp)


def test_nothing_said_is_nothing_to_refuse() -> None:
    refuse_for_the_web(FtpOptions())
    refuse_for_ftp(PLAIN, **{"-I": False, "-d": ()})


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"header": ("A: b",)}, "-H"),
        ({"no_redirects": True}, "--no-redirects"),
        ({"unix_socket": Path("/s")}, "--unix-socket"),
    ],
)
def test_what_only_the_web_knows_is_refused_for_ftp(said: dict[str, Any], name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} means nothing"):
        refuse_for_ftp(replace(PLAIN, **said))


def test_further_options_are_refused_by_their_names() -> None:
    with pytest.raises(UsageError, match="-X means nothing"):
        refuse_for_ftp(PLAIN, **{"-X": "DELETE"})


# ------------------------------------------------------------------------------------------ the settings


def test_what_was_said_is_what_the_client_is_told(warnings: list[str]) -> None:
    ftp = FtpOptions(connections=7, active=True, starttls="require")
    found = settled(ftp=ftp, retries=3, timeout=5.0, insecure=True, environment={"NETRC": "/n"})
    assert (found.connections, found.active, found.tls, found.retries) == (7, True, TlsUse.REQUIRED, 3)
    assert (found.timeout, found.connect_timeout, found.trust.verify) == (5.0, 5.0, False)
    assert found.netrc == Path("/n")


def test_what_was_not_said_is_as_usual(warnings: list[str]) -> None:
    found = settled()
    assert (found.timeout, found.connect_timeout) == (Settings().timeout, CONNECT_TIMEOUT)
    assert found.trust.verify and found.tls is TlsUse.OFFERED and found.login is None and found.observer is None


def test_an_authority_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        settled(cacert=tmp_path / "none")


@pytest.mark.parametrize(
    ("url", "user", "environment", "login"),
    [
        (FAR, "a:b", {}, ("a", "b")),
        (FAR, "a", {"PORTSIDE_PASSWORD": "c"}, ("a", "c")),
        (FAR, None, {"PORTSIDE_PASSWORD": "c"}, ("u", "c")),
        (FAR, None, {}, None),
        ("ftp://u:p@h/", None, {"PORTSIDE_PASSWORD": "c"}, None),
        ("ftp://h/", None, {"PORTSIDE_PASSWORD": "c"}, None),
    ],
)
def test_who_we_are(
    warnings: list[str], url: str, user: str | None, environment: dict[str, str], login: tuple[str, str] | None
) -> None:
    assert settled(url, user=user, environment={"HOME": "/", **environment}).login == login


@pytest.mark.parametrize(
    ("url", "starttls", "count"),
    [
        ("ftp://h/", "opportunistic", 1),
        ("ftp://h/", "off", 1),
        ("ftp://h/", "require", 0),
        ("ftps://h/", "opportunistic", 0),
        ("ftp://localhost/", "opportunistic", 0),
        ("ftp://127.0.0.1/", "off", 0),
        ("ftp://[::1]/", "off", 0),
    ],
)
def test_a_password_that_may_go_in_the_clear_is_warned_of(
    warnings: list[str], url: str, starttls: str, count: int
) -> None:
    settled(url, FtpOptions(starttls=starttls), user="a:b")
    assert len(warnings) == count


# --------------------------------------------------------------------------------------- on the command line


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (("get", "ftp://h/a", "http://h/a"), "a command each"),
        (("get", "--recursive", "http://h/a"), "--recursive is for ftp:// and ftps:// only"),
        (("get", "--delete", "-O", "ftp://h/a"), "--delete is for --recursive"),
        (("get", "-o", "x", "-O", "ftp://h/a"), "-o and -O each name a file"),
        (("get", "--resume", "ftp://h/a"), "--resume continues a file"),
        (("get", "-o", "x", "ftp://h/a", "ftp://h/b"), "-o names one file"),
        (("get", "-I", "ftp://h/a"), "-I means nothing"),
        (("get", "-d", "x", "ftp://h/a"), "-d means nothing"),
        (("get", "-H", "A: b", "ftp://h/a"), "-H means nothing"),
        (("get", "-o", "x", "--cacert", "missing.pem", "ftp://h/a"), "no such file"),
        (("get", "--connections", "0", "ftp://h/a"), "--connections"),
        (("get", "--starttls", "perhaps", "ftp://h/a"), "--starttls"),
        (("get", "ftp://h:99999/a"), "there is no port"),
        (("get", "ftp://h/a%0d%0aDELE%20b"), "line break"),
        (("put", "f", "http://h/a", "--resume"), "--resume is for ftp://"),
        (("put", "f", "ftp://h/a", "--delete"), "--delete is for --recursive"),
        (("put", ".", "ftp://h/a"), "--recursive stores all"),
        (("put", "-", "ftp://h/a/"), "stdin has no name"),
        (("put", "x", "ftp://h/*"), "is a pattern"),
        (("put", "f", "http://h/a", "--active"), "--active is for ftp://"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(command: Command, line: tuple[str, ...], reason: str) -> None:
    ended = command(*line)
    assert (ended.code, ended.stdout) == (2, "") and reason in ended.stderr
