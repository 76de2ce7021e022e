"""Bytes as a capture of somebody saying them: in TCP, UDP or TLS, in IP, on a link, in a file. The dice choose."""

from __future__ import annotations

import random
from struct import pack

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fuzz.mutation import pieces
from portside.capture.files import pcapng
from portside.capture.frames import ACK, FIN, PSH, RST, SYN
from portside.capture.frames import Path as Way
from portside.inspector.layers import links
from portside.inspector.tls.opening import expand_label

Frame = tuple[int, bytes]
"""A link type, and the bytes on that link."""
CLIENTS, SERVERS = ("10.0.0.1", "fd00::1"), ("10.0.0.2", "fd00::2")
HEAD, TAIL = 28, 4
"""Bytes of a packet's block before and behind the frame."""
ETHERNET = 14
RANDOM = bytes(range(32))
"""The client's random of every TLS session here, by which its keys are found."""
_SECRETS = {
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET": b"a" * 32, "SERVER_HANDSHAKE_TRAFFIC_SECRET": b"b" * 32,
    "CLIENT_TRAFFIC_SECRET_0": b"c" * 32, "SERVER_TRAFFIC_SECRET_0": b"d" * 32,
}  # fmt: skip
KEYS = "".join(f"{label} {RANDOM.hex()} {secret.hex()}\n" for label, secret in _SECRETS.items()).encode()
AES_128_GCM = b"\x13\x01"


def _frame(block: bytes) -> bytes:
    """The frame in a packet's block."""
    size = int.from_bytes(block[20:24], "little")
    return block[HEAD : HEAD + size]


# ---------------------------------------------------------------------------------------------- transports


def segments(said: list[tuple[int, bytes]], dice: random.Random, *, port: int = 80) -> list[bytes]:
    """A TCP connection in which client (0) and server (1) say things, as Ethernet frames; some lost, late or twice."""
    which = dice.randrange(2)
    client, server = (CLIENTS[which], 40_000), (SERVERS[which], port)
    ways = (Way(client, server, from_client=True), Way(server, client, from_client=False))
    following = [dice.choice((5, 2**32 - 40)), dice.choice((9, 2**32 - 40))]
    found: list[bytes] = []

    def send(side: int, flags: int, data: bytes = b"") -> None:
        ack = following[1 - side] if flags & ACK else 0
        found.append(_frame(ways[side].segment(len(found) * 1000, following[side], ack, flags, data)))
        following[side] += len(data) + bool(flags & (SYN | FIN))

    if dice.random() < 0.9:
        send(0, SYN)
        send(1, SYN | ACK)
        send(0, ACK)
    for side, data in said:
        for piece in pieces(data, dice):
            for start in range(0, len(piece), 30_000):
                send(side, PSH | ACK, piece[start : start + 30_000])
    for side in (0, 1):
        send(side, dice.choice((FIN | ACK, FIN | ACK, RST | ACK, ACK)))
    return disturbed(found, dice) if dice.random() < 0.5 else found


def disturbed(frames: list[bytes], dice: random.Random) -> list[bytes]:
    """The same with some lost, late or twice."""
    frames = list(frames)
    for _ in range(dice.choice((1, 1, 2, 4))):
        if not frames:
            break
        at = dice.randrange(len(frames))
        match dice.randrange(4):
            case 0:
                del frames[at]
            case 1:
                frames.insert(dice.randint(0, len(frames)), frames.pop(at))
            case 2:
                frames.insert(dice.randint(0, len(frames)), frames[at])
            case _:
                frames[at] = frames[at][: dice.randint(0, len(frames[at]))]
    return frames


def datagrams(said: list[tuple[int, bytes]], dice: random.Random) -> list[bytes]:
    """The same as UDP."""
    which = dice.randrange(2)
    client, server = (CLIENTS[which], 40_000), (SERVERS[which], dice.choice((9999, 80, 443)))
    ways = (Way(client, server, from_client=True), Way(server, client, from_client=False))
    return [_frame(ways[side].datagram(number, data[:60_000])) for number, (side, data) in enumerate(said)]


# ------------------------------------------------------------------------------------------------- TLS 1.3


def record(kind: int, content: bytes) -> bytes:
    """A record as it stands on the wire."""
    return bytes((kind, 3, 3)) + len(content).to_bytes(2) + content


def handshake(kind: int, body: bytes) -> bytes:
    """A handshake message."""
    return bytes((kind,)) + len(body).to_bytes(3) + body


def extensions(*listed: tuple[int, bytes]) -> bytes:
    """A list of extensions with its length."""
    whole = b"".join(pack(">HH", kind, len(value)) + value for kind, value in listed)
    return len(whole).to_bytes(2) + whole


def client_hello(name: bytes = b"example.org") -> bytes:
    """What a client offers: TLS 1.3 with one cipher."""
    server_name = pack(">HBH", len(name) + 3, 0, len(name)) + name
    offered = extensions((0, server_name), (16, b"\0\x09\x08http/1.1"), (43, b"\x02\x03\x04"), (10, b"\0\x02\0\x1d"))
    return handshake(1, b"\x03\x03" + RANDOM + b"\0\0\x02" + AES_128_GCM + b"\x01\0" + offered)


def server_hello() -> bytes:
    """What a server chooses."""
    return handshake(2, b"\x03\x03" + bytes(32) + b"\0" + AES_128_GCM + b"\0" + extensions((43, b"\x03\x04")))


