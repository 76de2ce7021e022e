from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside.errors import ConnectError, ResolveError, TimedOut
from portside.interfaces import Address
from portside.transport import connect as room
from portside.transport.connect import ADDRESSES_TRIED, connect, connect_error, resolve
from tests.support.conversations import Ears, until
from tests.support.ports import free_tcp_port

V4, V6 = socket.AF_INET, socket.AF_INET6


def run(talk: Callable[[], Any]) -> None:
    async def main() -> None:
        async with asyncio.timeout(60):
            await talk()

    asyncio.run(main())


def names(monkeypatch: pytest.MonkeyPatch, *found: tuple[str, int]) -> None:
    """Let every name stand for these addresses, in this order."""

    def look_up(host: str, port: int, family: int, type: int, *options: object) -> list[tuple[Any, ...]]:
        return [(V6, type, 0, "", (*one, 0, 0)) if ":" in one[0] else (V4, type, 0, "", one) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


# --------------------------------------------------------------------------------------------- connecting


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_stream_comes_back(host: str) -> None:
    async def talk() -> None:
        family = V6 if ":" in host else V4
        with socket.create_server(("127.0.0.1" if host == "localhost" else host, 0), family=family) as listener:
            stream, ears = await connect(Address(host, listener.getsockname()[1])), Ears()
            peer, _ = listener.accept()
            stream.start(ears)
            peer.sendall(b"hello")
            await until(lambda: ears.data == b"hello")
            peer.close()
            stream.abort()
            await until(lambda: ears.losses)

    run(talk)


def test_addresses_that_are_known_are_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def talk() -> None:
        monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **options: pytest.fail("it was asked for"))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            stream = await connect(Address("mx.test", port), known=("::1", "127.0.0.1"))
            assert stream.door.remote == Address("127.0.0.1", port)
            stream.abort()
            await asyncio.sleep(0)

    run(talk)


def test_a_unix_socket_is_an_address_too(tmp_path: Path) -> None:
    async def talk() -> None:
        path = str(tmp_path / "door")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            stream = await connect(Address("", path=path))
            assert stream.door.remote == Address("", path=path)
            stream.abort()
            await asyncio.sleep(0)
        with pytest.raises(ConnectError, match="is the server running"):
            await connect(Address("", path=path + "-that-is-not-there"))

    run(talk)


def test_an_address_that_refuses_gives_way_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    async def talk() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            names(monkeypatch, ("::1", free_tcp_port("::1")), ("127.0.0.1", free_tcp_port()), ("127.0.0.1", port))
            stream = await connect(Address("three.test", port))
            assert stream.door.remote == Address("127.0.0.1", port)
            stream.abort()
            await asyncio.sleep(0)

    run(talk)


