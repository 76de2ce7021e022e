"""Conversations as packets: what a dissector makes of them is what was said."""

from __future__ import annotations

from pathlib import Path

import pytest

from portside.capture.flows import MOST_IN_FLIGHT, TcpFlow, UdpFlows
from portside.capture.frames import MOST_SEGMENT
from portside.errors import ConnectionLost
from portside.interfaces import Address, Role
from tests.support.captures import CLIENT, SERVER, told, write


class Stars:
    """A mask that hides digits, and says what it was shown."""

    def __init__(self) -> None:
        self.seen: list[tuple[Role, bytes]] = []

    def hide(self, role: Role, data: bytes) -> bytes:
        self.seen.append((role, data))
        return bytes(42 if 48 <= byte < 58 else byte for byte in data)


def flow(blocks: list[bytes], role: Role = Role.SERVER, mask: Stars | None = None) -> TcpFlow:
    local, remote = (SERVER, CLIENT) if role is Role.SERVER else (CLIENT, SERVER)
    return TcpFlow(blocks.append, local, remote, role, mask)


@pytest.mark.parametrize("role", list(Role))
def test_either_side_writes_down_the_same_conversation(tmp_path: Path, role: Role) -> None:
    blocks: list[bytes] = []
    seen = flow(blocks, role)
    ask, answer = (seen.came, seen.sent) if role is Role.SERVER else (seen.sent, seen.came)
    ask(b"hello")
    answer(memoryview(bytearray(b"HELLO")).tobytes())
    seen.ended()
    seen.finished()
    seen.lost(None)
    story = told(write(tmp_path / "a.pcapng", blocks))
    (conversation,) = story.conversations
    assert (str(conversation.client), str(conversation.server)) == ("10.0.0.1:40000", "10.0.0.2:80")
    assert (conversation.state, conversation.bytes_up, conversation.bytes_down) == ("closed", 5, 5)
    assert [message.title for message in story.messages if message.protocol != "TCP"] == []
    assert [story.message_bytes(message.number, 99) for message in story.messages if message.size] == [
        b"hello",
        b"HELLO",
    ]


def test_a_stream_that_was_closed_in_order_is_not_called_reset(tmp_path: Path) -> None:
    blocks: list[bytes] = []
    seen = flow(blocks)
    seen.came(b"hello")
    seen.finished()
    seen.lost(None)
    (conversation,) = told(write(tmp_path / "a.pcapng", blocks)).conversations
    assert conversation.state == "open"  # what the other side said after that, the kernel knows


def test_a_long_text_is_divided_and_acknowledged_in_time(tmp_path: Path) -> None:
    blocks: list[bytes] = []
    seen = flow(blocks)
    whole = bytes(range(256)) * ((MOST_IN_FLIGHT + MOST_SEGMENT * 3) // 256)
    seen.sent(whole)
    story = told(write(tmp_path / "a.pcapng", blocks))
    (conversation,) = story.conversations
    assert conversation.bytes_down == len(whole) and conversation.missing == conversation.repeated == 0
    assert len(blocks) == 3 + -(-len(whole) // MOST_SEGMENT) + 1


@pytest.mark.parametrize(("error", "who"), [(None, Role.SERVER), (ConnectionLost("gone"), Role.CLIENT)])
def test_what_is_cut_off_is_reset_by_who_did_it(tmp_path: Path, error: ConnectionLost | None, who: Role) -> None:
    blocks: list[bytes] = []
    seen = flow(blocks)
    seen.lost(error)
    seen.lost(error)
    seen.sent(b"too late")
    seen.finished()
    story = told(write(tmp_path / "a.pcapng", blocks))
    assert len(blocks) == 4 and story.conversations[0].state == "reset"
    assert story.messages[-1].role is who


def test_credentials_are_hidden_but_not_in_what_is_encrypted() -> None:
    mask = Stars()
    blocks: list[bytes] = []
    plain = flow(blocks, mask=mask)
    plain.came(b"pin 1234")
    plain.sent(b"ok 5")
    assert b"pin ****" in blocks[-2] and b"ok *" in blocks[-1]
    assert mask.seen == [(Role.CLIENT, b"pin 1234"), (Role.SERVER, b"ok 5")]
    sealed = flow(blocks, mask=mask)
    sealed.came(b"\x16\x03\x01 1234")
    sealed.sent(b"5678")
    assert b" 1234" in blocks[-2] and b"5678" in blocks[-1] and len(mask.seen) == 2


def test_datagrams_go_between_the_ends_that_they_name(tmp_path: Path) -> None:
    blocks: list[bytes] = []
    flows = UdpFlows(blocks.append, lambda peer: (f"10.0.0.{len(peer.host)}", 53), Role.SERVER)
    for host in ("10.1.1.1", "10.1.1.22"):
        flows.came(b"who?", Address(host, 5353))
        flows.sent(b"me", Address(host, 5353))
    story = told(write(tmp_path / "a.pcapng", blocks))
    assert [(str(one.client), str(one.server)) for one in story.conversations] == [
        ("10.1.1.1:5353", "10.0.0.8:53"),
        ("10.1.1.22:5353", "10.0.0.9:53"),
    ]
    assert [message.size for message in story.messages] == [4, 2, 4, 2]


def test_peers_that_are_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UdpFlows, "MOST_PEERS", 2)
    blocks: list[bytes] = []
    flows = UdpFlows(blocks.append, lambda peer: ("10.0.0.1", 53), Role.SERVER)
    for number in range(9):
        flows.came(b"x", Address(f"10.1.1.{number}", 1))
    assert len(blocks) == 9 and len(flows._paths) <= 2
