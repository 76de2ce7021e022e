"""A connection as a watcher sees it: who is who, how it begins, ends and breaks."""

from __future__ import annotations

import pytest

from portside.capture.frames import ACK, FIN, PSH, RST, SYN, Path
from portside.inspector.layers.decode import Decoded, decode
from portside.inspector.layers.links import ETHERNET
from portside.inspector.streams.connection import (
    LONGEST_EARLY,
    MOST_EARLY,
    Ended,
    Event,
    Opened,
    Refused,
    Reset,
    TcpConnection,
    Timed,
)
from portside.inspector.streams.direction import Gap, Piece
from portside.interfaces import Role
from tests.unit.inspector.layers.test_decode import frame

UP = Path(("10.0.0.1", 40000), ("10.0.0.2", 80), from_client=True)
DOWN = Path(("10.0.0.2", 80), ("10.0.0.1", 40000), from_client=False)


class Watcher:
    """Feeds segments, 1 ms apart unless ``time`` is moved on."""

    def __init__(self) -> None:
        self.connection: TcpConnection | None = None
        self.number = 0
        self.time = 0

    def sees(self, way: Path, seq: int, ack: int, flags: int, data: bytes = b"") -> list[Event]:
        raw = frame(way.segment(0, seq, ack, flags, data))
        segment = decode(ETHERNET, raw)
        assert isinstance(segment, Decoded)
        if self.connection is None:
            self.connection = TcpConnection(segment)
        self.number += 1
        self.time += 1_000_000
        return self.connection.packet(segment, raw, self.number, self.time)

    def open(self) -> list[Event]:
        self.sees(UP, 100, 0, SYN)
        self.sees(DOWN, 500, 101, SYN | ACK)
        return self.sees(UP, 101, 501, ACK)


def test_a_handshake_is_one_event_with_its_round_trip() -> None:
    assert Opened((1, 2, 3), 1_000_000) in Watcher().open()


def test_data_come_out_with_their_role_and_are_timed() -> None:
    watcher = Watcher()
    watcher.open()
    assert (Role.CLIENT, Piece(0, b"hello", 4, 54)) in watcher.sees(UP, 101, 501, PSH | ACK, b"hello")
    found = watcher.sees(DOWN, 501, 106, PSH | ACK, b"HELLO")
    assert (Role.SERVER, Piece(0, b"HELLO", 5, 54)) in found and Timed(Role.CLIENT, 1_000_000) in found


def test_both_ends_finish() -> None:
    watcher = Watcher()
    watcher.open()
    assert Ended(Role.CLIENT, 4) in watcher.sees(UP, 101, 501, FIN | ACK)
    assert Ended(Role.SERVER, 5) in watcher.sees(DOWN, 501, 102, FIN | ACK)


def test_an_end_before_its_data_waits_for_them() -> None:
    watcher = Watcher()
    watcher.open()
    assert not any(isinstance(event, Ended) for event in watcher.sees(UP, 106, 501, FIN | ACK))
    found = watcher.sees(UP, 101, 501, PSH | ACK, b"hello")
    assert [type(event) for event in found] == [tuple, Ended]


def test_a_refusal_and_a_reset_are_not_the_same() -> None:
    watcher = Watcher()
    watcher.sees(UP, 100, 0, SYN)
    assert watcher.sees(DOWN, 0, 101, RST | ACK) == [Refused((1, 2))]
    watcher = Watcher()
    watcher.open()
    assert Reset(Role.SERVER, 4) in watcher.sees(DOWN, 501, 101, RST)
    assert watcher.sees(DOWN, 501, 101, RST) == []


def test_in_the_middle_the_lower_port_serves() -> None:
    watcher = Watcher()
    found = watcher.sees(DOWN, 9000, 77, PSH | ACK, b"late")
    assert (Role.SERVER, Piece(0, b"late", 1, 54)) in found


def test_what_is_acknowledged_and_was_not_captured_is_a_gap_once_it_was_waited_for() -> None:
    watcher = Watcher()
    watcher.open()
    assert watcher.connection is not None
    assert watcher.sees(DOWN, 501, 106, ACK) == []
    watcher.time += LONGEST_EARLY
    assert (Role.CLIENT, Gap(0, 5)) in watcher.sees(UP, 106, 501, ACK)
    assert watcher.connection.missing == 5


