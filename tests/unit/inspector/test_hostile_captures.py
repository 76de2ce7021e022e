"""Captures that somebody made to harm whoever reads them: bounded work, bounded memory, one clear error or a view."""

from __future__ import annotations

import gzip
import os
import random
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from struct import pack

import pytest

from fuzz.run import run
from portside.capture.files import pcapng
from portside.capture.frames import ACK, FIN, SYN
from portside.capture.frames import Path as Way
from portside.errors import UsageError
from portside.inspector.conversations import Message
from portside.inspector.story import MOST_AT_ONCE, Story
from portside.inspector.streams.direction import LARGEST_GAP, MOST_HELD, MOST_SEGMENTS, Direction
from portside.inspector.streams.fragments import MOST_PARTS
from portside.interfaces import Role
from portside.protocols.http.explain.bodies import MOST_CONTENT
from tests.support.captures import CLIENT, SERVER, Talk, told, write

CASES = 10_000 if os.environ.get("PORTSIDE_PROVE") == "1" else 50  # test_fuzz.py tries some hundreds
TO_SERVER, TO_CLIENT = Way(CLIENT, SERVER, from_client=True), Way(SERVER, CLIENT, from_client=False)
ASK = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def messages(story: Story) -> list[Message]:
    return [one for one in story.messages if one.protocol != "TCP"]


def opened(story: Story) -> None:
    """Open everything that there is."""
    for number in range(1, len(story.messages) + 1):
        assert story.open(number).layers
        story.content(number)


def frame(block: bytes) -> bytes:
    return block[28 : 28 + int.from_bytes(block[20:24], "little")]


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_whatever_the_bytes_it_is_a_view_or_one_clear_error() -> None:
    report = run("captures", seed=2, inputs=CASES)
    assert report.broken == []
    assert report.tried == CASES


def test_noise_behind_every_beginning(tmp_path: Path) -> None:
    dice = random.Random(3)
    for magic in ("0a0d0d0a", "a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1"):
        for size in (0, 1, 7, 20, 24, 40, 3000):
            path = tmp_path / "noise"
            path.write_bytes(bytes.fromhex(magic) + dice.randbytes(size))
            story = told(path)
            assert (story.remarks or size == 20) and not story.messages  # a header alone is a whole pcap file
            story.close()
    path.write_bytes(dice.randbytes(3000))
    with pytest.raises(UsageError, match="no capture file"):
        Story([path])


# ---------------------------------------------------------------------------------------------------- files


def test_a_length_of_4_gb_is_damage(tmp_path: Path) -> None:
    path = write(tmp_path / "a", Talk().exchange(ASK).blocks)
    path.write_bytes(path.read_bytes() + pack("<III", 6, 0xFFFFFFFC, 0))
    story = told(path)
    assert len(messages(story)) == 1 and "a block claims to have 4,294,967,292 bytes" in " ".join(story.remarks)


def test_a_file_of_unknown_blocks_is_read_in_slices(tmp_path: Path) -> None:
    block = pack("<II4xI", 0xBAD, 16, 16)
    path = write(tmp_path / "a", [block * 100_000, *Talk().exchange(ASK).blocks])
    story = Story([path])
    reads = 0
    while story.read(10_000):
        reads += 1
    assert reads >= 1_600_000 // 10_000 and len(messages(story)) == 1


def test_what_follows_a_huge_block_is_not_read_along_with_it(tmp_path: Path) -> None:
    size = 12 + 15_000_000
    huge = pack("<II", 0xBAD, size) + bytes(size - 12) + pack("<I", size)
    path = write(tmp_path / "a", [huge, *(TO_SERVER.datagram(0, b"x") for _ in range(20_000))])
    story = Story([path])
    counts = [0]
    while story.read(10_000):
        counts.append(story.packets)
    assert max(later - sooner for sooner, later in pairwise(counts)) < 1000


def test_interfaces_without_end_are_damage(tmp_path: Path) -> None:
    story = told(write(tmp_path / "a", [pcapng.interface(1)] * 5000))
    assert any("damaged" in remark for remark in story.remarks)


