"""Getting in: over TLS with a session that data connections resume, or not at all."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from portside.errors import ConnectError, LimitExceeded, LoginFailed, TimedOut, TlsError
from portside.protocols.ftp.client.settings import Settings
from portside.protocols.ftp.rules.orders import TlsUse
from portside.protocols.ftp.rules.policy import Policy, Tls
from portside.transport.dial import ClientTls
from portside.transport.trust import server_context
from tests.support import certificates
from tests.support.ftp_scripted import Scripted
from tests.support.ftp_sites import client_at, run, served
from tests.support.ports import held_tcp_port


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("implicit", [False, True])
def test_data_connections_resume_the_session(tmp_path: Path, version: ssl.TLSVersion, implicit: bool) -> None:
    ca = certificates.make_ca(tmp_path)
    pair = certificates.good(tmp_path, ca)
    root = tmp_path / "root"
    root.mkdir()
    (root / "a").write_bytes(b"abc")

    def context() -> ssl.SSLContext:
        made = server_context(pair.cert, pair.key)
        made.maximum_version = version
        return made

    async def story() -> None:
        policy = Policy(tls=Tls.IMPLICIT if implicit else Tls.REQUIRED, same_session=True)
        scheme = "ftps" if implicit else "ftp"
        trust = Settings(trust=ClientTls(cafile=ca.cert), tls=TlsUse.REQUIRED)
        async with served(root, trust, policy=policy, context=context, scheme=scheme) as client:
            assert await client.read("a") == b"abc"
            assert await client.read("a") == b"abc"
            await client.write("b", b"xyz")
            async with client.site.connection() as connection:
                assert connection.door is not None and connection.door.tls is not None
                assert connection.door.tls.version == version.name.replace("_", ".")
        assert (root / "b").read_bytes() == b"xyz"

    run(story)


@pytest.mark.parametrize(
    ("script", "settings", "error"),
    [
        (Scripted(), Settings(tls=TlsUse.REQUIRED), TlsError),
        (Scripted(answers={"PASS": "530 no"}), Settings(), LoginFailed),
        (Scripted(greeting="220-" + "x" * 10_000), Settings(), LimitExceeded),
        (Scripted(answers={"USER": lambda _: "120 wait"}), Settings(timeout=0.01), TimedOut),
    ],
)
def test_who_cannot_get_in_hears_why(script: Scripted, settings: Settings, error: type[Exception]) -> None:
    async def story() -> None:
        async with script.open(), client_at(script.url, settings) as client:
            with pytest.raises(error):
                await client.list()

    run(story)


def test_a_server_that_drips_its_greeting_does_not_hold_us() -> None:
    async def story() -> None:
        server = Scripted(answers={"USER": lambda _: "120 wait"})
        async with server.open(), client_at(server.url, Settings(connect_timeout=0.05)) as client:
            with pytest.raises(TimedOut, match="did not let us in"):
                await client.list()

    run(story)


def test_nobody_there_is_told() -> None:
    async def story(port: int) -> None:
        async with client_at(f"ftp://127.0.0.1:{port}/") as client:
            with pytest.raises(ConnectError):
                await client.command("NOOP")

    with held_tcp_port() as port:
        run(lambda: story(port))


def test_the_password_is_not_said_before_tls_that_is_required() -> None:
    async def story() -> None:
        server = Scripted()
        async with server.open(), client_at(server.url, Settings(tls=TlsUse.REQUIRED, login=("u", "p"))) as client:
            with pytest.raises(TlsError):
                await client.list()
        assert server.said == ["AUTH TLS"]

    run(story)
