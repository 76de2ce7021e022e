from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from portside.errors import ConnectError, ResolveError
from portside.interfaces import Address, Datagrams
from portside.protocols.upper.messages import LARGEST_DATAGRAM as LARGEST_OF_UPPER
from portside.transport import udp
from portside.transport.udp import DATAGRAMS_AT_ONCE, LARGEST_DATAGRAM, SocketDatagrams, dial_datagrams
from tests.support.conversations import until
from tests.support.ports import free_udp_port


class Post:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.came: list[tuple[bytes, Address]] = []
        self.losses: list[Exception | None] = []

    def datagram(self, data: bytes, source: Address) -> None:
        self.came.append((data, source))

    def lost(self, error: Exception | None) -> None:
        self.losses.append(error)


def bound(host: str = "127.0.0.1") -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((host, 0))
    return sock


def run(talk: Callable[[], Any]) -> None:
    async def main() -> None:
        async with asyncio.timeout(60):
            await talk()

    asyncio.run(main())


def test_one_number_for_the_largest_datagram() -> None:
    assert LARGEST_DATAGRAM == LARGEST_OF_UPPER == 65535 - 20 - 8


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_bound_socket_hears_everybody_and_answers_each(host: str) -> None:
    async def talk() -> None:
        server, post = SocketDatagrams(bound(host)), Post()
        assert isinstance(server, Datagrams)
        server.start(post)
        with bound(host) as one, bound(host) as two:
            for peer in (one, two):
                peer.settimeout(10)
                peer.sendto(b"hello", (server.door.local.host, server.door.local.port))
            await until(lambda: len(post.came) == 2)
            assert {source.port for _, source in post.came} == {one.getsockname()[1], two.getsockname()[1]}
            for data, source in post.came:
                server.send(data.upper(), source)
            assert one.recv(100) == two.recv(100) == b"HELLO"
        server.close()
        server.close()
        await until(lambda: post.losses)
        assert post.losses == [None]
        server.send(b"too late", post.came[0][1])

    run(talk)


def test_empty_and_largest_datagrams_are_datagrams() -> None:
    async def talk() -> None:
        with bound() as peer:
            peer.settimeout(10)
            door, post = await dial_datagrams(Address(*peer.getsockname())), Post()
            door.start(post)
            for data in (b"", b"x" * LARGEST_DATAGRAM):
                door.send(data)
                got, source = peer.recvfrom(65535)
                assert got == data
                peer.sendto(data, source)
                await until(lambda data=data: post.came and post.came[-1][0] == data)
            door.close()

    run(talk)


def test_a_dialled_socket_hears_one_address_alone() -> None:
    async def talk() -> None:
        with bound() as peer, bound() as stranger:
            door, post = await dial_datagrams(Address(*peer.getsockname())), Post()
            door.start(post)
            here = (door.door.local.host, door.door.local.port)
            stranger.sendto(b"forged", here)
            peer.sendto(b"real", here)
            await until(lambda: post.came)
            assert post.came == [(b"real", door.door.remote)]
            door.close()

    run(talk)


def test_each_dialled_socket_has_a_port_of_its_own() -> None:
    async def talk() -> None:
        with bound() as peer:
            doors = [await dial_datagrams(Address(*peer.getsockname())) for _ in range(10)]
            assert len({door.door.local.port for door in doors}) == 10
            for door in doors:
                door.close()

    run(talk)


class FirstThree:
    """Ports to be avoided: the first three that the kernel gives, whichever they are."""

    def __init__(self) -> None:
        self.given: list[int] = []

    def __contains__(self, port: object) -> bool:
        assert isinstance(port, int)
        self.given.append(port)
        return len(self.given) <= 3


def test_a_port_that_is_to_be_avoided_is_held_until_there_is_another() -> None:
    async def talk() -> None:
        with bound() as peer:
            avoided = FirstThree()
            door = await dial_datagrams(Address(*peer.getsockname()), avoid=avoided)
            assert len(set(avoided.given)) == 4 and door.door.local.port == avoided.given[3]
            door.close()

    run(talk)


