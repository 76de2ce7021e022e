"""The client against small servers, most of them of the kind that a first course has one write."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Collection, Iterator

import pytest

from portside.errors import ConnectError, ConnectionLost, RemoteError, TimedOut, UsageError
from portside.interfaces import Address, Datagrams, Tap
from portside.protocols.upper import client, server
from portside.protocols.upper.client import Ping, RoundTrips, Settings, ask, pings, summarise
from portside.transport.dial import ClientTls
from portside.transport.udp import dial_datagrams
from tests.support.conversations import Eyes
from tests.support.ports import free_tcp_port, free_udp_port

UDP = Settings(udp=True, timeout=0.2)


async def collect(address: Address, lines: client.Lines, settings: Settings | None = None) -> list[bytes]:
    return [reply async for reply in ask(address, lines, settings)]


def replies(address: Address, lines: client.Lines, settings: Settings | None = None) -> list[bytes]:
    return asyncio.run(asyncio.wait_for(collect(address, lines, settings), 60))


@contextlib.contextmanager
def streaming(serve_one: Callable[[socket.socket], None]) -> Iterator[Address]:
    """A server of blocking sockets that calls ``serve_one`` with one connection after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(ConnectionError):
                    serve_one(connection)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield Address("127.0.0.1", listener.getsockname()[1])
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def classic(connection: socket.socket) -> None:
    """The first server of every course."""
    connection.send(connection.recv(1024).upper())


def looping(connection: socket.socket) -> None:
    while data := connection.recv(1024):
        connection.sendall(data.upper())


def line_by_line(connection: socket.socket) -> None:
    with connection.makefile("rwb") as file:
        for line in file:
            file.write(line.upper())
            file.flush()


LINES = [b"hello\n", b"how are you\n", b"bye"]
RAISED = [b"HELLO\n", b"HOW ARE YOU\n", b"BYE"]


@pytest.mark.parametrize("serve_one", [classic, looping, line_by_line])
def test_every_line_gets_its_reply_from_every_kind_of_server(serve_one: Callable[[socket.socket], None]) -> None:
    with streaming(serve_one) as address:
        assert replies(address, LINES) == RAISED


def test_a_server_that_closes_after_a_reply_without_a_newline_has_replied() -> None:
    def strip(connection: socket.socket) -> None:
        connection.sendall(connection.recv(1024).upper().rstrip())

    with streaming(strip) as address:
        assert replies(address, [b"hello\n", b"you\n"]) == [b"HELLO", b"YOU"]


