"""Envelopes: each layer's bytes, and where in them the next one lies."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path

from portside.inspector.envelopes import moved
from portside.interfaces import Role
from portside.protocols.explaining import Field
from tests.support.captures import Talk, told, write

ASK = b"GET /a HTTP/1.1\r\nHost: example.org\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"


def test_each_layer_carries_the_next(tmp_path: Path) -> None:
    story = told(write(tmp_path / "a", Talk().exchange(ASK, ANSWER).blocks))
    layers = story.open(3).layers
    assert [layer.name for layer in layers] == [
        "Ethernet frame", "IPv4 packet", "TCP segment", "HTTP response", "Content",
    ]  # fmt: skip
    for outer, inner in itertools.pairwise(layers):
        assert outer.inner is not None and outer.data[slice(*outer.inner)] == inner.data
        assert len(outer.data) == outer.size
    assert layers[-1].inner is None and layers[-1].data == b"hello"
    assert [layer.packet for layer in layers] == [5, 5, 5, 0, 0]


def test_a_message_in_several_segments_is_seen_by_way_of_each(tmp_path: Path) -> None:
    talk = Talk()
    talk.says(Role.CLIENT, ASK)
    for at in range(0, len(ANSWER), 30):
        talk.says(Role.SERVER, ANSWER[at : at + 30])
    story = told(write(tmp_path / "a", talk.blocks))
    packets = story.messages[2].packets
    assert len(packets) == 3
    for number, packet in enumerate(packets):
        envelope = story.open(3, packet)
        segment = envelope.layers[2]
        assert envelope.chosen == packet and segment.part == f"segment {number + 1} of 3"
        assert segment.inner is not None
        assert segment.data[slice(*segment.inner)] == ANSWER[30 * number : 30 * number + 30]
    assert story.open(3, 99).chosen == packets[0]


def test_a_segment_that_carries_two_messages_shows_the_part_of_each(tmp_path: Path) -> None:
    story = told(write(tmp_path / "a", Talk().exchange(ASK + ASK, ANSWER + ANSWER).blocks))
    spans = [story.open(number).layers[2].inner for number in (2, 3)]
    assert spans == [(20, 20 + len(ASK)), (20 + len(ASK), 20 + 2 * len(ASK))]


def test_content_that_was_coded_is_shown_freed(tmp_path: Path) -> None:
    page = b"<p>hello</p>" * 50
    coded = gzip.compress(page)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(
        coded
    )
    story = told(write(tmp_path / "a", Talk().exchange(ASK, head + coded).blocks))
    *_, message, content = story.open(3).layers
    assert content.data == page and content.note == "freed from: gzip"
    assert message.inner is not None and message.data[slice(*message.inner)] == coded


def test_what_tcp_says_is_its_packets(tmp_path: Path) -> None:
    story = told(write(tmp_path / "a", Talk().exchange(ASK, ANSWER).blocks))
    envelope = story.open(1)
    assert [layer.name for layer in envelope.layers] == ["Ethernet frame", "IPv4 packet", "TCP segment"]
    assert envelope.layers[2].part == "segment 1 of 3" and story.message_bytes(1, 10) == b""


def test_fields_move_with_their_parts() -> None:
    field = moved(Field("a", (34, 36), "", parts=(Field("b", (35, 36), ""),)), -34)
    assert (field.span, field.parts[0].span) == ((0, 2), (1, 2))
