"""What it costs to open a capture: the time to read it to its end, the memory, and the longest wait for an answer.

A conversation is written as a browser's would look on Ethernet: segments of 1,460 bytes, an acknowledgement for every
second one. Each capture is read by a process of its own in the slices in which ``portside watch`` reads it.
"""

from __future__ import annotations

import gc
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.measure import Ratio, compare, output_of, program
from portside.capture.files import pcapng
from portside.capture.frames import ACK, FIN, PSH, SYN, handshake_options
from portside.capture.frames import Path as Way
from portside.cli.watch import COLLECT_AFTER, SLICE

EXCHANGES, CONNECTIONS = 50_000, 2_000
"""Requests with their answers, and the connections over which they go in turn."""
LARGEST_SEGMENT = 1_460
"""Bytes that one Ethernet frame carries for the application."""
MOST_SECONDS = 5.0
"""What reading 100,000 messages may take."""
PATHS = (
    "/",
    "/styles/site.css",
    "/api/v1/items",
    "/images/photo-{}.jpg",
    "/search?q=port+{}&page=2",
    "/scripts/app.js",
)
TYPES = ("text/html; charset=utf-8", "text/css", "application/json", "image/jpeg", "text/html", "text/javascript")
NOISE = random.Random(1).randbytes(1 << 20)

Put = Callable[[bytes], Any]


class Conversation:
    """A TCP connection over Ethernet, written packet by packet; time goes on by 10 us with each."""

    def __init__(self, put: Put, number: int, began: int) -> None:
        client = (f"10.1.{number >> 8 & 255}.{number & 255}", 1024 + number % 60_000)
        server = ("10.0.0.1", 80)
        self._put = put
        self._ways = (Way(client, server, from_client=True), Way(server, client, from_client=False))
        self._next = [1000 + number, 77_000 + number]
        self.time = began
        self._send(0, SYN, options=handshake_options(four=True), acks=False)
        self._send(1, SYN | ACK, options=handshake_options(four=True))
        self._send(0, ACK)

    def _send(self, side: int, flags: int, data: bytes = b"", options: bytes = b"", *, acks: bool = True) -> None:
        self.time += 10_000
        ack = self._next[1 - side] if acks else 0
        self._put(self._ways[side].segment(self.time, self._next[side], ack, flags, data, options))
        self._next[side] += len(data) + bool(flags & (SYN | FIN))

    def says(self, side: int, data: bytes) -> None:
        """The client (0) or the server (1) says this."""
        for count, start in enumerate(range(0, len(data), LARGEST_SEGMENT)):
            self._send(side, PSH | ACK, data[start : start + LARGEST_SEGMENT])
            if count % 2:
                self._send(1 - side, ACK)

    def ends(self) -> None:
        """Both have said all they wanted."""
        self._send(0, FIN | ACK)
        self._send(1, FIN | ACK)
        self._send(0, ACK)


def request(number: int) -> bytes:
    """What a browser asks, with about 500 bytes."""
    path = PATHS[number % len(PATHS)].format(number)
    return (
        f"GET {path} HTTP/1.1\r\nHost: www.example.org\r\nConnection: keep-alive\r\n"
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
        "\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
        f"Referer: http://www.example.org/page/{number // 7}\r\nAccept-Encoding: gzip, deflate\r\n"
        f"Accept-Language: en-GB,en;q=0.9\r\nCookie: session={number * 7919:024x}; theme=dark\r\n\r\n"
    ).encode()


def response(number: int, dice: random.Random) -> bytes:
    """An answer whose body has 200 bytes to 20 KB, short ones more often."""
    size = int(200 * 100 ** dice.random())
    start = dice.randrange(len(NOISE) - size)
    head = (
        f"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sun, 06 Nov 1994 08:49:{number % 60:02} GMT\r\n"
        f"Content-Type: {TYPES[number % len(TYPES)]}\r\nContent-Length: {size}\r\nConnection: keep-alive\r\n"
        f'Last-Modified: Sun, 06 Nov 1994 08:00:00 GMT\r\nETag: "{number:x}-{size:x}"\r\nCache-Control: no-cache\r\n'
        "Accept-Ranges: bytes\r\n\r\n"
    ).encode()
    return head + NOISE[start : start + size]


