"""Whose segments are taken: ours from the SYN on, until a new SYN says that the ports are somebody else's."""

from __future__ import annotations

import pytest

from portside.capture.live import streams
from portside.capture.live.headers import ACK, FIN, RST, SYN, endpoint
from portside.capture.live.streams import AFTERMATH, HELD, SETTLED, Conversation, Streams
from portside.interfaces import Address
from tests.support.sightings import CLIENT, SERVER, STRANGER, End, Written, headers_of, segment


class Scene:
    """A client and a server, and what was written of them."""

    def __init__(self) -> None:
        self.written = Written()
        self.streams = Streams(self.written)
        self.time = 0

    def passes(self, flags: int, seq: int = 0, ack: int = 0, data: bytes = b"", *, back: bool = False) -> None:
        self.between(*((SERVER, CLIENT) if back else (CLIENT, SERVER)), flags, seq, ack, data)

    def between(self, source: End, target: End, flags: int, seq: int = 0, ack: int = 0, data: bytes = b"") -> None:
        self.time += 1
        made = segment(source, target, flags, seq, ack, data, time=self.time)
        self.streams.take(made, headers_of(made))

    def opens(self, seq: int = 100) -> None:
        self.passes(SYN, seq)
        self.passes(SYN | ACK, 500, seq + 1, back=True)
        self.passes(ACK, seq + 1, 501)

    def ends(self) -> None:
        self.passes(FIN | ACK, 101, 501)
        self.passes(FIN | ACK, 501, 102, back=True)
        self.passes(ACK, 102, 502)

    def announced(self) -> Conversation:
        conversation = Conversation(endpoint(Address(*SERVER)), endpoint(Address(*CLIENT)))
        self.streams.announce(conversation)
        return conversation


def test_what_passed_before_the_announcement_is_taken_in_order() -> None:
    scene = Scene()
    scene.opens()
    scene.passes(ACK, 101, 501, b"early")
    assert scene.written.times == []
    scene.announced()
    scene.passes(ACK, 501, 106, b"answer", back=True)
    assert scene.written.times == [1, 2, 3, 4, 5]
    assert b"early" in scene.written.frames[3].data


def test_strangers_are_not_taken_and_not_even_held_without_a_beginning() -> None:
    scene = Scene()
    scene.announced()
    scene.between(STRANGER, SERVER, ACK, data=b"strange")
    scene.between(SERVER, STRANGER, SYN | ACK)
    assert scene.written.times == [] and not scene.streams.waits
    scene.between(STRANGER, SERVER, SYN)
    assert scene.written.times == [] and scene.streams.waits


def test_a_beginning_that_nobody_claims_is_let_go() -> None:
    scene = Scene()
    scene.opens()
    scene.streams.expire(1 + HELD)
    assert scene.streams.waits
    scene.streams.expire(2 + HELD)
    assert not scene.streams.waits
    scene.announced()
    scene.passes(ACK, data=b"late")
    assert scene.written.times == [4]


def test_a_repeated_syn_is_the_same_beginning_but_another_one_is_not() -> None:
    scene = Scene()
    scene.passes(SYN, 7)
    scene.passes(RST | ACK, 0, 8, back=True)
    scene.opens(100)
    scene.passes(SYN, 100)
    scene.announced()
    assert scene.written.times == [3, 4, 5, 6]


def test_one_beginning_holds_no_more_than_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_HELD_EACH", 3 * (streams.OVERHEAD + 60))
    scene = Scene()
    scene.opens()
    scene.passes(ACK, data=b"too much")
    assert not scene.streams.waits
    scene.announced()
    assert scene.written.times == []


def test_all_beginnings_together_are_bounded_and_the_oldest_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_HELD", 3 * (streams.OVERHEAD + 60))
    scene = Scene()
    for number in range(4):
        scene.between(("10.0.0.9", number + 1), SERVER, SYN)
    scene.opens()
    scene.announced()
    assert scene.written.times == [5, 6, 7]


def test_the_last_words_come_after_our_side_has_closed() -> None:
    scene = Scene()
    scene.opens()
    conversation = scene.announced()
    scene.streams.end(conversation, scene.time)
    assert not conversation.settled and not scene.streams.settled
    scene.ends()
    assert conversation.settled and scene.streams.settled
    assert scene.written.times == [1, 2, 3, 4, 5, 6]


def test_a_new_syn_on_ports_that_ended_is_a_strangers_until_it_is_announced() -> None:
    scene = Scene()
    scene.opens()
    scene.streams.end(scene.announced(), scene.time)
    scene.opens(9000)
    scene.passes(ACK, data=b"strange")
    assert scene.written.times == [1, 2, 3]
    scene.announced()
    assert scene.written.times == [1, 2, 3, 4, 5, 6, 7]


def test_a_syn_that_is_read_late_is_still_its_own_streams() -> None:
    scene = Scene()
    scene.streams.end(scene.announced(), 1000)
    scene.opens()
    assert scene.written.times == [1, 2, 3]


def test_the_end_of_one_stream_does_not_end_the_next_one_with_its_ports() -> None:
    scene = Scene()
    first = scene.announced()
    scene.announced()
    scene.streams.end(first, 0)
    scene.streams.expire(AFTERMATH + 1)
    scene.opens()
    assert scene.written.times == [1, 2, 3]


@pytest.mark.parametrize(("in_order", "patience"), [(True, SETTLED), (False, AFTERMATH)])
def test_an_ended_stream_is_forgotten_sooner_when_both_sides_have_ended(in_order: bool, patience: int) -> None:
    scene = Scene()
    conversation = scene.announced()
    if in_order:
        scene.ends()
    scene.streams.end(conversation, 0)
    scene.streams.expire(patience)
    assert scene.streams.waits
    scene.streams.expire(patience + 1)
    scene.written.frames.clear()
    scene.passes(ACK)
    assert not scene.streams.waits and scene.written.times == []


def test_a_reset_settles_and_a_fin_without_its_ack_does_not() -> None:
    scene = Scene()
    conversation = scene.announced()
    scene.passes(FIN | ACK, 101, 501)
    scene.passes(FIN | ACK, 501, 101, back=True)
    assert not conversation.settled
    scene.passes(ACK, 102, 502)
    assert not conversation.settled
    scene.passes(RST, 502, back=True)
    assert conversation.settled


def test_what_was_held_may_hold_the_end_already() -> None:
    scene = Scene()
    scene.opens()
    scene.ends()
    assert scene.announced().settled


def test_ended_streams_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_ENDED", 1)
    scene = Scene()
    for port in (1, 2):
        conversation = Conversation(endpoint(Address("10.0.0.9", port)), endpoint(Address(*SERVER)))
        scene.streams.announce(conversation)
        scene.streams.end(conversation, 0)
    scene.streams.expire(0)
    for port in (1, 2):
        scene.between(("10.0.0.9", port), SERVER, ACK)
    assert scene.written.times == [2]
