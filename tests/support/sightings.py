"""Packets as a packet socket shows them, made in memory."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import threading
from collections.abc import Callable

import pytest

from portside.capture.frames import Path
from portside.capture.live.bpf import LOOPBACK
from portside.capture.live.headers import Headers, parse_headers
from portside.capture.live.sightings import Frame, Sighting
from tests.support.peers import need

End = tuple[str, int]
CLIENT, SERVER, STRANGER = ("10.0.0.1", 40000), ("10.0.0.2", 80), ("10.0.0.3", 50000)
NEW_NETWORK = 0x40000000
"""CLONE_NEWNET: a network of its own for a thread (unshare(2))."""
_BLOCK_HEAD = 28
"""Bytes of a block before its packet."""


def packet(block: bytes) -> bytes:
    """The packet of a capture file's block."""
    return block[_BLOCK_HEAD : _BLOCK_HEAD + int.from_bytes(block[20:24], "little")]


def segment(
    source: End, target: End, flags: int, seq: int = 0, ack: int = 0, data: bytes = b"", time: int = 0
) -> Sighting:
    """A TCP segment on the loopback interface."""
    block = Path(source, target, from_client=True).segment(time, seq, ack, flags, data)
    return seen(packet(block), time)


def datagram(source: End, target: End, data: bytes = b"said", time: int = 0, kind: int = 0) -> Sighting:
    """A UDP datagram on an Ethernet interface; ``kind`` says whether it leaves (4)."""
    block = Path(source, target, from_client=True).datagram(time, data)
    return seen(packet(block), time, hardware=1, kind=kind)


def seen(data: bytes, time: int = 0, *, hardware: int = LOOPBACK, kind: int = 0, network: int = 14) -> Sighting:
    """A frame in memory that has other things around it."""
    memory = b"before" + data + b"behind"
    stop = 6 + len(data)
    return Sighting(time, 1, hardware, kind, memory, 6, 6 + network, stop, len(data))


def headers_of(sighting: Sighting) -> Headers:
    found = parse_headers(sighting.memory, sighting.network, sighting.stop)
    assert found is not None
    return found


class Written:
    """Takes frames, and remembers their times."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def __call__(self, frame: Frame) -> None:
        self.frames.append(frame)

    @property
    def times(self) -> list[int]:
        return [frame.time for frame in self.frames]


def may_see_packets() -> None:
    """No test where this process has no CAP_NET_RAW: skipped, or failed where CI is true."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except PermissionError:
        _leave_out("live packets need root, or CAP_NET_RAW")


def _leave_out(why: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(why, pytrace=False)
    pytest.skip(why)


def in_a_network_of_its_own(act: Callable[[], None]) -> None:
    """Run ``act`` in a thread whose network has only a loopback interface; it goes with what was opened there.

    Skipped where this process may not make one, failed where CI is true.
    """
    failures: list[BaseException] = []

    def run() -> None:
        try:
            if ctypes.CDLL(None, use_errno=True).unshare(NEW_NETWORK):
                raise PermissionError(ctypes.get_errno(), "no network of its own")
            ip("link set lo up")
            act()
        except BaseException as error:
            failures.append(error)

    may_see_packets()
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failures and isinstance(failures[0], PermissionError):
        _leave_out(str(failures[0]))
    if failures:
        raise failures[0]


def ip(command: str) -> None:
    """Run iproute2's ``ip``, in the network of the thread that asks."""
    subprocess.run([need("ip"), *command.split()], check=True, timeout=20)
