"""tcpdump on loopback, and its files as lists of packets that can be put in another order."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import socket
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.peers import need
from tests.support.processes import running

HEADER, RECORD = 24, 16
MICROSECONDS = 0xA1B2C3D4
NANOSECONDS = 0xA1B23C4D
LONGEST, ETHERNET = 262_144, 1
END = b"the end of the capture"
BUFFER = "32768"
"""KiB that the kernel keeps until they are fetched: a body may come faster than a busy machine writes."""
LOST = r"(\d+) packets? dropped by kernel"


class Packet(NamedTuple):
    """One packet of a pcap file: the fractions of a second are in the file's own unit."""

    seconds: int
    fraction: int
    length: int
    data: bytes


class Capture(NamedTuple):
    """A pcap file: its byte order (as of ``struct``), its magic number, its packets, and the type of its links."""

    order: str
    magic: int
    packets: list[Packet]
    link: int = ETHERNET


@contextlib.contextmanager
def capturing(file: Path, wanted: str = "tcp or udp", link: Sequence[str] = ("-i", "lo")) -> Iterator[None]:
    """Every packet on loopback that passes the filter ``wanted``, in ``file`` when the block has ended.

    The capture ends with a datagram of our own, so that all that was sent before is there; it is taken out again.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.bind(("127.0.0.1", 0))
        port = end.getsockname()[1]
        may_capture()
        arguments = [need("tcpdump"), *link, "-n", "-q", "-l", "-s", "0", "-B", BUFFER, "--immediate-mode"]
        arguments += ["-Z", "root", "--print", "-w", str(file), f"udp port {port} or ({wanted})"]
        with running(arguments, file.parent) as process:
            process.wait_for_line("listening on ", output="stderr")
            process.signal(signal.SIGUSR1)  # it tells what it has lost by then: anybody's, before its filter was there
            process.wait_for_line(LOST, output="stderr")
            yield
            end.sendto(END, end.getsockname())
            process.wait_for_line(rf"127\.0\.0\.1\.{port} > 127\.0\.0\.1\.{port}: UDP, length {len(END)}")
            process.signal(signal.SIGINT)
            assert process.wait() == 0
            before, lost = re.findall(LOST, process.stderr)
            assert lost == before, "the kernel has dropped packets"
    whole = read(file)
    mark = struct.pack(">HH", port, port)
    ends = [at for at, packet in enumerate(whole.packets) if mark in packet.data and packet.data.endswith(END)]
    write(file, whole._replace(packets=whole.packets[: ends[0]]))


def may_capture() -> None:
    """No test where this process may not capture: skipped, or failed where CI is true."""
    if os.geteuid() != 0:
        missing = "captures on loopback need root"
        if os.environ.get("CI") == "true":
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)


def read(file: Path) -> Capture:
    """A pcap file in either byte order, with either unit of time."""
    data = file.read_bytes()
    order = "<" if int.from_bytes(data[:4], "little") in (MICROSECONDS, NANOSECONDS) else ">"
    packets = []
    at = HEADER
    while at < len(data):
        seconds, fraction, size, length = struct.unpack_from(f"{order}IIII", data, at)
        packets.append(Packet(seconds, fraction, length, data[at + RECORD : at + RECORD + size]))
        at += RECORD + size
    magic, *_, link = struct.unpack_from(f"{order}IHHiIII", data)
    return Capture(order, magic, packets, link)


def write(file: Path, capture: Capture) -> Path:
    """The same as a file."""
    order = capture.order
    pieces = [struct.pack(f"{order}IHHiIII", capture.magic, 2, 4, 0, 0, LONGEST, capture.link)]
    for seconds, fraction, length, data in capture.packets:
        pieces += [struct.pack(f"{order}IIII", seconds, fraction, len(data), length), data]
    file.write_bytes(b"".join(pieces))
    return file


def swap(packets: list[Packet], dice: random.Random) -> None:
    """Half of all pairs of neighbours change places."""
    for at in range(0, len(packets) - 1, 2):
        if dice.random() < 0.5:
            packets[at], packets[at + 1] = packets[at + 1], packets[at]
