"""TLS over memory, where every step is in the test's hands, and over sockets."""

from __future__ import annotations

import asyncio
import io
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside.errors import CertificateError, ConnectionLost, TimedOut, TlsError, TransportError
from portside.transport import tls as room
from portside.transport.memory import Pair
from portside.transport.tcp import HIGH_WATER, SocketStream
from portside.transport.tls import TlsStream, secure
from tests.support import certificates
from tests.support.conversations import Ears, until


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def authority(folder: Path) -> certificates.Pair:
    return certificates.make_ca(folder)


@pytest.fixture
def server_side(folder: Path, authority: certificates.Pair) -> ssl.SSLContext:
    pair = certificates.good(folder, authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    return context


@pytest.fixture
def client_side(authority: certificates.Pair) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(authority.cert))


class Scene:
    """Both sides over a pair; ``outcomes`` are how the handshakes ended."""

    def __init__(
        self, server: ssl.SSLContext, client: ssl.SSLContext, *, piece: int = 0, name: str = "localhost"
    ) -> None:
        self.pair = Pair(piece, asyncio.get_running_loop().call_soon)
        self.server = TlsStream(self.pair.server, server, server_side=True)
        self.client = TlsStream(self.pair.client, client, server_name=name)
        self.theirs, self.ours = Ears(), Ears()
        self.outcomes: dict[str, list[TransportError | None]] = {"server": [], "client": []}
        self.server.handshake(lambda error: self._secured("server", self.server, self.theirs, error))
        self.client.handshake(lambda error: self._secured("client", self.client, self.ours, error))

    def _secured(self, side: str, stream: TlsStream, ears: Ears, error: TransportError | None) -> None:
        self.outcomes[side].append(error)
        if error is None:
            stream.start(ears)

    async def shaken(self) -> None:
        await until(lambda: self.outcomes["server"] and self.outcomes["client"])


def run(talk: Callable[[], Any]) -> None:
    async def main() -> None:
        async with asyncio.timeout(60):
            await talk()

    asyncio.run(main())


# -------------------------------------------------------------------------------------------------- memory


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("piece", [0, 1, 7])
def test_both_sides_agree_and_understand_each_other(
    piece: int, version: ssl.TLSVersion, server_side: ssl.SSLContext, client_side: ssl.SSLContext
) -> None:
    client_side.maximum_version = client_side.minimum_version = version
    for context in (server_side, client_side):
        context.set_alpn_protocols(["upper"])

    async def talk() -> None:
        scene = Scene(server_side, client_side, piece=piece)
        await scene.shaken()
        assert scene.outcomes == {"server": [None], "client": [None]}
        for stream in (scene.server, scene.client):
            assert stream.door.tls is not None
            assert stream.door.tls.version == version.name.replace("_", ".")
            assert stream.door.tls.alpn == "upper"
            assert stream.door.tls.cipher
        assert scene.client.door.tls.server_name == "localhost"  # type: ignore[union-attr]
        scene.client.write(b"hello")
        scene.client.write(b"")
        scene.server.write(b"good day")
        await until(lambda: scene.theirs.data == b"hello" and scene.ours.data == b"good day")
        scene.client.abort()

    run(talk)


def test_a_large_message_and_a_file_arrive_whole(server_side: ssl.SSLContext, client_side: ssl.SSLContext) -> None:
    async def talk() -> None:
        scene = Scene(server_side, client_side)
        await scene.shaken()
        content = bytes(range(256)) * 8192
        file = io.BytesIO(content)
        scene.server.write(content)
        scene.server.write_file(file, 1, len(content) - 1)
        scene.server.write(b"end")
        assert scene.server.pending > HIGH_WATER
        scene.server.finish()
        await until(lambda: scene.ours.ends)
        assert bytes(scene.ours.data) == content + content[1:] + b"end"
        assert (file.closed, scene.server.pending) == (True, 0)

    run(talk)


