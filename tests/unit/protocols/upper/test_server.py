"""The server over memory, with time in the test's hands, and over real sockets of loopback."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.engine.conversation import Conversation
from portside.engine.server import DatagramServer, Server
from portside.errors import ListenError, UsageError
from portside.interfaces import Address, Role
from portside.protocols.upper.messages import LARGEST_DATAGRAM, Text
from portside.protocols.upper.rules.server import REST_WAIT, ServerRules
from portside.protocols.upper.server import Settings, _Answering, serve, shout
from portside.protocols.upper.syntax import GROWTH, upper
from portside.transport.memory import Pair
from portside.transport.tcp import HIGH_WATER, LARGEST_READ
from tests.support.conversations import Clock, Ears, Eyes
from tests.support.ports import free_udp_port

LOOPBACK = Address("127.0.0.1", 0)


# -------------------------------------------------------------------------------------------------- memory


@dataclass
class Talk:
    """A server at one end of a pair, and at the other a client that writes down."""

    piece: int = 0
    idle: float | None = None
    clock: Clock = field(default_factory=Clock)
    client: Ears = field(default_factory=Ears)

    def __post_init__(self) -> None:
        self.pair = Pair(self.piece)
        self.server: Conversation[Text] = Conversation(ServerRules(self.idle), Role.SERVER, clock=self.clock)
        self.server.begin(_Answering(self.server, shout), self.pair.server)
        self.pair.client.start(self.client)

    @property
    def answer(self) -> bytes:
        return bytes(self.client.data)

    def say(self, data: bytes) -> None:
        self.pair.client.write(data)
        self.pair.flow()

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.pair.flow()

    def end(self) -> None:
        """We have finished sending, and still read."""
        self.server.ended()
        self.pair.flow()


def test_the_application_is_a_plain_function() -> None:
    peer = Address("127.0.0.1", 1)
    assert shout(Text("straße".encode(), peer)) == Text(b"STRASSE", peer)


@given(st.binary(max_size=200), st.integers(1, 7))
def test_any_split_is_answered_with_the_same_bytes(data: bytes, piece: int) -> None:
    talk = Talk(piece)
    talk.say(data)
    assert upper(data).startswith(talk.answer)
    talk.end()
    assert talk.answer == upper(data)
    assert talk.client.ends == 1


def test_half_a_character_is_answered_after_its_time() -> None:
    talk = Talk()
    talk.say(b"a\xc3")
    assert talk.answer == b"A"
    talk.wait(REST_WAIT)
    assert talk.answer == b"A\xc3"


def test_a_silent_connection_stays_unless_a_limit_is_set() -> None:
    talk = Talk()
    talk.wait(1_000_000.0)
    assert talk.client.ends == 0
    talk = Talk(idle=60.0)
    talk.wait(59.0)
    talk.say(b"a")
    talk.wait(59.0)
    assert (talk.answer, talk.client.ends) == (b"A", 0)
    talk.wait(1.0)
    assert talk.client.ends == 1


def test_an_endless_sender_is_not_read_further_than_its_answers_leave() -> None:
    talk = Talk()
    pair = talk.pair
    pair.client.pause()  # it sends, and does not read
    chunk = "ΐ".encode() * 4096  # grows threefold
    sent = 0
    while pair.client.pending == 0:
        talk.say(chunk)
        sent += len(chunk)
        assert sent < 10 * HIGH_WATER, "the server reads on and on"
    assert pair.server.pending <= HIGH_WATER + GROWTH * len(chunk)
    pair.client.resume()
    pair.flow()
    assert talk.answer == upper(chunk) * (sent // len(chunk))


# ------------------------------------------------------------------------------------------------- sockets


@asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[Address]:
    server = await serve(Settings(**{"addresses": [LOOPBACK], **options}))
    try:
        yield server.addresses[0]
    finally:
        await server.stop(1.0)


def over_tcp(talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any], **options: Any) -> None:
    """One client, made of the standard library alone, at a server of ours."""

    async def main() -> None:
        async with serving(**options) as address:
            reader, writer = await asyncio.open_connection(address.host, address.port)
            try:
                await talk(reader, writer)
            finally:
                writer.close()

    asyncio.run(asyncio.wait_for(main(), 60))


def test_a_line_comes_back_in_upper_case() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write("straße\n".encode())
        assert await reader.readline() == b"STRASSE\n"

    over_tcp(talk)


def test_a_word_without_a_newline_is_answered() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"HELLO"
        writer.write(b" you")
        assert await reader.readexactly(4) == b" YOU"

    over_tcp(talk)


def test_after_their_end_the_rest_is_answered_and_the_connection_ends() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"abc\xe2\x82")
        writer.write_eof()
        assert await reader.read() == b"ABC\xe2\x82"

    over_tcp(talk)


def test_an_idle_connection_is_closed_where_a_limit_is_set() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.read() == b""

    over_tcp(talk, idle=0.05)


def test_a_sender_that_does_not_read_is_stopped_and_gets_everything_once_it_reads() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sock = writer.get_extra_info("socket")
        sent, digest = await fill(sock)
        got = hashlib.sha256()
        size = 0
        while size < sent:
            data = await reader.read(LARGEST_READ)
            got.update(data)
            size += len(data)
        assert got.digest() == digest

    over_tcp(talk)


async def fill(sock: Any) -> tuple[int, bytes]:
    """Send until the other side takes no more; how much that was, and what its answer looks like."""
    raw = socket.socket(fileno=socket.dup(sock.fileno()))
    raw.setblocking(False)
    chunk = b"all work and no play\n" * 5000
    sent, digest = 0, hashlib.sha256()
    refused = 0
    with raw:
        while refused < 100:  # the server gets a turn between any two attempts
            await asyncio.sleep(0)
            try:
                count = raw.send(chunk)
            except BlockingIOError:
                refused += 1
                continue
            refused = 0
            sent += count
            digest.update(upper(chunk[:count]))
            assert sent < 200_000_000, "the server reads on and on"
    return sent, digest.digest()


def test_many_connections_are_served_side_by_side() -> None:
    async def main() -> None:
        async with serving() as address:
            peers = [await asyncio.open_connection(address.host, address.port) for _ in range(300)]
            for index, (_, writer) in enumerate(peers):
                writer.write(b"peer %d\n" % index)
            for index, (reader, writer) in enumerate(peers):
                assert await reader.readline() == b"PEER %d\n" % index
                writer.close()

    asyncio.run(asyncio.wait_for(main(), 60))


def test_it_listens_at_several_addresses() -> None:
    async def main() -> None:
        async with serving(addresses=[LOOPBACK, Address("::1", 0)], udp=True):
            pass
        server = await serve(Settings([LOOPBACK, Address("::1", 0)]))
        assert isinstance(server, Server)
        assert [address.host for address in server.addresses] == ["127.0.0.1", "::1"]
        for address in server.addresses:
            reader, writer = await asyncio.open_connection(address.host, address.port)
            writer.write(b"a\n")
            assert await reader.readline() == b"A\n"
            writer.close()
        await server.stop(1.0)

    asyncio.run(main())


def test_a_port_that_is_taken_is_named() -> None:
    async def main() -> None:
        async with serving() as address:
            with pytest.raises(ListenError, match=f"{address.port}.*choose another --port"):
                await serve(Settings([address]))

    asyncio.run(main())


def test_every_step_is_seen() -> None:
    eyes = Eyes()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"a")
        assert await reader.readexactly(1) == b"A"

    over_tcp(talk, observer=eyes)
    assert list(eyes)[:3] == ["opened", "received", "say"]
    assert all(step.role is Role.SERVER for step in eyes.steps)


# ----------------------------------------------------------------------------------------------- datagrams


def over_udp(talk: Callable[[Callable[..., Any]], Any]) -> None:
    """``ask`` sends each of its datagrams and gives the one that comes back first."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with serving(udp=True) as address:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.setblocking(False)
                sock.connect((address.host, address.port))

                async def ask(*datagrams: bytes) -> bytes:
                    for data in datagrams:
                        await loop.sock_sendall(sock, data)
                    return await loop.sock_recv(sock, 65535)

                await talk(ask)

    asyncio.run(asyncio.wait_for(main(), 60))


