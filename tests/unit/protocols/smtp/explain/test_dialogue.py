"""What the client says next, and which of its commands a reply answers: told by both directions together."""

from __future__ import annotations

import pytest

from portside.protocols.smtp.explain.dialogue import CONTENT, LOST, MOST_ASKED, Dialogue, Mode, parts_of


def after(*steps: bytes | int) -> Dialogue:
    """A dialogue after the client's lines, and the server's replies by their codes."""
    dialogue = Dialogue()
    for step in steps:
        if isinstance(step, int):
            dialogue.reply(step)
        else:
            dialogue.line(step)
    return dialogue


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        (b"MAIL FROM:<a@b>\r\n", ("MAIL", "FROM:<a@b>")),
        (b" data \r\n", ("DATA", "")),
        (b"BDAT 5 LAST", ("BDAT", "5 LAST")),
        (b"AUTH:x\r\n", ("AUTH", ":x")),
        (b"YW5uYQ==\r\n", ("", "")),
        (b"\xff\r\n", ("", "")),
        (b"", ("", "")),
        (LOST, ("", "")),
    ],
)
def test_a_line_has_a_verb_and_an_argument_or_is_no_command(line: bytes, parts: tuple[str, str]) -> None:
    assert parts_of(line) == parts


@pytest.mark.parametrize(
    ("steps", "mode"),
    [
        ((220, b"EHLO a\r\n"), Mode.COMMAND),
        ((220, b"DATA\r\n"), Mode.CONTENT),
        ((220, b"DATA\r\n", 354), Mode.CONTENT),
        ((220, b"DATA\r\n", 503), Mode.COMMAND),
        ((220, b"MAIL x\r\n", b"DATA\r\n", 250), Mode.CONTENT),
        ((220, b"MAIL x\r\n", b"DATA\r\n", 550, 503), Mode.COMMAND),
        ((220, b"BDAT 5\r\n"), Mode.CHUNK),
        ((220, b"BDAT 0 LAST\r\n"), Mode.COMMAND),
        ((220, b"BDAT x\r\n"), Mode.COMMAND),
        ((220, b"AUTH LOGIN\r\n"), Mode.RESPONSE),
        ((220, b"AUTH LOGIN\r\n", 334, b"abcd\r\n", 334, b"abcd\r\n"), Mode.RESPONSE),
        ((220, b"AUTH LOGIN\r\n", 334, b"abcd\r\n", 235), Mode.COMMAND),
        ((220, b"AUTH LOGIN\r\n", 334, b"*\r\n", 501), Mode.COMMAND),
        ((220, b"EHLO a\r\n", b"AUTH LOGIN\r\n", 250), Mode.RESPONSE),  # the reply to EHLO ends no login
        ((220, b"nonsense\r\n", b"AUTH LOGIN\r\n", 500), Mode.RESPONSE),
        ((220, b"AUTH X\r\n", b"AUTH LOGIN\r\n", 504), Mode.RESPONSE),  # the second one goes on
        ((220, 334), Mode.RESPONSE),
        ((354,), Mode.CONTENT),  # the command was said before anybody looked
        ((220, 354), Mode.COMMAND),  # nobody has asked for it
    ],
)
def test_what_comes_next_follows_from_both_sides(steps: tuple[bytes | int, ...], mode: Mode) -> None:
    assert after(*steps).mode is mode


def test_replies_answer_commands_in_their_order() -> None:
    dialogue = after(220, b"MAIL x\r\n", b"RCPT y\r\n", b"DATA\r\n")
    answered = [dialogue.reply(code) for code in (250, 250, 354)]
    assert [asked.verb for asked in answered if asked is not None] == ["MAIL", "RCPT", "DATA"]
    assert dialogue.sure
    dialogue.content_ended()
    answer = dialogue.reply(250)
    assert answer is not None and answer.verb == CONTENT
    assert dialogue.reply(421) is None


def test_the_greeting_answers_nothing_though_the_client_speaks_early() -> None:
    dialogue = Dialogue()
    dialogue.line(b"EHLO a\r\n")
    assert dialogue.reply(220) is None
    answer = dialogue.reply(250)
    assert answer is not None and answer.verb == "EHLO"


def test_a_challenge_answers_the_login_and_leaves_it_waiting() -> None:
    dialogue = after(220, b"AUTH LOGIN\r\n")
    for code in (334, 334, 535):
        asked = dialogue.reply(code)
        assert asked is not None and asked.verb == "AUTH"
        dialogue.line(b"abcd\r\n")
    assert dialogue.mode is Mode.COMMAND


