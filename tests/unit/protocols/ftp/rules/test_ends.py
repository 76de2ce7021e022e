"""A transfer is over when both of its ends are, in either order."""

from __future__ import annotations

from io import BytesIO

import pytest

from portside.errors import BrokenPromise, ConnectionLost, LocalError, RemoteError
from portside.interfaces import Address, Close, Door, Heard, Link, Send, SendFile, StartTls
from portside.protocols.ftp.messages import Command, Data, Reply
from portside.protocols.ftp.rules.ends import LINGER, TRANSITIONS, Ends, Event, Stage
from portside.protocols.ftp.rules.orders import Begun, DataDone, DataFile, Ended, Transfer

LINK = Link("data1")
DOOR = Door(Address("127.0.0.1", 1), Address("127.0.0.1", 2))
BEGINS, DONE, REFUSED = Reply(150, ("go",)), Reply(226, ("done",)), Reply(550, ("no",))
GONE = ConnectionLost("gone")


def running(*, inward: bool = True, protected: bool = False) -> Ends:
    verb = "RETR" if inward else "STOR"
    ends = Ends(Transfer(Command(verb, "a"), inward), LINK, "host:21", protected)
    ends.placed()
    ends.linked()
    if protected:
        ends.secured(DOOR)
    ends.preliminary(BEGINS)
    return ends


def ended(outputs: object) -> Ended:
    (heard,) = [each for each in outputs if isinstance(each, Heard)]  # type: ignore[attr-defined]
    assert isinstance(heard.message, Ended)
    return heard.message


def test_the_word_of_the_server_may_overtake_the_last_bytes() -> None:
    ends = running()
    assert ends.final(DONE) == ()
    assert ends.received(b"last") == [Heard(Data(b"last"))]
    assert ends.ended() == [Close(LINK), Heard(Ended(DONE, None))]


def test_the_data_may_end_first() -> None:
    ends = running()
    assert ends.ended() == [Close(LINK)]
    assert not ends.over
    assert ends.final(DONE) == [Heard(Ended(DONE, None))]


def test_a_broken_data_connection_is_an_error_even_with_a_good_word() -> None:
    ends = running()
    assert ends.gone(GONE) == ()
    assert ended(ends.final(DONE)) == Ended(DONE, GONE)


def test_a_refusal_closes_the_data_connection() -> None:
    ends = running()
    close, heard = ends.final(REFUSED)
    assert close == Close(LINK)
    assert isinstance(heard, Heard) and heard.message.error.status == 550


def test_tls_comes_before_data() -> None:
    ends = Ends(Transfer(Command("STOR", "a"), inward=False), LINK, "h", True)
    ends.placed()
    assert ends.linked() == [StartTls(LINK)]
    assert ends.preliminary(BEGINS) == ()
    assert ends.secured(DOOR) == [Heard(Begun(BEGINS))]


def test_an_upload_begins_when_both_ends_have_said_so() -> None:
    ends = Ends(Transfer(Command("STOR", "a"), inward=False), LINK, "h", False)
    ends.placed()
    assert ends.linked() == ()
    assert ends.preliminary(BEGINS) == [Heard(Begun(BEGINS))]


def test_an_upload_is_over_when_the_server_has_seen_its_end() -> None:
    ends = running(inward=False)
    file = BytesIO(b"abc")
    assert ends.say(Data(b"x")) == [Send(b"x", LINK)]
    assert ends.say(DataFile(file, 1, 2)) == [SendFile(file, 1, 2, LINK)]
    assert ends.say(DataDone()) == [Close(LINK, LINGER)]
    assert ends.sending
    assert ends.final(DONE) == [Heard(Ended(DONE, None))]


def test_a_good_word_before_our_end_is_a_broken_promise() -> None:
    ends = running(inward=False)
    ends.say(Data(b"x"))
    assert isinstance(ended(ends.final(DONE)).error, BrokenPromise)


def test_what_is_said_after_the_loss_is_dropped_and_its_file_closed() -> None:
    ends = running(inward=False)
    ends.gone(GONE)
    file = BytesIO(b"abc")
    assert ends.say(DataFile(file, 0, 3)) == ()
    assert file.closed


def test_a_server_that_sends_during_an_upload_is_cut_off() -> None:
    ends = running(inward=False)
    assert ends.received(b"?") == [Close(LINK)]
    assert isinstance(ends.error, RemoteError)


def test_a_transfer_can_be_left_once_it_runs() -> None:
    ends = running()
    assert ends.leave() == [Close(LINK)]
    assert ends.received(b"late") == ()
    assert ended(ends.final(Reply(426, ("aborted",)))).error is None
    early = Ends(Transfer(Command("RETR", "a"), inward=True), LINK, "h", False)
    with pytest.raises(LocalError):
        early.leave()


def test_data_is_not_said_before_the_upload_has_begun() -> None:
    ends = Ends(Transfer(Command("STOR", "a"), inward=False), LINK, "h", False)
    with pytest.raises(LocalError):
        ends.say(Data(b"x"))


def test_whatever_the_stage_a_loss_ends_it() -> None:
    assert all(row[Event.GONE] is Stage.OVER for row in TRANSITIONS.values())
