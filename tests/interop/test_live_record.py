"""What the live recorder writes of real conversations: the kernel's own packets, all of them, and nobody else's."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from portside.capture.files import reading
from portside.capture.files.items import Packet
from portside.capture.keylog import MemoryKeyLog
from portside.capture.live import interfaces
from portside.capture.live.recorder import LiveRecorder
from portside.interfaces import Address, Tap
from portside.protocols.http.server import settings as http
from portside.protocols.http.server.serving import WebServer
from portside.protocols.http.server.serving import serve as serve_http
from portside.protocols.upper import server as upper
from portside.transport.dial import dial
from portside.transport.udp import dial_datagrams
from tests.support import certificates, tcpdump, tshark
from tests.support.captures import told
from tests.support.commands import curl
from tests.support.conversations import Ears, until
from tests.support.ports import at_work
from tests.support.sightings import may_see_packets
from tests.support.tshark import rows

pytestmark = pytest.mark.peer

LOOPBACK = (Address("127.0.0.1", 0), Address("::1", 0))
LARGE = random.Random(8).randbytes(3_000_000)
"""Much more than one frame of loopback, whatever the kernel puts into one."""
HELLO = b"hello, live\n"
SHAPE = ("tcp.flags.str", "tcp.len", "tcp.options.timestamp.tsval")
S, SA, A = "··········S·", "·······A··S·", "·······A····"


@pytest.fixture(autouse=True)
def capture_is_allowed() -> None:
    may_see_packets()


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "live.pcapng"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "hello.txt").write_bytes(HELLO)
    (folder / "large.bin").write_bytes(LARGE)
    return folder


def recorded(path: Path, act: Callable[[Tap], Awaitable[None]]) -> LiveRecorder:
    """A record of what ``act`` does, which is closed."""

    async def main() -> LiveRecorder:
        recorder = LiveRecorder(path, keys=MemoryKeyLog())
        try:
            await asyncio.wait_for(act(recorder.tap()), 60)
        finally:
            recorder.close()
        return recorder

    return asyncio.run(main())


@asynccontextmanager
async def web(site: Path, tap: Tap | None, tls: ssl.SSLContext | None = None) -> AsyncIterator[WebServer]:
    folder = http.FolderSettings(site, compress=False)
    server = await serve_http(http.Settings(folder, LOOPBACK, tls=tls, access_log=None, tap=tap))
    try:
        yield server
    finally:
        await server.stop()


async def fetch(*arguments: str | Path) -> bytes:
    return (await asyncio.to_thread(curl, *arguments)).stdout


def frames(path: Path) -> list[Packet]:
    file = reading.CaptureFile(path)
    items = []
    while piece := file.read(1 << 22):
        items += piece
    return [item for item in items if isinstance(item, Packet)]


def shapes(path: Path, where: str) -> list[tuple[str, int, bool]]:
    """Each segment's flags, its payload's length, and whether it has the kernel's timestamps."""
    return [(flags, int(length), bool(stamp)) for flags, length, stamp in rows(path, *SHAPE, where=where)]


def ends(path: Path) -> int:
    """How many directions of connections were ended; the kernel may say so twice where its peer is slow to answer."""
    return len(set(rows(path, "tcp.stream", "tcp.srcport", where="tcp.flags.fin == 1")))


@pytest.mark.parametrize("number", [0, 1], ids=["IPv4", "IPv6"])
def test_a_fetch_is_there_from_its_syn_to_its_last_ack(record: Path, site: Path, number: int) -> None:
    async def act(tap: Tap) -> None:
        async with web(site, tap) as server:
            assert await fetch(f"http://{server.addresses[number]}/hello.txt") == HELLO

    recorder = recorded(record, act)
    every = shapes(record, "tcp")
    assert len(every) == recorder.packets
    assert [flags for flags, *_ in every[:3]] == [S, SA, A]
    assert all(stamp for *_, stamp in every)
    assert ends(record) == 2 and every[-1][0] == A
    assert [message.what for message in tshark.http_messages(record)] == ["GET /hello.txt", "200"]
    assert rows(record, "tcp.analysis.flags", where="tcp.analysis.flags") == []
    titles = [message.title for message in told(record).messages]
    assert titles == ["connection opened", "GET /hello.txt", "200 OK", *["finished sending"] * 2]
    assert {name for (name,) in rows(record, "frame.interface_name")} == {"lo"}


def test_the_packets_are_those_that_tcpdump_sees(record: Path, site: Path, tmp_path: Path) -> None:
    beside = tmp_path / "tcpdump.pcap"

    async def act(tap: Tap) -> None:
        async with web(site, tap) as server:
            ports = " or ".join(f"tcp port {address.port}" for address in server.addresses)
            with tcpdump.capturing(beside, ports):
                for address in server.addresses:
                    for name in ("hello.txt", "large.bin"):
                        await fetch("-o", tmp_path / name, f"http://{address}/{name}")
                await server.stop()
                await until(lambda: not at_work(*(address.port for address in server.addresses)))

    recorded(record, act)
    ours, theirs = frames(record), tcpdump.read(beside).packets
    # Each of the two sockets is served by the core that sends: packets of two cores may change places between them.
    assert sorted((packet.length, packet.data) for packet in ours) == sorted(
        (packet.length, packet.data) for packet in theirs
    )
    assert sum(len(packet.data) for packet in ours) > 2 * len(LARGE)
    assert max(packet.length for packet in ours) > 32_000, "no frame is larger than networks carry them"
    assert [packet.time for packet in ours] == sorted(packet.time for packet in ours)


