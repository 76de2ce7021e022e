from __future__ import annotations

import pytest

from portside.capture.live import matching
from portside.capture.live.headers import ACK, SYN
from portside.capture.live.matching import Matching
from portside.interfaces import Address, Door
from tests.support.sightings import CLIENT, SERVER, STRANGER, Written, datagram, seen, segment

DOOR = Door(Address(*SERVER), Address(*CLIENT))
SOCKET = Door(Address(*SERVER), Address("", 0))


def fragment(number: int, offset: int, *, more: bool, time: int) -> bytes:
    packet = bytearray(datagram(CLIENT, SERVER, bytes(64), time).frame().data)
    packet[18:20] = number.to_bytes(2)
    packet[20:22] = (more << 13 | offset // 8).to_bytes(2)
    return bytes(packet)


def test_streams_and_datagrams_are_told_apart() -> None:
    written = Written()
    match = Matching(written)
    match.stream(DOOR)
    match.heed()
    match.take(datagram(CLIENT, SERVER, time=1))
    match.take(segment(CLIENT, SERVER, ACK, time=2))
    assert written.times == [2]
    match.datagrams(SOCKET)
    match.heed()
    assert written.times == [2, 1]


def test_an_announcement_is_heeded_when_it_is_time() -> None:
    written = Written()
    match = Matching(written)
    match.take(segment(CLIENT, SERVER, SYN, time=1))
    conversation = match.stream(DOOR)
    assert written.times == [] and match.waits and match.settled
    match.heed()
    assert written.times == [1] and not match.settled
    match.stream_ended(conversation)
    assert conversation.ended is None
    match.heed()
    assert conversation.ended is not None
    socket = match.datagrams(SOCKET)
    match.datagrams_ended(socket)
    match.heed()
    assert socket.ended is not None


def test_later_fragments_follow_the_first() -> None:
    written = Written()
    match = Matching(written)
    match.datagrams(SOCKET)
    match.heed()
    match.take(seen(fragment(1, 64, more=True, time=1), 1, hardware=1))
    match.take(seen(fragment(1, 0, more=True, time=2), 2, hardware=1))
    match.take(seen(fragment(1, 64, more=False, time=3), 3, hardware=1))
    match.take(seen(fragment(2, 64, more=False, time=4), 4, hardware=1))
    assert written.times == [2, 3]


def test_what_is_remembered_of_fragments_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "MOST_DIVIDED", 1)
    written = Written()
    match = Matching(written)
    match.datagrams(SOCKET)
    match.heed()
    for number in (1, 2):
        match.take(seen(fragment(number, 0, more=True, time=number), number, hardware=1))
    for number in (1, 2):
        match.take(seen(fragment(number, 64, more=False, time=2 + number), 2 + number, hardware=1))
    assert written.times == [1, 2, 4]


def test_what_is_neither_is_nobodys_and_time_goes_on_for_all() -> None:
    written = Written()
    match = Matching(written)
    match.take(seen(bytes(60)))
    match.take(segment(STRANGER, SERVER, SYN, time=1))
    match.take(datagram(STRANGER, SERVER, time=1))
    assert match.waits
    match.expire(1 << 62)
    assert not match.waits and written.times == []


def test_a_door_with_names_is_refused() -> None:
    for announce in (Matching(Written()).stream, Matching(Written()).datagrams):
        with pytest.raises(ValueError, match="does not appear to be"):
            announce(Door(Address("localhost", 1), Address("localhost", 2)))
