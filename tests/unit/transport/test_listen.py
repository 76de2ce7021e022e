from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portside.errors import ListenError
from portside.interfaces import Address
from portside.transport import listen
from portside.transport.listen import (
    ACCEPTS_AT_ONCE,
    KEEPALIVE_AFTER,
    PORTS_TRIED,
    Acceptor,
    bind_datagrams,
    bind_here,
    bind_stream,
)
from tests.support.conversations import until

LOOPBACK = Address("127.0.0.1", 0)


def run(talk: Callable[[], Any]) -> None:
    async def main() -> None:
        async with asyncio.timeout(60):
            await talk()

    asyncio.run(main())


# ------------------------------------------------------------------------------------------------- binding


@pytest.mark.parametrize("bind", [bind_stream, bind_datagrams])
def test_a_port_of_zero_is_a_free_one_and_the_same_for_every_address(bind: Callable[..., Any]) -> None:
    async def talk() -> None:
        socks = await bind(Address("localhost", 0))
        ports = {sock.getsockname()[1] for sock in socks}
        assert len(ports) == 1
        assert ports != {0}
        for sock in socks:
            sock.close()

    run(talk)


@pytest.mark.parametrize("bind", [bind_stream, bind_datagrams])
def test_ipv6_is_bound_for_itself(bind: Callable[..., Any]) -> None:
    async def talk() -> None:
        (sock,) = await bind(Address("::1", 0))
        assert sock.family == socket.AF_INET6
        assert sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) == 1
        sock.close()

    run(talk)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_numeric_address_is_bound_at_once_at_the_first_port_that_is_free(host: str) -> None:
    with bind_here(Address(host, 0)) as first:
        taken = first.getsockname()[1]
        assert first.getsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE)
        with bind_here(Address(host, 1), [taken, 0]) as second:
            assert second.getsockname()[1] not in (taken, 0, 1)
        with pytest.raises(ListenError, match="another program listens there"):
            bind_here(Address(host, 0), [taken])
    with pytest.raises(ListenError, match="no such address"):
        bind_here(Address("192.0.2.1", 0), [0])


def test_an_address_without_a_host_is_every_address_here() -> None:
    async def talk() -> None:
        socks = await bind_stream(Address("", 0))
        assert "0.0.0.0" in {sock.getsockname()[0] for sock in socks}
        for sock in socks:
            sock.close()

    run(talk)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (Address("x" * 70 + ".test", 0), "has no address here"),
        (Address("192.0.2.1", 0), "this machine has no such address"),
        (Address("", path="/nowhere/at/all/door"), "no such file or directory"),
        (Address("", path="/" + "x" * 200), "too long"),
    ],
)
def test_what_cannot_be_bound_says_why(address: Address, words: str) -> None:
    async def talk() -> None:
        with pytest.raises(ListenError, match=words):
            await bind_stream(address)

    run(talk)


def test_a_name_without_an_address_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*arguments: object, **options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def talk() -> None:
        for bind in (bind_stream, bind_datagrams):
            with pytest.raises(ListenError, match=r"nobody\.test has no address here"):
                await bind(Address("nobody.test", 0))

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    run(talk)


def test_a_port_that_is_taken_and_one_that_is_not_allowed_say_what_to_try() -> None:
    async def talk() -> None:
        (sock,) = await bind_stream(LOOPBACK)
        with pytest.raises(ListenError, match="another program listens there; choose another --port"):
            await bind_stream(Address(*sock.getsockname()))
        sock.close()

    run(talk)
    error = listen._listen_error(Address("127.0.0.1", 80), PermissionError(errno.EACCES, "Permission denied"))
    assert "ports below 1024 need rights, so choose a higher --port" in str(error)
    error = listen._listen_error(Address("", 0, "/run/door"), PermissionError(errno.EACCES, "Permission denied"))
    assert str(error) == "cannot listen on unix:/run/door: permission denied"


