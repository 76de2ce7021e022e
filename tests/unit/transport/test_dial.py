from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from portside.errors import CertificateError, ConnectError, TimedOut, UsageError
from portside.interfaces import Address, Stream
from portside.transport.dial import ClientTls, dial, upgrade
from portside.transport.tapped import TappedStream
from tests.support import certificates
from tests.support.conversations import Ears, until
from tests.support.ledger import Ledger
from tests.support.ports import free_tcp_port
from tests.support.standins import standing_in


@pytest.fixture
def authority(tmp_path: Path) -> certificates.Pair:
    return certificates.make_ca(tmp_path)


@pytest.fixture
def shown(tmp_path: Path, authority: certificates.Pair) -> ssl.SSLContext:
    pair = certificates.good(tmp_path, authority, ["localhost", "127.0.0.1", "elsewhere.test"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    context.set_alpn_protocols(["http/1.1"])
    return context


def echoing(context: ssl.SSLContext | None = None, path: str = "") -> AbstractAsyncContextManager[Address]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            writer.write(data.upper())
        writer.close()

    return standing_in(echo, path=path, ssl=context)


async def shout(stream: Stream) -> None:
    ears = Ears()
    stream.start(ears)
    stream.write(b"hello")
    await until(lambda: ears.data == b"HELLO")
    stream.finish()
    await until(lambda: ears.losses)


async def to_the_end(peer: socket.socket) -> bytes:
    peer.setblocking(False)
    data = b""
    while piece := await asyncio.get_running_loop().sock_recv(peer, 65536):
        data += piece
    return data


def run(talk: Callable[[], Any]) -> None:
    async def main() -> None:
        async with asyncio.timeout(60):
            await talk()

    asyncio.run(main())


def test_without_tls_the_stream_is_bare() -> None:
    async def talk() -> None:
        async with echoing() as address:
            stream = await dial(address)
            assert stream.door.tls is None
            await shout(stream)

    run(talk)


def test_with_tls_the_certificate_proves_the_name(shown: ssl.SSLContext, authority: certificates.Pair) -> None:
    tls = ClientTls(cafile=authority.cert, alpn=("h2", "http/1.1"))

    async def talk() -> None:
        async with echoing(shown) as address:
            for name in (None, "localhost", "elsewhere.test"):
                stream = await dial(address, tls, server_name=name)
                assert stream.door.tls is not None
                assert (stream.door.tls.alpn, stream.door.tls.server_name) == ("http/1.1", name or "127.0.0.1")
                await shout(stream)
            with pytest.raises(CertificateError) as caught:
                await dial(address, tls, server_name="third.test")
            assert caught.value.fault == "wrong name"

    run(talk)


def test_a_unix_socket_is_on_this_machine_and_called_localhost(
    shown: ssl.SSLContext, authority: certificates.Pair, tmp_path: Path
) -> None:
    async def talk() -> None:
        async with echoing(shown, str(tmp_path / "door")) as address:
            await shout(await dial(address, ClientTls(cafile=authority.cert)))

    run(talk)


def test_an_authority_that_nobody_named_is_not_trusted_unless_one_asks_for_no_proof(shown: ssl.SSLContext) -> None:
    async def talk() -> None:
        async with echoing(shown) as address:
            with pytest.raises(CertificateError):
                await dial(address, ClientTls())
            await shout(await dial(address, ClientTls(verify=False)))

    run(talk)


@pytest.mark.parametrize("tls", [None, ClientTls()])
def test_nobody_listens(tls: ClientTls | None) -> None:
    async def talk() -> None:
        with pytest.raises(ConnectError):
            await dial(Address("127.0.0.1", free_tcp_port()), tls)

    run(talk)


def test_connecting_and_the_handshake_share_one_time() -> None:
    async def talk() -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            with pytest.raises(TimedOut, match=r"did not finish the TLS handshake within 0\.5 s"):
                await dial(Address(*silent.getsockname()), ClientTls(), timeout=0.5)
            peer, _ = silent.accept()
            await to_the_end(peer)  # the ClientHello, and then nothing
            peer.close()

    run(talk)


def test_what_the_user_named_wrongly_leaves_no_connection_open(tmp_path: Path) -> None:
    async def talk() -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            with pytest.raises(UsageError, match="no such file"):
                await dial(Address(*server.getsockname()), ClientTls(cafile=tmp_path / "missing.pem"))
            peer, _ = server.accept()
            assert await to_the_end(peer) == b""
            peer.close()

    run(talk)


def test_a_tap_sits_below_tls(shown: ssl.SSLContext, authority: certificates.Pair) -> None:
    async def talk() -> None:
        tap = Ledger()
        async with echoing(shown) as address:
            await shout(await dial(address, ClientTls(cafile=authority.cert), tap=tap))
        assert tap.sent_bytes[:2] == tap.came_bytes[:2] == b"\x16\x03"
        assert b"hello" not in tap.sent_bytes
        async with echoing() as address:
            stream = await dial(address, tap=tap)
            assert isinstance(stream, TappedStream)
            await shout(stream)
        assert tap.sent_bytes.endswith(b"hello")

    run(talk)


def test_an_open_stream_may_be_secured_later(shown: ssl.SSLContext, authority: certificates.Pair) -> None:
    async def talk() -> None:
        async with echoing(shown) as address:
            below = await dial(address)
            await shout(await upgrade(below, ClientTls(cafile=authority.cert), "localhost"))

    run(talk)