def write_exchanges(put: Put, exchanges: int = EXCHANGES, connections: int = CONNECTIONS) -> None:
    """Browsers and a web server, ``connections`` kept alive for the same number of exchanges each."""
    dice = random.Random(2)
    number = 0
    for group in range(0, connections, 50):  # so many are open at once
        open_now = [Conversation(put, index, group * 10**9) for index in range(group, min(group + 50, connections))]
        for _ in range(exchanges // connections):
            for one in open_now:
                number += 1
                one.says(0, request(number))
                one.says(1, response(number, dice))
        for one in open_now:
            one.ends()


def write_download(put: Put, size: int = 1_000_000_000) -> None:
    """One answer of ``size`` bytes."""
    one = Conversation(put, 1, 0)
    one.says(0, request(1))
    one.says(1, b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: %d\r\n\r\n" % size)
    for _ in range(size // len(NOISE) + 1):
        one.says(1, NOISE)
    one.ends()


def write_datagrams(put: Put, count: int = 2 * EXCHANGES) -> None:
    """Questions and answers of 500 clients over UDP."""
    ways = []
    for index in range(500):
        ends = (f"10.2.{index >> 8}.{index & 255}", 5000 + index), ("10.0.0.1", 9999)
        ways.append((Way(*ends, from_client=True), Way(*ends[::-1], from_client=False)))
    for number in range(count // 2):
        client, server = ways[number % len(ways)]
        put(client.datagram(number * 20_000, b"question %d of many" % number))
        put(server.datagram(number * 20_000 + 10_000, b"answer %d, somewhat longer than its question" % number))


def write(path: Path, kind: Callable[..., None], **sizes: int) -> Path:
    """A capture file of ``kind``, one of the functions above."""
    with path.open("wb", 1 << 20) as file:
        file.write(pcapng.section_header(program="bench") + pcapng.interface(1))
        kind(file.write, **sizes)
    return path


# ------------------------------------------------------------------------------------------------ reading


def read(path: Path, keys: bytes = b"") -> dict[str, Any]:
    """Read a capture to its end and ask for what the page asks; figures in ms and MB."""
    from portside.inspector.filters import Filter
    from portside.inspector.story import Story

    gc.set_threshold(*COLLECT_AFTER)
    begun = time.perf_counter()
    story = Story([path], keys=keys)
    first = longest = 0.0
    for took in _slices(story):
        longest = max(longest, took)
        if not first and story.messages:
            first = time.perf_counter() - begun
    story.finish()
    whole = time.perf_counter() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    last = len(story.messages)
    asked: dict[str, Callable[[], object]] = {
        "find": lambda: story.find(Filter(text="photo-4999")),
        "plot": lambda: story.plot(),
        "plot of one": lambda: story.plot(Filter(conversation=1)),
        "plot found": lambda: story.plot(Filter(text="photo-4999")),
        "open first": lambda: story.open(min(2, last)),
        "open last": lambda: story.open(last),
        "open the one before": lambda: story.open(max(1, last - 5)),
        "open the third": lambda: story.open(min(3, last)),
        "conversations": lambda: story.conversations[-100:],
    }
    waits = {name: 1000 * _timed(question) for name, question in asked.items()} if last else {}
    figures = {"whole": 1000 * whole, "first rows": 1000 * first, "longest slice": 1000 * longest, "memory": memory}
    return {**figures, **waits, "messages": last, "packets": story.packets, "file": path.stat().st_size / 1e6}


def _slices(story: Any) -> Iterator[float]:
    more = True
    while more:
        begin = time.perf_counter()
        more = story.read(SLICE)
        yield time.perf_counter() - begin


def _timed(question: Callable[[], object]) -> float:
    begin = time.perf_counter()
    question()
    return time.perf_counter() - begin


def measured(path: Path) -> dict[str, Any]:
    """The same in a process of its own."""
    figures: dict[str, Any] = json.loads(output_of([sys.executable, "-m", "bench.captures", path]))
    return figures


def run() -> list[Ratio]:
    with tempfile.TemporaryDirectory(prefix="portside-bench-") as name:
        home = Path(name)
        for title, kind, sizes in (
            ("100,000 datagrams", write_datagrams, {}),
            ("a download of 1 GB", write_download, {}),
            ("3,000,000 messages", write_exchanges, {"exchanges": 1_500_000, "connections": 30_000}),
        ):
            path = write(home / "other.pcapng", kind, **sizes)
            _tell(title, measured(path))
            path.unlink()
        path = write(home / "web.pcapng", write_exchanges)
        figures = measured(path)
        _tell("100,000 messages", figures)
        if figures["whole"] > 1000 * MOST_SECONDS:
            raise SystemExit(f"100,000 messages took {figures['whole'] / 1000:.1f} s")
        wireshark = [program("tshark"), "-n", "-r", path, "-Y", "http", "-T", "fields", "-e", "frame.number"]
        return [
            compare(
                "100,000 messages of HTTP, read to the end",
                lambda: 1e5 / measured(path)["whole"] * 1000,
                lambda: 1e5 / _timed(lambda: output_of(wireshark)),
                unit="msg/s",
                peer="tshark",
            )
        ]


def _tell(title: str, figures: dict[str, Any]) -> None:
    print(f"{title}: {figures['file']:,.0f} MB, {figures['packets']:,} packets, {figures['messages']:,} messages")
    left = {name: figure for name, figure in figures.items() if name not in ("file", "packets", "messages", "memory")}
    print("  " + ", ".join(f"{name} {figure:,.1f} ms" for name, figure in left.items()))
    print(f"  {figures['memory']:,.0f} MB of memory", flush=True)


if __name__ == "__main__":
    print(json.dumps(read(Path(sys.argv[1]))))