@pytest.mark.parametrize("file", [0, 1, HIGH_WATER - 1000, 3 * HIGH_WATER])
def test_who_waits_is_told_when_there_is_room(
    file: int, server_side: ssl.SSLContext, client_side: ssl.SSLContext
) -> None:
    async def talk() -> None:
        scene = Scene(server_side, client_side)
        await scene.shaken()
        pending: list[int] = []
        scene.theirs.drained = lambda: pending.append(scene.server.pending)  # type: ignore[method-assign]
        scene.client.pause()
        scene.server.write(bytes(HIGH_WATER + 1))
        if file:
            scene.server.write_file(io.BytesIO(bytes(file)), 0, file)
        await asyncio.sleep(0)
        assert pending == []
        scene.client.resume()
        await until(lambda: len(scene.ours.data) == HIGH_WATER + 1 + file)
        await until(lambda: pending)
        assert max(pending) <= HIGH_WATER
        scene.client.abort()

    run(talk)


def test_a_paused_side_keeps_what_it_has_until_it_resumes(
    server_side: ssl.SSLContext, client_side: ssl.SSLContext
) -> None:
    async def talk() -> None:
        scene = Scene(server_side, client_side)
        await scene.shaken()
        scene.ours.received = lambda data: (scene.ours.data.extend(data), scene.client.pause())  # type: ignore[method-assign,func-returns-value]
        for _ in range(3):
            scene.server.write(b"x" * 1000)
        await until(lambda: scene.ours.data)
        await asyncio.sleep(0)
        assert len(scene.ours.data) == 1000
        for size in (2000, 3000):
            scene.client.resume()
            await until(lambda size=size: len(scene.ours.data) == size)
        scene.client.abort()

    run(talk)


def test_nothing_that_comes_before_the_start_is_lost_or_read_on(
    server_side: ssl.SSLContext, client_side: ssl.SSLContext
) -> None:
    async def talk() -> None:
        pair = Pair(0, asyncio.get_running_loop().call_soon)
        server = TlsStream(pair.server, server_side, server_side=True)
        theirs, ours = Ears(), Ears()

        def greet(error: TransportError | None) -> None:
            assert error is None
            server.start(theirs)
            server.write(b"220 ready")
            server.finish()

        server.handshake(greet)
        client = await secure(pair.client, client_side, server_name="localhost")
        await until(lambda: theirs.losses)
        client.start(ours)
        await until(lambda: ours.ends)
        assert bytes(ours.data) == b"220 ready"
        client.abort()

    run(talk)


def test_an_end_in_good_order_is_one_and_we_may_still_speak(
    server_side: ssl.SSLContext, client_side: ssl.SSLContext
) -> None:
    async def talk() -> None:
        scene = Scene(server_side, client_side)
        await scene.shaken()
        scene.client._tls.write(b"last words")
        with pytest.raises(ssl.SSLWantReadError):
            scene.client._tls.unwrap()  # our close_notify; we go on reading
        scene.client._flush()
        await until(lambda: scene.theirs.ends)
        assert (bytes(scene.theirs.data), scene.theirs.losses) == (b"last words", [])
        scene.server.write(b"reply")
        assert scene.server.pending > 0
        scene.server.finish()
        scene.client.finish()
        await until(lambda: scene.theirs.losses)
        assert (scene.theirs.ends, scene.theirs.losses) == (1, [None])

    run(talk)


def test_a_connection_that_is_cut_off_is_no_end(server_side: ssl.SSLContext, client_side: ssl.SSLContext) -> None:
    async def talk() -> None:
        scene = Scene(server_side, client_side)
        await scene.shaken()
        scene.client.write(b"half of")
        scene.pair.client.finish()  # below TLS, without a close_notify
        await until(lambda: scene.theirs.losses)
        (error,) = scene.theirs.losses
        assert isinstance(error, ConnectionLost)
        assert "without the end that TLS asks for" in str(error)
        assert (bytes(scene.theirs.data), scene.theirs.ends) == (b"half of", 0)

    run(talk)


