"""Servers on loopback whose rules do as the test says."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from portside.engine import server as engine_server
from portside.engine.conversation import Conversation
from portside.engine.server import DatagramServer, Doors, Server
from portside.errors import ListenError, RemoteError
from portside.interfaces import NOTHING, Address, Close, Datagrams, Fault, Heard, Outputs, Role, Send, Stream
from portside.transport import tls
from tests.support import certificates
from tests.support.conversations import Ears, Script, until
from tests.support.ledger import Ledger
from tests.support.ports import free_tcp_port, free_udp_port

LOOPBACK = Address("127.0.0.1", 0)


class Host:
    """Greets everybody with the same rules, and keeps the conversations and what they heard."""

    def __init__(self, **handlers: Callable[..., Outputs]) -> None:
        self._handlers = handlers
        self.talks: list[Conversation[Any]] = []
        self.ears: list[Ears] = []

    def greet(self, stream: Stream, on_over: Callable[[Conversation[Any]], None]) -> Conversation[Any]:
        talk, ears = self._meet(on_over)
        talk.begin(ears, stream)
        return talk

    def greet_datagrams(self, datagrams: Datagrams) -> Conversation[Any]:
        talk, ears = self._meet(None)
        talk.begin_datagrams(ears, datagrams)
        return talk

    def _meet(self, on_over: Callable[[Conversation[Any]], None] | None) -> tuple[Conversation[Any], Ears]:
        handlers = {"ended": lambda link, now: [Close()], "stop": lambda now: [Close()], **self._handlers}
        talk: Conversation[Any] = Conversation(Script(**handlers), Role.SERVER, on_over=on_over)
        ears = Ears(answer=lambda message: talk.say(message))
        self.talks.append(talk)
        self.ears.append(ears)
        return talk, ears


@asynccontextmanager
async def open_at(host: Host, addresses: Sequence[Address] = (LOOPBACK,), **options: Any) -> AsyncIterator[Server]:
    server = Server(Doors(addresses, **options), host.greet)
    await server.listen()
    try:
        yield server
    finally:
        await server.stop(1.0)


async def visit(address: Address, **options: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if address.path:
        return await asyncio.open_unix_connection(address.path, **options)
    return await asyncio.open_connection(address.host, address.port, **options)


# ------------------------------------------------------------------------------------------------- streams


def test_whoever_comes_in_is_greeted_and_counted() -> None:
    async def main() -> None:
        host = Host()
        async with open_at(host) as server:
            peers = [await visit(server.addresses[0]) for _ in range(5)]
            for reader, writer in peers:
                writer.write(b"hello")
                assert await reader.readexactly(5) == b"hello"
            assert server.connections == 5
            for _, writer in peers:
                writer.close()
            await until(lambda: server.connections == 0)
            assert [ears.losses for ears in host.ears] == [[None]] * 5

    asyncio.run(main())


def test_one_name_may_mean_several_doors_with_one_port() -> None:
    async def main() -> None:
        async with open_at(Host(), [LOOPBACK, Address("::1", 0), Address("localhost", 0)]) as server:
            for address in server.addresses:
                assert address.port
                _, writer = await visit(address)
                writer.close()

    asyncio.run(main())


def test_where_one_door_cannot_be_opened_none_is() -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as holder:
            taken, first = Address(*holder.getsockname()), Address("127.0.0.1", free_tcp_port())
            server = Server(Doors([first, taken]), Host().greet)
            with pytest.raises(ListenError, match=str(taken)):
                await server.listen()
            assert server.addresses == []
            socket.create_server((first.host, first.port)).close()
            datagrams = DatagramServer([Address("", path="/run/x")], Host().greet_datagrams)
            assert datagrams.addresses == []

    asyncio.run(main())


def test_a_graceful_stop_lets_the_running_exchange_finish() -> None:
    async def main() -> None:
        asked: list[bytes] = []
        host = Host(received=lambda data, source, now: asked.append(data) or [], stop=lambda now: [])  # type: ignore[func-returns-value]
        async with open_at(host) as server:
            reader, writer = await visit(server.addresses[0])
            writer.write(b"question")
            await until(lambda: asked)  # what nobody has read would make a reset of the end
            stopping = asyncio.create_task(server.stop(60.0))
            await asyncio.sleep(0)
            with pytest.raises(ConnectionRefusedError):
                await visit(server.addresses[0])
            assert not stopping.done()
            host.talks[0].say([Send(b"answer"), Close()])
            assert await reader.read() == b"answer"
            await stopping
            writer.close()

    asyncio.run(asyncio.wait_for(main(), 30))


def test_what_has_not_finished_after_the_grace_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        host = Host(stop=lambda now: [])
        async with open_at(host) as server:
            reader, writer = await visit(server.addresses[0])
            await until(lambda: host.talks)
            await server.stop(0.01)
            assert await reader.read() == b""
            assert host.ears[0].losses == [None]
            assert server.connections == 0
            writer.close()

    with caplog.at_level(logging.WARNING):
        asyncio.run(asyncio.wait_for(main(), 30))
    assert "1 conversations were cut off after 0.01 s" in caplog.text


def test_what_lingers_behind_the_end_of_its_conversation_goes_with_the_server() -> None:
    async def main() -> None:
        taken: list[Stream] = []
        server = Server(Doors([LOOPBACK]), _keeping(taken, [Fault(RemoteError("no")), Close(linger=60.0)]))
        await server.listen()
        reader, writer = await visit(server.addresses[0])
        assert await reader.read() == b""
        assert server.connections == 0
        await server.stop(1.0)
        assert taken[0]._sock is None  # type: ignore[attr-defined]
        writer.close()

    asyncio.run(main())


def test_one_address_holds_no_more_than_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_server, "is_loopback", lambda host: False)

    async def main() -> None:
        host = Host()
        async with open_at(host, per_address=2) as server:
            first, second = [await visit(server.addresses[0]) for _ in range(2)]
            await until(lambda: len(host.talks) == 2)
            reader, writer = await visit(server.addresses[0])
            assert await reader.read() == b""
            assert server.connections == 2
            first[1].close()
            await until(lambda: server.connections == 1)
            third = await visit(server.addresses[0])
            await until(lambda: server.connections == 2)
            for _, writer_ in (second, third, (reader, writer)):
                writer_.close()

    asyncio.run(main())


def test_one_too_many_hears_why_where_it_can_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_server, "is_loopback", lambda host: False)

    async def main() -> None:
        host = Host()
        async with open_at(host, per_address=1, refusal=b"421 no\r\n") as server:
            first = await visit(server.addresses[0])
            await until(lambda: host.talks)
            reader, writer = await visit(server.addresses[0])
            assert await reader.read() == b"421 no\r\n"
            for _, writer_ in (first, (reader, writer)):
                writer_.close()

    asyncio.run(main())


@pytest.mark.parametrize("kind", ["loopback", "unix"])
def test_who_is_on_this_machine_has_no_share(kind: str, tmp_path: Path) -> None:
    async def main() -> None:
        address = LOOPBACK if kind == "loopback" else Address("", path=str(tmp_path / "door"))
        host = Host()
        async with open_at(host, [address], per_address=2) as server:
            peers = [await visit(server.addresses[0]) for _ in range(5)]
            await until(lambda: len(host.talks) == 5)
            for _, writer in peers:
                writer.close()

    asyncio.run(main())


def test_a_tap_sees_every_byte() -> None:
    async def main() -> None:
        tap = Ledger()
        async with open_at(Host(received=lambda data, source, now: [Heard(data.upper())]), tap=tap) as server:
            reader, writer = await visit(server.addresses[0])
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"HELLO"
            writer.close()
        assert tap.log == [("came", b"hello"), ("sent", b"HELLO")]

    asyncio.run(main())


# ----------------------------------------------------------------------------------------------------- TLS


@pytest.fixture
def contexts(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's and a client's."""
    authority = certificates.make_ca(tmp_path)
    pair = certificates.good(tmp_path, authority)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pair.cert, pair.key)
    return server, ssl.create_default_context(cafile=str(authority.cert))


