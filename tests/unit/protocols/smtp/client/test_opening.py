"""Coming in: TLS as the settings want it, whom it is believed from, and logins."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from portside.errors import CertificateError, LoginFailed, TimedOut, TlsError
from portside.protocols.smtp.rules.orders import Stage, TlsUse
from portside.transport.dial import ClientTls
from tests.support import certificates
from tests.support.certificates import Pair
from tests.support.smtp_mailing import LETTER, mailing, run, to
from tests.support.smtp_scripted import USUAL, Scripted
from tests.support.standins import standing_in

OFFER = "250-scripted.test\r\n250-PIPELINING\r\n250 STARTTLS"
OFFER_LOGIN = "250-scripted.test\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 AUTH PLAIN"


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pair, Pair]:
    folder = tmp_path_factory.mktemp("identity")
    ca = certificates.make_ca(folder)
    return ca, certificates.good(folder, ca)


def context(pair: Pair) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(pair.cert, pair.key)
    return made


def scripted(pair: Pair, answers: dict[str, Any] | None = None, **more: Any) -> Scripted:
    """A server that offers STARTTLS, and begins it."""
    return Scripted({"EHLO": OFFER, "STARTTLS": "220 begin", **(answers or {})}, tls=context(pair), **more)


@contextlib.asynccontextmanager
async def tls_mailing(server: str, ca: Path | None, **settings: Any) -> AsyncIterator[Any]:
    async with mailing(server, trust=ClientTls(cafile=ca), **settings) as mailer:
        yield mailer


@pytest.mark.parametrize("use", [TlsUse.OFFERED, TlsUse.REQUIRED, None])
def test_tls_begins_on_the_way_and_the_result_says_so(use: TlsUse | None, identity: tuple[Pair, Pair]) -> None:
    async def story() -> None:
        async with scripted(identity[1]).open() as server, tls_mailing(server.url, identity[0].cert, tls=use) as mailer:
            (result,) = (await mailer.send(to(), LETTER)).results
            assert result.delivered and result.server is not None
            assert result.server.tls is not None and result.server.tls.version.startswith("TLSv1.")
            assert server.verbs()[:3] == ["EHLO", "STARTTLS", "EHLO"]

    run(story)


def test_tls_from_the_first_byte(identity: tuple[Pair, Pair]) -> None:
    async def story() -> None:
        script = scripted(identity[1], implicit=True)
        async with script.open() as server, tls_mailing(server.url, identity[0].cert) as mailer:
            (result,) = (await mailer.send(to(), LETTER)).results
            assert result.delivered and result.server is not None and result.server.tls is not None
            assert "STARTTLS" not in server.verbs()

    run(story)


@pytest.mark.parametrize("login", [None, ("ann", "secret")])
@pytest.mark.parametrize("use", [TlsUse.OFFERED, TlsUse.REQUIRED])
def test_a_certificate_that_nobody_vouches_for(
    use: TlsUse, login: tuple[str, str] | None, identity: tuple[Pair, Pair], tmp_path: Path
) -> None:
    """It is taken where the alternative is to speak in the clear, and nothing secret is said."""

    async def story() -> None:
        stranger = certificates.make_ca(tmp_path)
        script = scripted(identity[1], {"EHLO": OFFER_LOGIN})
        async with script.open() as server, tls_mailing(server.url, stranger.cert, tls=use, login=login) as mailer:
            (result,) = (await mailer.send(to(), LETTER)).results
            if use is TlsUse.OFFERED and login is None:
                assert result.delivered
            else:
                assert isinstance(result.error, CertificateError) and result.stage is Stage.ENTRY
                assert "AUTH" not in server.verbs() and "MAIL" not in server.verbs()

    run(story)


def test_a_handshake_that_fails_where_tls_was_only_offered_does_without(identity: tuple[Pair, Pair]) -> None:
    async def story() -> None:
        warned: list[str] = []
        script = Scripted({"EHLO": OFFER, "STARTTLS": ["220 begin\r\nthis is no TLS", "502 no"]})
        async with script.open() as server, mailing(server.url, warn=warned.append) as mailer:
            assert (await mailer.send(to(), LETTER)).delivered
            assert (await mailer.send(to(), LETTER)).delivered
            assert server.visits == 2 and len(warned) == 1 and "in the clear" in warned[0]

    run(story)


@pytest.mark.parametrize("settings", [{"tls": TlsUse.REQUIRED}, {"login": ("ann", "secret"), "tls": TlsUse.OFFERED}])
def test_it_does_not_where_tls_is_needed(settings: dict[str, Any]) -> None:
    async def story() -> None:
        script = Scripted({"EHLO": OFFER_LOGIN, "STARTTLS": "220 begin\r\nthis is no TLS"})
        async with script.open() as server, mailing(server.url, **settings) as mailer:
            (result,) = (await mailer.send(to(), LETTER)).results
            assert isinstance(result.error, TlsError) and server.visits == 1

    run(story)


def test_a_message_that_requires_tls_is_not_sent_without(identity: tuple[Pair, Pair]) -> None:
    async def story() -> None:
        async with Scripted().open() as server, mailing(server.url) as mailer:
            (result,) = (await mailer.send(to(require_tls=True), LETTER)).results
            assert isinstance(result.error, TlsError)
            assert (await mailer.send(to(), LETTER)).delivered
        offers = ["250-scripted.test\r\n250 STARTTLS", "250-scripted.test\r\n250-PIPELINING\r\n250 REQUIRETLS"]
        script = scripted(identity[1], {"EHLO": offers})
        async with script.open() as server, tls_mailing(server.url, identity[0].cert) as mailer:
            assert (await mailer.send(to(require_tls=True), LETTER)).delivered
            assert server.said[3] == "MAIL FROM:<a@example.org> REQUIRETLS"

    run(story)


# ----------------------------------------------------------------------------------------------- login


def test_a_login_goes_over_tls(identity: tuple[Pair, Pair]) -> None:
    async def story() -> None:
        script = scripted(identity[1], {"EHLO": OFFER_LOGIN})
        async with (
            script.open() as server,
            tls_mailing(server.url, identity[0].cert, tls=TlsUse.REQUIRED, login=("ann", "secret")) as mailer,
        ):
            (result,) = (await mailer.send(to(), LETTER)).results
            assert result.delivered and result.server is not None and result.server.user == "ann"
            assert server.said[3] == "AUTH PLAIN " + b64encode(b"\0ann\0secret").decode()

    run(story)


@pytest.mark.parametrize("code", [454, 535])
def test_a_login_that_is_refused_is_told_to_all_who_wait(code: int) -> None:
    async def story() -> None:
        offer = "250-scripted.test\r\n250-PIPELINING\r\n250 AUTH PLAIN"
        async with Scripted({"EHLO": offer, "AUTH": f"{code} 5.7.8 no"}).open() as server:
            async with mailing(server.url, login=("ann", "secret"), connections=2) as mailer:
                outcomes = await asyncio.gather(*(mailer.send(to(), LETTER) for _ in range(5)))
                for outcome in outcomes:
                    (result,) = outcome.results
                    assert isinstance(result.error, LoginFailed) and result.reply is not None
                    assert result.reply.code == code and result.passing is (code == 454)
            assert "MAIL" not in server.verbs()

    run(story)


# ---------------------------------------------------------------------------------------------------- time


def test_a_server_that_drips_its_greeting_is_left() -> None:
    async def story() -> None:
        async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                writer.write(b"220-wait\r\n")
                await writer.drain()
                await asyncio.sleep(0.01)

        async with standing_in(drip) as address, mailing(f"smtp://{address}", timeout=0.3) as mailer:
            (result,) = (await mailer.send(to(), LETTER)).results
            assert isinstance(result.error, TimedOut)

    run(story)


@pytest.mark.parametrize(("machine", "name"), [("laptop", "localhost"), ("mx.us.example", "mx.us.example")])
def test_unix_sockets_are_servers_too(machine: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: machine)

    async def story() -> None:
        path = tmp_path / "smtp.sock"
        said: list[str] = []

        async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(str(USUAL["greeting"]).encode() + b"\r\n")
            while line := (await reader.readline()).decode().rstrip():
                said.append(line)
                writer.write(str(USUAL[line.partition(" ")[0]]).encode() + b"\r\n")
                if line == "DATA":
                    await reader.readuntil(b"\r\n.\r\n")
                    writer.write(b"250 kept\r\n")
            writer.close()

        server = await asyncio.start_unix_server(visit, path)
        async with server, mailing(f"smtp://unix:{path}", helo="") as mailer:
            assert (await mailer.send(to(), LETTER)).delivered
            assert said[0] == f"EHLO {name}"

    run(story)
