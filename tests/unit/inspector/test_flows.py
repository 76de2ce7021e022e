"""Conversations as their packets come in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from portside.capture.files import pcapng
from portside.capture.frames import ACK, PSH, RST, SYN
from portside.capture.frames import Path as Way
from portside.inspector import channels as channels_module
from portside.inspector import flows as flows_module
from portside.inspector.filters import Filter
from portside.interfaces import Role
from portside.protocols.explaining import Expected, NoMask, Said
from portside.protocols.upper.explain import UpperReader
from tests.support.captures import CLIENT, SERVER, Talk, datagrams, told, write
from tests.unit.inspector.layers.test_decode import frame

UP, DOWN = Way(CLIENT, SERVER, from_client=True), Way(SERVER, CLIENT, from_client=False)


def fragments(block: bytes, size: int) -> list[bytes]:
    """A packet of IPv4 in pieces of ``size`` bytes of its payload."""
    whole = frame(block)
    payload = whole[34:]
    found = []
    for at in range(0, len(payload), size):
        piece = payload[at : at + size]
        more = at + size < len(payload)
        head = bytearray(whole[:34])
        head[16:18] = (20 + len(piece)).to_bytes(2)
        head[20:22] = ((0x2000 if more else 0) | at // 8).to_bytes(2)
        found.append(pcapng.enhanced_packet(0, 1000 + at, bytes(head) + piece))
    return found


def test_a_datagram_in_fragments_is_one_message_of_all_its_packets(tmp_path: Path) -> None:
    data = bytes(range(256)) * 4
    story = told(write(tmp_path / "a.pcapng", list(reversed(fragments(datagrams(data)[0], 400)))))
    (message,) = story.messages
    assert message.size == 1024 and sorted(message.packets) == [1, 2, 3]
    assert story.message_bytes(1, 2000) == data
    assert story.conversations[0].packets == 3


def test_a_refused_connection(tmp_path: Path) -> None:
    story = told(write(tmp_path / "a.pcapng", [UP.segment(0, 1, 0, SYN), DOWN.segment(9, 0, 2, RST | ACK)]))
    assert [(one.title, one.role) for one in story.messages] == [("connection refused", Role.SERVER)]
    assert story.conversations[0].state == "reset"


def test_ports_used_again_are_another_conversation(tmp_path: Path) -> None:
    blocks = Talk().exchange(b"one", b"two").blocks + Talk().exchange(b"three", b"four").blocks
    story = told(write(tmp_path / "a.pcapng", blocks))
    assert [one.bytes_up for one in story.conversations] == [3, 5]


def test_segments_sent_again_are_counted_once(tmp_path: Path) -> None:
    blocks = Talk().exchange(b"one", b"two").blocks
    story = told(write(tmp_path / "a.pcapng", [*blocks[:4], blocks[3], *blocks[4:]]))
    (conversation,) = story.conversations
    assert (conversation.bytes_up, conversation.repeated, conversation.packets) == (3, 1, len(blocks) + 1)


def test_a_hole_is_shown_as_one(tmp_path: Path) -> None:
    talk = Talk()
    for part in (b"abc", b"def", b"ghi"):
        talk.says(Role.CLIENT, part)
    talk.says(Role.SERVER, b"ok")
    blocks = talk.blocks
    story = told(write(tmp_path / "a.pcapng", blocks[:4] + blocks[5:]))
    (conversation,) = story.conversations
    said = next(one for one in story.messages if one.role is Role.CLIENT and one.size)
    assert conversation.missing == 3 and said.notes == ("3 bytes were not captured",)
    assert story.message_bytes(said.number, 99) == b"abc\0\0\0***"  # it may be the end of a credential


def test_a_datagram_that_the_capture_cut(tmp_path: Path) -> None:
    whole = frame(datagrams(b"0123456789")[0])
    story = told(write(tmp_path / "a.pcapng", [pcapng.enhanced_packet(0, 0, whole[:-4], length=len(whole))]))
    (message,) = story.messages
    assert (message.size, message.notes) == (10, ("4 bytes were not captured",))
    assert story.message_bytes(1, 99) == b"012345\0\0\0\0"


def test_an_empty_datagram_is_a_message_too(tmp_path: Path) -> None:
    story = told(write(tmp_path / "a.pcapng", datagrams(b"", b"x")))
    assert [(one.size, list(one.packets)) for one in story.messages] == [(0, [1]), (1, [2])]


def test_an_answer_whose_question_is_missing_comes_from_the_known_port(tmp_path: Path) -> None:
    way = Way(("10.0.0.2", 12000), CLIENT, from_client=False)
    story = told(write(tmp_path / "a.pcapng", [way.datagram(0, b"HELLO")]))
    assert str(story.conversations[0].server) == "10.0.0.2:12000" and story.messages[0].role is Role.SERVER


def test_what_nobody_speaks_is_counted(tmp_path: Path) -> None:
    arp = pcapng.enhanced_packet(0, 0, bytes(12) + b"\x08\x06" + bytes(28))
    story = told(write(tmp_path / "a.pcapng", [arp, arp]))
    assert story.remarks == ["2 packets carry neither TCP nor UDP, or are damaged"]
    assert story.frame(1) == (bytes(12) + b"\x08\x06" + bytes(28))[:34] + b"*" * 8


def test_too_many_conversations_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows_module, "MOST_CONVERSATIONS", 2)
    blocks = [Way((f"10.0.0.{n}", 5), SERVER, from_client=True).datagram(0, b"x") for n in range(5)]
    story = told(write(tmp_path / "a.pcapng", blocks))
    assert len(story.conversations) == 2 and "3 packets of conversations" in story.remarks[-1]


def test_what_was_sent_again_is_hidden_as_a_whole(tmp_path: Path) -> None:
    ask = b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic c4n4ry\r\n\r\n"
    blocks = Talk().exchange(ask, b"HTTP/1.1 204 No Content\r\n\r\n").blocks
    shifted = UP.segment(0, 77, 1, PSH | ACK, ask)
    story = told(write(tmp_path / "a.pcapng", [*blocks[:4], blocks[3], *blocks[4:], shifted]))
    for number in range(1, len(blocks) + 3):
        assert b"c4n4ry" not in story.frame(number)


# ------------------------------------------------------------------------------------- second connections


class Announcing:
    """An explain room: "listen PORT" and "dial PORT", said by the client, announce a second connection."""

    class Reader(UpperReader):
        def __init__(self) -> None:
            super().__init__(datagrams=False)
            self._expected: list[Expected] = []

        @property
        def expected(self) -> Sequence[Expected]:
            return self._expected

        def read(self, role: Role, data: bytes) -> Sequence[Said]:
            word, _, port = data.decode().partition(" ")
            listener = {"listen": Role.CLIENT, "dial": Role.SERVER}.get(word)
            self._expected = []
            if listener is not None:
                self._expected = [Expected(listener, "", int(port), lambda: UpperReader(datagrams=True), NoMask)]
            return super().read(role, data)

    @staticmethod
    def recognises(role: Role | None, data: bytes) -> bool:
        return data.startswith((b"listen ", b"dial "))

    @staticmethod
    def reader(*, datagrams: bool = False) -> Reader:
        return Announcing.Reader()

    mask = NoMask


@pytest.fixture
def announcing(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"announcing": Announcing}
    monkeypatch.setattr(channels_module, "rooms", lambda: known)
    monkeypatch.setattr(
        channels_module,
        "recognised",
        lambda role, data: "announcing" if Announcing.recognises(role, data) else "",
    )


@pytest.mark.parametrize(
    ("word", "client", "server", "speaker"),
    [
        (b"dial 5000\n", (CLIENT[0], 41000), (SERVER[0], 5000), Role.SERVER),
        (b"listen 5000\n", (SERVER[0], 41000), (CLIENT[0], 5000), Role.CLIENT),
    ],
)
def test_a_connection_that_was_announced_belongs_to_who_announced_it(
    word: bytes,
    client: tuple[str, int],
    server: tuple[str, int],
    speaker: Role,
    announcing: None,
    tmp_path: Path,
) -> None:
    first = Talk()
    first.says(Role.CLIENT, word)
    second = Talk(client, server)
    second.says(Role.SERVER, b"GET / HTTP/1.1 is what a file may begin with")
    second.ends(Role.SERVER)
    second.ends(Role.CLIENT)
    other = Talk(("10.9.9.9", 4), ("10.0.0.2", 5000)).exchange(b"somebody else", b"later")
    path = write(tmp_path / "a.pcapng", [*first.blocks, *second.blocks, *other.blocks])
    story = told(path)
    whole, stranger = story.conversations
    assert (whole.number, stranger.number) == (1, 2)
    assert whole.packets == len(first.blocks) + len(second.blocks)
    assert whole.bytes_up + whole.bytes_down == len(word) + 44
    data = next(one for one in story.messages if one.kind == "datagram")
    assert (data.conversation, data.protocol, data.role) == (whole, "ANNOUNCING", speaker)
    assert [one.title for one in story.messages if one.kind == "opened"] == [
        "connection opened",
        "connection opened (data connection)",
        "connection opened",
    ]
    assert whole.state == "open"
    assert story.packets_of({1}) == list(range(1, whole.packets + 1))
    assert [story.message(number).conversation for number in story.find(Filter(conversation=1))] == [whole] * 6
    assert sum(story.plot(Filter(conversation=1)).up) + sum(story.plot(Filter(conversation=1)).down) > 0
    assert story.frame(len(first.blocks) + 4)[-44:] == b"GET / HTTP/1.1 is what a file may begin with"
    assert story.spoken(len(first.blocks) + 1) == ""


def test_announcements_that_nobody_keeps_are_forgotten(
    announcing: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flows_module, "MOST_ANNOUNCED", 1)
    first = Talk()
    first.says(Role.CLIENT, b"dial 5000\n")
    first.says(Role.CLIENT, b"dial 5001\n")
    early = Talk((CLIENT[0], 41000), (SERVER[0], 5000)).exchange(b"a", b"b")
    late = Talk((CLIENT[0], 41001), (SERVER[0], 5001)).exchange(b"a", b"b")
    story = told(write(tmp_path / "a.pcapng", [*first.blocks, *early.blocks, *late.blocks]))
    assert [one.server.port for one in story.conversations] == [80, 5000]
