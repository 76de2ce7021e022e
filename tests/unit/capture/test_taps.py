"""Several taps at one place: each is told everything, in order, and keys have one path."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from portside.capture.taps import Taps
from portside.errors import ConnectionLost
from portside.interfaces import Address, Buffer, DatagramTap, Door, Role, StreamTap

DOOR = Door(Address("127.0.0.1", 80), Address("127.0.0.1", 50000))
PEER = Address("127.0.0.1", 5353)


@dataclass
class Listener:
    """A tap that writes down what it is told, under its name."""

    name: str
    told: list[tuple[str, ...]]
    key_log: str | None = None
    doors: list[tuple[Door, Role]] = field(default_factory=list)

    def stream(self, door: Door, role: Role, *, second: bool = False) -> StreamTap:
        self.doors.append((door, role))
        return _Stream(self)

    def datagrams(self, door: Door, role: Role) -> DatagramTap:
        self.doors.append((door, role))
        return _Datagrams(self)

    def tell(self, *what: object) -> None:
        self.told.append((self.name, *(str(one) for one in what)))


@dataclass
class _Stream:
    tap: Listener

    def sent(self, data: Buffer) -> None:
        self.tap.tell("sent", bytes(data))

    def came(self, data: bytes) -> None:
        self.tap.tell("came", data)

    def ended(self) -> None:
        self.tap.tell("ended")

    def finished(self) -> None:
        self.tap.tell("finished")

    def lost(self, error: object) -> None:
        self.tap.tell("lost", error)


@dataclass
class _Datagrams:
    tap: Listener

    def sent(self, data: Buffer, to: Address) -> None:
        self.tap.tell("sent", bytes(data), to)

    def came(self, data: bytes, source: Address) -> None:
        self.tap.tell("came", data, source)


def test_a_stream_is_told_to_each_in_order() -> None:
    told: list[tuple[str, ...]] = []
    listeners = [Listener("a", told), Listener("b", told)]
    stream = Taps(listeners).stream(DOOR, Role.SERVER)
    stream.came(b"x")
    stream.sent(b"y")
    stream.ended()
    stream.finished()
    stream.lost(ConnectionLost("gone"))
    events = [("came", "b'x'"), ("sent", "b'y'"), ("ended",), ("finished",), ("lost", "gone")]
    assert told == [(name, *event) for event in events for name in "ab"]
    assert [listener.doors for listener in listeners] == [[(DOOR, Role.SERVER)]] * 2


def test_datagrams_are_told_to_each_in_order() -> None:
    told: list[tuple[str, ...]] = []
    listeners = [Listener("a", told), Listener("b", told)]
    datagrams = Taps(listeners).datagrams(DOOR, Role.CLIENT)
    datagrams.sent(b"who?", PEER)
    datagrams.came(b"me", PEER)
    assert told == [
        (name, *event) for event in (("sent", "b'who?'", str(PEER)), ("came", "b'me'", str(PEER))) for name in "ab"
    ]
    assert [listener.doors for listener in listeners] == [[(DOOR, Role.CLIENT)]] * 2


@pytest.mark.parametrize(
    ("paths", "found"), [((None, None), None), ((None, "/k"), "/k"), (("/k", None), "/k"), (("/k", "/k"), "/k")]
)
def test_keys_go_to_whoever_wants_them(paths: tuple[str | None, ...], found: str | None) -> None:
    assert Taps([Listener("x", [], path) for path in paths]).key_log == found