def has_addresses(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    """Let every name that the running loop is asked for stand for ``hosts``, in this order."""

    async def found(host: str, port: int, **options: object) -> list[tuple[Any, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in hosts]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)


def test_where_one_of_two_addresses_is_taken_neither_stays_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    async def talk() -> None:
        (holder,) = await bind_stream(LOOPBACK)
        port = holder.getsockname()[1]
        has_addresses(monkeypatch, "127.0.0.2", "127.0.0.1")
        with pytest.raises(ListenError):
            await bind_stream(Address("two.test", port))
        socket.create_server(("127.0.0.2", port)).close()
        holder.close()

    run(talk)


@pytest.mark.parametrize(("taken", "bound"), [(1, 2), (PORTS_TRIED - 1, 2), (PORTS_TRIED, 0)])
def test_a_free_port_is_free_at_every_address_or_another_is_chosen(
    taken: int, bound: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, asked = listen._bind_one, []

    def bind_one(family: Any, kind: Any, name: tuple[str, int], reuse_port: bool) -> socket.socket:
        asked.append(name[0])
        if name[0] == "127.0.0.2" and asked.count("127.0.0.2") <= taken:
            raise OSError(errno.EADDRINUSE, "Address already in use")
        return really(family, kind, name, reuse_port)

    async def talk() -> None:
        has_addresses(monkeypatch, "127.0.0.1", "127.0.0.2")
        monkeypatch.setattr(listen, "_bind_one", bind_one)
        socks: list[socket.socket] = []
        with contextlib.suppress(ListenError):
            socks = await bind_stream(Address("two.test", 0))
        assert (len(socks), len({sock.getsockname()[1] for sock in socks})) == (bound, bool(bound))
        for sock in socks:
            sock.close()

    run(talk)


def test_a_name_with_an_address_that_this_machine_lacks_is_bound_to_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    async def talk() -> None:
        has_addresses(monkeypatch, "127.0.0.1", "192.0.2.1")
        (sock,) = await bind_stream(Address("two.test", 0))
        assert sock.getsockname()[0] == "127.0.0.1"
        sock.close()

    run(talk)


def test_several_processes_may_share_a_port_where_asked() -> None:
    async def talk() -> None:
        (first,) = await bind_stream(LOOPBACK, reuse_port=True)
        (second,) = await bind_stream(Address(*first.getsockname()), reuse_port=True)
        first.close()
        second.close()

    run(talk)


# ---------------------------------------------------------------------------------------------- Unix sockets


def test_what_a_killed_server_left_behind_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "door"
    left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    left.bind(str(path))
    left.listen()
    left.close()

    async def talk() -> None:
        (sock,) = await bind_stream(Address("", path=str(path)))
        acceptor = Acceptor(sock, lambda accepted: accepted.close())
        assert stat.S_ISSOCK(path.stat().st_mode)
        acceptor.close()
        assert not path.exists()
        acceptor.close()

    run(talk)


def test_a_door_that_somebody_listens_behind_is_left_alone(tmp_path: Path) -> None:
    async def talk() -> None:
        address = Address("", path=str(tmp_path / "door"))
        (first,) = await bind_stream(address)
        with pytest.raises(ListenError, match="something is there already"):
            await bind_stream(address)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(address.path)
        first.close()

    run(talk)


def test_a_door_with_a_long_queue_behind_it_is_left_alone(tmp_path: Path) -> None:
    path = str(tmp_path / "door")
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as waiting:
        busy.bind(path)
        busy.listen(0)
        waiting.setblocking(False)
        waiting.connect(path)

        async def talk() -> None:
            with pytest.raises(ListenError, match="something is there already"):
                await bind_stream(Address("", path=path))

        run(talk)
        assert Path(path).exists()


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_nothing_but_a_dead_socket_is_ever_taken_away(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "door"
    if kind == "file":
        path.write_text("precious")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "elsewhere")

    async def talk() -> None:
        with pytest.raises(ListenError):
            await bind_stream(Address("", path=str(path)))

    run(talk)
    assert os.path.lexists(path)


# ------------------------------------------------------------------------------------------------ accepting


def test_many_who_come_at_once_are_all_accepted() -> None:
    async def talk() -> None:
        (sock,) = await bind_stream(LOOPBACK)
        accepted: list[socket.socket] = []
        clients = [socket.socket() for _ in range(2 * ACCEPTS_AT_ONCE + 1)]
        for client in clients:
            client.setblocking(False)
            client.connect_ex(sock.getsockname())
        acceptor = Acceptor(sock, accepted.append)
        assert acceptor.address == Address(*sock.getsockname())
        await until(lambda: len(accepted) == len(clients))
        acceptor.close()
        for one in (*clients, *accepted):
            one.close()

    run(talk)


def test_an_accepted_socket_notices_when_its_peer_has_vanished() -> None:
    async def talk() -> None:
        (sock,) = await bind_stream(LOOPBACK)
        accepted: list[socket.socket] = []
        acceptor = Acceptor(sock, accepted.append)
        with socket.create_connection(sock.getsockname()):
            await until(lambda: accepted)
            assert accepted[0].getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == KEEPALIVE_AFTER
            accepted[0].close()
        acceptor.close()

    run(talk)


class Moody:
    """A listening socket that cannot accept as often as it is told."""

    def __init__(self, sock: socket.socket, *errors: OSError) -> None:
        self._sock = sock
        self._errors = list(errors)

    def accept(self) -> tuple[socket.socket, Any]:
        if self._errors:
            raise self._errors.pop(0)
        return self._sock.accept()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        ([OSError(errno.EMFILE, "Too many open files")] * 2, "too many open files: new connections"),
        ([OSError(errno.EPROTO, "Protocol error")], "was lost while it was accepted: Protocol error"),
        ([ConnectionAbortedError(errno.ECONNABORTED, "aborted"), BlockingIOError()], ""),
    ],
)
def test_a_trouble_with_accepting_is_survived(
    errors: list[OSError], words: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listen, "OUT_OF_FILES_PAUSE", 0.01)

    async def talk() -> None:
        (sock,) = await bind_stream(LOOPBACK)
        accepted: list[socket.socket] = []
        acceptor = Acceptor(Moody(sock, *errors), accepted.append)  # type: ignore[arg-type]
        with socket.create_connection(sock.getsockname()):
            await until(lambda: accepted)
        acceptor.close()
        accepted[0].close()

    with caplog.at_level(logging.WARNING):
        run(talk)
    assert [record.getMessage() for record in caplog.records if words not in record.getMessage()] == []
    assert len(caplog.records) == (1 if words else 0)