def test_each_datagram_is_answered_by_one() -> None:
    async def talk(ask: Callable[..., Any]) -> None:
        assert await ask("straße".encode()) == b"STRASSE"
        assert await ask(b"") == b""
        assert await ask(b"x" * LARGEST_DATAGRAM) == b"X" * LARGEST_DATAGRAM
        assert await ask(b"half \xc3") == b"HALF \xc3"

    over_udp(talk)


def test_an_answer_that_would_outgrow_a_datagram_is_dropped_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def talk(ask: Callable[..., Any]) -> None:
        assert await ask("ΐ".encode() * 30_000, b"and on") == b"AND ON"

    with caplog.at_level(logging.WARNING):
        over_udp(talk)
    (record,) = [record for record in caplog.records if record.name == "portside.upper"]
    assert "its answer has 180,000 bytes" in record.getMessage()


def test_a_server_of_datagrams_names_its_address_and_stops() -> None:
    async def main() -> None:
        address = Address("127.0.0.1", free_udp_port())  # which nobody is given by the kernel as soon as it is free
        for _ in range(2):
            server = await serve(Settings([address], udp=True))
            assert isinstance(server, DatagramServer)
            assert server.addresses == [address]
            await server.stop()

    asyncio.run(main())


def test_tls_over_udp_is_not_offered() -> None:
    with pytest.raises(UsageError):
        asyncio.run(serve(Settings([LOOPBACK], udp=True, tls=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))))
