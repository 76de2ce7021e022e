"""Rows: numbered, bounded, and told when they change."""

from __future__ import annotations

import pytest

from portside.capture.files.items import Packet
from portside.inspector import rows as rows_module
from portside.inspector.conversations import Conversation
from portside.inspector.packets import Packets
from portside.inspector.rows import Rows
from portside.interfaces import Address, Role
from portside.protocols.explaining import Said

HERE = Address("10.0.0.1", 1)


def made() -> tuple[Rows, Conversation]:
    packets = Packets(lambda file, place, size: b"")
    for number in range(1, 4):
        packets.extend([Packet(number * 100, 1, b"", 0, 0, 0)])
    return Rows(packets), Conversation(1, "TCP", HERE, HERE, 0, 0)


def test_a_row_has_the_times_of_its_packets_and_grows() -> None:
    rows, conversation = made()
    assert not rows.changed
    said = Said(Role.CLIENT, "request", "GET /", 0, 10)
    message = rows.add(conversation, "HTTP", ("TCP",), said, [1, 2], (None, said))
    assert (message.number, message.time, message.until, message.size) == (1, 100, 200, 10)
    assert rows.changed
    rows.changed = False
    said.stop = 30
    rows.grow(message, said, [2, 3])
    assert (message.size, message.until, list(message.packets)) == (30, 300, [1, 2, 3])
    assert conversation.messages == 1 and rows.changed


def test_a_note_belongs_to_the_last_row_of_its_conversation() -> None:
    rows, conversation = made()
    rows.note(conversation, "nothing there")
    message = rows.add(conversation, "UDP", (), Said(Role.CLIENT, "datagram", "x", 0, 1), [1], (None, None))
    rows.note(Conversation(2, "UDP", HERE, HERE, 0, 0), "of somebody else")
    rows.note(conversation, "cut")
    assert message.notes == ("cut",)


def test_rows_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "MOST_MESSAGES", 2)
    rows, conversation = made()
    for _ in range(5):
        rows.add(conversation, "UDP", (), Said(Role.CLIENT, "datagram", "x", 0, 1), [1], (None, None))
    assert (len(rows.messages), rows.refused, conversation.messages) == (2, 3, 2)