def protected(label: str, number: int, kind: int, content: bytes) -> bytes:
    """A record of content type ``kind``, encrypted (RFC 8446 §5.2)."""
    secret = _SECRETS[label]
    iv = int.from_bytes(expand_label(secret, "iv", 12, "sha256"))
    head = b"\x17\x03\x03" + (len(content) + 17).to_bytes(2)
    cipher = AESGCM(expand_label(secret, "key", 16, "sha256"))
    return head + cipher.encrypt((iv ^ number).to_bytes(12), content + bytes((kind,)), head)


def secured(said: list[tuple[int, bytes]], dice: random.Random, handshakes: bytes = b"") -> list[tuple[int, bytes]]:
    """The same within TLS; ``handshakes`` stand for what the server says before it has finished."""
    flight = handshakes or handshake(8, extensions((16, b"\0\x09\x08http/1.1"))) + handshake(20, bytes(32))
    talk = [(0, record(22, client_hello())), (1, record(22, server_hello()) + record(20, b"\x01"))]
    for number, start in enumerate(range(0, len(flight), 16_000)):
        talk.append((1, protected("SERVER_HANDSHAKE_TRAFFIC_SECRET", number, 22, flight[start : start + 16_000])))
    talk.append((0, protected("CLIENT_HANDSHAKE_TRAFFIC_SECRET", 0, 22, handshake(20, bytes(32)))))
    numbers = [0, 0]
    for side, data in said:
        for piece in pieces(data, dice):
            for start in range(0, len(piece), 16_000):
                label = ("CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0")[side]
                talk.append((side, protected(label, numbers[side], 23, piece[start : start + 16_000])))
                numbers[side] += 1
    return talk


# --------------------------------------------------------------------------------------------------- links


def on_link(frame: bytes, dice: random.Random) -> Frame:
    """An Ethernet frame as another link, or another shape of IP, would carry it."""
    kind, packet = frame[12:14], frame[ETHERNET:]
    four = kind == b"\x08\0"
    match dice.randrange(12):
        case 0:
            return links.RAW, packet
        case 1:
            return links.SLL, bytes(14) + kind + packet
        case 2:
            return links.SLL2, kind + bytes(18) + packet
        case 3:
            return links.NULL, (b"\x02\0\0\0" if four else b"\x1e\0\0\0") + packet
        case 4:
            return links.ETHERNET, frame[:12] + b"\x88\xa8\0\x07\x81\0\0\x08" + kind + packet
        case 5:
            return links.ETHERNET, frame[:12] + pack(
                ">H", min(len(packet), 1500)
            ) + b"\xaa\xaa\x03\0\0\0" + kind + packet
        case 6 if not four and len(packet) >= 40:
            inner = bytes((packet[6],)) + bytes(7) + packet[40:]
            extended = packet[:4] + pack(">H", len(inner)) + b"\0" + packet[7:40] + inner
            return links.ETHERNET, frame[:ETHERNET] + extended
        case _:
            return links.ETHERNET, frame


def fragmented(frame: bytes, dice: random.Random) -> list[bytes]:
    """An Ethernet frame with IPv4 as some fragments."""
    if frame[12:14] != b"\x08\0" or len(frame) < 60:
        return [frame]
    head, rest = frame[ETHERNET:34], frame[34:]
    size = 8 * dice.choice((1, 2, 50, 2000))
    found = []
    for start in list(range(0, len(rest), size))[:200]:
        part = rest[start : start + size]
        flags = start // 8 | (0x2000 if start + size < len(rest) else 0)
        found.append(frame[:ETHERNET] + head[:2] + pack(">HHH", 20 + len(part), 7, flags & 0xFFFF) + head[8:] + part)
    return found


# --------------------------------------------------------------------------------------------------- files


def _swapped(blocks: list[Frame]) -> bytes:
    """A pcapng file in the other byte order, microseconds as its unit."""

    def block(kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        return pack(">II", kind, len(body) + 12) + body + pack(">I", len(body) + 12)

    numbers: dict[int, int] = {}
    found = [block(pcapng.SECTION_HEADER, pack(">IHHq", pcapng.BYTE_ORDER, 1, 0, -1))]
    for time, (link, data) in enumerate(blocks):
        if link not in numbers:
            numbers[link] = len(numbers)
            found.append(block(pcapng.INTERFACE, pack(">HHI", link, 0, 0)))
        fixed = pack(">IIIII", numbers[link], 0, time, len(data), len(data))
        found.append(block(pcapng.ENHANCED_PACKET, fixed + data))
    return b"".join(found) + block(pcapng.SECRETS, pack(">II", pcapng.TLS_KEYS, len(KEYS)) + KEYS)


def file_of(frames: list[Frame], dice: random.Random) -> bytes:
    """A capture file of one kind or another."""
    kind = dice.randrange(8)
    if kind < 4 and frames:  # pcap has one link type
        order = "<>"[kind % 2]
        link = frames[0][0]
        magic, unit = ((0xA1B2C3D4, 1000), (0xA1B23C4D, 1))[kind // 2]
        found = [pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 262_144, link)]
        for number, (other, data) in enumerate(frames):
            if other == link:
                found.append(pack(f"{order}IIII", 1, number * 1000 // unit, len(data), len(data)) + data)
        return b"".join(found)
    if kind == 4:
        return _swapped(frames)
    numbers: dict[int, int] = {}
    blocks = [pcapng.section_header(program="fuzz", comment="made by dice"), pcapng.secrets(KEYS)]
    for time, (link, data) in enumerate(frames):
        if link not in numbers:
            numbers[link] = len(numbers)
            blocks.append(pcapng.interface(link))
        blocks.append(pcapng.enhanced_packet(numbers[link], time * 1000, data, comment="odd" if time == 3 else ""))
    return b"".join(blocks)
