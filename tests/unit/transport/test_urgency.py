"""Urgent data over real sockets: told before what is ahead of it, and in its place."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator

import pytest

from portside.transport.tcp import SocketStream
from portside.transport.urgency import Urgency, send_urgent
from tests.support.conversations import Ears, until


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = socket.create_connection(listener.getsockname())
        far, _ = listener.accept()
    with near, far:
        yield near, far


def test_urgent_data_is_told_once_and_read_in_its_place(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    told: list[str] = []
    urgency = Urgency(far, lambda: told.append("urgent"))
    urgency.look()
    assert told == []
    near.sendall(b"before")
    assert send_urgent(near, b"\xff\xf2") == 2
    far.recv(1, socket.MSG_PEEK)
    while not told:
        urgency.look()
    urgency.look()
    assert told == ["urgent"]
    data = b""
    while len(data) < 8:
        data += far.recv(64)
    assert data == b"before\xff\xf2"
    urgency.look()
    assert told == ["urgent"]
    near.send(b"!", socket.MSG_OOB)
    while len(told) < 2:
        urgency.look()


def test_a_socket_that_takes_nothing_takes_no_urgent_byte() -> None:
    with socket.socket() as alone:
        assert send_urgent(alone, b"x") == 0


def test_a_stream_tells_who_minds_and_loses_no_byte_for_who_does_not(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    async def talk(mind: bool) -> list[object]:
        told: list[object] = []
        near, far = (socket.socket(fileno=sock.detach()) for sock in pair)
        sending, hearing, ears = SocketStream(near), SocketStream(far), Ears()
        quiet = Ears()
        sending.start(quiet)
        if mind:
            hearing.mind_urgent(lambda: told.append(bytes(ears.data)))
        hearing.start(ears)
        sending.write(b"before")
        sending.write_urgent(b"\xff\xf2")
        sending.write(b"after")
        await until(lambda: bytes(ears.data) == b"before\xff\xf2after")
        await _end(sending, hearing, lambda: bool(quiet.losses and ears.losses))
        return told

    told = asyncio.run(talk(mind=True))
    assert len(told) == 1
    assert b"\xf2" not in told[0]  # type: ignore[operator]


async def _end(sending: SocketStream, hearing: SocketStream, gone: Callable[[], bool]) -> None:
    sending.abort()
    hearing.abort()
    await until(gone)
