"""The packets of chosen messages as a capture file, credentials hidden and checksums made right again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from portside.capture.files import pcapng
from portside.capture.files.items import speaking
from portside.inspector.layers.decode import TCP, UDP, Decoded, decode
from portside.inspector.layers.headers import checksum
from portside.inspector.story import Story

MADE = "A selection of another capture"
HIDDEN = "; credentials in it were overwritten by '*', and the checksums made right for that"
BATCH = 64 * 1024
"""Bytes of packets that are handed on at once, and one packet more."""
NO_CHECKSUM = b"\0\0"


def pieces(story: Story, numbers: Sequence[int]) -> Iterator[bytes]:
    """A pcapng file, piece by piece: every packet that carried one of the messages, with what is known of the capture.

    Of a conversation whose messages were all chosen, every packet is there, bare acknowledgements included. The keys of
    TLS are there only where the story shows secrets.
    """
    made = MADE + ("" if story.show_secrets else HIDDEN) + "."
    batch = [pcapng.section_header(program="portside", comment="\n".join((made, *story.remarks)))]
    if story.key_log:
        batch.append(pcapng.secrets(story.key_log))
    size = 0
    for block in _packets(story, numbers):
        batch.append(block)
        size += len(block)
        if size >= BATCH:
            yield b"".join(batch)
            batch, size = [], 0
    yield b"".join(batch)


def _packets(story: Story, numbers: Sequence[int]) -> Iterator[bytes]:
    """The packets of messages in the order of their capture, and before the first of each kind its interface.

    There is one for each link type and each protocol that a record of ours names, so that it is known again.
    """
    interfaces: dict[tuple[int, str], int] = {}
    for number in _chosen(story, numbers):
        packet, spoken = story.packet(number), story.spoken(number)
        which = interfaces.get((packet.link, spoken))
        if which is None:
            which = interfaces[packet.link, spoken] = len(interfaces)
            yield pcapng.interface(packet.link, description=speaking(spoken) if spoken else "")
        data = packet.data
        if data != story.captured(number):
            data = mended(packet.link, data)
        yield pcapng.enhanced_packet(which, packet.time, data, length=packet.length, comment=packet.comment)


def _chosen(story: Story, numbers: Sequence[int]) -> list[int]:
    """The packets of messages, and all those of conversations that were chosen as a whole."""
    messages = [story.message(number) for number in dict.fromkeys(numbers)]
    counts = Counter(message.conversation for message in messages)
    whole = {conversation.number for conversation, count in counts.items() if count == conversation.messages}
    return sorted({packet for message in messages for packet in message.packets}.union(story.packets_of(whole)))


def mended(link: int, frame: bytes) -> bytes:
    """``frame`` with the checksum of its TCP or UDP made right; as it is where it was cut or divided."""
    found = decode(link, frame)
    if not isinstance(found, Decoded) or found.wire != found.stop - found.start or found.protocol not in (TCP, UDP):
        return frame
    place = found.header + (16 if found.protocol == TCP else 6)
    if found.protocol == UDP and frame[place : place + 2] == NO_CHECKSUM:
        return frame
    carried = frame[found.header : place] + NO_CHECKSUM + frame[place + 2 : found.stop]
    right = checksum(_pseudo_header(found, len(carried)) + carried)
    if found.protocol == UDP:
        right = right or 0xFFFF  # 0 says that there is none (RFC 768)
    return frame[:place] + right.to_bytes(2) + frame[place + 2 :]


def _pseudo_header(found: Decoded, length: int) -> bytes:
    """What the sum counts of the IP packet (RFC 9293 §3.1, RFC 8200 §8.1)."""
    if len(found.source) == 4:
        return found.source + found.target + bytes([0, found.protocol]) + length.to_bytes(2)
    return found.source + found.target + length.to_bytes(4) + bytes([0, 0, 0, found.protocol])