class Race:
    """Attempts that end as the test says: an error, or a socket, when its gate opens."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *outcomes: OSError | None) -> None:
        self.outcomes = outcomes
        self.begun: list[Any] = []
        self.opened: list[socket.socket] = []
        self.gates = [asyncio.Event() for _ in outcomes]
        monkeypatch.setattr(room, "_attempt", self.attempt)
        names(monkeypatch, *((f"192.0.2.{index + 1}", 80) for index in range(len(outcomes))))

    async def attempt(self, family: int, name: Any, source: str) -> socket.socket:
        index = len(self.begun)
        self.begun.append(name[0])
        await self.gates[index].wait()
        error = self.outcomes[index]
        if error is not None:
            raise error
        ours, theirs = socket.socketpair()
        self.opened += [ours, theirs]
        return ours


def test_a_connection_comes_from_the_address_that_it_was_told() -> None:
    async def talk() -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            stream = await connect(Address("127.0.0.1", server.getsockname()[1]), source="127.0.0.2")
            assert stream.door.local.host == "127.0.0.2"
            stream.abort()
            await asyncio.sleep(0)

    run(talk)


def test_a_slow_address_is_joined_by_the_next_and_the_first_to_answer_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "NEXT_ATTEMPT_AFTER", 0.01)

    async def talk() -> None:
        race = Race(monkeypatch, None, None, None)
        connecting = asyncio.create_task(connect(Address("slow.test", 80)))
        await until(lambda: len(race.begun) == 3)
        assert race.begun == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
        race.gates[1].set()
        stream = await connecting
        stream.abort()
        await asyncio.sleep(0)
        race.opened[1].close()
        assert len(race.opened) == 2

    run(talk)


def test_of_two_that_answer_in_the_same_moment_one_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "NEXT_ATTEMPT_AFTER", 0.01)

    async def talk() -> None:
        race = Race(monkeypatch, None, None)
        connecting = asyncio.create_task(connect(Address("quick.test", 80)))
        await until(lambda: len(race.begun) == 2)
        for gate in race.gates:
            gate.set()
        stream = await connecting
        assert sorted(sock.fileno() == -1 for sock in race.opened[::2]) == [False, True]
        stream.abort()
        await asyncio.sleep(0)
        for sock in race.opened:
            sock.close()

    run(talk)


def test_where_all_fail_the_first_reason_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    async def talk() -> None:
        first = OSError(errno.EHOSTUNREACH, "No route to host")
        race = Race(monkeypatch, first, OSError(errno.ECONNREFUSED, "Connection refused"))
        for gate in race.gates:
            gate.set()
        with pytest.raises(ConnectError, match=r"cannot connect to two\.test:80: no route to that host"):
            await connect(Address("two.test", 80))

    run(talk)


def test_nobody_waits_longer_than_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async def talk() -> None:
        race = Race(monkeypatch, None)
        with pytest.raises(TimedOut, match=r"silent\.test:80 did not answer within 0\.02 s"):
            await connect(Address("silent.test", 80), timeout=0.02)
        assert race.opened == []

    run(talk)


def test_a_connection_that_is_gone_before_one_looks_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def talk() -> None:
        lonely = socket.socket()  # connected to nobody: getpeername fails

        async def attempt(family: int, name: Any, source: str) -> socket.socket:
            return lonely

        monkeypatch.setattr(room, "_attempt", attempt)
        with pytest.raises(ConnectError):
            await connect(Address("127.0.0.1", 80))
        assert lonely.fileno() == -1

    run(talk)


# ----------------------------------------------------------------------------------------------- resolving


def test_the_families_take_turns_and_doubles_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    async def talk() -> None:
        names(monkeypatch, ("::1", 80), ("::2", 80), ("::1", 80), ("192.0.2.1", 80), ("::3", 80), ("192.0.2.2", 80))
        found = await resolve(Address("many.test", 80))
        assert [address.host for address in found] == ["::1", "192.0.2.1", "::2", "192.0.2.2", "::3"]

    run(talk)


def test_a_name_with_endless_addresses_has_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    async def talk() -> None:
        names(monkeypatch, *((f"192.0.2.{index}", 80) for index in range(200)))
        assert len(await resolve(Address("many.test", 80))) == ADDRESSES_TRIED

    run(talk)


@pytest.mark.parametrize("host", ["nobody.test", "x" * 70 + ".test", ".."])
def test_a_name_that_nobody_has_is_told(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def unknown(host: str, *arguments: Any, **options: Any) -> Any:
        if host == "nobody.test":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *arguments, **options)  # refused before anybody is asked

    async def talk() -> None:
        with pytest.raises(ResolveError, match="is the name spelled right"):
            await connect(Address(host, 80))

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    run(talk)


# --------------------------------------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ECONNREFUSED, ""), "connection refused; is the server running, and is the port right?"),
        (OSError(errno.ENOENT, ""), "no such socket; is the server running?"),
        (OSError(errno.EHOSTUNREACH, ""), "no route to that host"),
        (OSError(errno.ENETUNREACH, ""), "that network cannot be reached from here"),
        (OSError(errno.ETIMEDOUT, ""), "no answer; is it up, and is the port right?"),
        (OSError(errno.EACCES, "Permission denied"), "permission denied"),
        (OSError("strange"), "strange"),
        (None, "no address"),
    ],
)
def test_every_reason_is_one_line(error: OSError | None, words: str) -> None:
    assert str(connect_error(Address("::1", 80), error)) == f"cannot connect to [::1]:80: {words}"
