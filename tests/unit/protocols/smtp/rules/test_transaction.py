"""One message: which reply belongs to which command, and what becomes of everybody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portside.errors import ConnectionLost, LocalError, RemoteError
from portside.mail.envelope import Body
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.fitting import Terms
from portside.protocols.smtp.rules.orders import Stage, Transaction
from portside.protocols.smtp.rules.transaction import MOST_UNANSWERED, TRANSITIONS, Phase, Running
from tests.support.smtp_client_plays import LETTER, letter

TERMS = Terms(
    pipelining=True, chunking=False, parameters=frozenset(), largest=None, eight_bit=True, binary=True, utf8=True,
    tls=False, each=False,
)  # fmt: skip
SLOW = replace(TERMS, pipelining=False)
CHUNKS = replace(TERMS, chunking=True)
LOCAL = replace(TERMS, each=True)
OK, GO_ON = Reply(250, ("ok",)), Reply(354, ("go on",))
NO, LATER = Reply(550, ("no",), "5.1.1"), Reply(450, ("later",))
MAIL, RCPT = b"MAIL FROM:<a@example.org>\r\n", b"RCPT TO:<b@example.org>\r\n"
LETTER_TO_THREE = letter("b@x.org", "c@x.org", "d@x.org")


def begun(terms: Terms = TERMS, order: Transaction | None = None, *, reset: bool = False) -> tuple[Running, bytes]:
    running = Running(order or letter(), terms)
    return running, running.begin(reset=reset)


def fates(running: Running) -> list[tuple[Stage, int]]:
    return [(fate.stage, fate.reply.code if fate.reply else 0) for fate in running.settled().fates]


def answer(running: Running, *replies: Reply) -> list[bytes]:
    return [running.answered(reply) for reply in replies]


def test_all_commands_leave_together() -> None:
    running, said = begun()
    assert said == MAIL + RCPT + b"DATA\r\n"
    assert answer(running, OK, OK, GO_ON) == [b"", b"", b""]
    assert running.phase is Phase.READY and running.dirty
    assert running.content() == LETTER + b".\r\n"
    running.answered(OK)
    assert running.phase is Phase.OVER and fates(running) == [(Stage.CONTENT, 250)] and not running.dirty


def test_without_pipelining_each_command_waits_for_the_reply_before() -> None:
    running, said = begun(SLOW)
    assert said == MAIL
    assert answer(running, OK, OK, GO_ON) == [RCPT, b"DATA\r\n", b""]
    assert running.phase is Phase.READY


def test_what_is_left_of_an_earlier_message_is_cleared_up_first() -> None:
    running, said = begun(reset=True)
    assert said == b"RSET\r\n" + MAIL + RCPT + b"DATA\r\n"
    answer(running, OK, OK, OK, GO_ON)
    assert running.phase is Phase.READY
    running, said = begun(SLOW, reset=True)
    assert [said, *answer(running, OK, OK, OK)] == [b"RSET\r\n", MAIL, RCPT, b"DATA\r\n"]


def test_a_server_that_does_not_forget_is_not_believed() -> None:
    running, _ = begun(reset=True)
    with pytest.raises(RemoteError, match="forget"):
        running.answered(NO)


def test_who_is_refused_does_not_stop_the_others() -> None:
    running, _ = begun(order=LETTER_TO_THREE)
    answer(running, OK, NO, OK, LATER, GO_ON)
    running.content()
    running.answered(OK)
    assert fates(running) == [(Stage.RCPT, 550), (Stage.CONTENT, 250), (Stage.RCPT, 450)]
    assert not running.dirty


@pytest.mark.parametrize("terms", [TERMS, CHUNKS])
def test_a_sender_that_is_refused_is_the_end_for_everybody(terms: Terms) -> None:
    running, said = begun(terms, LETTER_TO_THREE)
    replies = [NO, *[Reply(503, ("no sender",))] * (said.count(b"\r\n") - 1)]
    answer(running, *replies)
    assert running.phase is Phase.OVER and fates(running) == [(Stage.MAIL, 550)] * 3
    assert not running.dirty


def test_without_pipelining_nothing_is_said_behind_a_sender_that_is_refused() -> None:
    running, _ = begun(SLOW, LETTER_TO_THREE)
    assert running.answered(LATER) == b""
    assert running.phase is Phase.OVER and fates(running) == [(Stage.MAIL, 450)] * 3


def test_where_nobody_is_accepted_data_s_refusal_is_the_end() -> None:
    running, _ = begun()
    answer(running, OK, NO, Reply(554, ("no valid recipients",)))
    assert running.phase is Phase.OVER and fates(running) == [(Stage.RCPT, 550)] and running.dirty


def test_a_server_that_wants_a_content_for_nobody_gets_a_lone_dot() -> None:
    running, _ = begun()
    assert answer(running, OK, NO, GO_ON) == [b"", b"", b".\r\n"]
    assert running.phase is Phase.EMPTY
    running.answered(OK)  # even a good answer delivers nothing to anybody
    assert running.phase is Phase.OVER and fates(running) == [(Stage.RCPT, 550)] and running.dirty


def test_the_same_after_a_sender_that_was_refused() -> None:
    running, _ = begun()
    assert answer(running, NO, OK, GO_ON)[-1] == b".\r\n"
    running.answered(NO)
    assert fates(running) == [(Stage.MAIL, 550)]


def test_without_pipelining_data_is_not_said_where_nobody_is_accepted() -> None:
    running, _ = begun(SLOW, LETTER_TO_THREE)
    assert answer(running, OK, NO, NO, NO)[-1] == b""
    assert running.phase is Phase.OVER and running.dirty


def test_data_that_is_refused_is_refused_to_those_who_were_accepted() -> None:
    running, _ = begun(order=LETTER_TO_THREE)
    answer(running, OK, OK, NO, OK, LATER)
    assert fates(running) == [(Stage.DATA, 450), (Stage.RCPT, 550), (Stage.DATA, 450)] and running.dirty


def test_a_content_that_is_refused_is_refused_to_those_who_were_accepted() -> None:
    running, _ = begun(order=LETTER_TO_THREE)
    answer(running, OK, OK, NO, OK, GO_ON)
    running.content()
    running.answered(LATER)
    assert fates(running) == [(Stage.CONTENT, 450), (Stage.RCPT, 550), (Stage.CONTENT, 450)]
    assert not running.dirty


def test_a_server_that_delivers_answers_for_each() -> None:
    running, _ = begun(LOCAL, LETTER_TO_THREE)
    answer(running, OK, OK, NO, OK, GO_ON)
    running.content()
    answer(running, OK)
    assert running.phase is Phase.ENDING
    answer(running, Reply(452, ("full",)))
    assert running.phase is Phase.OVER
    assert fates(running) == [(Stage.CONTENT, 250), (Stage.RCPT, 550), (Stage.CONTENT, 452)]


# ------------------------------------------------------------------------------------------------- chunks


def test_a_content_in_memory_is_one_chunk() -> None:
    running, said = begun(CHUNKS)
    assert said == MAIL + RCPT
    answer(running, OK, OK)
    assert running.content() == b"BDAT %d LAST\r\n" % len(LETTER) + LETTER
    running.answered(OK)
    assert fates(running) == [(Stage.CONTENT, 250)] and not running.dirty


def test_dots_are_not_stuffed_in_chunks_and_lines_end_as_they_should() -> None:
    running, _ = begun(CHUNKS, letter(content=b".a\n.\nb"))
    answer(running, OK, OK)
    assert running.content() == b"BDAT 10 LAST\r\n.a\r\n.\r\nb\r\n"


def test_a_binary_content_is_left_as_it_is() -> None:
    running, _ = begun(CHUNKS, letter(content=b"\r\0\n", body=Body.BINARY))
    answer(running, OK, OK)
    assert running.content() == b"BDAT 3 LAST\r\n\r\0\n"


def test_a_content_in_pieces_is_many_chunks() -> None:
    running, _ = begun(CHUNKS, letter(content=None))
    answer(running, OK, OK)
    said = [running.say(b"a\r"), running.say(b"\nb"), running.say(b""), running.say(b"c", last=True)]
    assert said == [b"BDAT 1\r\na", b"BDAT 3\r\n\r\nb", b"", b"BDAT 3 LAST\r\nc\r\n"]
    answer(running, OK, OK)
    assert running.phase is Phase.ENDING
    answer(running, OK)
    assert running.phase is Phase.OVER and fates(running) == [(Stage.CONTENT, 250)]


def test_a_chunk_that_is_refused_ends_the_message_once_all_chunks_are_answered() -> None:
    running, _ = begun(CHUNKS, letter(content=None))
    answer(running, OK, OK)
    running.say(b"a")
    running.say(b"b")
    answer(running, Reply(552, ("too much",)))
    assert running.unwanted and running.phase is Phase.SAYING
    answer(running, Reply(503, ("no",)))
    assert running.phase is Phase.OVER and fates(running) == [(Stage.CONTENT, 552)] and running.dirty


@pytest.mark.parametrize("terms", [CHUNKS, replace(CHUNKS, each=True)])
def test_a_chunk_that_is_refused_behind_the_last_one_ends_it_too(terms: Terms) -> None:
    running, _ = begun(terms, letter(content=None))
    answer(running, OK, OK)
    running.say(b"a")
    running.say(b"b", last=True)
    answer(running, Reply(452, ("full",)), Reply(503, ("no",)))
    assert running.phase is Phase.OVER and fates(running) == [(Stage.CONTENT, 452)] and running.dirty


def test_where_nobody_is_accepted_no_chunk_is_said() -> None:
    running, _ = begun(CHUNKS)
    answer(running, OK, NO)
    assert running.phase is Phase.OVER and running.dirty


# ------------------------------------------------------------------------------------------------ in pieces


def test_a_content_in_pieces_is_stuffed_across_them() -> None:
    running, _ = begun(order=letter(content=None))
    answer(running, OK, OK, GO_ON)
    said = b"".join([running.say(b"a\r\n"), running.say(b".b\n."), running.say(b"", last=True)])
    assert said == b"a\r\n..b\r\n..\r\n.\r\n"


def test_a_server_that_has_enough_before_the_end_gets_no_more() -> None:
    running, _ = begun(order=letter(content=None))
    answer(running, OK, OK, GO_ON)
    running.say(b"a")
    running.answered(Reply(552, ("too much",)))
    assert running.stuck and running.phase is Phase.OVER and fates(running) == [(Stage.CONTENT, 552)]


def test_a_server_that_is_content_before_the_end_is_not_believed() -> None:
    running, _ = begun(order=letter(content=None))
    answer(running, OK, OK, GO_ON)
    with pytest.raises(RemoteError, match="no sense"):
        running.answered(OK)


def test_a_bare_cr_never_leaves() -> None:
    running, _ = begun(order=letter(content=None))
    answer(running, OK, OK, GO_ON)
    with pytest.raises(LocalError, match="bare CR"):
        running.say(b"a\rb")


def test_nothing_is_said_that_is_not_asked_for() -> None:
    running, _ = begun()
    with pytest.raises(LocalError, match="asking"):
        running.say(b"a")


# ------------------------------------------------------------------------------------------------- nonsense


@pytest.mark.parametrize(
    "replies",
    [(GO_ON,), (Reply(334, ("",)),), (OK, GO_ON), (OK, OK, OK), (OK, OK, Reply(220, ("hi",)))],
)
def test_an_answer_that_makes_no_sense_is_an_error(replies: tuple[Reply, ...]) -> None:
    running, _ = begun()
    with pytest.raises(RemoteError, match="no sense"):
        answer(running, *replies)


def test_a_server_that_asks_for_more_at_the_end_is_in_error() -> None:
    running, _ = begun()
    answer(running, OK, OK, GO_ON)
    running.content()
    with pytest.raises(RemoteError, match="all was said"):
        running.answered(GO_ON)


@pytest.mark.parametrize("terms", [TERMS, CHUNKS])
def test_a_long_row_of_recipients_is_said_as_it_is_answered(terms: Terms) -> None:
    count = 2 * MOST_UNANSWERED
    running, said = begun(terms, letter(*(f"u{number}@x.org" for number in range(count))))
    assert said.count(b"\r\n") == MOST_UNANSWERED
    more = answer(running, OK, *[NO] * (count - 1), OK)
    assert said.count(b"\r\n") + b"".join(more).count(b"\r\n") == count + 1 + (terms is TERMS)
    assert running.phase is (Phase.ASKING if terms is TERMS else Phase.READY)


# -------------------------------------------------------------------------------------------------- cut off


def test_what_is_cut_off_before_its_content_was_not_delivered() -> None:
    running, _ = begun(order=LETTER_TO_THREE)
    answer(running, OK, NO)
    settled = running.settled(ConnectionLost("gone"))
    assert [(fate.stage, fate.reply) for fate in settled.fates] == [
        (Stage.RCPT, NO), (Stage.RCPT, None), (Stage.RCPT, None),
    ]  # fmt: skip
    assert not settled.unsure and isinstance(settled.error, ConnectionLost)


def test_what_is_cut_off_within_its_content_was_not_delivered() -> None:
    running, _ = begun(order=letter(content=None))
    answer(running, OK, OK, GO_ON)
    running.say(b"half")
    assert not running.settled(ConnectionLost("gone")).unsure


def test_what_is_cut_off_behind_its_content_may_have_been() -> None:
    running, _ = begun(order=LETTER_TO_THREE)
    answer(running, OK, NO, OK, OK, GO_ON)
    running.content()
    settled = running.settled(ConnectionLost("gone"))
    assert settled.unsure and [(fate.stage, fate.reply) for fate in settled.fates] == [
        (Stage.RCPT, NO), (Stage.CONTENT, None), (Stage.CONTENT, None),
    ]  # fmt: skip


def test_a_server_that_takes_its_leave_has_the_last_word() -> None:
    running, _ = begun(order=LETTER_TO_THREE)
    answer(running, OK, NO, OK, OK, GO_ON)
    running.content()
    running.ended_by(Reply(421, ("bye",)))
    assert fates(running) == [(Stage.RCPT, 550), (Stage.CONTENT, 421), (Stage.CONTENT, 421)]
    assert not running.settled(ConnectionLost("gone")).unsure


@pytest.mark.parametrize(("answered", "stage"), [(0, Stage.MAIL), (1, Stage.RCPT), (2, Stage.DATA), (3, Stage.DATA)])
def test_how_far_it_has_come_is_told(answered: int, stage: Stage) -> None:
    running, _ = begun(reset=True)
    answer(running, OK, *[OK, OK, GO_ON][:answered])
    assert running.stage is stage


def test_who_can_not_be_said_to_this_server_is_over_at_once() -> None:
    running = Running(letter(size=10), replace(TERMS, largest=9))
    assert running.phase is Phase.OVER and fates(running) == [(Stage.OURS, 552)]
    running = Running(letter("ü@x.org", "b@x.org"), replace(TERMS, utf8=False))
    assert running.phase is Phase.QUEUED
    said = running.begin(reset=False)
    assert said.count(b"RCPT") == 1
    answer(running, OK, OK, GO_ON)
    running.content()
    running.answered(OK)
    assert fates(running) == [(Stage.OURS, 553), (Stage.CONTENT, 250)]


@pytest.mark.parametrize("address", ["b@x.org>\r\nRSET", "b@x.org> SIZE=1", "a b@x.org", "@x.org", "b@"])
def test_what_is_no_address_never_leaves(address: str) -> None:
    with pytest.raises(LocalError):
        Running(letter(address), TERMS)


def test_every_phase_has_its_way_to_the_end() -> None:
    assert set(TRANSITIONS) == set(Phase)
    assert all(Phase.OVER in ways.values() for phase, ways in TRANSITIONS.items() if phase is not Phase.OVER)
