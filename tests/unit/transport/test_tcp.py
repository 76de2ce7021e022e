"""A stream over one end of a socket pair or a connection; the test holds the other end."""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside.errors import ConnectionLost
from portside.interfaces import Address
from portside.transport import tcp
from portside.transport.readiness import Readiness
from portside.transport.tcp import (
    FIRST_READ,
    HIGH_WATER,
    LARGEST_LATE,
    LOW_WATER,
    SocketStream,
    address_of,
    lost_because,
)
from tests.support.conversations import Ears, until

Talk = Callable[[SocketStream, socket.socket, Ears], Any]


def connected(talk: Talk, *, unix: bool = False, small: bool = False) -> None:
    """``talk(stream, peer, ears)`` with both ends open; the stream is already reading."""

    async def main() -> None:
        ours, theirs = pair(unix, small)
        theirs.setblocking(False)
        stream, ears = SocketStream(ours), Ears()
        stream.start(ears)
        try:
            async with asyncio.timeout(60):
                await talk(stream, theirs, ears)
        finally:
            theirs.close()
            stream.abort()
            await until(lambda: ears.losses)
        assert len(ears.losses) == 1

    asyncio.run(main())


def pair(unix: bool, small: bool) -> tuple[socket.socket, socket.socket]:
    if unix:
        return socket.socketpair()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = socket.socket()
        if small:  # so that little is on its way and most of it waits with the sender
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        theirs.connect(listener.getsockname())
        ours, _ = listener.accept()
        if small:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        return ours, theirs


async def read(sock: socket.socket, count: int) -> bytes:
    loop = asyncio.get_running_loop()
    data = bytearray()
    while len(data) < count and (piece := await loop.sock_recv(sock, min(count - len(data), 65536))):
        data += piece
    return bytes(data)


async def read_all(sock: socket.socket) -> bytes:
    return await read(sock, 1 << 40)


async def write(sock: socket.socket, data: bytes) -> None:
    await asyncio.get_running_loop().sock_sendall(sock, data)