def test_options_that_lead_nowhere_and_huge_comments(tmp_path: Path) -> None:
    data = frame(TO_SERVER.datagram(0, b"hello"))
    odd = [pack("<HH", 1, 0) * 1000, pack("<HH", 1, 0xFFFF), pack("<HH", 9, 1) + b"\xff\0\0\0", b"\0" * 8]
    blocks = []
    for options in odd:
        body = pack("<IIIII", 0, 0, 0, len(data), len(data)) + data + bytes(-len(data) % 4) + options
        blocks.append(pack("<II", 6, len(body) + 12) + body + pack("<I", len(body) + 12))
    blocks += [pcapng.enhanced_packet(0, 0, data, comment="c" * 60_000)] * 3
    story = told(write(tmp_path / "a", blocks, comment="\x1b[2J" * 10_000))
    assert len(messages(story)) == 7
    opened(story)


def test_clocks_of_other_ages_upset_nobody(tmp_path: Path) -> None:
    data = frame(TO_SERVER.datagram(0, b"hello"))
    times = (0, 2**64 - 1, 2**63, 1)
    story = told(write(tmp_path / "a", [pcapng.enhanced_packet(0, time, data) for time in times]))
    assert len(messages(story)) == 4 and sum(story.plot().up) == 20


# -------------------------------------------------------------------------------------------------- streams


def test_a_million_calls_that_nobody_answers_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portside.inspector.flows.MOST_CONVERSATIONS", 1000)
    calls = [Way((CLIENT[0], port), SERVER, from_client=True).segment(0, 1, 0, SYN) for port in range(1024, 5024)]
    story = told(write(tmp_path / "a", calls))
    assert len(story.conversations) == 1000
    assert "3,000 packets of conversations beyond the first 1,000 are not shown" in story.remarks


def segments(*said: tuple[int, bytes]) -> list[bytes]:
    """A request, and an answer whose segments begin at those offsets."""
    head = [
        TO_SERVER.segment(0, 0, 0, SYN),
        TO_CLIENT.segment(0, 0, 1, SYN | ACK),
        TO_SERVER.segment(0, 1, 1, ACK, ASK),
    ]
    return head + [TO_CLIENT.segment(0, 1 + offset, 1 + len(ASK), ACK, data) for offset, data in said]


ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"


def test_of_overlapping_segments_the_first_word_counts(tmp_path: Path) -> None:
    story = told(write(tmp_path / "a", segments((0, ANSWER[:-5]), (0, ANSWER[:-5].upper()), (40, b"x" * 60))))
    answer = messages(story)[1]
    assert story.message_bytes(answer.number, 1000).startswith(ANSWER[:-5])


@pytest.mark.parametrize("gap", [1000, LARGEST_GAP - 1, LARGEST_GAP + 5, 2**30, 2**31 + 5])
def test_a_huge_gap_costs_nothing(tmp_path: Path, gap: int) -> None:
    blocks = segments((0, ANSWER), (len(ANSWER) + gap, ANSWER))
    blocks.append(TO_SERVER.segment(0, 1 + len(ASK), (1 + len(ANSWER) + gap) % 2**32, ACK))
    story = told(write(tmp_path / "a", blocks))
    assert len(messages(story)) >= 2
    opened(story)


def test_numbers_wrap_around_within_a_conversation(tmp_path: Path) -> None:
    start = 2**32 - 10
    ways = [TO_SERVER.segment(0, start, 0, SYN)]
    ways += [TO_SERVER.segment(0, start + 1 + at, 0, ACK, ASK[at : at + 4]) for at in range(0, len(ASK), 4)]
    story = told(write(tmp_path / "a", ways))
    assert [one.title for one in messages(story)] == ["GET /"]


def test_what_lies_behind_the_end_is_not_waited_for(tmp_path: Path) -> None:
    blocks = [*segments((0, ANSWER), (500, b"x" * 20)), TO_CLIENT.segment(0, 1 + len(ANSWER), 0, ACK | FIN)]
    story = told(write(tmp_path / "a", [*blocks, *segments((700, b"y"))[3:]]))
    assert messages(story)[1].complete


