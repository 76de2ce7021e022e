"""The packets of chosen messages as a capture file, credentials hidden and checksums made right again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from portside.capture.files import pcapng
from portside.inspector.layers.decode import TCP, UDP, Decoded, decode
from portside.inspector.layers.headers import checksum
from portside.inspector.story import Story

MADE = "A selection of another capture"
HIDDEN = "; credentials in it were overwritten by '*', and the checksums made right for that"
BATCH = 64 * 1024
"""Bytes that are handed on at once."""


def pieces(story: Story, numbers: Sequence[int]) -> Iterator[bytes]:
    """A pcapng file, piece by piece: every packet of the messages' conversations that carried one of them."""
    comment = MADE + ("" if story.show_secrets else HIDDEN) + "."
    batch = [pcapng.section_header(program="portside", comment=comment)]
    if story.key_log:
        batch.append(pcapng.secrets(story.key_log))
    interfaces: dict[int, int] = {}
    chosen = sorted({packet for number in numbers for packet in story.message(number).packets})
    for number in chosen:
        packet = story.packet(number)
        which = interfaces.get(packet.link)
        if which is None:
            which = interfaces[packet.link] = len(interfaces)
            batch.append(pcapng.interface(packet.link))
        data = packet.data
        if data != story.captured(number):
            data = mended(packet.link, data)
        batch.append(pcapng.enhanced_packet(which, packet.time, data, length=packet.length, comment=packet.comment))
        if len(batch) * 100 > BATCH:
            yield b"".join(batch)
            batch = []
    yield b"".join(batch)


def mended(link: int, frame: bytes) -> bytes:
    """``frame`` with the checksum of its TCP or UDP made right; as it is where it was cut or divided."""
    found = decode(link, frame)
    if not isinstance(found, Decoded) or found.wire != found.stop - found.start or found.protocol not in (TCP, UDP):
        return frame
    begin = _beginning(frame, found)
    place = begin + (16 if found.protocol == TCP else 6)
    if found.protocol == UDP and frame[place : place + 2] == b"\0\0":
        return frame
    carried = frame[begin:place] + b"\0\0" + frame[place + 2 : found.stop]
    length = found.stop - begin
    if len(found.source) == 4:
        pseudo = found.source + found.target + bytes([0, found.protocol]) + length.to_bytes(2)
    else:
        pseudo = found.source + found.target + length.to_bytes(4) + bytes([0, 0, 0, found.protocol])
    right = checksum(pseudo + carried) or 0xFFFF
    return frame[:place] + right.to_bytes(2) + frame[place + 2 :]


def _beginning(frame: bytes, found: Decoded) -> int:
    """Where the header of TCP or UDP begins."""
    if found.protocol == UDP:
        return found.start - 8
    ports = found.source_port.to_bytes(2) + found.target_port.to_bytes(2)
    start = found.start - 20
    while start > 0 and (frame[start : start + 4] != ports or (frame[start + 12] >> 4) * 4 != found.start - start):
        start -= 4
    return start