def pattern(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


# ------------------------------------------------------------------------------------------------- reading


@pytest.mark.parametrize("unix", [False, True])
def test_bytes_go_both_ways(unix: bool) -> None:
    async def talk(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        await write(peer, b"hello")
        await until(lambda: ears.data == b"hello")
        stream.write(b"you")
        assert await read(peer, 3) == b"you"
        assert stream.pending == 0

    connected(talk, unix=unix)


def test_a_large_message_is_read_in_ever_larger_pieces() -> None:
    sizes: list[int] = []

    async def talk(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        stream.pause()
        real = ears.received
        ears.received = lambda data: (sizes.append(len(data)), real(data))  # type: ignore[method-assign,func-returns-value]
        message = pattern(1_000_000)
        sending = asyncio.create_task(write(peer, message))
        stream.resume()
        await until(lambda: len(ears.data) == len(message))
        await sending
        assert bytes(ears.data) == message
        assert max(sizes) <= 1024 * 1024

    connected(talk)
    assert max(sizes) > FIRST_READ


def test_a_paused_stream_reads_nothing_and_makes_the_other_side_wait() -> None:
    async def talk(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        stream.pause()
        stream.pause()
        sent = 0
        for _ in range(1000):
            try:
                sent += peer.send(pattern(65536))
            except BlockingIOError:
                break
            await asyncio.sleep(0)
        else:
            raise AssertionError("a paused stream reads on")
        assert ears.data == b""
        stream.resume()
        stream.resume()
        await until(lambda: len(ears.data) == sent)

    connected(talk, small=True)


def test_their_end_is_told_once_and_we_may_still_speak() -> None:
    async def talk(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        await write(peer, b"last words")
        peer.shutdown(socket.SHUT_WR)
        await until(lambda: ears.ends)
        stream.pause()
        stream.resume()
        stream.write(b"reply")
        assert await read(peer, 5) == b"reply"
        await asyncio.sleep(0)
        assert (ears.ends, bytes(ears.data), ears.losses) == (1, b"last words", [])

    connected(talk)


def test_a_reset_is_told_as_a_loss() -> None:
    async def talk(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        peer.close()
        await until(lambda: ears.losses)
        (error,) = ears.losses
        assert isinstance(error, ConnectionLost)
        assert "127.0.0.1" in str(error)

    connected(talk)


# ------------------------------------------------------------------------------------------------- writing


def test_what_the_kernel_refuses_waits_in_order_and_drains() -> None:
    async def talk(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        message = pattern(3 * 1024 * 1024)
        for at in range(0, len(message), 100_000):
            stream.write(message[at : at + 100_000])
        assert stream.pending > HIGH_WATER
        assert ears.drains == 0
        assert await read(peer, len(message)) == message
        await until(lambda: ears.drains)
        assert stream.pending <= LOW_WATER
        await until(lambda: stream.pending == 0)
        assert ears.drains == 1

    connected(talk, small=True)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_buffer_may_be_written(kind: Callable[[bytes], Any]) -> None:
    async def talk(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        for size in (10, 2_000_000, 10):
            stream.write(kind(pattern(size)))
        assert await read(peer, 2_000_020) == pattern(10) + pattern(2_000_000) + pattern(10)

    connected(talk, small=True)


def test_where_nothing_can_be_sent_any_more_the_answer_is_still_read() -> None:
    async def talk(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\0" * 8)
        await write(peer, b"413 too large")
        stream._sock.shutdown(socket.SHUT_WR)  # type: ignore[union-attr]  # from now on a write fails with EPIPE
        stream.write(b"more of the upload")
        stream.write(b"and more")
        await until(lambda: ears.data == b"413 too large")
        assert ears.losses == []
        peer.close()
        await until(lambda: ears.ends)
        stream.write(b"and more")
        await until(lambda: ears.losses)
        assert isinstance(ears.losses[0], ConnectionLost)

    connected(talk)


def test_a_peer_that_takes_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "STALL_LIMIT", 0.05)

    async def talk(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        stream.write(pattern(5_000_000))
        stream.finish(60.0)
        await until(lambda: ears.losses)
        assert "nothing was taken" in str(ears.losses[0])

    connected(talk, small=True)


# --------------------------------------------------------------------------------------------------- files


@pytest.fixture
def big(tmp_path: Path) -> Path:
    path = tmp_path / "big"
    path.write_bytes(pattern(3_000_000))
    return path


def test_a_file_stands_between_its_neighbours(big: Path) -> None:
    async def talk(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        files = [big.open("rb") for _ in range(3)]
        stream.write(b"<")
        stream.write_file(files[0], 1000, 2_000_000)
        stream.write(b"|")
        stream.write_file(files[1], 0, 0)
        stream.write_file(files[2], 2_999_990, 10)
        stream.write(b">")
        whole = pattern(3_000_000)
        expected = b"<" + whole[1000:2_001_000] + b"|" + whole[-10:] + b">"
        assert await read(peer, len(expected)) == expected
        await until(lambda: stream.pending == 0)
        assert all(file.closed for file in files)

    connected(talk, small=True)


def test_a_small_file_leaves_at_once_and_nobody_is_told_while_it_speaks(big: Path) -> None:
    async def talk(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        stream.write_file(big.open("rb"), 0, HIGH_WATER + 1)
        assert ears.drains == 0
        pending = stream.pending
        assert await read(peer, HIGH_WATER + 1) == pattern(HIGH_WATER + 1)
        await until(lambda: stream.pending == 0)
        assert ears.drains == (1 if pending > HIGH_WATER else 0)

    connected(talk)


def test_after_a_file_that_became_shorter_not_a_byte_follows(big: Path) -> None:
    async def talk(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        file = big.open("rb")
        stream.write(b"Content-Length: 5000000\r\n\r\n")
        stream.write_file(file, 0, 5_000_000)
        stream.write(b"the next answer")
        got = await read_all(peer)
        assert got == b"Content-Length: 5000000\r\n\r\n" + pattern(3_000_000)
        await until(lambda: ears.losses)
        assert "became shorter" in str(ears.losses[0])
        assert file.closed

    connected(talk, small=True)


def test_nothing_follows_a_file_that_fails_at_once(big: Path) -> None:
    async def talk(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        stream.write_file(big.open("rb"), 3_000_000, 10)
        stream.write(b"the next answer")
        assert await read_all(peer) == b""
        await until(lambda: ears.losses)

    connected(talk)


def test_what_is_no_file_of_the_system_cannot_be_sent() -> None:
    async def talk(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        memory = io.BytesIO(b"x")
        stream.write_file(memory, 0, 1)
        await until(lambda: ears.losses)
        assert memory.closed

    connected(talk)


# ------------------------------------------------------------------------------------------------- closing


@pytest.mark.parametrize("linger", [0.0, 60.0])
def test_what_is_pending_leaves_before_the_end(linger: float) -> None:
    async def talk(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        stream.write(pattern(1_000_000))
        stream.finish(linger)
        stream.finish(linger)
        stream.write(b"too late")
        assert await read_all(peer) == pattern(1_000_000)
        peer.close()
        await until(lambda: ears.losses)
        assert ears.losses == [None]

    connected(talk, small=True)


def test_last_words_are_read_although_the_other_side_still_speaks() -> None:
    async def talk(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        stream.pause()
        await write(peer, b"an upload " * 100)
        stream.write(b"413 too large")
        stream.finish(60.0)
        await write(peer, b"that goes on " * 100)
        assert await read_all(peer) == b"413 too large"
        peer.shutdown(socket.SHUT_WR)
        await until(lambda: ears.losses)
        assert (ears.losses, bytes(ears.data), ears.ends) == ([None], b"", 0)

    connected(talk)


def test_who_lingers_too_long_or_says_too_much_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "DISCARD_LIMIT", 1000)

    async def too_long(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        stream.finish(0.02)
        await until(lambda: ears.losses)

    async def too_much(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        stream.finish(60.0)
        await write(peer, b"x" * 1001)
        await until(lambda: ears.losses)

    connected(too_long)
    connected(too_much)


def test_after_their_end_there_is_nothing_to_linger_for() -> None:
    async def talk(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        peer.shutdown(socket.SHUT_WR)
        await until(lambda: ears.ends)
        stream.finish(3600.0)
        await until(lambda: ears.losses)
        assert await read_all(peer) == b""

    connected(talk)


def test_an_abort_drops_what_is_pending_and_calls_nobody_from_within(big: Path) -> None:
    async def talk(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        file = big.open("rb")
        stream.write(pattern(3_000_000))
        stream.write_file(file, 0, 3_000_000)
        stream.abort()
        assert (ears.losses, file.closed, stream.pending) == ([], True, 0)
        late = big.open("rb")
        stream.write(b"too late")
        stream.write_file(late, 0, 10)
        stream.finish(1.0)
        assert late.closed
        await until(lambda: ears.losses)
        assert ears.losses == [None]

    connected(talk, small=True)


# ------------------------------------------------------------------------------------------------ addresses


@pytest.mark.parametrize(
    ("name", "address", "text"),
    [
        (("127.0.0.1", 80), Address("127.0.0.1", 80), "127.0.0.1:80"),
        (("::1", 80, 0, 0), Address("::1", 80), "[::1]:80"),
        ("/run/door", Address("", 0, "/run/door"), "unix:/run/door"),
        (b"/run/door", Address("", 0, "/run/door"), "unix:/run/door"),
        ("", Address("", 0, "(unnamed)"), "unix:(unnamed)"),
    ],
)
def test_every_name_of_a_socket_is_an_address(name: object, address: Address, text: str) -> None:
    assert address_of(name) == address
    assert str(address) == text


def test_a_loss_says_with_whom_and_why_in_one_line() -> None:
    error = lost_because(ConnectionResetError(104, "Connection reset by peer"), Address("::1", 80))
    assert str(error) == "the connection with [::1]:80 broke: connection reset by peer"


def test_a_stream_knows_both_its_ends() -> None:
    async def talk(stream: SocketStream, peer: socket.socket, ears: Ears) -> None:
        assert stream.door.remote == Address(*peer.getsockname())
        assert stream.door.local == Address(*peer.getpeername())
        assert stream.door.tls is None

    connected(talk)


# ------------------------------------------------------------------------------- within a row of a Readiness


def in_a_row(story: Callable[[SocketStream, socket.socket, Readiness], None]) -> None:
    """``story`` as it would go while a row of sockets is called; the other end never blocks."""

    async def play() -> None:
        here, there = socket.socketpair()
        there.setblocking(False)
        watch = Readiness()
        stream = SocketStream(here, watch)
        watch.late = []
        with there:
            story(stream, there, watch)
            watch.late = None
            stream.abort()
            await asyncio.sleep(0)
        watch.close()

    asyncio.run(play())


def arrived(there: socket.socket) -> bytes:
    try:
        return there.recv(1 << 20)
    except BlockingIOError:
        return b""


def test_a_small_answer_leaves_at_the_end_of_the_row() -> None:
    def story(stream: SocketStream, there: socket.socket, watch: Readiness) -> None:
        stream.write(b"one")
        assert arrived(there) == b""
        assert watch.late is not None
        for call in watch.late:
            call()
        assert arrived(there) == b"one"

    in_a_row(story)


def test_what_is_said_later_never_overtakes_it() -> None:
    def story(stream: SocketStream, there: socket.socket, watch: Readiness) -> None:
        stream.write(b"one")
        stream.write(b"two")
        assert arrived(there) == b"onetwo"
        stream.write(b"three")
        stream.finish(1.0)
        assert arrived(there) == b"three"

    in_a_row(story)


def test_a_file_never_overtakes_it(big: Path) -> None:
    def story(stream: SocketStream, there: socket.socket, watch: Readiness) -> None:
        stream.write(b"head")
        stream.write_file(big.open("rb"), 0, 10)
        assert arrived(there) == b"head" + big.read_bytes()[:10]

    in_a_row(story)


def test_a_large_answer_does_not_wait() -> None:
    def story(stream: SocketStream, there: socket.socket, watch: Readiness) -> None:
        stream.write(pattern(LARGEST_LATE + 1))
        assert len(arrived(there)) == LARGEST_LATE + 1

    in_a_row(story)


def test_an_abort_drops_what_waits_for_the_row() -> None:
    def story(stream: SocketStream, there: socket.socket, watch: Readiness) -> None:
        stream.write(b"never")
        stream.abort()
        assert watch.late is not None
        for call in watch.late:
            call()
        assert arrived(there) == b""

    in_a_row(story)
