"""Captures of programs that others wrote, by tcpdump: we list what tshark lists, and every body is the file's."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from portside.inspector.story import Story
from portside.interfaces import Role
from tests.conftest import PROVE
from tests.support import nginx as nginx_peer
from tests.support import tcpdump, tshark, web_folder
from tests.support.captures import told
from tests.support.commands import curl, run
from tests.support.nginx import Nginx
from tests.support.peers import need
from tests.support.ports import free_tcp_port, free_udp_port, held_tcp_port
from tests.support.processes import Running
from tests.support.served import PORTSIDE
from tests.support.stories import http_messages
from tests.support.tshark import by_direction
from tests.support.web_folder import FILES, WebFolder, digest

pytestmark = pytest.mark.peer

BULK = 30_000
"""Bytes of packets that carry a piece of a body."""
MISSED = "bytes were not captured"
SERVER = """
    listen [::1]:{port} reuseport;
    gzip on; gzip_types text/plain; gzip_min_length 1; gzip_http_version 1.0; etag on;
    location /upload/ {{ dav_methods PUT DELETE; client_max_body_size 100m; }}
    location /said {{ return 200 "said"; }}
    location /moved {{ return 302 /index.html; }}
    location /nothing {{ return 204; }}
"""
SITE = Path(__file__).resolve().parents[2] / "examples" / "site"
LARGE = random.Random(6).randbytes(500_000)
"""More than one segment, and than one window at first."""


def talk(url: str, web: WebFolder, trust: tuple[str | Path, ...] = ()) -> None:
    """What curl can say to nginx, each line over a connection of its own."""
    out = ("-o", web.path / "out")
    tag = curl("-I", *trust, f"{url}small.txt").stdout.decode().partition("ETag: ")[2].partition("\r")[0]
    for arguments in (
        (*out, f"{url}index.html", *out, f"{url}small.txt", *out, f"{url}empty.txt", *out, f"{url}one.bin"),
        ("--compressed", *out, f"{url}long.txt", *out, f"{url}small.txt"),
        ("--compressed", "-0", *out, f"{url}long.txt"),
        ("-I", f"{url}small.txt"),
        ("-r", "100-299", *out, f"{url}small.txt"),
        ("-r", "0-9,100-119", *out, f"{url}small.txt"),
        ("-r", "999999-", *out, f"{url}small.txt"),
        ("-H", f"If-None-Match: {tag}", *out, f"{url}small.txt"),
        ("-H", "Expect: 100-continue", "-T", web.path / "large.bin", *out, f"{url}upload/large.bin"),
        ("-d", "a=1&b=2", *out, f"{url}said"),
        ("-H", "Transfer-Encoding: chunked", "-T", web.path / "long.txt", *out, f"{url}upload/long.txt"),
        ("-L", *out, f"{url}moved"),
        ("-X", "DELETE", *out, f"{url}upload/long.txt", *out, f"{url}nothing"),
        ("-X", "OPTIONS", *out, f"{url}nowhere"),
        (*out, f"{url}large.bin"),
    ):
        curl(*trust, *arguments)
    (web.path / "out").unlink()


Start = Callable[..., Running]
Peer = Callable[..., Nginx]
Captured = tuple[Path, WebFolder]


@pytest.fixture(scope="module")
def captured(tmp_path_factory: pytest.TempPathFactory) -> Captured:
    """What curl and nginx said to each other over IPv4 and IPv6, and the folder that was served."""
    tcpdump.may_capture()
    home = tmp_path_factory.mktemp("foreign")
    web = web_folder.make(home / "web")
    web.put("large.bin", LARGE)
    (web.path / "upload").mkdir(mode=0o777)
    (home / "nginx").mkdir()
    file = home / "t.pcap"
    with (
        held_tcp_port("::1") as six,
        nginx_peer.serving(home / "nginx", web.path, server=SERVER.format(port=six)) as server,
        tcpdump.capturing(file, f"tcp port {server.port} or tcp port {six}"),
    ):
        talk(server.url, web)
        talk(f"http://[::1]:{six}/", web)
    return file, web


def converted(file: Path, to: Path, kind: str) -> Path:
    """The same capture in another format, by editcap."""
    assert run(need("editcap"), "-F", kind, file, to).returncode == 0
    return to


# ---------------------------------------------------------------------------------------------------- HTTP


def test_every_message_is_found_as_tshark_finds_it(captured: Captured) -> None:
    file, _ = captured
    found = by_direction(http_messages(told(file)))
    assert found == by_direction(tshark.http_messages(file))
    assert len(found) == 92


def test_every_body_is_the_file_that_was_served(captured: Captured) -> None:
    file, web = captured
    story = told(file)
    checked = set()
    for message in story.messages:
        asked = message.answers
        if message.facts.get("status") == 200 and asked is not None and asked.facts["method"] == "GET":
            name = str(asked.facts["target"])[1:]
            content = story.content(message.number, 1 << 30)
            if name in FILES:
                assert digest(b"" if content is None else content.data) == digest(web.read(name))
                checked.add(name)
    assert checked == {"index.html", "small.txt", "empty.txt", "one.bin", "long.txt", "large.bin"}


def test_the_command_names_every_message(captured: Captured) -> None:
    file, _ = captured
    theirs = [message[:4] for message in by_direction(tshark.http_messages(file))]
    told_as_json = run(PORTSIDE, "watch", "--json", "--protocol", "http", file)
    assert told_as_json.returncode == 0, told_as_json.stderr
    records = [json.loads(line) for line in told_as_json.stdout.splitlines()]
    found = []
    for record in records:
        facts, asked = record["facts"], record["from"] == "client"
        what = f"{facts['method']} {facts['target']}" if asked else str(facts["status"])
        found.append((record["conversation"] - 1, not asked, what, facts["length"]))
    assert sorted(found, key=lambda message: message[:2]) == theirs
    told_as_text = run(PORTSIDE, "watch", "--text", "--protocol", "http", file)
    assert told_as_text.returncode == 0, told_as_text.stderr
    lines = told_as_text.stdout.decode().splitlines()
    assert len(lines) == len(records)
    assert all(record["title"] in line for record, line in zip(records, lines, strict=True))


@pytest.mark.parametrize("kind", ["pcap", "nsecpcap", "pcapng"])
def test_every_format_tells_the_same(kind: str, captured: Captured, tmp_path: Path) -> None:
    file, _ = captured
    story = told(file)
    other = told(converted(file, tmp_path / "t", kind))
    assert http_messages(other) == http_messages(story)
    assert [(one.time, one.until) for one in other.messages] == [(one.time, one.until) for one in story.messages]


@pytest.mark.parametrize("magic", [tcpdump.MICROSECONDS, tcpdump.NANOSECONDS])
@pytest.mark.parametrize("order", ["<", ">"])
def test_every_byte_order_tells_the_same(order: str, magic: int, captured: Captured, tmp_path: Path) -> None:
    file, _ = captured
    capture = tcpdump.read(file)
    unit = 1000 if magic == tcpdump.NANOSECONDS else 1
    packets = [packet._replace(fraction=packet.fraction * unit) for packet in capture.packets]
    other = told(tcpdump.write(tmp_path / "t.pcap", tcpdump.Capture(order, magic, packets)))
    assert http_messages(other) == http_messages(told(file))
    assert other.messages[-1].time == told(file).messages[-1].time


# ------------------------------------------------------------------------------- what happens to a capture


def carried(story: Story) -> int:
    """Bytes that are there of all conversations, each once: the kernel may send some of them again."""
    return sum(conversation.bytes_up + conversation.bytes_down for conversation in story.conversations)


@pytest.mark.parametrize("seed", range(200 if PROVE else 5))
def test_neighbours_that_changed_places_tell_the_same(seed: int, captured: Captured, tmp_path: Path) -> None:
    file, _ = captured
    capture = tcpdump.read(file)
    tcpdump.swap(capture.packets, random.Random(seed))
    other = told(tcpdump.write(tmp_path / "t.pcap", capture))
    assert by_direction(http_messages(other)) == by_direction(http_messages(told(file)))
    assert sum(conversation.missing for conversation in other.conversations) == 0


@pytest.mark.parametrize("seed", range(200 if PROVE else 3))
def test_packets_that_come_twice_tell_the_same(seed: int, captured: Captured, tmp_path: Path) -> None:
    file, _ = captured
    capture = tcpdump.read(file)
    dice = random.Random(seed)
    twice = [packet for packet in capture.packets for _ in range(dice.choice((1, 1, 2)))]
    other = told(tcpdump.write(tmp_path / "t.pcap", capture._replace(packets=twice)))
    assert http_messages(other) == http_messages(told(file))
    assert sum(conversation.repeated for conversation in other.conversations) > 0


@pytest.mark.parametrize("seed", range(200 if PROVE else 5))
def test_what_was_not_captured_is_a_gap_and_nothing_else(seed: int, captured: Captured, tmp_path: Path) -> None:
    """Some packets with a piece of a large body are dropped; whatever they did not carry is still told."""
    file, _ = captured
    capture = tcpdump.read(file)
    bulk = [at for at, one in enumerate(capture.packets) if one.length > BULK and b"HTTP/1.1" not in one.data]
    dropped = set(random.Random(seed).sample(bulk, 3))
    left = [packet for at, packet in enumerate(capture.packets) if at not in dropped]
    story, other = told(file), told(tcpdump.write(tmp_path / "t.pcap", capture._replace(packets=left)))
    lost = sum(conversation.missing for conversation in other.conversations)
    assert lost == carried(story) - carried(other) > 0
    holed = {one.number - 1: one.missing for one in other.conversations if one.missing}
    for found, whole in zip(by_direction(http_messages(other)), by_direction(http_messages(story)), strict=True):
        assert found[:3] == whole[:3]
        assert found == whole or found.stream in holed
    noted = {one.conversation.number - 1 for one in other.messages if any(MISSED in note for note in one.notes)}
    assert noted == set(holed)
    for message in other.messages:
        missing, declared = holed.get(message.conversation.number - 1, 0), message.facts.get("declared", 0)
        if int(declared) > BULK:
            assert int(message.facts["length"]) + missing == declared


@pytest.mark.parametrize("size", [600, 1500])
def test_packets_that_were_cut_still_name_every_message(size: int, captured: Captured, tmp_path: Path) -> None:
    """As by 'tcpdump -s': heads are there, and of bodies only the beginnings of packets."""
    file, _ = captured
    capture = tcpdump.read(file)
    cut = [packet._replace(data=packet.data[:size]) for packet in capture.packets]
    story, other = told(file), told(tcpdump.write(tmp_path / "t.pcap", capture._replace(packets=cut)))
    found = [message[:3] for message in by_direction(http_messages(other))]
    assert found == [message[:3] for message in by_direction(http_messages(story))]
    assert sum(conversation.missing for conversation in other.conversations) == carried(story) - carried(other) > 0


@pytest.mark.parametrize(("link", "number"), [("LINUX_SLL", 113), ("LINUX_SLL2", 276)])
def test_captures_of_all_interfaces_tell_the_same(link: str, number: int, nginx: Peer, tmp_path: Path) -> None:
    server, file = nginx(SITE), tmp_path / "t.pcap"
    with tcpdump.capturing(file, f"tcp port {server.port}", ("-i", "any", "-y", link)):
        curl(f"{server.url}hello.txt", f"{server.url}index.html")
    assert tcpdump.read(file).link == number
    found = http_messages(told(file))
    assert by_direction(found) == by_direction(tshark.http_messages(file))
    assert [message.what for message in found] == ["GET /hello.txt", "200", "GET /index.html", "200"]


# -------------------------------------------------------------------------------------- tunnels, datagrams


def test_what_is_said_through_a_tunnel_is_told(process: Start, nginx: Peer, tmp_path: Path) -> None:
    tcpdump.may_capture()
    server, port, file = nginx(SITE), free_tcp_port(), tmp_path / "t.pcap"
    proxy = process(need("ncat"), "-v", "-l", "127.0.0.1", str(port), "--proxy-type", "http")
    proxy.wait_for_line("Listening on", output="stderr")
    with tcpdump.capturing(file, f"tcp port {port}"):
        curl("-p", "--proxy", f"http://127.0.0.1:{port}", "--noproxy", "", f"{server.url}hello.txt")
    found = [message[:4] for message in http_messages(told(file))]
    tunnel = (f"CONNECT 127.0.0.1:{server.port}", "200", "GET /hello.txt", "200")
    assert [what for _, _, what, _ in found] == list(tunnel)
    assert found[-1][3] == len((SITE / "hello.txt").read_bytes())


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_datagrams_are_those_that_tshark_sees(host: str, process: Start, tmp_path: Path) -> None:
    tcpdump.may_capture()
    six = ":" in host
    port, file = free_udp_port(host), tmp_path / "t.pcap"
    listen = f"UDP6-RECVFROM:{port},bind=[::1],fork" if six else f"UDP4-RECVFROM:{port},bind=127.0.0.1,fork"
    echo = process(need("socat"), "-d", "-d", "-d", "-b", "65536", listen, "EXEC:/bin/cat")
    said = [b"a ship", b"x", random.Random(7).randbytes(60_000)]
    with tcpdump.capturing(file, f"port {port}"):
        for number, data in enumerate(said, 1):  # it binds anew for each
            echo.wait_for_line(rf"(?s:(receiving on.*?){{{number}}})", output="stderr")
            with socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.settimeout(30)
                sock.connect((host, port))
                sock.send(data)
                assert sock.recv(65536) == data
    fields = ("ipv6.src", "udp.srcport", "ipv6.dst", "udp.dstport", "udp.length")
    theirs = tshark.rows(file, *(field if six else field.replace("ipv6", "ip") for field in fields))
    found = []
    for message in told(file).messages:
        client, server = message.conversation.client, message.conversation.server
        source, target = (client, server) if message.role is Role.CLIENT else (server, client)
        found.append((source.host, str(source.port), target.host, str(target.port), str(message.size + 8)))
    assert found == theirs
    assert len(found) == 2 * len(said)