def test_a_reply_that_comes_letter_by_letter_is_one_reply() -> None:
    def dribble(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in connection.recv(1024).upper():
            connection.send(bytes([byte]))
        connection.recv(1)

    with streaming(dribble) as address:
        assert replies(address, [b"hello\n"]) == [b"HELLO\n"]


def test_a_server_that_closes_without_a_word_is_an_error() -> None:
    with streaming(lambda connection: None) as address, pytest.raises(ConnectionLost, match="without a reply"):
        replies(address, [b"hello\n"])


def test_a_server_that_says_too_much_is_an_error() -> None:
    def chatty(connection: socket.socket) -> None:
        connection.recv(1024)
        connection.sendall(b"HELLO\nAND MORE\n")
        connection.recv(1024)

    with streaming(chatty) as address, pytest.raises(RemoteError, match="more than the reply"):
        replies(address, [b"hello\n"])


def test_a_word_between_two_lines_is_an_error_of_the_second() -> None:
    told = threading.Event()

    def late(connection: socket.socket) -> None:
        connection.sendall(connection.recv(1024).upper())
        told.wait(10)
        connection.sendall(b"BY THE WAY\n")
        connection.recv(1024)

    async def lines() -> AsyncIterator[bytes]:
        yield b"hello\n"
        told.set()
        while not seen:  # until the client has read what nobody asked for
            await asyncio.sleep(0)
            seen.extend(step for step in eyes.steps if step.given == b"BY THE WAY\n")
        yield b"you\n"

    eyes, seen = Eyes(), list[object]()
    with streaming(late) as address, pytest.raises(RemoteError, match="more than the reply"):
        replies(address, lines(), Settings(observer=eyes))


def test_a_silent_server_is_not_waited_for_for_ever() -> None:
    with (
        streaming(lambda connection: connection.recv(1024) and connection.recv(1)) as address,
        pytest.raises(TimedOut, match=r"within 0\.5 s"),
    ):
        replies(address, [b"hello\n"], Settings(timeout=0.5))


def test_nobody_listens() -> None:
    with pytest.raises(ConnectError, match="connection refused"):
        replies(Address("127.0.0.1", free_tcp_port()), [b"hello\n"])


def test_a_line_has_one_newline() -> None:
    with streaming(looping) as address, pytest.raises(UsageError, match="one newline"):
        replies(address, [b"two\nlines\n"])


def test_no_line_no_connection() -> None:
    assert replies(Address("127.0.0.1", free_tcp_port()), []) == []


def test_lines_may_come_one_by_one_and_a_caller_may_leave_early() -> None:
    async def lines() -> AsyncIterator[bytes]:
        for line in LINES:
            yield line

    async def first(address: Address) -> bytes:
        async with contextlib.aclosing(ask(address, lines())) as answers:
            return await anext(answers)

    with streaming(looping) as address:
        assert asyncio.run(first(address)) == b"HELLO\n"


def test_a_long_line_comes_back_from_our_own_server_over_either_transport() -> None:
    async def main() -> None:
        for udp, line in [(False, b"x" * 1_000_000 + b"\n"), (True, b"x" * 65_507)]:
            ours = await server.serve(server.Settings([Address("127.0.0.1", 0)], udp=udp))
            assert await collect(ours.addresses[0], [line, line], Settings(udp=udp)) == [line.upper()] * 2
            await ours.stop(1.0)

    asyncio.run(main())


# ----------------------------------------------------------------------------------------------- datagrams


@contextlib.contextmanager
def answering(answer: Callable[[socket.socket, bytes, tuple[str, int]], None]) -> Iterator[Address]:
    """A server of one blocking UDP socket, which calls ``answer`` for each datagram."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        own = sock.getsockname()

        def run() -> None:
            while True:
                data, source = sock.recvfrom(2048)
                if source == own:
                    return
                answer(sock, data, source)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield Address(*own)
        finally:
            sock.sendto(b"", own)
            thread.join(10)


def first_course(sock: socket.socket, data: bytes, source: tuple[str, int]) -> None:
    sock.sendto(data.upper(), source)


def test_datagrams_come_back_exactly_as_they_were_sent() -> None:
    with answering(first_course) as address:
        assert replies(address, [b"hello", b"", b"line\n"], UDP) == [b"HELLO", b"", b"LINE\n"]


def test_lost_datagrams_are_sent_again_each_from_a_port_of_its_own() -> None:
    seen: dict[bytes, list[tuple[str, int]]] = {b"one": [], b"two": []}

    def lossy(sock: socket.socket, data: bytes, source: tuple[str, int]) -> None:
        seen[data].append(source)
        if len(seen[data]) % 3 == 0:
            sock.sendto(data.upper(), source)

    with answering(lossy) as address:
        assert replies(address, list(seen), Settings(udp=True, timeout=0.05)) == [b"ONE", b"TWO"]
    ports = [port for sources in seen.values() for port in sources]
    assert len(set(ports)) == len(ports) >= 6


def test_no_datagram_leaves_from_a_port_to_which_an_earlier_one_may_still_be_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dialled: list[tuple[list[int], int]] = []

    async def noted(address: Address, *, tap: Tap | None, avoid: Collection[int]) -> Datagrams:
        avoided = list(avoid)
        datagrams = await dial_datagrams(address, tap=tap, avoid=avoid)
        dialled.append((avoided, datagrams.door.local.port))
        return datagrams

    monkeypatch.setattr(client, "PORTS_AVOIDED", 3)
    monkeypatch.setattr(client, "dial_datagrams", noted)
    with answering(first_course) as address:
        replies(address, [b"x"] * 5, Settings(udp=True, timeout=30.0))  # none is asked twice
        asyncio.run(pings(address, 2, interval=0.0, timeout=30.0))
    ports = [port for _, port in dialled]
    assert [avoided for avoided, _ in dialled[:5]] == [ports[:0], ports[:1], ports[:2], ports[:3], ports[1:4]]
    assert [avoided for avoided, _ in dialled[5:]] == [[], ports[5:6]]


def test_a_repeated_answer_is_never_taken_for_the_next_one_s() -> None:
    def doubling(sock: socket.socket, data: bytes, source: tuple[str, int]) -> None:
        for _ in range(3):
            sock.sendto(data.upper(), source)

    with answering(doubling) as address:
        words = [b"word %d" % number for number in range(50)]
        assert replies(address, words, UDP) == [word.upper() for word in words]


def test_a_late_answer_is_accepted_while_its_question_runs_and_never_for_another() -> None:
    ones: list[tuple[str, int]] = []

    def late(sock: socket.socket, data: bytes, source: tuple[str, int]) -> None:
        if data == b"one":
            ones.append(source)
            if len(ones) > 1:  # it is asked again: the first time is answered now
                sock.sendto(b"FIRST ONE", ones[0])
            return
        for place in ones:
            sock.sendto(b"ONE AGAIN", place)
        sock.sendto(data.upper(), source)

    with answering(late) as address:
        assert replies(address, [b"one", b"two"], Settings(udp=True, timeout=0.05)) == [b"FIRST ONE", b"TWO"]


def test_nothing_answers() -> None:
    with answering(lambda sock, data, source: None) as address, pytest.raises(TimedOut, match="after 2 datagrams"):
        replies(address, [b"hello"], Settings(udp=True, timeout=0.02, attempts=2))


def test_nobody_listens_for_datagrams() -> None:
    with pytest.raises(ConnectError, match="connection refused"):
        replies(Address("127.0.0.1", free_udp_port()), [b"hello"], Settings(udp=True, attempts=2))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Settings(udp=True, tls=ClientTls()), "TLS needs a stream"),
        (lambda: Settings(attempts=0), "one attempt at least"),
        (lambda: Settings(timeout=0.0), "some time"),
        (lambda: replies(Address("127.0.0.1", 9), [b"x" * 65_508], UDP), "carries 65,507 bytes"),
        (lambda: replies(Address("", path="/run/x"), [b"x"], UDP), "no address for UDP"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(make: Callable[[], object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        make()


# --------------------------------------------------------------------------------------------------- pings


def test_pings_tell_of_each_and_of_all() -> None:
    heard: list[Ping] = []

    def every_other(sock: socket.socket, data: bytes, source: tuple[str, int]) -> None:
        if data in (b"Ping 1", b"Ping 3"):
            sock.sendto(data.upper(), source)

    with answering(every_other) as address:
        trips = asyncio.run(pings(address, 4, interval=0.0, timeout=1.0, heard=heard.append))
    assert [(ping.number, ping.sent, ping.answer) for ping in heard] == [
        (1, b"Ping 1", b"PING 1"),
        (2, b"Ping 2", b""),
        (3, b"Ping 3", b"PING 3"),
        (4, b"Ping 4", b""),
    ]
    assert isinstance(heard[1].error, TimedOut)
    assert (trips.sent, trips.received, trips.loss) == (4, 2, 0.5)
    assert trips.minimum is not None
    assert heard[0].address == address


def test_pings_to_nobody_are_all_lost() -> None:
    trips = asyncio.run(pings(Address("127.0.0.1", free_udp_port()), 2, interval=0.0, timeout=0.2, text=b"x"))
    assert trips == RoundTrips(2, 0, None, None, None)
    assert trips.loss == 1.0


def test_the_summary_is_what_a_ping_tool_prints() -> None:
    times = [0.010, 0.030, 0.020]
    trips = summarise([*(Ping(1, b"", b"", time) for time in times), Ping(4, b"")])
    assert trips == RoundTrips(4, 3, 0.010, pytest.approx(0.020), 0.030)
    assert trips.loss == 0.25
    assert summarise([]).loss == 0.0