def test_who_only_speaks_goes_on_when_the_other_side_ends_without_a_word(
    server_side: ssl.SSLContext, client_side: ssl.SSLContext
) -> None:
    async def talk() -> None:
        scene = Scene(server_side, client_side)
        scene.server._speaks_only = True
        await scene.shaken()
        scene.server.ended()  # below TLS, and their direction alone
        await until(lambda: scene.theirs.ends)
        scene.server.write(b"a download")
        await until(lambda: scene.ours.data)
        assert (bytes(scene.ours.data), scene.theirs.losses) == (b"a download", [])

    run(talk)


def test_bytes_that_are_no_tls_end_it(server_side: ssl.SSLContext, client_side: ssl.SSLContext) -> None:
    async def talk() -> None:
        scene = Scene(server_side, client_side)
        await scene.shaken()
        scene.pair.client.write(b"\x17\x03\x03\x00\x20" + bytes(32))  # a record of a key that nobody has
        await until(lambda: scene.theirs.losses)
        assert isinstance(scene.theirs.losses[0], TlsError)
        assert scene.theirs.data == b""

    run(talk)


def test_after_our_goodbye_nobody_listens(server_side: ssl.SSLContext, client_side: ssl.SSLContext) -> None:
    async def talk() -> None:
        scene = Scene(server_side, client_side)
        await scene.shaken()
        scene.server.write(b"413 too large")
        scene.server.finish(5.0)
        scene.server.finish(5.0)
        scene.server.write(b"too late")
        late = io.BytesIO(b"too late")
        scene.server.write_file(late, 0, 8)
        scene.server.received(b"\x17\x03\x03\x00\x20" + bytes(32))
        await until(lambda: scene.ours.ends)
        assert (bytes(scene.ours.data), late.closed) == (b"413 too large", True)
        assert (bytes(scene.theirs.data), [loss for loss in scene.theirs.losses if loss]) == (b"", [])

    run(talk)


def test_a_second_connection_resumes_the_session_of_the_first(
    server_side: ssl.SSLContext, client_side: ssl.SSLContext
) -> None:
    async def talk() -> None:
        session = None
        for resumed in (False, True):
            pair = Pair(0, asyncio.get_running_loop().call_soon)
            server = TlsStream(pair.server, server_side, server_side=True)
            theirs, ours = Ears(), Ears()
            server.handshake(lambda error, server=server, theirs=theirs: server.start(theirs))
            client = await secure(pair.client, client_side, server_name="localhost", session=session)
            client.start(ours)
            server.write(b"x")  # with TLS 1.3 the ticket comes with the first bytes
            await until(lambda ours=ours: ours.data)
            assert client.door.tls is not None
            assert client.door.tls.resumed is resumed
            session = client.session
            assert session is not None
            client.finish()
            await until(lambda theirs=theirs: theirs.ends)

    run(talk)


# ------------------------------------------------------------------------------------- handshakes that fail


def test_a_certificate_that_does_not_do_is_told_to_both_sides(
    folder: Path, authority: certificates.Pair, client_side: ssl.SSLContext
) -> None:
    pair = certificates.wrong_name(folder, authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)

    async def talk() -> None:
        scene = Scene(context, client_side)
        await until(lambda: scene.outcomes["client"])
        (error,) = scene.outcomes["client"]
        assert isinstance(error, CertificateError)
        assert error.fault == "wrong name"
        # In TLS 1.3 the server is done by then; what follows is the alert.
        await until(lambda: scene.theirs.losses or any(scene.outcomes["server"]))

    run(talk)