def test_few_packets_wait_for_what_they_acknowledge() -> None:
    watcher = Watcher()
    watcher.open()
    found = [watcher.sees(DOWN, 501 + at, 106, PSH | ACK, b"x") for at in range(MOST_EARLY + 1)]
    assert found[:-1] == [[]] * MOST_EARLY
    assert found[-1][0] == (Role.CLIENT, Gap(0, 5))
    assert sum(type(event) is tuple and event[0] is Role.SERVER for event in found[-1]) == MOST_EARLY + 1


def test_an_answer_that_was_captured_before_its_question_comes_after_it() -> None:
    watcher = Watcher()
    watcher.open()
    assert watcher.sees(DOWN, 501, 106, PSH | ACK, b"HELLO") == []
    found = watcher.sees(UP, 101, 501, PSH | ACK, b"hello")
    pieces = [event for event in found if type(event) is tuple]
    assert pieces == [(Role.CLIENT, Piece(0, b"hello", 5, 54)), (Role.SERVER, Piece(0, b"HELLO", 4, 54))]
    assert watcher.connection is not None and watcher.connection.missing == 0


def test_the_acknowledgement_of_an_end_may_be_captured_before_it() -> None:
    watcher = Watcher()
    watcher.open()
    assert watcher.sees(DOWN, 501, 102, FIN | ACK) == []
    assert watcher.sees(UP, 101, 501, FIN | ACK) == [Ended(Role.CLIENT, 5), Ended(Role.SERVER, 4)]
    assert watcher.connection is not None and watcher.connection.missing == 0


def test_a_handshake_out_of_order_is_still_one() -> None:
    watcher = Watcher()
    assert watcher.sees(DOWN, 500, 101, SYN | ACK) == []
    watcher.sees(UP, 100, 0, SYN)
    assert any(isinstance(event, Opened) for event in watcher.sees(UP, 101, 501, ACK))
    assert watcher.connection is not None and watcher.connection.client[1] == 40000


@pytest.mark.parametrize(
    ("way", "seq", "ack", "flags", "data"),
    [(DOWN, 500, 101, SYN | ACK, b""), (UP, 101, 501, ACK, b""), (UP, 101, 501, PSH | ACK, b"hello")],
)
def test_a_syn_that_was_captured_late_begins_no_other_connection(
    way: Path, seq: int, ack: int, flags: int, data: bytes
) -> None:
    watcher = Watcher()
    watcher.sees(way, seq, ack, flags, data)
    assert watcher.connection is not None
    for number, is_new in ((100, False), (9999, True)):
        syn = decode(ETHERNET, frame(UP.segment(0, number, 0, SYN)))
        assert isinstance(syn, Decoded)
        known = way is UP  # a lone SYN-ACK waits for its SYN, whichever it is
        assert watcher.connection.is_new(syn) is (is_new and known)


def test_what_is_early_comes_out_at_the_end_of_the_capture() -> None:
    watcher = Watcher()
    watcher.open()
    assert watcher.sees(DOWN, 501, 106, PSH | ACK, b"HELLO") == []
    assert watcher.connection is not None
    assert watcher.connection.close()[:2] == [(Role.CLIENT, Gap(0, 5)), (Role.SERVER, Piece(0, b"HELLO", 4, 54))]


def test_a_syn_with_another_number_begins_another_connection() -> None:
    watcher = Watcher()
    watcher.open()
    assert watcher.connection is not None
    for seq, is_new in ((100, False), (9999, True)):
        again = decode(ETHERNET, frame(UP.segment(0, seq, 0, SYN)))
        assert isinstance(again, Decoded) and watcher.connection.is_new(again) is is_new


def test_the_end_of_the_capture_lets_out_what_waits() -> None:
    watcher = Watcher()
    watcher.open()
    watcher.sees(UP, 104, 501, PSH | ACK, b"lo")
    assert watcher.connection is not None
    found = watcher.connection.close()
    assert [one for _, one in found] == [Gap(0, 3), Piece(3, b"lo", 4, 54)]  # type: ignore[misc]
