"""Data connections one at a time, and what is left of them."""

from __future__ import annotations

import contextlib
import io

import pytest

from portside.errors import ConnectError, RemoteError
from portside.interfaces import Address, Close, Door, Heard, Link, SendFile, Wake
from portside.protocols.ftp.messages import DataEnded, Reply
from portside.protocols.ftp.rules.limits import ServerLimits
from portside.protocols.ftp.rules.policy import Policy
from portside.protocols.ftp.rules.transfers import Transfers
from portside.protocols.ftp.rules.turns import Begin
from tests.support.ftp_plays import DATA_DOOR, DOOR

FIRST, SECOND = Link("data 1"), Link("data 2")
OUT = Begin(Reply(150, ("Now.",)), inward=False)
IN = Begin(Reply(150, ("Now.",)), inward=True)


def transfers(policy: Policy | None = None) -> Transfers:
    made = Transfers(policy or Policy(), ServerLimits())
    made.opened(DOOR)
    return made


def running(begin: Begin = OUT) -> Transfers:
    made = transfers()
    made.wait(extended=True)
    made.listening(FIRST, Address("192.0.2.1", 5000))
    made.begin(begin, 0.0)
    made.linked(FIRST, DATA_DOOR, 0.0)
    return made


def test_the_last_one_that_was_asked_for_is_the_one() -> None:
    made = transfers()
    made.wait(extended=True)
    assert Close(FIRST, cut=True) in made.wait(extended=False)
    assert made.listening(FIRST, Address("192.0.2.1", 5000)) is None
    reply = made.listening(SECOND, Address("192.0.2.1", 5000))
    assert reply is not None
    assert reply.code == 227


@pytest.mark.parametrize("door", [None, Door(Address("", 0, "/run/x"), Address("", 0, "(unnamed)"))])
def test_without_a_host_there_is_no_place_to_meet(door: Door | None) -> None:
    made = transfers()
    made.opened(door)
    with pytest.raises(RemoteError) as caught:
        made.wait(extended=True)
    assert caught.value.status == 425


@pytest.mark.parametrize(
    ("named", "real", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8:0:0::1", True),
        ("fe80::1", "fe80::1%eth0", True),
        ("fe80::2", "fe80::1%eth0", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("192.0.2.1", "", False),
    ],
)
def test_data_goes_to_the_host_that_the_control_connection_comes_from(named: str, real: str, same: bool) -> None:
    made = transfers()
    made.opened(Door(DOOR.local, Address(real, 40000)))
    with contextlib.nullcontext() if same else pytest.raises(RemoteError, match="comes from"):
        made.go_to(Address(named, 5000))


def test_meeting_and_moving_have_their_time() -> None:
    made = transfers()
    made.wait(extended=True)
    made.listening(FIRST, Address("192.0.2.1", 5000))
    assert made.begin(IN, 100.0) == [Wake("meeting", 130.0)]
    outputs = made.linked(FIRST, DATA_DOOR, 110.0)
    assert Wake("meeting", None) in outputs
    assert Wake("stall", 170.0) in outputs
    assert made.meeting_is_due() == ()


def test_a_slow_reader_is_the_transports_to_mind() -> None:
    assert running(OUT).look(1000.0) == ()


def test_a_file_that_comes_too_late_is_closed() -> None:
    made = running()
    made.cut(RemoteError("enough", 426))
    file = io.BytesIO(b"x")
    assert made.say_file(SendFile(file, 0, 1)) == ()
    assert file.closed
    assert made.say(b"x") == ()
    assert made.finish() == ()


def test_what_is_cut_is_heard_of_once() -> None:
    made = running()
    outputs = made.cut(RemoteError("enough", 426))
    assert [type(one.message) for one in outputs if isinstance(one, Heard)] == [DataEnded]
    assert made.cut(RemoteError("enough", 426)) == ()
    assert made.failed(FIRST, ConnectError("late")) == ()
    assert made.closed(FIRST) == ()
    assert not made.running


def test_one_that_is_lost_before_its_transfer_is_not_missed() -> None:
    made = transfers()
    made.wait(extended=True)
    made.listening(FIRST, Address("192.0.2.1", 5000))
    made.linked(FIRST, DATA_DOOR, 0.0)
    assert made.failed(FIRST, ConnectError("gone")) == ()
    outputs = made.begin(OUT, 0.0)
    assert [one.message.error.status for one in outputs if isinstance(one, Heard)] == [425]
