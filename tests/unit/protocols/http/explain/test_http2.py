"""Header blocks of HTTP/2 are hidden, at any split; frames are still told by their headers."""

from __future__ import annotations

import itertools

import pytest

from portside.interfaces import Role
from portside.protocols.http.explain.http2 import PREFACE, BothFrames, Frames, opens


def frame(kind: int, payload: bytes, stream: int = 1) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, 4]) + stream.to_bytes(4, "big") + payload


SETTINGS = b"\0\0\6\4\0\0\0\0\0" + b"\0\3\0\0\0\x64"
BLOCKS = frame(1, b"c4n4ry") + frame(0, b"body") + frame(5, b"c4n4ry") + frame(9, b"c4n4ry") + frame(8, b"\0\0\0\1")
SAID = [(Role.CLIENT, PREFACE + SETTINGS + BLOCKS), (Role.SERVER, SETTINGS + BLOCKS)]


@pytest.mark.parametrize(("role", "data"), SAID)
def test_blocks_are_hidden_at_any_split(role: Role, data: bytes) -> None:
    shown = data.replace(b"c4n4ry", b"******")
    for step in (1, 2, 5, 1000):
        frames = Frames(role)
        assert b"".join(frames.take(data[at : at + step]) for at in range(0, len(data), step)) == shown
        assert frames.spoken
    for place in range(len(data)):
        frames = Frames(role)
        assert frames.take(data[:place]) + frames.copy().take(data[place:]) == shown


@pytest.mark.parametrize(("role", "data"), SAID)
def test_behind_a_gap_all_is_hidden(role: Role, data: bytes) -> None:
    frames = Frames(role)
    frames.take(data)
    frames.missed()
    assert frames.take(SETTINGS) == b"*" * len(SETTINGS)


@pytest.mark.parametrize(
    ("role", "data", "answer"),
    [
        (Role.CLIENT, PREFACE, True),
        (Role.CLIENT, PREFACE[:10], None),
        (Role.CLIENT, b"PRI * HTTP/1.1\r\n\r\n", False),
        (Role.CLIENT, b"GET / HTTP/1.1\r\n\r\n", False),
        (Role.SERVER, SETTINGS, True),
        (Role.SERVER, b"\0\0", None),
        (Role.SERVER, b"\0\0\0\4\1\0\0\0\0", False),
        (Role.SERVER, b"HTTP/1.1 200 OK\r\n", False),
    ],
)
def test_a_direction_is_known_by_its_first_bytes(role: Role, data: bytes, answer: bool | None) -> None:
    assert opens(role, data) is answer


def test_a_server_that_answers_a_preface_unreadably_is_hidden() -> None:
    both = BothFrames()
    assert both.hide(Role.CLIENT, PREFACE) == PREFACE
    assert both.hide(Role.SERVER, b"what is this") == b"*" * 12
    assert not both.refuted


def test_what_is_not_http2_is_nobodys() -> None:
    both = BothFrames()
    assert both.hide(Role.CLIENT, b"GET / HTTP/1.1\r\n\r\n") is None
    assert not both.refuted
    both.missed(Role.SERVER)
    assert both.hide(Role.SERVER, SETTINGS) is None
    assert both.refuted and both.begun(Role.SERVER) == ""


def test_frames_that_begin_are_named() -> None:
    both = BothFrames()
    both.hide(Role.SERVER, SETTINGS + frame(1, b"x") + frame(77, b""))
    assert both.begun(Role.SERVER) == "SETTINGS, HEADERS, frame type 77"


def test_any_two_cuts_show_the_same() -> None:
    role, data = SAID[1]
    shown = data.replace(b"c4n4ry", b"******")
    for low, high in itertools.combinations(range(0, len(data), 4), 2):
        frames = Frames(role)
        assert frames.take(data[:low]) + frames.take(data[low:high]) + frames.take(data[high:]) == shown