def test_segments_behind_holes_are_held_up_to_a_limit() -> None:
    direction = Direction()
    direction.begin(0)
    direction.fin(1000)
    for number in range(2 * MOST_SEGMENTS):
        direction.add(2000 + 2 * number, b"x", 1, number, 0)
    assert direction.close() == [] and direction.strays == 2 * MOST_SEGMENTS
    other = Direction()
    other.begin(0)
    found = [one for number in range(2 * MOST_SEGMENTS) for one in other.add(9 + 2 * number, b"x", 1, number, 0)]
    assert len(found) >= 2 * MOST_SEGMENTS - 2
    assert other.add(10**6, bytes(MOST_HELD + 1), MOST_HELD + 1, 1, 0)


def fragments(count: int, which: int, *, size: int = 8) -> Iterable[bytes]:
    """The first fragments of packets that never end."""
    head = frame(TO_SERVER.datagram(0, bytes(20)))[:34]
    for number in range(count):
        place = 0x2000 | number * size // 8
        data = head[:16] + pack(">HHH", 20 + size, which & 0xFFFF, place) + head[22:] + bytes(size)
        yield pcapng.enhanced_packet(0, which, data)


def test_fragments_of_packets_that_never_end_are_bounded(tmp_path: Path) -> None:
    blocks = [block for which in range(8) for block in fragments(8000, which)]
    assert len(blocks) > 2 * MOST_PARTS
    story = told(write(tmp_path / "a", [*blocks, TO_SERVER.datagram(0, b"hello")]))
    assert [one.title for one in messages(story)] == ["hello"]


# ------------------------------------------------------------------------------------------------- messages


def test_a_packet_of_many_messages_is_followed_in_turns(tmp_path: Path) -> None:
    talk = Talk()
    for _ in range(8):
        talk.says(Role.CLIENT, b"GET / HTTP/1.1\r\n\r\n" * 3000)
    story = Story([write(tmp_path / "a", talk.blocks)])
    counts = [0]
    while story.read(1 << 20):
        counts.append(len(story.messages))
    assert counts[-1] == 24_001
    assert max(later - sooner for sooner, later in pairwise(counts)) < MOST_AT_ONCE + 4000


def test_bodies_that_unfold_without_end_are_cut(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    story = told(write(tmp_path / "a", Talk().exchange(ASK, head + bomb).blocks))
    content = story.content(messages(story)[1].number)
    assert content is not None and not content.whole and len(content.data) <= MOST_CONTENT
    opened(story)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 100_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * 500_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 100_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n" + b"x" * 500_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * 500_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"A: b\r\n" * 100_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999999999\r\n\r\n" + b"x" * 500_000,
        b"\r\n" * 250_000,
        b"\x16\x03\x03\x40\x00" + b"\x01\xff\xff\xff" * 4096 + b"\x16\x03\x03\x00\x01\x01" * 50_000,
    ],
    ids=["fields", "line", "chunks", "chunk", "extension", "trailer", "length", "empty lines", "handshakes"],
)
def test_long_answers_end(tmp_path: Path, answer: bytes) -> None:
    talk = Talk()
    talk.says(Role.CLIENT, ASK)
    for start in range(0, len(answer), 9000):
        talk.says(Role.SERVER, answer[start : start + 9000])
    story = told(write(tmp_path / "a", talk.blocks))
    for number in range(1, min(len(story.messages), 50) + 1):
        assert story.open(number).layers
    assert story.messages


def test_requests_that_break_off_are_left_behind(tmp_path: Path) -> None:
    blocks = [TO_SERVER.segment(0, 0, 0, SYN)]
    seq = 1
    for _ in range(5000):  # each misses a byte of its body
        data = b"PUT / HTTP/1.1\r\nContent-Length: 9\r\n\r\n"
        blocks.append(TO_SERVER.segment(0, seq, 0, ACK, data))
        seq += len(data) + 20
        blocks.append(TO_CLIENT.segment(0, 1, seq, ACK))
    story = told(write(tmp_path / "a", blocks))
    assert len([one for one in story.messages if one.kind == "request"]) == 5000
