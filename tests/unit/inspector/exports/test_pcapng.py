"""Chosen packets as a capture file: only those, credentials hidden, and every checksum right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from portside.capture.files.items import Interface, Item, Packet, Remark, Secrets, speaking
from portside.capture.files.pcapng import enhanced_packet, interface, section_header
from portside.capture.files.several import Captures
from portside.capture.frames import ACK
from portside.capture.frames import Path as Way
from portside.inspector.exports import pcapng
from portside.inspector.exports.pcapng import BATCH, mended
from portside.inspector.filters import Filter
from portside.inspector.layers.fields import take_apart
from portside.inspector.layers.links import ETHERNET
from portside.inspector.story import Story
from portside.interfaces import Role
from tests.support.captures import CLIENT, SERVER, Talk, TlsTalk, datagrams, told, write
from tests.unit.inspector.layers.test_decode import frame

ASK = b"GET /a HTTP/1.1\r\nHost: example.org\r\nCookie: c4n4ry=1\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"


def exported(story: Story, numbers: Sequence[int], path: Path) -> list[Item]:
    """What stands in the file of a selection."""
    path.write_bytes(b"".join(pcapng.pieces(story, numbers)))
    captures = Captures([path])
    items: list[Item] = []
    while more := captures.read(1 << 20):
        items += more
    assert captures.finish() == []
    captures.close()
    return items


def packets(items: Sequence[Item]) -> list[Packet]:
    return [item for item in items if isinstance(item, Packet)]


def verdicts(data: bytes) -> list[str]:
    """What our dissector says of each checksum."""
    return [
        field.meaning for header in take_apart(ETHERNET, data) for field in header.fields if "hecksum" in field.name
    ]


def test_only_the_packets_of_the_chosen_messages(tmp_path: Path) -> None:
    path = write(tmp_path / "a", [*Talk().exchange(ASK, ANSWER).blocks, *datagrams(b"ping", b"pong")])
    story = told(path, show_secrets=True)
    count = len(story.messages)
    chosen = {(): [], (3,): [5], (3, 2, 3): [4, 5], (6,): [9], tuple(range(1, count + 1)): list(range(1, 11))}
    for numbers, wanted in chosen.items():
        found = packets(exported(story, numbers, tmp_path / "b"))
        assert [(one.time, one.data, one.length) for one in found] == [
            (story.time(number), story.captured(number), story.length(number)) for number in wanted
        ]
    again = told(tmp_path / "b")
    assert [one.title for one in again.messages] == [one.title for one in story.messages]


def test_a_conversation_that_was_chosen_as_a_whole_is_there_with_its_bare_acknowledgements(tmp_path: Path) -> None:
    path = write(tmp_path / "a", [*Talk().exchange(ASK, ANSWER).blocks, *datagrams(b"ping", b"pong")])
    story = told(path, show_secrets=True)
    messages = story.find(Filter(conversation=1))
    assert 8 not in {packet for number in messages for packet in story.message(number).packets}  # it ends the last FIN
    for numbers, last in ((messages, 8), (messages[:-1], 6)):
        found = packets(exported(story, numbers, tmp_path / "b"))
        assert [one.data for one in found] == [story.captured(number) for number in range(1, last + 1)]


def test_a_packet_of_two_messages_is_there_once(tmp_path: Path) -> None:
    story = told(write(tmp_path / "a", Talk().exchange(ASK + ASK, ANSWER + ANSWER).blocks))
    requests = [one.number for one in story.messages if one.kind == "request"]
    assert len(requests) == 2 and len(packets(exported(story, requests, tmp_path / "b"))) == 1


def test_credentials_are_hidden_and_checksums_right_again(tmp_path: Path) -> None:
    story = told(write(tmp_path / "a", Talk().exchange(ASK, ANSWER).blocks))
    items = exported(story, [2, 3], tmp_path / "b")
    request, answer = packets(items)
    assert b"c4n4ry" not in (tmp_path / "b").read_bytes() and b"Cookie: ********\r\n" in request.data
    assert set(verdicts(request.data)) == {"right"} and "right" not in verdicts(story.frame(4))[1:]
    assert answer.data == story.captured(5)
    remark = next(item.text for item in items if isinstance(item, Remark))
    assert "overwritten by '*'" in remark


def test_whoever_asks_for_secrets_gets_the_packets_as_they_were(tmp_path: Path) -> None:
    story = told(write(tmp_path / "a", Talk().exchange(ASK, ANSWER).blocks), show_secrets=True)
    items = exported(story, [2], tmp_path / "b")
    assert [one.data for one in packets(items)] == [story.captured(4)]
    assert not any("overwritten" in item.text for item in items if isinstance(item, Remark))


def test_keys_go_along_with_secrets_alone_and_before_the_packets(tmp_path: Path) -> None:
    talk = TlsTalk(tmp_path)
    talk.says(Role.CLIENT, ASK)
    path = write(tmp_path / "a", talk.over_tcp().blocks, keys=talk.keys)
    for show in (False, True):
        story = told(path, show_secrets=show)
        chosen = list(story.find(Filter(conversation=1)))
        items = exported(story, chosen, tmp_path / "b")
        keys = [place for place, item in enumerate(items) if isinstance(item, Secrets)]
        assert bool(keys) is show and packets(items)
        if show:
            assert keys[0] < min(place for place, item in enumerate(items) if isinstance(item, Packet))
    assert any(one.title == "GET /a" for one in told(tmp_path / "b").messages)


def test_what_is_known_of_the_capture_goes_along(tmp_path: Path) -> None:
    story = told(write(tmp_path / "a", Talk().exchange(ASK).blocks, comment="headers made up"))
    remarks = [item.text for item in exported(story, [2], tmp_path / "b") if isinstance(item, Remark)]
    assert remarks == ["\n".join((pcapng.MADE + pcapng.HIDDEN + ".", "headers made up"))]


def test_each_link_type_has_its_interface(tmp_path: Path) -> None:
    plain = frame(datagrams(b"ping")[0])
    blocks = [section_header(), interface(1), interface(101), interface(1)]
    blocks += [
        enhanced_packet(which, 5, plain[14:] if which == 1 else plain, comment=f"{which}") for which in (2, 1, 0)
    ]
    (tmp_path / "a").write_bytes(b"".join(blocks))
    story = told(tmp_path / "a")
    items = exported(story, range(1, len(story.messages) + 1), tmp_path / "b")
    assert [item.link for item in items if isinstance(item, Interface)] == [1, 101]
    assert [(one.link, one.data, one.comment) for one in packets(items)] == [
        (1, plain, "2"), (101, plain[14:], "1"), (1, plain, "0"),
    ]  # fmt: skip


def test_what_a_record_says_of_its_sockets_is_said_again(tmp_path: Path) -> None:
    """Nothing else tells UPPER from any other text at any other port."""
    said = datagrams(b"first"), datagrams(b"second", client=("10.0.0.1", 41000))
    blocks = [section_header(), interface(1), interface(1, description=speaking("upper"))]
    blocks += [enhanced_packet(which, 5, frame(one[0])) for which, one in enumerate(said)]
    (tmp_path / "a").write_bytes(b"".join(blocks))
    story = told(tmp_path / "a")
    assert [one.protocol for one in story.messages] == ["UDP", "UPPER"]
    items = exported(story, [1, 2], tmp_path / "b")
    assert [item.description for item in items if isinstance(item, Interface)] == ["", "sockets that speak upper"]
    assert [one.protocol for one in told(tmp_path / "b").messages] == ["UDP", "UPPER"]


def test_pieces_are_of_some_size(tmp_path: Path) -> None:
    answer = ANSWER.replace(b"5\r\n", b"1000000\r\n")[:-5] + bytes(1_000_000)
    story = told(write(tmp_path / "a", Talk().exchange(ASK, answer).blocks))
    sizes = [len(piece) for piece in pcapng.pieces(story, [2, 3])]
    assert len(sizes) >= 8 and max(sizes) < BATCH + 70_000


# ------------------------------------------------------------------------------------------- checksums

ENDS = [(CLIENT, SERVER), (("::1", 40000), ("fe80::1", 80))]
ODD_OPTIONS = b"\x01\x01" + (40000).to_bytes(2) + (80).to_bytes(2) + bytes(8) + b"\x50\0" + bytes(2)
"""Options that look like the beginning of a header of their own."""


def damaged(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]


@pytest.mark.parametrize(("source", "target"), ENDS)
@pytest.mark.parametrize("options", [b"", ODD_OPTIONS, bytes(40)])
@pytest.mark.parametrize("size", [0, 1, 2, 1461, 65_000])
def test_whatever_was_changed_the_sum_is_made_right(
    source: tuple[str, int], target: tuple[str, int], options: bytes, size: int
) -> None:
    way = Way(source, target, from_client=True)
    for block in (way.segment(0, 1, 2, ACK, b"x" * size, options), way.datagram(0, b"x" * size + b"y")):
        right = frame(block)
        for at in (-1, 14 + (20 if way.four else 40)):  # in the payload or the header's end, and in the source port
            changed = damaged(right, at % len(right))
            assert "wrong" in " ".join(verdicts(changed)) and set(verdicts(mended(ETHERNET, changed))) == {"right"}
            assert len(mended(ETHERNET, changed)) == len(right)
        assert mended(ETHERNET, right) == right and mended(ETHERNET, right + b"padding") == right + b"padding"


def test_a_sum_that_comes_to_zero_is_ones_in_udp_and_zero_in_tcp() -> None:
    way = Way(*ENDS[0], from_client=True)
    for make, place in ((lambda data: way.segment(0, 1, 2, ACK, data), 50), (lambda data: way.datagram(0, data), 40)):
        rest = frame(make(b"\0\0"))[place : place + 2]
        wrong = bytearray(frame(make(rest)))
        wrong[place : place + 2] = b"\x12\x34"
        assert mended(ETHERNET, bytes(wrong))[place : place + 2] == (b"\0\0" if place == 50 else b"\xff\xff")


def test_a_datagram_without_a_checksum_stays_without() -> None:
    data = bytearray(frame(datagrams(b"ping")[0]))
    data[40:42] = b"\0\0"
    assert mended(ETHERNET, bytes(data)) == bytes(data)


@pytest.mark.parametrize("cut", range(0, 60, 3))
def test_what_was_cut_stays_as_it_is(cut: int) -> None:
    data = frame(datagrams(b"x" * 40)[0])[:cut]
    assert mended(ETHERNET, data) == data


def test_fragments_and_strangers_stay_as_they_are() -> None:
    data = frame(datagrams(b"ping")[0])
    for at, value in ((20, 0x20), (23, 1), (12, 0x99)):  # more fragments, ICMP, no IP
        other = data[:at] + bytes([value]) + data[at + 1 :]
        assert mended(ETHERNET, other) == other
