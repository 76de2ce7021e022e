"""A client's connection: messages one behind the other, time that passes, and every way in which it may end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import ConnectionLost, LimitExceeded, LocalError, RemoteError, TimedOut
from portside.interfaces import Close, Heard
from portside.protocols.smtp.messages import Content, ContentEnded
from portside.protocols.smtp.rules.client import IN_HAND
from portside.protocols.smtp.rules.orders import Begun, Entered, Entry, Settled, Stage, TlsUse
from portside.protocols.smtp.rules.waits import ClientLimits
from tests.support.smtp_client_plays import DOOR, EVERYTHING, LETTER, Play, entered, letter

FIRST = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"
SECOND = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<c@example.org>\r\nDATA\r\n"


def offering(*keywords: str) -> Play:
    return entered(*(keywords or ("PIPELINING",)))


# ----------------------------------------------------------------------------------------------- messages


def test_a_message_goes_its_way() -> None:
    play = offering()
    assert play.say(letter()) == FIRST
    assert play.answer("250 ok", "250 ok", "354 go on") == LETTER + b".\r\n"
    play.answer("250 2.0.0 queued as 17")
    assert play.codes == [250] and play.settled.fates[0].reply is not None
    assert play.settled.fates[0].reply.text == "queued as 17" and play.settled.error is None


def test_what_the_envelope_asks_is_said_where_it_is_offered() -> None:
    play = offering(*EVERYTHING)
    said = play.say(letter(envid="e1"))
    assert said.startswith(b"MAIL FROM:<a@example.org> SIZE=19 ENVID=e1\r\n")
    assert b"ENVID" not in offering().say(letter(envid="e1"))


def test_the_next_message_s_commands_leave_with_the_content_of_the_one_before() -> None:
    play = offering()
    play.say(letter())
    assert play.say(letter("c@example.org")) == b""
    assert play.answer("250 ok", "250 ok", "354 go on") == LETTER + b".\r\n" + SECOND
    assert play.answer("250 kept", "250 ok", "250 ok", "354 go on") == LETTER + b".\r\n"
    play.answer("250 kept")
    assert [type(each) for each in play.heard] == [Entered, Settled, Settled]


def test_what_comes_while_the_last_word_is_awaited_is_said_at_once() -> None:
    play = offering()
    play.say(letter())
    play.answer("250 ok", "250 ok", "354 go on")
    assert play.say(letter("c@example.org")) == SECOND
    play.answer("452 full", "250 ok", "250 ok", "354 go on")
    assert play.codes == [452]


def test_without_pipelining_messages_wait_for_each_other() -> None:
    play = offering("8BITMIME")
    assert play.say(letter()) == b"MAIL FROM:<a@example.org>\r\n"
    assert play.say(letter("c@example.org")) == b""
    play.answer("250 ok")
    play.answer("250 ok")
    assert play.answer("354 go on") == LETTER + b".\r\n"
    assert play.answer("250 kept") == b"MAIL FROM:<a@example.org>\r\n"


def test_no_more_is_in_hand_than_may_be() -> None:
    play = offering()
    assert play.rules.room == IN_HAND
    for _ in range(IN_HAND):
        play.say(letter())
    assert play.rules.room == 0
    with pytest.raises(LocalError, match="waits"):
        play.say(letter())


def test_after_a_message_that_was_given_up_the_next_one_clears_up_first() -> None:
    play = offering()
    play.say(letter())
    play.answer("250 ok", "550 no", "554 no valid recipients")
    assert play.codes == [550]
    assert play.say(letter("c@example.org")) == b"RSET\r\n" + SECOND
    play.answer("250 ok", "250 ok", "250 ok", "354 go on")
    play.answer("250 kept")
    assert play.say(letter()) == FIRST


def test_a_message_that_waited_behind_one_that_was_given_up_clears_up_too() -> None:
    play = offering()
    play.say(letter())
    play.say(letter("c@example.org"))
    assert play.answer("250 ok", "550 no", "554 no valid recipients") == b"RSET\r\n" + SECOND


def test_after_a_message_that_was_refused_at_its_end_nothing_is_cleared_up() -> None:
    play = offering()
    play.say(letter())
    play.answer("250 ok", "250 ok", "354 go on")
    play.answer("554 spam")
    assert play.say(letter()) == FIRST


def test_a_message_that_this_server_can_not_take_is_not_said() -> None:
    play = offering("SIZE 5")
    assert play.say(letter()) == b""
    assert play.codes == [552] and play.settled.fates[0].stage is Stage.OURS
    assert play.rules.room == IN_HAND


def test_lmtp_answers_for_each() -> None:
    play = Play(Entry("mx.test", tls=TlsUse.OFF, lmtp=True)).enter("PIPELINING")
    assert play.sent.startswith(b"LHLO ")
    play.say(letter("b@x.org", "c@x.org", "d@x.org"))
    play.answer("250 ok", "250 ok", "550 no", "250 ok", "354 go on")
    play.answer("250 kept", "452 full")
    assert play.codes == [250, 550, 452]


# ------------------------------------------------------------------------------------------------ in pieces


def test_a_content_in_pieces_is_asked_for() -> None:
    play = offering()
    play.say(letter(content=None))
    play.say(letter("c@example.org"))
    assert play.answer("250 ok", "250 ok", "354 go on") == b""
    assert isinstance(play.heard[-1], Begun)
    assert play.say(Content(b".a\r\n")) == b"..a\r\n"
    assert play.say(Content(b"")) == b""
    assert play.say(ContentEnded()) == b".\r\n" + SECOND
    play.answer("250 kept")
    assert play.codes == [250]


def test_a_chunk_that_is_refused_makes_the_rest_unwanted() -> None:
    play = offering("PIPELINING", "CHUNKING")
    play.say(letter(content=None))
    play.answer("250 ok", "250 ok")
    assert play.say(Content(b"ab")) == b"BDAT 2\r\nab"
    assert play.say(Content(b"cd")) == b"BDAT 2\r\ncd"
    play.answer("552 too much")
    assert play.say(Content(b"ef")) == b"" and play.say(ContentEnded()) == b""
    play.answer("503 no")
    assert play.codes == [552]
    assert play.say(letter()).startswith(b"RSET\r\n")


def test_a_server_that_has_enough_in_the_middle_is_left() -> None:
    play = offering()
    play.say(letter(content=None))
    play.say(letter("c@example.org"))
    play.answer("250 ok", "250 ok", "354 go on")
    play.say(Content(b"a"))
    play.answer("552 too much")
    first, second = play.heard[-2:]
    assert first.fates[0].reply.code == 552 and isinstance(second.error, RemoteError) and not second.unsure
    assert play.closed and play.fault is not None


@pytest.mark.parametrize("message", [Content(b"a"), ContentEnded()])
def test_no_content_is_said_that_nobody_asked_for(message: object) -> None:
    with pytest.raises(LocalError):
        offering().say(message)


# -------------------------------------------------------------------------------------------------- the end


def test_nothing_is_said_before_we_are_in() -> None:
    play = Play()
    with pytest.raises(LocalError, match="before we are in"):
        play.say(letter())
    assert play.rules.room == 0


def test_an_idle_connection_takes_its_leave() -> None:
    play = offering()
    assert play.do(play.rules.stop(play.now)) == b"QUIT\r\n"
    assert play.closed and play.do(play.rules.stop(play.now)) == b""


def test_a_connection_that_stops_at_work_gives_up_what_it_has_in_hand() -> None:
    play = offering()
    play.say(letter())
    assert play.do(play.rules.stop(play.now)) == b""
    assert play.closed and isinstance(play.settled.error, ConnectionLost)


def test_a_server_may_close_an_idle_connection() -> None:
    for ending in (
        lambda play: play.do(play.rules.ended(None, play.now)),
        lambda play: play.answer("421 idle too long"),
    ):
        play = offering()
        ending(play)
        assert play.closed and play.fault is None and not play.rules.usable


def test_who_is_cut_off_behind_the_content_is_not_sure_and_who_was_not_said_is() -> None:
    for ending in ("ended", "failed"):
        play = offering()
        play.say(letter())
        play.answer("250 ok", "250 ok", "354 go on")
        play.say(letter("c@example.org"))
        lost = ConnectionLost("gone")
        play.do(play.rules.ended(None, play.now) if ending == "ended" else play.rules.failed(None, lost, play.now))
        first, second = play.heard[-2:]
        assert first.unsure and not second.unsure
        assert first.fates[0].stage is Stage.CONTENT and second.fates[0].stage is Stage.MAIL
        assert not play.rules.usable


def test_a_farewell_is_the_last_word_for_who_waits_and_none_for_those_behind() -> None:
    play = offering()
    play.say(letter())
    play.answer("250 ok", "250 ok", "354 go on")
    play.say(letter("c@example.org"))
    play.answer("421 4.3.0 going down")
    first, second = play.heard[-2:]
    assert first.fates[0].reply.code == 421 and not first.unsure
    assert second.fates[0].reply is None and isinstance(second.error, ConnectionLost) and not second.unsure
    assert play.closed


@pytest.mark.parametrize("line", ["250 ok", "354 go on", "550 no"])
def test_an_answer_to_nothing_ends_it(line: str) -> None:
    play = offering()
    play.answer(line)
    assert play.closed and isinstance(play.fault, RemoteError) and "nobody asked" in str(play.fault)


def test_answers_beyond_the_last_command_end_it() -> None:
    play = offering()
    play.say(letter())
    play.answer("250 ok", "250 ok", "354 go on")
    play.answer("250 kept", "250 and more")
    assert play.codes == [250] and play.closed and play.fault is not None


def test_what_came_before_the_content_is_no_answer_to_it() -> None:
    play = offering()
    play.say(letter())
    play.answer("250 ok", "250 ok", "354 go on", "250 kept")
    assert play.codes != [250] and play.closed and "nobody asked" in str(play.fault)


def test_answers_ahead_of_commands_that_wait_for_one_another_end_it() -> None:
    play = offering("SIZE")
    play.say(letter())
    play.answer("250 ok", "250 ok", "354 go on", "250 kept")
    assert play.codes != [250] and play.closed and not play.settled.unsure


def test_an_answer_ahead_of_our_greeting_ends_it() -> None:
    play = Play(Entry("there"))
    play.answer("220 here", "250 here", "250 more")
    assert play.closed and play.heard == [] and "nobody asked" in str(play.fault)


def test_an_answer_that_makes_no_sense_ends_it() -> None:
    play = offering()
    play.say(letter())
    play.answer("250 ok", "354 what?", "354 go on")
    assert play.closed and isinstance(play.settled.error, RemoteError) and not play.settled.unsure


def test_nothing_is_heard_after_the_end() -> None:
    play = offering()
    play.answer("250 what?")
    before = list(play.heard)
    play.answer("250 ok")
    play.do(play.rules.ended(None, play.now))
    play.do(play.rules.failed(None, ConnectionLost("gone"), play.now))
    play.wait(10_000)
    assert play.heard == before


@pytest.mark.parametrize("endless", [b"250-" + b"x" * 100 + b"\r\n", b"x" * 1000, b"220-\r\n"])
@pytest.mark.parametrize("at", ["greeting", "hello", "mail"])
def test_a_reply_without_an_end_has_one(endless: bytes, at: str) -> None:
    play = Play() if at == "greeting" else offering() if at == "mail" else Play()
    if at == "hello":
        play.answer("220 mx.test")
    if at == "mail":
        play.say(letter())
    for _ in range(2000):
        play.raw(endless)
    assert play.closed and isinstance(play.fault, LimitExceeded | RemoteError)


@pytest.mark.parametrize("reply", ["no reply at all", "250-a\r\n251 b", "354 now"])
def test_what_is_wrong_with_a_reply_names_whose_it_is(reply: str) -> None:
    play = offering()
    play.say(letter())
    play.answer(reply)
    assert play.closed and isinstance(play.fault, RemoteError)
    assert str(play.fault).startswith("mx.test: the server")


# ---------------------------------------------------------------------------------------------------- time


@pytest.mark.parametrize(
    ("lines", "wait"),
    [
        ((), 300), (("220 mx.test",), 300), (("220 mx.test", "250-mx.test\r\n250 PIPELINING"), None),
    ],
)  # fmt: skip
def test_who_does_not_let_us_in_in_time_is_left(lines: tuple[str, ...], wait: float | None) -> None:
    play = Play()
    for line in lines:
        play.answer(line)
    if wait is not None:
        play.wait(wait - 1)
        assert not play.closed
        play.wait(1)
        assert isinstance(play.fault, TimedOut) and "300 s" in str(play.fault)


@pytest.mark.parametrize(
    ("answers", "wait", "unsure"),
    [
        ((), 300, False),
        (("250 ok",), 300, False),
        (("250 ok", "250 ok"), 120, False),
        (("250 ok", "250 ok", "354 go on"), 600, True),
    ],
)
def test_each_answer_has_its_time(answers: tuple[str, ...], wait: float, unsure: bool) -> None:
    play = offering()
    play.say(letter())
    for line in answers:
        play.wait(100)
        play.answer(line)
    play.wait(wait - 1)
    assert not play.closed
    play.wait(2)
    assert isinstance(play.fault, TimedOut) and isinstance(play.settled.error, TimedOut)
    assert play.settled.unsure is unsure


def test_drips_of_a_reply_buy_no_time() -> None:
    play = offering()
    play.say(letter())
    for _ in range(299):
        play.wait(1)
        play.raw(b"2")
    assert not play.closed
    play.wait(2)
    assert play.closed and play.fault is not None


def test_a_content_that_nobody_brings_is_given_up() -> None:
    play = offering()
    play.say(letter(content=None))
    play.answer("250 ok", "250 ok", "354 go on")
    play.wait(179)
    play.say(Content(b"a"))
    play.wait(179)
    assert not play.closed
    play.wait(2)
    assert isinstance(play.fault, TimedOut) and not play.settled.unsure


def test_a_connection_that_nobody_uses_takes_its_leave() -> None:
    play = offering()
    play.say(letter())
    play.answer("250 ok", "250 ok", "354 go on")
    play.answer("250 kept")
    play.wait(59)
    assert not play.closed
    play.wait(1)
    assert play.closed and play.sent.endswith(b"QUIT\r\n") and play.fault is None


def test_a_short_patience_is_kept() -> None:
    play = Play(limits=ClientLimits().within(0.5))
    play.wait(0.4)
    assert not play.closed
    play.wait(0.2)
    assert isinstance(play.fault, TimedOut)


# ----------------------------------------------------------------------------------------------- properties

STORY = (
    b"220 mx.test ESMTP\r\n",
    b"250-mx.test\r\n250-PIPELINING\r\n250 DSN\r\n",
    b"250 ok\r\n550-no such\r\n550 5.1.1 user\r\n250 ok\r\n354 go on\r\n",
    b"250 kept\r\n",
)
"""What a server says to each of our turns: nothing of it comes before we have had ours."""
LONGEST = max(map(len, STORY))


def heard_of(cuts: set[int]) -> list[object]:
    """What is heard where each turn comes in pieces, which end at ``cuts``."""
    play = Play()
    for turn in STORY:
        places = sorted({0, len(turn), *(cut for cut in cuts if cut < len(turn))})
        for one, other in pairwise(places):
            play.raw(turn[one:other])
        if play.rules.usable and b"MAIL" not in play.sent:
            play.say(letter("b@x.org", "c@x.org"))
    return [*play.heard, bytes(play.sent)]


def test_replies_split_at_every_byte_are_the_same() -> None:
    whole = heard_of(set())
    assert isinstance(whole[-2], Settled) and [fate.reply and fate.reply.code for fate in whole[-2].fates] == [550, 250]
    assert heard_of(set(range(LONGEST))) == whole


@given(st.sets(st.integers(0, LONGEST), max_size=8))
def test_replies_in_any_pieces_are_the_same(cuts: set[int]) -> None:
    assert heard_of(cuts) == heard_of(set())


@given(
    st.lists(st.sampled_from([b"250 ok\r\n", b"354 go\r\n", b"550 no\r\n", b"421 bye\r\n", b"250-a\r\n", b"x", b"\n"]))
)
def test_whatever_a_server_says_every_message_has_one_fate_for_each(lines: list[bytes]) -> None:
    play = offering()
    play.say(letter("b@x.org", "c@x.org"))
    play.say(letter("d@x.org"))
    for line in lines:
        play.raw(line)
    play.do(play.rules.failed(None, ConnectionLost("gone"), play.now))
    settled = [message for message in play.heard if isinstance(message, Settled)]
    assert [len(each.fates) for each in settled] == [2, 1]
    for each in settled:
        assert all(fate.reply is not None for fate in each.fates) or each.error is not None


def test_a_stream_is_all_there_is() -> None:
    play = offering()
    assert not play.do(play.rules.linked("x", DOOR, play.now))  # type: ignore[arg-type]
    assert not any(isinstance(output, Close) for output in play.outputs)
    assert [type(output) for output in play.outputs if isinstance(output, Heard)] == [Heard]