def test_a_command_may_come_behind_a_login_that_nobody_has_challenged() -> None:
    dialogue = after(220, b"AUTH PLAIN abcd\r\n")
    assert dialogue.is_response(b"abcd\r\n") and not dialogue.is_response(b"MAIL FROM:<a@b>\r\n")
    dialogue.line(b"MAIL FROM:<a@b>\r\n")
    verbs = [asked.verb for asked in (dialogue.reply(235), dialogue.reply(250)) if asked is not None]
    assert verbs == ["AUTH", "MAIL"]
    challenged = after(220, b"AUTH PLAIN\r\n", 334)
    assert challenged.is_response(b"MAIL FROM:<a@b>\r\n")


def test_in_lmtp_each_recipient_that_was_accepted_has_a_reply_to_the_content() -> None:
    dialogue = after(220, b"LHLO a\r\n", 250, b"MAIL x\r\n", 250)
    for code in (250, 550, 250):
        dialogue.line(b"RCPT y\r\n")
        dialogue.reply(code)
    dialogue.line(b"DATA\r\n")
    dialogue.reply(354)
    dialogue.content_ended()
    answers = [dialogue.reply(250) for _ in range(3)]
    assert [asked is not None for asked in answers] == [True, True, False]


def test_the_last_chunk_is_answered_for_each_recipient_in_lmtp() -> None:
    dialogue = after(220, b"LHLO a\r\n", 250, b"RCPT y\r\n", 250, b"RCPT z\r\n", 250, b"BDAT 2\r\n")
    dialogue.passed(2)
    dialogue.line(b"BDAT 0 LAST\r\n")
    assert [asked is not None for asked in (dialogue.reply(250) for _ in range(4))] == [True, True, True, False]


def test_octets_of_a_chunk_are_counted() -> None:
    dialogue = after(220, b"BDAT 5\r\n")
    dialogue.passed(3)
    assert (dialogue.mode, dialogue.left) == (Mode.CHUNK, 2)
    assert not dialogue.missed_client(2) and dialogue.mode is Mode.COMMAND
    assert not dialogue.lost


def test_tls_begins_with_the_reply_to_starttls_and_no_other() -> None:
    assert after(220, b"STARTTLS\r\n", 220).tls
    assert not after(220, b"STARTTLS\r\n", 454).tls
    assert not after(220, b"NOOP\r\n", 220).tls
    assert after(b"STARTTLS\r\n", 220).tls  # seen from its middle on


def test_after_a_hole_a_login_still_goes_on_until_another_reply() -> None:
    dialogue = after(220, b"AUTH LOGIN\r\n")
    dialogue.missed_server()
    assert dialogue.mode is Mode.RESPONSE
    dialogue.reply(235)
    assert dialogue.mode is Mode.COMMAND
    dialogue = after(220, b"AUTH LOGIN\r\n", 334)
    assert dialogue.missed_client(10) and dialogue.mode is Mode.RESPONSE and dialogue.unsure


def test_a_content_whose_end_was_missed_ends_with_the_next_reply() -> None:
    dialogue = after(220, b"DATA\r\n", 354)
    dialogue.missed_client(1000)
    assert dialogue.mode is Mode.CONTENT
    dialogue.reply(250)
    assert dialogue.mode is Mode.COMMAND


def test_a_chunk_that_is_missed_with_what_follows_it_leaves_nothing_sure() -> None:
    dialogue = after(220, b"BDAT 5\r\n")
    assert dialogue.missed_client(6) and dialogue.mode is Mode.COMMAND and dialogue.unsure


def test_it_rests_where_nothing_waits() -> None:
    assert not Dialogue().rests and after(220).rests
    assert not after(220, b"NOOP\r\n").rests and after(220, b"NOOP\r\n", 250).rests
    assert not after(220, b"DATA\r\n").rests
    one = after(220)
    other = one.copied()
    other.line(b"DATA\r\n")
    assert one.rests and one.mode is Mode.COMMAND and not other.rests


def test_commands_that_nobody_answers_are_forgotten() -> None:
    dialogue = after(220)
    for _ in range(MOST_ASKED + 5):
        dialogue.line(b"NOOP\r\n")
    assert sum(dialogue.reply(250) is not None for _ in range(MOST_ASKED + 5)) == MOST_ASKED