@pytest.mark.parametrize(
    "garbage", [b"SSH-2.0-x\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x40\x00" + bytes(20000)]
)
def test_garbage_instead_of_a_handshake_is_refused(garbage: bytes, server_side: ssl.SSLContext) -> None:
    async def talk() -> None:
        pair, peer = Pair(0, asyncio.get_running_loop().call_soon), Ears()
        outcomes: list[TransportError | None] = []
        server = TlsStream(pair.server, server_side, server_side=True)
        server.handshake(outcomes.append)
        pair.client.start(peer)
        pair.client.write(garbage)
        await until(lambda: outcomes)
        assert isinstance(outcomes[0], TlsError)
        pair.client.write(garbage * 100)
        await until(lambda: peer.ends)
        assert len(outcomes) == 1
        assert server._incoming.pending <= len(garbage)  # what comes afterwards is not kept

    run(talk)


@pytest.mark.parametrize("how", ["finish", "lost"])
def test_an_end_in_the_middle_of_a_handshake_is_told(how: str, server_side: ssl.SSLContext) -> None:
    async def talk() -> None:
        pair = Pair(0, asyncio.get_running_loop().call_soon)
        outcomes: list[TransportError | None] = []
        server = TlsStream(pair.server, server_side, server_side=True)
        server.handshake(outcomes.append)
        pair.client.write(b"\x16\x03\x01")
        if how == "finish":
            pair.client.finish()
        else:
            server.lost(None)
        await until(lambda: outcomes)
        assert "closed the connection during the TLS handshake" in str(outcomes[0])

    run(talk)


def test_a_handshake_has_its_time(client_side: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "HANDSHAKE_TIMEOUT", 0.02)

    async def talk() -> None:
        pair = Pair(0, asyncio.get_running_loop().call_soon)
        with pytest.raises(TimedOut, match=r"handshake with localhost took longer than 0\.02 s"):
            await secure(pair.client, client_side, server_name="localhost")

    run(talk)


def test_who_gives_up_waiting_closes_the_connection(client_side: ssl.SSLContext) -> None:
    async def talk() -> None:
        pair, peer = Pair(0, asyncio.get_running_loop().call_soon), Ears()
        pair.server.start(peer)
        securing = asyncio.create_task(secure(pair.client, client_side, server_name="localhost"))
        await until(lambda: peer.data)
        securing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await securing
        await until(lambda: peer.ends)

    run(talk)


# ------------------------------------------------------------------------------------------------- sockets


def test_over_sockets_it_speaks_with_the_standard_library(
    server_side: ssl.SSLContext, client_side: ssl.SSLContext, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 8192)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readexactly(1_000_000)).upper())
        await writer.drain()
        writer.close()

    async def talk() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=server_side)
        sock = socket.create_connection(server.sockets[0].getsockname())
        client, ears = await secure(SocketStream(sock), client_side, server_name="localhost"), Ears()
        client.start(ears)
        client.write_file(path.open("rb"), 0, 1_000_000)
        await until(lambda: ears.ends)
        assert bytes(ears.data) == path.read_bytes()[:1_000_000].upper()
        client.finish()
        await until(lambda: ears.losses)
        server.close()
        await server.wait_closed()

    run(talk)


def test_a_peer_that_hangs_up_without_a_goodbye_is_a_loss(
    server_side: ssl.SSLContext, client_side: ssl.SSLContext
) -> None:
    async def talk() -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        near = socket.create_connection(listener.getsockname())
        far, _ = listener.accept()
        listener.close()
        outcomes: list[TransportError | None] = []
        server = TlsStream(SocketStream(far), server_side, server_side=True)
        theirs, ours = Ears(), Ears()
        server.handshake(lambda error: (outcomes.append(error), server.start(theirs))[0])
        client = await secure(SocketStream(near), client_side, server_name="localhost")
        client.start(ours)
        await until(lambda: outcomes)
        client.abort()
        await until(lambda: theirs.losses)
        assert isinstance(theirs.losses[0], ConnectionLost)

    run(talk)
