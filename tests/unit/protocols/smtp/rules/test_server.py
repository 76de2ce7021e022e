"""The server's side of SMTP as plays: messages whole and in chunks, the order of commands, and what attackers try."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import ConnectionLost, LocalError
from portside.interfaces import Close, StartTls
from portside.mail.envelope import Body, Notify, Return
from portside.protocols.smtp.messages import ContentEnded, Reply
from portside.protocols.smtp.rules.intake import Intake
from portside.protocols.smtp.rules.limits import ServerLimits
from portside.protocols.smtp.rules.policy import Policy, Tls
from portside.protocols.smtp.rules.standing import State
from portside.protocols.smtp.rules.turns import Admit, Asked, Began, Dropped, Hook, Replies, Spoilt
from tests.support.smtp_plays import KEPT, Play, messages_of

OFFERED = Policy(tls=Tls.OFFERED)
REQUIRED = Policy(tls=Tls.REQUIRED)
LMTP = Policy(lmtp=True)
MESSAGE = b"Subject: hi\r\n\r\nHello.\r\n"
SMALL = ServerLimits(largest=1000)


def send(play: Play, content: bytes = MESSAGE) -> list[str]:
    """DATA, and this content."""
    assert play.code("DATA") == 354
    return play.raw(content + b".\r\n")


# --------------------------------------------------------------------------------------------- one message


def test_a_message_is_heard_with_its_envelope_and_answered_when_the_side_above_says_so() -> None:
    play = Play(answers=None)
    play.greet()
    assert play.type("MAIL FROM:<a@example.com> SIZE=24 BODY=8BITMIME RET=HDRS ENVID=x+2By") == [
        "250 2.1.0 The sender is taken."
    ]
    assert play.type("RCPT TO:<b@example.net> NOTIFY=FAILURE,DELAY ORCPT=rfc822;c@example.net") == [
        "250 2.1.5 The recipient is taken."
    ]
    assert play.type("DATA") == ["354 Send the content; a dot alone ends it."]
    assert play.raw(MESSAGE + b"..dot\r\n.\r\n") == []
    began = play.heard[0]
    assert (began.helo, began.protocol, began.user) == ("client.example", "ESMTP", "")
    envelope = began.envelope
    assert (envelope.sender, envelope.size, envelope.body) == ("a@example.com", 24, Body.EIGHT_BIT)
    assert (envelope.ret, envelope.envid) == (Return.HEADERS, "x+y")
    assert envelope.recipients[0].notify == {Notify.FAILURE, Notify.DELAY}
    assert play.content == MESSAGE + b".dot\r\n"
    assert isinstance(play.heard[-1], ContentEnded)
    assert play.say(Reply(250, ("Kept as 7.",), "2.0.0")) == ["250 2.0.0 Kept as 7."]
    assert play.rules.state is State.GREETED


def test_a_second_message_knows_nothing_of_the_first() -> None:
    play = Play()
    play.begin("one@example.net", "two@example.net")
    assert send(play) == ["250 2.0.0 Kept."]
    assert play.code("RCPT TO:<three@example.net>") == 503
    assert play.codes("MAIL FROM:<>", "RCPT TO:<three@example.net>", "DATA") == [250, 250, 354]
    play.raw(b".\r\n")
    assert play.envelopes[1].addresses == ("three@example.net",)
    assert play.envelopes[1].sender == ""
    assert messages_of(play) == [MESSAGE, b""]


def test_commands_in_one_group_are_answered_in_their_order_and_wait_for_what_is_kept() -> None:
    play = Play(answers=None)
    play.greet()
    group = ["MAIL FROM:<a@example.com>", "RCPT TO:<b@example.net>", "RCPT TO:<@@>", "RCPT TO:<c@example.net>", "DATA"]
    assert play.codes(*group) == [250, 250, 501, 250, 354]
    assert play.raw(MESSAGE + b".\r\nMAIL FROM:<d@example.com>\r\nQUIT\r\n") == []
    assert [line[:3] for line in play.say(KEPT)] == ["250", "250", "221"]
    assert play.closed


def test_any_split_of_the_bytes_gives_the_same_messages() -> None:
    said = (
        b"EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n" + MESSAGE + b"..\r\n.\r\n"
        b"MAIL FROM:<a@b> BODY=BINARYMIME\r\nRCPT TO:<c@d>\r\nBDAT 3\r\n\r\n.BDAT 2 LAST\r\n\n\nNOOP\r\nFOO\r\nQUIT\r\n"
    )
    whole = Play()
    whole.raw(said)
    for size in (1, 2, 3, 5, 7, 11, 13, 64):
        pieces = Play()
        for at in range(0, len(said), size):
            pieces.raw(said[at : at + size])
        assert pieces.sent == whole.sent
        assert messages_of(pieces) == messages_of(whole) == [MESSAGE + b".\r\n", b"\r\n.\n\n"]


@given(st.lists(st.integers(1, 160), max_size=8))
def test_chunks_and_dots_survive_any_split(cuts: list[int]) -> None:
    said = b"EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 6\r\n.\r\n\r\n.BDAT 5 LAST\r\n\r\n.\r\nFOO\r\nQUIT\r\n"
    play = Play()
    edges = [0, *sorted(cut for cut in cuts if cut < len(said)), len(said)]
    for begin, end in itertools.pairwise(edges):
        if end > begin:
            play.raw(said[begin:end])
    assert messages_of(play) == [b".\r\n\r\n.\r\n.\r\n"]
    assert play.closed


@pytest.mark.parametrize(("verb", "tls", "utf8", "expected"), [
    ("HELO", False, False, "SMTP"), ("EHLO", False, False, "ESMTP"), ("EHLO", True, False, "ESMTPS"),
    ("EHLO", True, True, "UTF8SMTPS"), ("EHLO", False, True, "UTF8SMTP"),
])  # fmt: skip
def test_the_way_of_a_message_has_its_name(verb: str, tls: bool, utf8: bool, expected: str) -> None:
    play = Play(OFFERED)
    if tls:
        play.in_tls()
    play.greet(verb)
    play.type("MAIL FROM:<a@example.com>" + (" SMTPUTF8" if utf8 else ""), "RCPT TO:<b@example.net>")
    send(play)
    assert play.heard_of(Began)[0].protocol == expected


# ------------------------------------------------------------------------------------- the order of commands


@pytest.mark.parametrize(("before", "line", "code"), [
    ([], "MAIL FROM:<a@b>", 503),
    ([], "RCPT TO:<a@b>", 503),
    ([], "DATA", 503),
    ([], "AUTH PLAIN", 503),
    ([], "STARTTLS", 503),
    ([], "RSET", 250),
    ([], "NOOP", 250),
    ([], "NOOP anything", 250),
    ([], "QUIT", 221),
    ([], "HELP", 214),
    ([], "HELP mail", 214),
    ([], "HELP frobnicate", 504),
    ([], "VRFY anna", 252),
    ([], "VRFY", 501),
    ([], "EXPN list", 502),
    ([], "HELO", 501),
    ([], "LHLO c", 500),
    ([], "FROBNICATE", 500),
    ([], "ETRN x", 502),
    ([], "", 500),
    (["HELO c"], "MAIL FROM:<a@b>", 250),
    (["EHLO c"], "EHLO d", 250),
    (["EHLO c"], "DATA", 503),
    (["EHLO c"], "RCPT TO:<a@b>", 503),
    (["EHLO c"], "MAIL FROM:a@b", 501),
    (["EHLO c"], "MAIL FROM:<a@b> FOO=1", 555),
    (["EHLO c"], "MAIL FROM:<a@b> SIZE=1 SIZE=2", 501),
    (["EHLO c"], "MAIL FROM:<a@b> REQUIRETLS", 555),
    (["EHLO c"], "MAIL FROM: <a@b>", 250),
    (["EHLO c"], "STARTTLS now", 501),
    (["EHLO c"], "STARTTLS", 502),
    (["EHLO c"], "AUTH PLAIN", 502),
    (["EHLO c", "MAIL FROM:<a@b>"], "MAIL FROM:<a@b>", 503),
    (["EHLO c", "MAIL FROM:<a@b>"], "DATA", 554),
    (["EHLO c", "MAIL FROM:<a@b>"], "RCPT TO:<>", 501),
    (["EHLO c", "MAIL FROM:<a@b>"], "RCPT TO:<c@d> FOO", 555),
    (["EHLO c", "MAIL FROM:<a@b>"], "RCPT TO:<postmaster>", 250),
    (["EHLO c", "MAIL FROM:<a@b>", "RCPT TO:<c@d>"], "DATA now", 501),
    (["EHLO c", "MAIL FROM:<a@b>", "RCPT TO:<c@d>"], "MAIL FROM:<a@b>", 503),
    (["EHLO c", "MAIL FROM:<a@b>", "RCPT TO:<c@d>"], "STARTTLS", 503),
    (["EHLO c", "MAIL FROM:<a@b>", "RCPT TO:<c@d>", "RSET"], "DATA", 503),
    (["EHLO c", "MAIL FROM:<a@b>", "RCPT TO:<c@d>", "EHLO c"], "DATA", 503),
    (["EHLO c", "MAIL FROM:<a@b> BODY=BINARYMIME", "RCPT TO:<c@d>"], "DATA", 503),
    (["EHLO c", "MAIL FROM:<a@b>", "RCPT TO:<c@d>", "BDAT 0"], "DATA", 503),
    (["EHLO c", "MAIL FROM:<a@b>", "RCPT TO:<c@d>", "BDAT 0"], "RCPT TO:<c@d>", 503),
    (["EHLO c", "MAIL FROM:<a@b>", "RCPT TO:<c@d>", "BDAT 0"], "MAIL FROM:<c@d>", 503),
    (["EHLO c", "MAIL FROM:<a@b>", "RCPT TO:<c@d>", "BDAT 0"], "NOOP", 250),
    (["EHLO c", "MAIL FROM:<a@b>", "RCPT TO:<c@d>", "BDAT 0"], "BDAT 0 LAST", 250),
])  # fmt: skip
def test_each_command_has_its_time(before: list[str], line: str, code: int) -> None:
    play = Play()
    play.type(*before)
    assert play.code(line) == code


def test_the_greeting_names_the_host_and_ehlo_tells_what_is_offered() -> None:
    play = Play(Policy(name="mx.example.com", banner="welcome"), ServerLimits(largest=4096, recipients=200))
    assert bytes(play.sent) == b"220 mx.example.com ESMTP welcome\r\n"
    assert play.type("EHLO c") == [
        "250-mx.example.com", "250-SIZE 4096", "250-PIPELINING", "250-8BITMIME", "250-SMTPUTF8",
        "250-ENHANCEDSTATUSCODES", "250-CHUNKING", "250-BINARYMIME", "250-DSN", "250-LIMITS RCPTMAX=200", "250 HELP",
    ]  # fmt: skip
    assert play.type("HELO c") == ["250 mx.example.com"]


def test_a_login_may_be_required_before_anything_is_taken() -> None:
    play = Play(Policy(mechanisms=("PLAIN",), login_required=True, clear_login=True))
    assert play.greet().code("MAIL FROM:<a@b>") == 530


# --------------------------------------------------------------------------------------------------- chunks


def test_a_message_in_chunks_is_one_message() -> None:
    play = Play().begin()
    assert play.raw(b"BDAT 6\r\nSubjec") == ["250 2.0.0 6 octets have come."]
    assert play.code("BDAT 0") == 250
    assert play.raw(b"BDAT 9 LAST\r\nt: hi\r\n") == []
    assert play.raw(b"\r\n") == ["250 2.0.0 Kept."]
    assert messages_of(play) == [b"Subject: hi\r\n\r\n"]


def test_chunks_are_counted_to_the_octet() -> None:
    play = Play().begin()
    assert [line[:3] for line in play.raw(b"BDAT 2\r\nabBDAT 2\r\n\r\nBDAT 3 LAST\r\n.\r\nNOOP\r\n")] == [
        "250", "250", "250", "250",
    ]  # fmt: skip
    assert messages_of(play) == [b"ab\r\n.\r\n"]


def test_chunks_that_came_together_are_each_moved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    moved = 0
    take = Intake.take

    def counted(intake: Intake, most: int | None = None) -> bytes:
        nonlocal moved
        data = take(intake, most)
        moved += len(data)
        return data

    monkeypatch.setattr(Intake, "take", counted)
    play = Play().begin()
    many = b"BDAT 1\r\nx" * 1000
    assert len(play.raw(many)) == 1000
    assert moved <= len(many), "who sends many small ones at once would have us copy all of them for each"


def test_an_empty_last_chunk_ends_a_message() -> None:
    play = Play().begin()
    play.raw(b"BDAT 4\r\nab\r\n")
    assert play.code("BDAT 0 LAST") == 250
    assert messages_of(play) == [b"ab\r\n"]


def test_a_chunk_that_is_refused_is_passed_over_and_not_heard_as_commands() -> None:
    play = Play().greet()
    assert play.codes(b"BDAT 12\r\nQUIT\r\nQUIT\r\nNOOP") == [503, 250]
    assert not play.closed
    assert play.code("MAIL FROM:<a@b>") == 250
    assert play.codes(b"BDAT 6 LAST\r\nQUIT\r\nNOOP") == [554, 250]
    assert play.heard == []


def test_a_chunk_without_a_size_ends_the_connection_since_nobody_knows_what_follows() -> None:
    play = Play().begin()
    assert play.codes(b"BDAT x\r\nMAIL FROM:<evil@example.com>") == [501, 421]
    assert play.closed


def test_what_is_refused_in_chunks_is_refused_at_each_and_over_behind_the_last() -> None:
    play = Play(limits=SMALL).begin()
    assert play.codes(b"BDAT 1001\r\n" + b"x" * 1001 + b"BDAT 2\r\nabBDAT 1 LAST\r\n.NOOP") == [552, 552, 552, 250]
    assert play.whole == 0
    assert play.rules.state is State.GREETED


def test_lines_in_chunks_end_as_everywhere_unless_the_content_has_none() -> None:
    text = Play().begin()
    assert text.raw(b"BDAT 3 LAST\r\na\nb") == ["550 5.6.11 Lines of a message end with CR LF: it holds a bare one."]
    assert text.whole == 0
    binary = Play().greet()
    binary.type("MAIL FROM:<a@b> BODY=BINARYMIME", "RCPT TO:<c@d>")
    binary.raw(b"BDAT 3 LAST\r\na\nb")
    assert messages_of(binary) == [b"a\nb"]


def test_a_line_end_may_be_cut_by_two_chunks() -> None:
    play = Play().begin()
    play.raw(b"BDAT 2\r\na\rBDAT 1\r\n\nBDAT 1 LAST\r\n\r")
    assert play.whole == 0
    assert b"550 5.6.11" in play.sent
    play = Play().begin()
    play.raw(b"BDAT 2\r\na\rBDAT 2 LAST\r\n\nb")
    assert messages_of(play) == [b"a\r\nb"]


def test_rset_between_chunks_drops_what_has_come() -> None:
    play = Play().begin()
    play.raw(b"BDAT 4\r\nab\r\n")
    assert play.code("RSET") == 250
    assert isinstance(play.heard[-1], Dropped)
    assert play.code("MAIL FROM:<a@b>") == 250


# --------------------------------------------------------------------------------------------------- limits


def test_a_size_that_is_announced_and_too_large_is_refused_before_it_comes() -> None:
    assert Play(limits=SMALL).greet().code("MAIL FROM:<a@b> SIZE=1001") == 552
    assert Play(limits=SMALL).greet().code("MAIL FROM:<a@b> SIZE=1000") == 250


def test_a_message_that_grows_too_large_is_passed_over_to_its_end_and_refused() -> None:
    play = Play(limits=SMALL).begin()
    play.type("DATA")
    assert play.raw(b"x" * 900 + b"\r\n") == []
    assert play.raw(b"x" * 900 + b"\r\n") == []
    assert isinstance(play.heard[-1], Dropped)
    assert play.codes(b"QUIT\r\n.\r\nNOOP") == [552, 250]
    assert play.whole == 0


def test_who_sends_without_end_is_cut_off() -> None:
    play = Play(limits=SMALL).begin()
    play.type("DATA")
    line = b"x" * 1_000_000 + b"\r\n"
    said: list[str] = []
    for _ in range(80):
        said += play.raw(line)
    assert said == ["552 5.3.4 The message is larger than SIZE says."]
    assert play.closed


def test_one_recipient_too_many_is_told_so_and_the_message_goes_to_the_others() -> None:
    play = Play(limits=ServerLimits(recipients=100)).begin()
    codes = play.codes(*[f"RCPT TO:<u{number}@example.net>" for number in range(10_000)])
    assert codes == [250] * 99 + [452] * 9_901
    assert send(play) == ["250 2.0.0 Kept."]
    assert len(play.envelopes[0].recipients) == 100


def test_too_many_errors_in_a_row_end_the_connection() -> None:
    play = Play(limits=ServerLimits(errors=3)).greet()
    assert play.codes("FOO", "RCPT TO:<a@b>", "FOO", "NOOP") == [500, 503, 500, 421]
    assert play.closed


def test_errors_are_forgotten_once_something_goes_right() -> None:
    play = Play(limits=ServerLimits(errors=3)).greet()
    assert play.codes("FOO", "FOO", "MAIL FROM:<a@b>", "RCPT TO:<c@d>", "FOO", "FOO") == [500, 500, 250, 250, 500, 500]
    assert not play.closed


def test_commands_that_move_nothing_are_not_heard_for_ever() -> None:
    play = Play(limits=ServerLimits(idle_commands=5)).greet()
    assert play.codes("NOOP", "RSET", "VRFY x", "HELP", "NOOP") == [250, 250, 252, 214, 421]


def test_a_connection_has_so_many_messages_and_no_more() -> None:
    play = Play(limits=ServerLimits(messages=2))
    for _ in range(2):
        play.begin()
        send(play)
    assert play.code("MAIL FROM:<a@b>") == 421


def test_a_loop_is_broken() -> None:
    play = Play(limits=ServerLimits(hops=3)).begin()
    assert send(play, b"Received: x\r\n" * 4 + b"\r\n") == [
        "554 5.4.6 Too many hops: the message goes round in circles."
    ]
    assert play.whole == 0
    assert (
        send(Play(limits=ServerLimits(hops=3)).begin(), b"Received: x\r\n" * 3 + b"\r\nReceived: no field\r\n")[0][:3]
        == "250"
    )


def test_an_endless_line_is_refused_once_and_passed_over() -> None:
    play = Play().greet()
    said: list[str] = []
    for _ in range(100):
        said += play.raw(b"x" * 4000)
    assert [line[:3] for line in said] == ["500"]
    assert play.codes(b"", "NOOP") == [250]


def test_what_speaks_http_is_sent_away_before_it_can_say_more() -> None:
    play = Play()
    assert play.codes("POST / HTTP/1.1", "Host: localhost", "EHLO c", "MAIL FROM:<a@b>") == [421]
    assert play.closed


def test_pipelined_commands_wait_in_bounded_room() -> None:
    play = Play(limits=ServerLimits(waiting=1000), answers=None).begin()
    play.type("DATA")
    play.raw(b".\r\n" + b"NOOP\r\n" * 200)
    assert not play.reading
    play.say(KEPT)
    assert play.reading


# ------------------------------------------------------------------------------------------------ smuggling

ENDS = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r\n.\r",
    b"\r.\r\n",
    b"\n.\r",
    b"\r.\n",
    b"\r\r\n.\r\r\n",
    b"\r\n\0.\r\n",
]
SMUGGLED = b"MAIL FROM:<evil@example.com>\r\nRCPT TO:<victim@example.net>\r\nDATA\r\nSubject: smuggled\r\n\r\nboo"


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("piece", [0, 1])
def test_no_other_spelling_ends_a_message(end: bytes, piece: int) -> None:
    play = Play().begin()
    play.type("DATA")
    said = b"Subject: outer\r\n\r\nbody" + end + SMUGGLED + b"\r\n.\r\nQUIT\r\n"
    for at in range(0, len(said), piece or len(said)):
        play.raw(said[at : at + (piece or len(said))])
    assert len(play.envelopes) == 1
    assert play.whole == (1 if b"\0" in end else 0)
    assert play.sent.count(b"550 5.6.11") == (0 if b"\0" in end else 1)
    assert play.closed


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n"])
def test_even_who_takes_bare_lines_hears_one_message(end: bytes) -> None:
    play = Play(Policy(bare_lines=True)).begin()
    play.type("DATA")
    play.raw(b"Subject: outer\r\n\r\nbody" + end + SMUGGLED + b"\r\n.\r\nQUIT\r\n")
    assert len(play.envelopes) == 1
    assert play.closed


@pytest.mark.parametrize("line", [b"NOOP\nMAIL FROM:<a@b>\r\n", b"NOOP\rX\r\n", b"NOOP\0\r\n", b"NOOP\n"])
def test_a_line_of_commands_ends_as_it_should(line: bytes) -> None:
    play = Play().greet()
    play.raw(line)
    assert b"500 5.5.2" in play.sent
    assert play.rules.state is State.GREETED


def test_content_that_does_not_wait_for_a_refusal_is_not_heard_as_commands() -> None:
    play = Play().greet()
    assert play.codes("DATA", "MAIL FROM:<evil@example.com>", "RCPT TO:<b@example.net>") == [503, 421]
    assert play.closed


# ------------------------------------------------------------------------------------------------------ LMTP


def test_lmtp_answers_for_each_recipient() -> None:
    play = Play(LMTP, answers=None).begin("a@example.net", "b@example.net", "c@example.net")
    assert bytes(play.sent).startswith(b"220 localhost LMTP\r\n")
    send(play)
    replies = (KEPT, Reply(452, ("Full.",), "4.2.2"), KEPT)
    assert [line[:3] for line in play.say(Replies(replies))] == ["250", "452", "250"]
    assert play.heard_of(Began)[0].protocol == "LMTP"


def test_each_recipient_has_a_reply_and_nobody_two() -> None:
    play = Play(LMTP, answers=None).begin("a@example.net", "b@example.net")
    send(play)
    with pytest.raises(LocalError):
        play.say(Replies((KEPT,)))
    assert play.say(Replies((KEPT, KEPT))) == ["250 2.0.0 Kept."] * 2


def test_lmtp_says_one_reply_for_all_as_often_as_there_are_recipients() -> None:
    play = Play(LMTP).begin("a@example.net", "b@example.net")
    assert send(play) == ["250 2.0.0 Kept."] * 2
    play = Play(LMTP, limits=SMALL).begin("a@example.net", "b@example.net")
    assert [line[:3] for line in play.raw(b"BDAT 1001 LAST\r\n" + b"x" * 1001)] == ["552", "552"]


def test_lmtp_has_its_own_greeting() -> None:
    play = Play(LMTP)
    assert play.codes("EHLO c", "HELO c", "LHLO c") == [500, 500, 250]


# ----------------------------------------------------------------------------------------------------- waits


def test_a_silent_client_is_sent_away() -> None:
    play = Play(limits=ServerLimits(greeting=10, command=60))
    assert play.wait(9) == []
    assert play.wait(2) == ["421 4.4.2 Nothing was said for too long. Goodbye."]


def test_a_client_that_drips_one_command_is_silent_too() -> None:
    play = Play(limits=ServerLimits(command=60)).greet()
    said: list[str] = []
    for letter in b"NOOP" * 30:
        play.raw(bytes([letter]))
        said += play.wait(1)
    assert [line[:3] for line in said] == ["421"]


def test_a_client_that_goes_on_is_not_sent_away() -> None:
    play = Play(limits=ServerLimits(command=60)).greet()
    for _ in range(20):
        assert play.wait(59) == []
        assert play.code("NOOP") == 250


def test_a_slow_content_is_cut_off_and_nothing_of_it_stays() -> None:
    play = Play(limits=ServerLimits(block=30, least=100)).begin()
    play.type("DATA")
    assert play.wait(29) == []
    play.raw(b"x" * 100)
    assert play.wait(29) == []
    play.raw(b"x" * 99)
    assert play.wait(35) == ["421 4.4.2 The content comes too slowly. Goodbye."]
    assert isinstance(play.heard[-1], Dropped)


def test_nobody_is_sent_away_while_it_is_we_who_take_our_time() -> None:
    play = Play(limits=ServerLimits(command=10, block=10), answers=None).begin()
    send(play)
    assert play.wait(1000) == []
    assert play.say(KEPT) == ["250 2.0.0 Kept."]
    assert play.wait(9) == []
    assert play.wait(10) != []


# ------------------------------------------------------------------------------------------------- the end


def test_vanishing_at_every_byte_leaves_nothing_before_the_end_and_all_of_it_behind() -> None:
    said = b"EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n" + MESSAGE + b".\r\nQUIT\r\n"
    end = said.index(b"\r\n.\r\n") + 5
    for cut in range(1, len(said)):
        play = Play()
        play.raw(said[:cut])
        play.do(play.rules.ended(None, play.now))
        play.do(play.rules.failed(None, ConnectionLost("gone"), play.now))
        assert play.whole == (1 if cut >= end else 0)
        begun = bool(play.envelopes)
        assert bool(play.heard_of(Dropped)) == (begun and cut < end)
        assert play.rules.state is State.GONE


def test_who_hangs_up_behind_the_end_of_a_message_has_it_kept() -> None:
    play = Play(answers=None).begin()
    send(play)
    assert play.do(play.rules.ended(None, play.now)) == []
    assert not play.closed
    assert play.say(KEPT) == ["250 2.0.0 Kept."]
    assert play.closed


def test_a_server_that_stops_finishes_the_message_at_hand_and_dismisses_all_others() -> None:
    idle = Play().greet()
    assert idle.do(idle.rules.stop(idle.now)) == ["421 4.3.2 The server stops. Goodbye."]
    busy = Play().begin()
    busy.type("DATA")
    assert busy.do(busy.rules.stop(busy.now)) == []
    assert [line[:3] for line in busy.raw(MESSAGE + b".\r\nMAIL FROM:<a@b>\r\n")] == ["250", "421"]
    waiting = Play(answers=None).begin()
    send(waiting)
    assert waiting.do(waiting.rules.stop(waiting.now)) == []
    assert [line[:3] for line in waiting.say(KEPT)] == ["250", "421"]


def test_after_the_end_nothing_is_heard() -> None:
    play = Play().greet()
    play.type("QUIT")
    assert play.type("MAIL FROM:<a@b>") == []
    assert play.say(KEPT) == []
    assert play.wait(10_000) == []


# ------------------------------------------------------------------------------------------------ the side


def test_what_cannot_be_kept_is_passed_over_and_refused_at_its_end() -> None:
    play = Play().begin()
    play.type("DATA")
    play.raw(b"some of it\r\n")
    assert play.say(Spoilt(Reply(452, ("Full.",), "4.3.1"))) == []
    assert play.raw(b"more\r\n.\r\n") == ["452 4.3.1 Full."]
    assert play.whole == 0


def test_what_cannot_be_kept_in_chunks_is_refused_at_the_next() -> None:
    play = Play().begin()
    play.raw(b"BDAT 2\r\nab")
    play.say(Spoilt(Reply(452, ("Full.",), "4.3.1")))
    assert play.raw(b"BDAT 2\r\nabBDAT 0 LAST\r\n") == ["452 4.3.1 Full."] * 2


def test_the_side_above_may_not_speak_unasked() -> None:
    play = Play().greet()
    for message in (KEPT, Admit("anna"), "hello"):
        with pytest.raises(LocalError):
            play.say(message)


HOOKED = Policy(hooks=frozenset({Hook.SENDER, Hook.RECIPIENT}))


def test_who_wants_to_be_asked_is_asked_and_pipelined_commands_wait() -> None:
    play = Play(HOOKED).greet()
    assert play.type("MAIL FROM:<a@example.com>", "RCPT TO:<b@example.net>", "RCPT TO:<c@example.net>", "DATA") == []
    asked = play.heard[-1]
    assert isinstance(asked, Asked)
    assert (asked.hook, asked.value.sender, asked.helo) == (Hook.SENDER, "a@example.com", "client.example")
    assert play.go_on() == ["250 2.1.0 The sender is taken."]
    assert (play.heard[-1].hook, play.heard[-1].value.address) == (Hook.RECIPIENT, "b@example.net")
    assert play.say(Reply(550, ("No.",), "5.1.1")) == ["550 5.1.1 No."]
    assert play.heard[-1].envelope.recipients == ()
    assert [line[:3] for line in play.go_on()] == ["250", "354"]


def test_a_hook_may_refuse_and_close() -> None:
    play = Play(HOOKED).greet()
    play.type("MAIL FROM:<a@example.com>")
    assert play.say(Reply(421, ("Enough.",), "4.7.0")) == ["421 4.7.0 Enough."]
    assert play.closed


def test_only_ascii_is_said_to_who_has_not_asked_for_more() -> None:
    play = Play(HOOKED).greet()
    play.type("MAIL FROM:<a@example.com>")
    assert play.say(Reply(550, ("Käse",), "5.7.1")) == ["550 5.7.1 K?se"]


def test_plaintext_behind_starttls_counts_for_nothing() -> None:
    play = Play(OFFERED).greet()
    assert play.codes("STARTTLS", "MAIL FROM:<evil@example.com>", "RCPT TO:<b@example.net>") == [220]
    assert isinstance(play.outputs[-1], StartTls)
    assert play.secured() == []
    assert play.code("MAIL FROM:<a@example.com>") == 503


def test_nothing_but_what_leads_to_tls_is_heard_where_tls_is_required() -> None:
    play = Play(REQUIRED).greet()
    assert play.codes("MAIL FROM:<a@b>", "VRFY x", "AUTH PLAIN", "NOOP", "HELP") == [530, 530, 530, 250, 214]
    play.in_tls().greet()
    assert play.code("MAIL FROM:<a@b> REQUIRETLS") == 250


def test_what_is_said_again_means_the_same_and_no_login_is_kept_in_mind() -> None:
    play = Play(Policy(mechanisms=("PLAIN",), clear_login=True))
    for _ in range(3):
        play.greet()
        assert play.codes("AUTH PLAIN AGFubmEAc2VjcmV0", "c2VjcmV0") == [538, 500]
        assert play.code("MAIL FROM:<a@example.com>") == 250
    known = play.shared.commands.known
    assert {command.verb for command in known.values()} == {"EHLO", "MAIL"}


def test_what_is_no_command_is_not_taken_for_the_one_before() -> None:
    play = Play().begin()
    assert send(play)[0][:3] == "250"
    assert play.codes("?", "MAIL FROM:<a@b>", "RCPT TO:<c@d>") == [500, 250, 250]
    play.raw(b"BDAT 2\r\nab")
    assert play.codes("?", "BDAT 0 LAST") == [500, 250]
    assert not play.closed


def test_who_says_goodbye_and_nothing_more_is_let_go_at_once() -> None:
    play = Play().greet()
    play.type("QUIT")
    assert play.outputs[-1] == Close(None, 0.0)
    talkative = Play().greet()
    talkative.type("QUIT", "NOOP")
    assert talkative.outputs[-1] == Close(None, ServerLimits().linger)
    secure = Play(OFFERED).in_tls()
    secure.type("QUIT")
    assert secure.outputs[-1] == Close(None, ServerLimits().linger)
