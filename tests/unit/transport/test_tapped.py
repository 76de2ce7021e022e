from __future__ import annotations

import io

from portside.errors import ConnectionLost
from portside.interfaces import Role
from portside.transport.memory import Pair
from portside.transport.tapped import TappedStream
from portside.transport.tcp import HIGH_WATER
from tests.support.conversations import Ears
from tests.support.ledger import Ledger


class Scene:
    """A tapped stream at one end of a pair; at the other somebody who writes down."""

    def __init__(self) -> None:
        self.pair = Pair()
        self.tap, self.ours, self.theirs = Ledger(), Ears(), Ears()
        self.stream = TappedStream(self.pair.server, self.tap, Role.SERVER)
        self.stream.start(self.ours)
        self.pair.client.start(self.theirs)


def test_both_directions_are_seen_as_they_pass() -> None:
    scene = Scene()
    scene.stream.write(b"hello ")
    scene.stream.write(memoryview(b"you"))
    scene.pair.client.write(b"good day")
    scene.pair.flow()
    assert bytes(scene.tap.sent_bytes) == bytes(scene.theirs.data) == b"hello you"
    assert bytes(scene.tap.came_bytes) == bytes(scene.ours.data) == b"good day"
    assert scene.tap.opened == [(scene.pair.server.door, Role.SERVER)] == [(scene.stream.door, Role.SERVER)]


def test_a_file_is_seen_too_and_keeps_its_place() -> None:
    scene = Scene()
    content = bytes(range(256)) * 8192
    scene.stream.write(b"<")
    scene.stream.write_file(io.BytesIO(content), 0, len(content))
    scene.stream.write(b">")
    assert scene.stream.pending == len(content) + 2
    scene.stream.finish()
    scene.stream.write(b"too late")
    late = io.BytesIO(b"too late")
    scene.stream.write_file(late, 0, 8)
    scene.pair.flow()
    assert bytes(scene.theirs.data) == b"<" + content + b">" == bytes(scene.tap.sent_bytes)
    assert (scene.theirs.ends, late.closed) == (1, True)
    assert scene.tap.events == ["finished", None]


def test_who_waits_is_told_only_when_there_really_is_room() -> None:
    scene = Scene()
    pending: list[int] = []
    scene.ours.drained = lambda: pending.append(scene.stream.pending)  # type: ignore[method-assign]
    scene.stream.write_file(io.BytesIO(bytes(5 * HIGH_WATER)), 0, 5 * HIGH_WATER)
    scene.pair.flow()
    assert pending
    assert max(pending) <= HIGH_WATER


def test_an_end_a_pause_and_a_loss_pass_through() -> None:
    scene = Scene()
    scene.stream.pause()
    scene.pair.client.write(b"x")
    scene.pair.flow()
    assert scene.ours.data == b""
    scene.stream.resume()
    scene.pair.client.finish()
    scene.pair.flow()
    assert (bytes(scene.ours.data), scene.ours.ends) == (b"x", 1)
    error = ConnectionLost("gone")
    scene.stream.lost(error)
    assert scene.ours.losses == [error]
    assert scene.tap.events == ["ended", error]


def test_an_abort_forgets_what_waits() -> None:
    scene = Scene()
    file = io.BytesIO(bytes(5 * HIGH_WATER))
    scene.stream.write_file(file, 0, 5 * HIGH_WATER)
    scene.stream.abort()
    scene.stream.finish()
    scene.pair.flow()
    assert (file.closed, scene.ours.losses, bytes(scene.theirs.data)) == (True, [None], b"")
