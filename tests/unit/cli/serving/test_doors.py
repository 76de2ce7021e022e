from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import click
import pytest

from portside.cli.kinds import BASE
from portside.cli.serving import doors
from portside.errors import UsageError
from portside.interfaces import Address


def _values(*arguments: str, base: Path | None = None) -> dict[str, Any]:
    with click.Context(click.Command("parent")) as parent:
        parent.meta[BASE] = base
        with click.Command("x", params=doors.options(99)).make_context("x", list(arguments), parent) as ctx:
            return ctx.params


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], (Address("127.0.0.1", 99),)),
        (["--port", "0"], (Address("127.0.0.1", 0),)),
        (["--host", "0.0.0.0"], (Address("0.0.0.0", 99),)),
        (["--host", "[::1]"], (Address("::1", 99),)),
        (["--host", "::"], (Address("::", 99),)),
        (["--host", "box.example", "--host", "::1"], (Address("box.example", 99), Address("::1", 99))),
        (["--host", "unix:/run/a.sock"], (Address("", 0, "/run/a.sock"),)),
    ],
)
def test_hosts_and_the_port_make_addresses(arguments: list[str], expected: tuple[Address, ...]) -> None:
    assert doors.addresses(_values(*arguments)) == expected


def test_a_sockets_path_starts_where_it_was_written(tmp_path: Path) -> None:
    values = _values("--host", "unix:a.sock", base=tmp_path)
    assert doors.addresses(values) == (Address("", 0, str(tmp_path / "a.sock")),)


@pytest.mark.parametrize("host", ["", "a b", "a/b", "a:80", "127.0.0.1:80", "unix:", "unix:a\0b", "a\nb", "[", "[::1"])
def test_what_is_no_host_is_refused(host: str) -> None:
    with pytest.raises(click.BadParameter):
        _values("--host", host)


@pytest.mark.parametrize("port", ["-1", "65536", "x", "0x50"])
def test_what_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(click.BadParameter):
        _values("--port", port)


def test_without_tls_there_is_none() -> None:
    assert doors.tls(_values()) is None


def test_the_certificate_names_the_hosts_and_the_names(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def fake(cert: object, key: object, names: object, alpn: object) -> ssl.SSLContext:
        asked.append((cert, key, names, alpn))
        return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    monkeypatch.setattr(doors, "server_context", fake)
    hosts = ("127.0.0.1", "0.0.0.0", "box.example", "10.1.2.3", "unix:/a")
    values = _values("--tls", *(word for host in hosts for word in ("--host", host)))
    doors.tls(values, ["site.test", "box.example"], ["http/1.1"])
    assert asked == [(None, None, ["site.test", "box.example", "10.1.2.3"], ["http/1.1"])]


def test_a_server_is_called_by_the_hosts_it_was_given() -> None:
    hosts = ("127.0.0.1", "::1", "0.0.0.0", "::", "BOX.example", "10.1.2.3", "unix:/a")
    values = _values(*(word for host in hosts for word in ("--host", host)))
    assert doors.host_names(values) == ["box.example", "10.1.2.3"]
    assert doors.host_names(_values()) == []


def test_a_certificate_of_ones_own_means_tls(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none"):
        doors.tls(_values("--cert", str(tmp_path / "none.pem")))
    with pytest.raises(UsageError, match="--cert"):
        doors.tls(_values("--key", str(tmp_path / "none.key")))


def test_a_unix_socket_can_be_refused() -> None:
    doors.refuse_unix(_values(), "no")
    with pytest.raises(UsageError, match=r"because$"):
        doors.refuse_unix(_values("--host", "unix:/a"), "because")
