"""The live recorder as a tap: announcements, keys, refusals and its end."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from portside.capture.files import reading
from portside.capture.files.items import Packet, Secrets
from portside.capture.keylog import MemoryKeyLog
from portside.capture.live import recorder as live
from portside.capture.live.headers import SYN
from portside.capture.live.matching import Matching
from portside.capture.live.packet_socket import PacketSocket
from portside.capture.live.recorder import LiveRecorder
from portside.errors import UsageError
from portside.interfaces import Address, Door, Role
from tests.support.conversations import until
from tests.support.sightings import may_see_packets


@pytest.fixture(autouse=True)
def capture_is_allowed() -> None:
    may_see_packets()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "live.pcapng"


def packets(path: Path) -> list[Packet]:
    return [item for item in reading.CaptureFile(path).read(1 << 24) if isinstance(item, Packet)]


def recorded(path: Path, act: Callable[[LiveRecorder], None], keys: MemoryKeyLog | None = None) -> LiveRecorder:
    """Without a loop: who announces need not have one."""
    recorder = LiveRecorder(path, keys=keys)
    try:
        act(recorder)
    finally:
        recorder.close()
    return recorder


def say(keys: MemoryKeyLog) -> None:
    """As TLS would."""
    with Path(keys.path).open("ab") as log:
        log.write(b"CLIENT_RANDOM 00 11\n")


def converse(recorder: LiveRecorder, said: bytes = b"said") -> None:
    """One side of a connection over loopback is announced."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        one, _ = server.accept()
        with one:
            tap = recorder.tap().stream(Door(Address(*one.getsockname()), Address(*one.getpeername())), Role.SERVER)
            tap.came(said)
            client.sendall(said)
            assert one.recv(len(said)) == said
            tap.ended()
            tap.sent(b"")
            tap.finished()
    tap.lost(None)


def test_an_announced_stream_is_recorded_to_its_last_packet(path: Path) -> None:
    recorder = recorded(path, converse)
    found = packets(path)
    assert len(found) == recorder.packets >= 7
    assert any(b"said" in packet.data for packet in found)
    recorder.close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_stranger_on_the_same_ports_is_not_recorded(path: Path) -> None:
    def act(recorder: LiveRecorder) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server, socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
            free.close()
            for said in (b"ours", b"strange"):
                with socket.create_connection(server.getsockname(), source_address=("127.0.0.1", port)) as client:
                    one, _ = server.accept()
                    door = Door(Address(*one.getsockname()), Address(*one.getpeername()))
                    tap = recorder.tap().stream(door, Role.SERVER) if said == b"ours" else None
                    client.sendall(said)
                    assert one.recv(len(said)) == said
                    # a reset frees the ports at once, when it has arrived
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    one.close()
                    with pytest.raises(ConnectionResetError):
                        client.recv(1)
                if tap is not None:
                    tap.lost(None)

    recorded(path, act)
    found = [packet.data for packet in packets(path)]
    assert sum(b"ours" in data for data in found) == 1
    assert not any(b"strange" in data for data in found)
    assert sum(data[47] == SYN for data in found) == 1


def test_both_ends_may_be_announced_and_are_written_once(path: Path) -> None:
    def act(recorder: LiveRecorder) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
            one, _ = server.accept()
            ends = Address(*one.getsockname()), Address(*one.getpeername())
            taps = [
                recorder.tap().stream(Door(*ends), Role.SERVER),
                recorder.tap().stream(Door(*ends[::-1]), Role.CLIENT),
            ]
            client.sendall(b"once")
            assert one.recv(4) == b"once"
            one.close()
        for tap in taps:
            tap.lost(None)

    recorded(path, act)
    assert sum(b"once" in packet.data for packet in packets(path)) == 1


def test_a_datagram_socket_is_announced_as_long_as_its_tap_is_kept(path: Path) -> None:
    def act(recorder: LiveRecorder) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", 0))
            here = Address(*sock.getsockname())
            tap = recorder.tap().datagrams(Door(here, Address("", 0)), Role.SERVER)
            tap.sent(b"first", here)
            sock.sendto(b"first", sock.getsockname())
            tap.came(sock.recv(5), here)
            del tap
            gc.collect()
            sock.sendto(b"second", sock.getsockname())

    recorded(path, act)
    assert [packet.data[-5:] for packet in packets(path)] == [b"first"]


def test_keys_are_taken_by_the_thread_of_the_loop(path: Path) -> None:
    keys = MemoryKeyLog()

    async def main() -> None:
        recorder = LiveRecorder(path, keys=keys)
        assert recorder.key_log == recorder.tap().key_log == keys.path
        converse(recorder, b"secret")
        say(keys)
        await until(lambda: recorder.packets)
        recorder.close()

    asyncio.run(main())
    items = [type(item) for item in reading.CaptureFile(path).read(1 << 24)]
    assert items.index(Secrets) < items.index(Packet)


def test_a_loop_that_has_ended_leaves_its_keys_to_the_end(path: Path) -> None:
    keys = MemoryKeyLog()
    recorder = LiveRecorder(path, keys=keys)

    async def main() -> None:
        converse(recorder)
        say(keys)

    asyncio.run(main())
    recorder.close()
    assert any(isinstance(item, Secrets) for item in reading.CaptureFile(path).read(1 << 24))


def test_without_keys_nobody_logs_any(path: Path) -> None:
    def act(recorder: LiveRecorder) -> None:
        assert recorder.key_log is recorder.tap().key_log is None

    recorded(path, act)


@pytest.mark.parametrize(
    ("door", "said"),
    [
        (Door(Address("", 0, "/run/x"), Address("", 0)), "Unix sockets"),
        (Door(Address("somewhere", 1), Address("127.0.0.1", 2)), "somewhere:1"),
    ],
)
def test_what_has_no_packets_is_told_of_once(
    path: Path, caplog: pytest.LogCaptureFixture, door: Door, said: str
) -> None:
    def act(recorder: LiveRecorder) -> None:
        for _ in range(2):
            tap = recorder.tap().stream(door, Role.SERVER)
            tap.came(b"x")
            tap.lost(None)
            recorder.tap().datagrams(door, Role.SERVER).came(b"x", door.local)

    with caplog.at_level(logging.WARNING):
        recorded(path, act)
    assert len(caplog.records) == 1 and said in caplog.text and "drop 'live:'" in caplog.text


def test_a_file_that_cannot_be_written_leaves_no_socket_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[PacketSocket] = []

    class Noted(PacketSocket):
        def __init__(self) -> None:
            super().__init__()
            opened.append(self)

    monkeypatch.setattr(live, "PacketSocket", Noted)
    with pytest.raises(UsageError, match="cannot record to"):
        LiveRecorder(tmp_path / "missing" / "a.pcapng", keys=None)
    assert opened[0].fileno() == -1


def test_its_own_mistakes_end_the_record_alone(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Matching, "take", fail)

    def act(recorder: LiveRecorder) -> None:
        converse(recorder)
        recorder._reading._thread.join(20)
        converse(recorder)

    with caplog.at_level(logging.WARNING):
        recorded(path, act)
    assert len(caplog.records) == 1 and "by a mistake of the recorder" in caplog.text
    assert packets(path) == []


def test_what_the_kernel_lost_is_told(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PacketSocket, "dropped", lambda self: 1234)
    with caplog.at_level(logging.WARNING):
        recorded(path, converse)
    assert len(caplog.records) == 1 and "1,234 packets" in caplog.text
