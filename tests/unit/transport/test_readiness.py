"""One epoll for many sockets: everyone ready is called, nobody else, and one who fails takes nobody along."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from portside.transport import readiness
from portside.transport.readiness import Readiness, watch_many

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pairs() -> Iterator[list[Pair]]:
    made = [socket.socketpair() for _ in range(3)]
    for here, there in made:
        here.setblocking(False)
        there.setblocking(False)
    yield made
    for here, there in made:
        here.close()
        there.close()


async def turn() -> None:
    """Let the event loop look at its sockets once, and call whoever is ready."""
    for _ in range(3):
        await asyncio.sleep(0)


def test_only_those_that_are_ready_are_called(pairs: list[Pair]) -> None:
    async def play() -> list[int]:
        watch = Readiness()
        heard: list[int] = []
        for number, (here, _) in enumerate(pairs):
            watch.add_reader(here.fileno(), lambda n=number, s=here: heard.append(n) or s.recv(10))
        pairs[0][1].send(b"x")
        pairs[2][1].send(b"x")
        await turn()
        watch.close()
        return sorted(heard)

    assert asyncio.run(play()) == [0, 2]


def test_one_removed_is_not_called_any_more(pairs: list[Pair]) -> None:
    async def play() -> list[str]:
        watch = Readiness()
        heard: list[str] = []
        here, there = pairs[0]
        watch.add_reader(here.fileno(), lambda: heard.append("read"))
        watch.remove_reader(here.fileno())
        watch.remove_reader(here.fileno())
        there.send(b"x")
        await turn()
        watch.close()
        return heard

    assert asyncio.run(play()) == []


def test_reader_and_writer_of_one_socket_come_and_go_alone(pairs: list[Pair]) -> None:
    async def play() -> list[str]:
        watch = Readiness()
        heard: list[str] = []
        here, there = pairs[0]
        fd = here.fileno()

        def write() -> None:
            heard.append("write")
            watch.remove_writer(fd)

        watch.add_reader(fd, lambda: heard.append("read") or here.recv(10))
        watch.add_writer(fd, write)
        await turn()
        there.send(b"x")
        await turn()
        watch.close()
        return heard

    assert asyncio.run(play()) == ["write", "read"]


def test_a_hang_up_reaches_a_writer_where_nobody_reads(pairs: list[Pair]) -> None:
    async def play() -> list[str]:
        watch = Readiness()
        heard: list[str] = []
        here, there = pairs[0]
        there.close()

        def write() -> None:
            heard.append("write")
            watch.remove_writer(here.fileno())

        watch.add_writer(here.fileno(), write)
        await turn()
        watch.close()
        return heard

    assert asyncio.run(play()) == ["write"]


def test_one_who_fails_is_reported_and_the_others_are_called(pairs: list[Pair]) -> None:
    async def play() -> tuple[list[str], list[str]]:
        watch = Readiness()
        heard: list[str] = []
        reported: list[str] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: reported.append(str(context["exception"])))

        def fail() -> None:
            watch.remove_reader(pairs[0][0].fileno())
            raise ValueError("mine")

        watch.add_reader(pairs[0][0].fileno(), fail)
        watch.add_reader(pairs[1][0].fileno(), lambda: heard.append("other") or pairs[1][0].recv(10))
        for _, there in pairs[:2]:
            there.send(b"x")
        await turn()
        watch.close()
        return heard, reported

    assert asyncio.run(play()) == (["other"], ["mine"])


def test_after_the_end_nothing_is_watched_and_nothing_breaks(pairs: list[Pair]) -> None:
    async def play() -> list[str]:
        watch = watch_many()
        assert watch is not None
        heard: list[str] = []
        here, there = pairs[0]
        watch.add_reader(here.fileno(), lambda: heard.append("read"))
        watch.close()
        watch.close()
        watch.add_writer(here.fileno(), lambda: heard.append("write"))
        watch.remove_reader(here.fileno())
        watch.remove_writer(here.fileno())
        there.send(b"x")
        await turn()
        return heard

    assert asyncio.run(play()) == []


def test_what_is_late_is_called_at_the_end_of_the_row(pairs: list[Pair]) -> None:
    async def play() -> list[str]:
        watch = Readiness()
        heard: list[str] = []

        def read(here: socket.socket) -> None:
            here.recv(10)
            heard.append("read")
            assert watch.late is not None
            watch.late.append(lambda: heard.append("late"))

        for here, there in pairs:
            watch.add_reader(here.fileno(), lambda s=here: read(s))
            there.send(b"x")
        await turn()
        assert watch.late is None
        watch.close()
        return heard

    assert asyncio.run(play()) == ["read"] * 3 + ["late"] * 3


def test_a_long_row_lets_what_is_late_go_in_between(pairs: list[Pair], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "SENT_TOGETHER", 2)

    async def play() -> list[str]:
        watch = Readiness()
        heard: list[str] = []

        def read(here: socket.socket) -> None:
            here.recv(10)
            heard.append("read")
            assert watch.late is not None
            watch.late.append(lambda: heard.append("late"))

        for here, there in pairs:
            watch.add_reader(here.fileno(), lambda s=here: read(s))
            there.send(b"x")
        await turn()
        watch.close()
        return heard

    assert asyncio.run(play()) == ["read", "read", "late", "late", "read", "late"]