def test_a_real_lack_of_files_only_makes_new_connections_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    monkeypatch.setattr(listen, "OUT_OF_FILES_PAUSE", 0.01)

    async def talk() -> None:
        (sock,) = await bind_stream(LOOPBACK)
        accepted: list[socket.socket] = []
        client = socket.socket()
        client.setblocking(False)
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        lowest = os.dup(0)
        os.close(lowest)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, limits[1]))
        try:
            acceptor = Acceptor(sock, accepted.append)
            client.connect_ex(sock.getsockname())
            await until(lambda: acceptor._warned)
            assert accepted == []
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        await until(lambda: accepted)
        acceptor.close()
        accepted[0].close()
        client.close()

    run(talk)


def test_a_close_while_accepting_rests_is_final(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "OUT_OF_FILES_PAUSE", 0.01)

    async def talk() -> None:
        (sock,) = await bind_stream(LOOPBACK)
        address = sock.getsockname()
        acceptor = Acceptor(Moody(sock, OSError(errno.EMFILE, "Too many")), lambda one: None)  # type: ignore[arg-type]
        with socket.create_connection(address):
            await until(lambda: acceptor._warned)
            acceptor.close()
            await asyncio.sleep(0.02)  # beyond the rest: listening again would fail here
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)

    run(talk)