def test_over_tls_one_is_greeted_after_the_handshake(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async def main() -> None:
        host = Host()
        async with open_at(host, tls=contexts[0]) as server:
            bare = await visit(server.addresses[0])
            reader, writer = await visit(server.addresses[0], ssl=contexts[1], server_hostname="localhost")
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"hello"
            (talk,) = host.talks
            assert talk.door is not None
            assert talk.door.tls is not None
            assert talk.door.tls.version == "TLSv1.3"
            for each in (writer, bare[1]):
                each.close()
                await each.wait_closed()

    asyncio.run(main())


@pytest.mark.parametrize("greeting", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"\0" * 100, b"\0" * 65536])
def test_who_speaks_no_tls_is_not_greeted(
    greeting: bytes, contexts: tuple[ssl.SSLContext, ssl.SSLContext], caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        host = Host()
        async with open_at(host, tls=contexts[0]) as server:
            reader, writer = await visit(server.addresses[0])
            writer.write(greeting)
            writer.write_eof()
            assert len(await reader.read()) < 100  # an alert, or nothing
            writer.close()
            assert host.talks == []

    with caplog.at_level(logging.INFO):
        asyncio.run(asyncio.wait_for(main(), 30))
    assert "no TLS with 127.0.0.1" in caplog.text


def test_who_never_ends_the_handshake_is_shown_out(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tls, "HANDSHAKE_TIMEOUT", 0.05)

    async def main() -> None:
        async with open_at(Host(), tls=contexts[0]) as server:
            reader, writer = await visit(server.addresses[0])
            assert await reader.read() == b""
            writer.close()

    with caplog.at_level(logging.INFO):
        asyncio.run(asyncio.wait_for(main(), 30))
    assert "took longer than 0.05 s" in caplog.text


def test_a_stop_does_not_wait_for_handshakes(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async def main() -> None:
        async with open_at(Host(), tls=contexts[0]) as server:
            reader, writer = await visit(server.addresses[0])
            await until(lambda: server._arriving)
            await server.stop(60.0)
            assert await reader.read() == b""
            writer.close()

    asyncio.run(asyncio.wait_for(main(), 30))


# ----------------------------------------------------------------------------------------------- datagrams


def test_every_socket_of_datagrams_is_a_conversation() -> None:
    async def main() -> None:
        host = Host(received=lambda data, source, now: [Send(data.upper(), source)])
        server = DatagramServer([LOOPBACK, Address("::1", 0)], host.greet_datagrams)
        await server.listen()
        loop = asyncio.get_running_loop()
        for address in server.addresses:
            family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
            with socket.socket(family, socket.SOCK_DGRAM) as sock:
                sock.setblocking(False)
                sock.connect((address.host, address.port))
                await loop.sock_sendall(sock, b"hello")
                assert await loop.sock_recv(sock, 100) == b"HELLO"
        await server.stop()
        assert [ears.losses for ears in host.ears] == [[None], [None]]

    asyncio.run(asyncio.wait_for(main(), 30))


def test_where_one_socket_cannot_be_bound_none_is() -> None:
    async def main() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
            holder.bind(("127.0.0.1", 0))
            taken, first = Address(*holder.getsockname()), Address("127.0.0.1", free_udp_port())
            server = DatagramServer([first, taken], Host().greet_datagrams)
            with pytest.raises(ListenError, match=str(taken)):
                await server.listen()
            with socket.socket(type=socket.SOCK_DGRAM) as again:
                again.bind((first.host, first.port))

    asyncio.run(main())


def test_who_may_have_to_hurry_leaves_little_to_the_kernel() -> None:
    async def main() -> None:
        sizes = []
        for size in (0, 64 * 1024):
            taken: list[Stream] = []
            server = Server(Doors([Address("127.0.0.1", 0)], send_buffer=size), _keeping(taken))
            await server.listen()
            _, writer = await asyncio.open_connection("127.0.0.1", server.addresses[0].port)
            await until(lambda taken=taken: taken)
            sizes.append(taken[0]._sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF))  # type: ignore[attr-defined]
            writer.close()
            server.abort()
            await asyncio.sleep(0)
        assert sizes[1] <= 2 * 64 * 1024 < sizes[0]  # Linux doubles what it is asked for

    asyncio.run(main())


def _keeping(taken: list[Stream], said: Outputs = NOTHING) -> Any:
    def greet(stream: Stream, on_over: Any) -> Any:
        taken.append(stream)
        rules = Script(opened=lambda door, now: said)
        conversation: Conversation[Any] = Conversation(rules, Role.SERVER, on_over=on_over)
        conversation.begin(Ears(), stream)
        return conversation

    return greet