def test_where_there_is_no_other_port_one_to_be_avoided_has_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []

    class Scarce(socket.socket):
        """The kernel has two ports left."""

        def connect(self, address: Any) -> None:
            if len(given) == 2:
                raise OSError(errno.EAGAIN, "Resource temporarily unavailable")
            super().connect(address)
            given.append(self.getsockname()[1])

    async def talk() -> None:
        with bound() as peer:
            with monkeypatch.context() as patch:
                patch.setattr(udp.socket, "socket", Scarce)
                door = await dial_datagrams(Address(*peer.getsockname()), avoid=range(65536))
            assert door.door.local.port == given[1]
            peer.settimeout(10)
            door.send(b"hello")
            assert peer.recvfrom(100) == (b"hello", ("127.0.0.1", given[1]))
            door.close()

    run(talk)


def test_a_refusal_is_told_to_who_dialled() -> None:
    async def talk() -> None:
        door, post = await dial_datagrams(Address("127.0.0.1", free_udp_port())), Post()
        door.send(b"anybody there?")
        door.start(post)
        await until(lambda: post.losses)
        assert isinstance(post.losses[0], ConnectError)
        door.close()

    run(talk)


def test_what_is_too_large_is_told_to_who_dialled_and_logged_where_others_wait(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def talk() -> None:
        with bound() as peer:
            there = Address(*peer.getsockname())
            door, post = await dial_datagrams(there), Post()
            door.start(post)
            door.send(b"x" * (LARGEST_DATAGRAM + 1))
            assert post.losses == []
            await until(lambda: post.losses)
            server, nobody = SocketDatagrams(bound()), Post()
            server.start(nobody)
            server.send(b"x" * (LARGEST_DATAGRAM + 1), there)
            assert nobody.losses == []
            door.close()
            server.close()

    with caplog.at_level(logging.WARNING):
        run(talk)
    assert "was dropped" in caplog.text


def test_a_flood_lets_others_have_their_turn() -> None:
    async def talk() -> None:
        server, post = SocketDatagrams(bound()), Post()
        with bound() as peer:
            for number in range(3 * DATAGRAMS_AT_ONCE):
                peer.sendto(b"%d" % number, (server.door.local.host, server.door.local.port))
            turns: list[int] = []
            server.start(post)
            for _ in range(100):
                await asyncio.sleep(0)
                turns.append(len(post.came))
            steps = {later - earlier for earlier, later in pairwise(turns)}
            assert max(steps) <= DATAGRAMS_AT_ONCE
            await until(lambda: len(post.came) == 3 * DATAGRAMS_AT_ONCE)
        server.close()

    run(talk)


def test_a_receiver_that_closes_hears_no_more() -> None:
    async def talk() -> None:
        server, post = SocketDatagrams(bound()), Post()

        def close(data: bytes, source: Address) -> None:
            post.came.append((data, source))
            server.close()

        post.datagram = close  # type: ignore[method-assign]
        with bound() as peer:
            for _ in range(3):
                peer.sendto(b"x", (server.door.local.host, server.door.local.port))
            server.start(post)
            await until(lambda: post.losses)
        assert len(post.came) == 1

    run(talk)


def test_a_name_that_nobody_has_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*arguments: object, **options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def talk() -> None:
        with pytest.raises(ResolveError, match=r"nobody\.test"):
            await dial_datagrams(Address("nobody.test", 9))

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    run(talk)


def test_a_process_without_free_files_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def talk() -> None:
        def none_left(*arguments: object) -> socket.socket:
            raise OSError(24, "Too many open files")

        monkeypatch.setattr("portside.transport.udp.socket.socket", none_left)
        with pytest.raises(ConnectError, match="too many open files"):
            await dial_datagrams(Address("127.0.0.1", 9))
        monkeypatch.undo()

    run(talk)