def test_nothing_of_others_is_there(record: Path, site: Path, tmp_path: Path) -> None:
    strange: list[tuple[str, int]] = []

    async def act(tap: Tap) -> None:
        async with web(site, tap) as server, web(site, None) as stranger:
            strange.extend((address.host, address.port) for address in stranger.addresses)
            for one in (stranger, server, stranger):
                await asyncio.gather(*(fetch(f"http://{address}/hello.txt") for address in one.addresses))

    recorder = recorded(record, act)
    fields = (("ip.src", "ipv6.src", "tcp.srcport"), ("ip.dst", "ipv6.dst", "tcp.dstport"))
    seen = {(four or six, int(port)) for each in fields for four, six, port in rows(record, *each)}
    assert recorder.packets and not seen & set(strange)
    assert [message.what for message in tshark.http_messages(record)].count("200") == 2


@pytest.mark.parametrize("known", [True, False], ids=["known interface", "later interface"])
def test_tls_is_opened_by_the_file_alone(
    record: Path, site: Path, tmp_path: Path, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not known:  # its packets are in a second section of the file, behind keys that stand in the first
        monkeypatch.setattr(interfaces, "_present", list)
    authority = certificates.make_ca(tmp_path)
    pair = certificates.good(tmp_path, authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)

    async def act(tap: Tap) -> None:
        async with web(site, tap, context) as server:
            for address in server.addresses:
                url = f"https://{address}/large.bin"
                assert await fetch("--http1.1", "--cacert", authority.cert, url) == LARGE

    recorded(record, act)
    messages = tshark.http_messages(record, spoken="tls")
    assert [(message.what, message.size) for message in messages] == [
        ("GET /large.bin", 0),
        ("200", len(LARGE)),
    ] * 2
    assert {name for (name,) in rows(record, "frame.interface_name")} == {"lo"}
    assert [message.title for message in told(record).messages].count("GET /large.bin") == 2


def test_a_client_of_ours_is_recorded_with_its_server(record: Path, site: Path) -> None:
    async def act(tap: Tap) -> None:
        async with web(site, None) as server:
            for address in server.addresses:
                stream, ears = await dial(address, tap=tap), Ears()
                stream.start(ears)
                stream.write(b"GET /large.bin HTTP/1.0\r\nHost: localhost\r\n\r\n")
                await until(lambda ears=ears: ears.ends)
                stream.finish()
                await until(lambda ears=ears: ears.losses)

    recorded(record, act)
    assert [message.what for message in tshark.http_messages(record)] == ["GET /large.bin", "200"] * 2
    assert ends(record) == 4


def test_datagrams_of_both_sides_even_divided_ones(record: Path) -> None:
    largest = b"x" * 65_507

    async def act(tap: Tap) -> None:
        server = await upper.serve(upper.Settings(LOOPBACK, udp=True, tap=tap))
        try:
            for address in server.addresses:
                datagrams, heard = await dial_datagrams(address), Datagrams()
                datagrams.start(heard)
                for said in (b"hello", largest):
                    datagrams.send(said)
                    await until(lambda said=said, heard=heard: said.upper() in heard.data)
                datagrams.close()
        finally:
            await server.stop()

    recorded(record, act)
    assert [int(length) for (length,) in rows(record, "data.len", where="udp")] == [5, 5, 65_507, 65_507] * 2
    assert len(frames(record)) == 10, "over IPv6 the largest datagrams are divided"


class Datagrams:
    """Keeps what comes."""

    def __init__(self) -> None:
        self.data: list[bytes] = []

    def datagram(self, data: bytes, source: Address) -> None:
        self.data.append(data)

    def lost(self, error: Exception | None) -> None:
        assert error is None


def test_a_client_of_datagrams_hears_its_peer_and_ends_with_its_socket(record: Path) -> None:
    async def act(tap: Tap) -> None:
        server = await upper.serve(upper.Settings(LOOPBACK[:1], udp=True))
        try:
            for one in (tap, None):
                datagrams, heard = await dial_datagrams(server.addresses[0], tap=one), Datagrams()
                datagrams.start(heard)
                datagrams.send(b"hello")
                await until(lambda heard=heard: heard.data)
                datagrams.close()
        finally:
            await server.stop()

    recorded(record, act)
    assert rows(record, "data.data", where="udp") == [(b"hello".hex(),), (b"HELLO".hex(),)]


def test_each_file_of_a_divided_record_is_whole(tmp_path: Path, site: Path) -> None:
    record = tmp_path / "live.pcapng"

    async def main() -> int:
        recorder = LiveRecorder(record, size=2_500_000, files=100, keys=MemoryKeyLog())
        async with web(site, recorder.tap()) as server:
            for _ in range(3):
                await fetch(f"http://{server.addresses[0]}/large.bin")
        recorder.close()
        return recorder.packets

    packets = asyncio.run(main())
    files = [record, *tmp_path.glob("live.*.pcapng")]
    assert len(files) >= 3
    counted = [rows(file, "frame.interface_name", "frame.protocols") for file in files]
    assert sum(map(len, counted)) == packets
    assert {name for found in counted for name, _ in found} == {"lo"}


def test_a_server_is_done_with_a_stream_before_its_packets_are(record: Path) -> None:
    """The other side ends late: what it still says to a closed stream is there, too."""

    async def act(tap: Tap) -> None:
        server = await upper.serve(upper.Settings(LOOPBACK[:1], idle=0.05, tap=tap))
        reader, writer = await asyncio.open_connection(server.addresses[0].host, server.addresses[0].port)
        assert await reader.read() == b""
        await server.stop()
        writer.close()
        await writer.wait_closed()

    recorded(record, act)
    found = shapes(record, "tcp")
    assert [flags for flags, *_ in found[:3]] == [S, SA, A]
    assert ends(record) == 2 and found[-1][0] == A
