"""Where data connections are opened: what is asked, and what is believed."""

from __future__ import annotations

import pytest

from portside.errors import RemoteError
from portside.interfaces import Address
from portside.protocols.ftp.messages import Command, Reply
from portside.protocols.ftp.rules.meeting import Meeting

HERE = Address("10.0.0.1", 4000)
FOUR = Address("10.0.0.2", 21)
SIX = Address("2001:db8::2", 21)


def test_epsv_comes_before_pasv() -> None:
    meeting = Meeting(HERE, FOUR)
    assert meeting.ask_passive() == Command("EPSV")
    assert meeting.fall_back()
    assert meeting.ask_passive() == Command("PASV")
    assert not meeting.fall_back()


def test_over_ipv6_there_is_no_older_way() -> None:
    assert not Meeting(Address("2001:db8::1"), SIX).fall_back()


def test_eprt_comes_before_port() -> None:
    meeting = Meeting(HERE, FOUR)
    assert meeting.ask_active(Address("10.0.0.1", 5000)) == Command("EPRT", "|1|10.0.0.1|5000|")
    meeting.fall_back()
    assert meeting.ask_active(Address("10.0.0.1", 5000)) == Command("PORT", "10,0,0,1,19,136")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(229, ("Entering Extended Passive Mode (|||5000|)",)),
        Reply(227, ("Entering Passive Mode (10,0,0,2,19,136).",)),
        Reply(227, ("Entering Passive Mode (192,0,2,66,19,136).",)),
        Reply(227, ("=127,0,0,1,19,136",)),
    ],
)
def test_data_comes_from_whom_we_talk_to_whatever_the_answer_says(reply: Reply) -> None:
    assert Meeting(HERE, FOUR).place(reply) == Address("10.0.0.2", 5000)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(229, ("(|||70000|)",)),
        Reply(229, ("(|||0|)",)),
        Reply(227, ("(10,0,0,2,0,0)",)),
        Reply(227, ("nowhere",)),
        Reply(200, ("fine",)),
    ],
)
def test_an_answer_without_a_place_is_an_error(reply: Reply) -> None:
    with pytest.raises(RemoteError):
        Meeting(HERE, FOUR).place(reply)


def test_a_refusal_is_no_place() -> None:
    assert Meeting(HERE, FOUR).place(Reply(500, ("what?",))) is None
