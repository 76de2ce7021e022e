"""The client that the options ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from portside.cli.mail import reaching
from portside.cli.mail.reaching import settings_of
from portside.cli.mail.transcript import Transcript
from portside.errors import UsageError
from portside.interfaces import Address
from portside.protocols.smtp.client.settings import Settings
from portside.protocols.smtp.rules.orders import TlsUse
from portside.transport.connect import CONNECT_TIMEOUT
from portside.transport.dns import DnsResolver
from tests.unit.cli.mail.test_options import options

FAR = "smtp://mail.example.com"


def settled(url: str = FAR, environment: dict[str, str] | None = None, **said: Any) -> Settings:
    return settings_of(url, options(**said), environment or {"HOME": "/"})


def test_what_is_not_said_is_as_the_client_has_it() -> None:
    settings = settled()
    plain = Settings()
    assert settings.server == "smtp://mail.example.com:25/" and settings.trust.verify
    for name in (
        "login",
        "tls",
        "helo",
        "connections",
        "messages",
        "chunking",
        "port",
        "limits",
        "timeout",
        "resolver",
    ):
        assert getattr(settings, name) == getattr(plain, name)
    assert settings.connect_timeout == CONNECT_TIMEOUT and settings.observer is None


def test_what_is_said_counts() -> None:
    settings = settled(
        starttls="require", insecure=True, ca="local", helo="us.test", connections=7, messages=9, chunking=False,
        mx_port=26, timeout=3.0, verbose=True, dns=("192.0.2.1", "[2001:db8::1]:54"),
    )  # fmt: skip
    assert settings.tls is TlsUse.REQUIRED and not settings.trust.verify and settings.trust.local_ca
    assert (settings.helo, settings.connections, settings.messages, settings.port) == ("us.test", 7, 9, 26)
    assert not settings.chunking and settings.timeout == settings.connect_timeout == 3.0
    assert isinstance(settings.observer, Transcript) and isinstance(settings.resolver, DnsResolver)
    assert settings.resolver._servers == (Address("192.0.2.1", 53), Address("2001:db8::1", 54))


@pytest.mark.parametrize(
    ("url", "said", "environment", "login"),
    [
        (FAR, {"user": "ann:secret"}, {}, ("ann", "secret")),
        (FAR, {"user": "ann"}, {"PORTSIDE_PASSWORD": "hidden"}, ("ann", "hidden")),
        ("smtp://ann:secret@x", {}, {}, ("ann", "secret")),
        ("smtp://ann@x", {}, {"PORTSIDE_PASSWORD": "hidden"}, ("ann", "hidden")),
        (FAR, {}, {"PORTSIDE_PASSWORD": "hidden"}, None),
        ("smtp://ann:secret@x", {"user": "ben:other"}, {}, ("ben", "other")),
    ],
)
def test_who_we_are(url: str, said: dict[str, Any], environment: dict[str, str], login: tuple[str, str] | None) -> None:
    assert settled(url, {"HOME": "/", **environment}, **said).login == login


def test_a_user_in_the_url_has_the_password_of_the_netrc_file(tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine x login ann password rc\n")
    netrc.chmod(0o600)
    assert settled("smtp://ann@x", {"NETRC": str(netrc)}).login == ("ann", "rc")
    with pytest.raises(UsageError, match="PORTSIDE_PASSWORD"):
        settled("smtp://ben@x", {"NETRC": str(netrc)})


def test_a_token_takes_the_password_s_place() -> None:
    settings = settled(user="ann:token", oauth=True)
    assert (settings.login, settings.token) == (("ann", ""), "token")


def test_lmtp_is_spoken_where_that_is_asked_for() -> None:
    assert settled("smtp://127.0.0.1:2424", lmtp=True).server == "lmtp://127.0.0.1:2424/"


def test_a_password_in_the_clear_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(reaching, "warn", said.append)
    settled(user="ann:secret", starttls="off")
    assert len(said) == 1 and "in the clear" in said[0]
    settled("smtp://127.0.0.1", user="ann:secret", starttls="off")
    settled(user="ann:secret")
    assert len(said) == 1


@pytest.mark.parametrize(
    ("url", "said"),
    [("", {"user": "ann:secret"}), ("", {"lmtp": True}), (FAR, {"cacert": Path("/none/ca.pem")}), ("http://x", {}),
     (FAR, {"dns": ("192.0.2.1:x",)}), (FAR, {"dns": ("192.0.2.1:0",)}), (FAR, {"dns": ("192.0.2.1:²",)})],
)  # fmt: skip
def test_what_makes_no_sense_is_told(url: str, said: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        settled(url, **said)


@pytest.mark.parametrize("servers", [(), ("192.0.2.1",)])
def test_the_dns_is_waited_for_no_longer_than_anything_else(servers: tuple[str, ...]) -> None:
    resolver = settled("", dns=servers, timeout=3.0).resolver
    assert isinstance(resolver, DnsResolver) and resolver._lifetime == 3.0
    assert settled("").resolver is None


def test_without_a_url_each_domain_has_its_own() -> None:
    assert settled("").server == ""
