from __future__ import annotations

import pytest

from portside.capture.live import datagrams
from portside.capture.live.bpf import LOOPBACK, OUTGOING
from portside.capture.live.datagrams import HELD, DatagramSocket, DatagramSockets
from portside.capture.live.streams import SETTLED
from portside.interfaces import Address, Door
from tests.support.sightings import CLIENT, SERVER, STRANGER, End, Written, datagram, headers_of

NOBODY = Address("", 0)
ASK = (CLIENT, SERVER)
ANSWER = (SERVER, CLIENT)


class Scene:
    """The server's machine."""

    def __init__(self) -> None:
        self.written = Written()
        self.sockets = DatagramSockets(self.written)

    def passes(self, source: End, target: End, time: int = 0, *, leaves: bool = False, loops: bool = False) -> None:
        made = datagram(source, target, time=time, kind=OUTGOING if leaves else 0)
        if loops:
            made.hardware = LOOPBACK
        self.sockets.take(made, headers_of(made))

    def bound(self, host: str, port: int = SERVER[1], remote: Address = NOBODY) -> DatagramSocket:
        made = DatagramSocket(Door(Address(host, port), remote))
        self.sockets.announce(made)
        return made


@pytest.mark.parametrize("host", [SERVER[0], "0.0.0.0"])
def test_what_comes_to_a_bound_port_and_leaves_from_it_is_ours(host: str) -> None:
    scene = Scene()
    scene.bound(host)
    scene.passes(*ASK, 1)
    scene.passes(*ANSWER, 2, leaves=True)
    scene.passes(CLIENT, (SERVER[0], 81), 3)
    assert scene.written.times == [1, 2]


@pytest.mark.parametrize("host", [SERVER[0], "0.0.0.0"])
def test_the_same_port_of_somebody_elses_machine_is_not(host: str) -> None:
    scene = Scene()
    scene.bound(host)
    there = ("10.9.9.9", SERVER[1])
    scene.passes((SERVER[0], 40000), there, leaves=True)
    scene.passes(there, (SERVER[0], 40000))
    assert scene.written.times == []


def test_on_loopback_both_ends_are_here() -> None:
    scene = Scene()
    scene.bound("127.0.0.1")
    ours, theirs = ("127.0.0.1", SERVER[1]), ("127.0.0.1", 40000)
    scene.passes(theirs, ours, 1, loops=True)
    scene.passes(ours, theirs, 2, loops=True)
    assert scene.written.times == [1, 2]


def test_any_address_is_of_one_version() -> None:
    scene = Scene()
    scene.bound("::")
    scene.passes(*ASK, 1)
    scene.passes(("fd00::1", 40000), ("fd00::2", SERVER[1]), 2)
    assert scene.written.times == [2]


def test_a_connected_socket_hears_its_peer_alone() -> None:
    scene = Scene()
    scene.bound(*SERVER, remote=Address(*CLIENT))
    scene.passes(STRANGER, SERVER, 1)
    scene.passes(*ASK, 2)
    scene.passes(SERVER, STRANGER, 3, leaves=True)
    assert scene.written.times == [2]


def test_what_came_a_moment_before_the_announcement_is_taken() -> None:
    scene = Scene()
    scene.passes(STRANGER, CLIENT, 1)
    scene.passes(*ASK, 2)
    scene.passes(*ASK, HELD)
    scene.sockets.expire(HELD + 3)
    scene.bound(SERVER[0])
    assert scene.written.times == [HELD]


def test_what_is_held_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datagrams, "MOST_HELD", 2 * (datagrams.OVERHEAD + 50))
    scene = Scene()
    for time in range(4):
        scene.passes(*ASK, time)
    scene.bound(SERVER[0])
    assert scene.written.times == [2, 3]


def test_what_is_not_claimed_stays_held_for_others() -> None:
    scene = Scene()
    scene.passes(*ASK, 1)
    scene.bound(SERVER[0], 81)
    assert scene.sockets.waits and scene.written.times == []
    scene.bound(SERVER[0])
    assert scene.written.times == [1]


def test_after_its_end_a_socket_owns_nothing() -> None:
    scene = Scene()
    first, second = scene.bound(SERVER[0]), scene.bound(SERVER[0], 81)
    scene.sockets.end(first, 5)
    scene.passes(*ASK, 5)
    scene.passes(*ASK, 6)
    assert scene.written.times == [5]
    scene.sockets.expire(6 + SETTLED)
    scene.sockets.end(second, 5)
    scene.sockets.expire(6 + SETTLED + HELD)
    assert not scene.sockets.waits


def test_a_name_is_no_address() -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        DatagramSocket(Door(Address("localhost", 1), NOBODY))
