"""No password passes, however the login is spelt and the network cuts it; and what is none passes as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.interfaces import Role
from portside.protocols.explaining import ALL
from portside.protocols.smtp.explain.dialogue import Dialogue
from portside.protocols.smtp.explain.masking import SmtpMask, hide_line

C, S = Role.CLIENT, Role.SERVER
Talk = list[tuple[Role, bytes]]
GREETING = (S, b"220 x.test ESMTP\r\n")

LINES = [
    (b"AUTH PLAIN YzRuNHJ5\r\n", b"AUTH PLAIN ********\r\n"),
    (b"auth plain YzRuNHJ5\n", b"auth plain ********\n"),
    (b"AUTH  PLAIN  YzRuNHJ5 \r\n", b"AUTH  PLAIN **********\r\n"),
    (b"AUTH\tPLAIN\tYzRuNHJ5\r\n", b"AUTH\tPLAIN\t********\r\n"),
    (b" \t AUTH PLAIN YzRuNHJ5\r\n", b" \t AUTH PLAIN ********\r\n"),
    (b" " * 100 + b"AUTH PLAIN YzRuNHJ5\r\n", b" " * 100 + b"AUTH PLAIN ********\r\n"),
    (b"AUTH XOAUTH2 YzRuNHJ5\r\n", b"AUTH XOAUTH2 ********\r\n"),
    (b"AUTH SCRAM-SHA-256-PLUS YzRuNHJ5\r\n", b"AUTH SCRAM-SHA-256-PLUS ********\r\n"),
    (b"AUTH OAUTHBEARER YzRuNHJ5\r\n", b"AUTH OAUTHBEARER ********\r\n"),
    (b"AUTH YzRuNHJ5\r\n", b"AUTH ********\r\n"),  # the mechanism was forgotten
    (b"AUTH PLAINYzRuNHJ5\r\n", b"AUTH PLAIN********\r\n"),
    (b"AUTH=PLAIN YzRuNHJ5\r\n", b"AUTH=PLAIN ********\r\n"),
    (b"AUTH: PLAIN YzRuNHJ5\r\n", b"AUTH: PLAIN ********\r\n"),
    (b"AUTH PLAIN =\r\n", b"AUTH PLAIN *\r\n"),
    (b"AUTH PLAIN two words\r\n", b"AUTH PLAIN *********\r\n"),
    (b"AUTH PLAIN a\rb\r\n", b"AUTH PLAIN *\r*\r\n"),
    (b"NOOP\rAUTH PLAIN YzRuNHJ5\r\n", b"NOOP\rAUTH PLAIN ********\r\n"),
    (b"AUTH PLAIN\r\n", b"AUTH PLAIN\r\n"),
    (b"AUTH\r\n", b"AUTH\r\n"),
    (b"AUTHOR x\r\n", b"AUTHOR x\r\n"),
    (b"NOOP AUTH PLAIN YzRuNHJ5\r\n", b"NOOP AUTH PLAIN YzRuNHJ5\r\n"),
    (b"MAIL FROM:<a@b.c> AUTH=<>\r\n", b"MAIL FROM:<a@b.c> AUTH=<>\r\n"),
    (b"EHLO YzRuNHJ5\r\n", b"EHLO YzRuNHJ5\r\n"),
    (b"EHLO a\r\nAUTH PLAIN YzRuNHJ5\r\n", b"EHLO a\r\nAUTH PLAIN ********\r\n"),
]


def hidden(talk: Talk, size: int = 0) -> bytes:
    """What the client says, hidden; in pieces of ``size``, or as it came."""
    mask, shown = SmtpMask(), b""
    for role, data in talk:
        step = size or len(data)
        for piece in (data[at : at + step] for at in range(0, len(data), step)):
            said = mask.hide(role, piece)
            assert len(said) == len(piece)
            shown += said if role is C else b""
    return shown


@pytest.mark.parametrize(("said", "shown"), LINES)
def test_what_is_secret_in_a_line_is_starred_in_every_split(said: bytes, shown: bytes) -> None:
    for size in (0, 1, 2, 3, 5, 7):
        assert hidden([GREETING, (C, said)], size) == shown


LOGINS = [
    # LOGIN, two challenges
    ([(C, b"AUTH LOGIN\r\n"), (S, b"334 VXNlcm5hbWU6\r\n"), (C, b"YzRu\r\n"), (S, b"334 UGFzc3dvcmQ6\r\n"),
      (C, b"YzRu\r\n"), (S, b"235 2.7.0 in\r\n"), (C, b"NOOP\r\n")], b"AUTH LOGIN\r\n****\r\n****\r\nNOOP\r\n"),
    # what looks like a command may be an answer
    ([(C, b"AUTH LOGIN\r\n"), (S, b"334 x\r\n"), (C, b"QUIT\r\n"), (S, b"535 no\r\n"), (C, b"QUIT\r\n")],
     b"AUTH LOGIN\r\n****\r\nQUIT\r\n"),
    # an empty challenge, and an initial response
    ([(C, b"AUTH PLAIN\r\n"), (S, b"334 \r\n"), (C, b"YzRu\r\n"), (S, b"235 in\r\n"), (C, b"RSET\r\n")],
     b"AUTH PLAIN\r\n****\r\nRSET\r\n"),
    # SCRAM goes on after a first response
    ([(C, b"AUTH SCRAM-SHA-256 YzRu\r\n"), (S, b"334 abcd\r\n"), (C, b"YzRu\r\n"), (S, b"334 abcd\r\n"), (C, b"\r\n"),
      (S, b"235 in\r\n"), (C, b"YzRu x\r\n")], b"AUTH SCRAM-SHA-256 ****\r\n****\r\n\r\nYzRu x\r\n"),
    # given up, refused, begun again
    ([(C, b"AUTH LOGIN\r\n"), (S, b"334 x\r\n"), (C, b"*\r\n"), (S, b"501 given up\r\n"), (C, b"AUTH LOGIN YzRu\r\n"),
      (S, b"334 x\r\n"), (C, b"YzRu\r\n"), (S, b"535 no\r\n"), (C, b"NOOP YzRu\r\n")],
     b"AUTH LOGIN\r\n*\r\nAUTH LOGIN ****\r\n****\r\nNOOP YzRu\r\n"),
    # behind other commands: their replies end no login
    ([(C, b"EHLO a\r\nfoo\r\nAUTH LOGIN\r\n"), (S, b"250-a\r\n250 b\r\n500 what?\r\n"), (C, b"YzRu\r\nYzRu\r\n"),
      (S, b"334 x\r\n334 y\r\n235 in\r\n"), (C, b"NOOP a\r\n")],
     b"EHLO a\r\nfoo\r\nAUTH LOGIN\r\n****\r\n****\r\nNOOP a\r\n"),
    # all at once, without waiting
    ([(C, b"AUTH LOGIN\r\nYzRu\r\nYzRu\r\n"), (S, b"334 x\r\n334 y\r\n235 in\r\n"), (C, b"MAIL FROM:<a@b>\r\n")],
     b"AUTH LOGIN\r\n****\r\n****\r\nMAIL FROM:<a@b>\r\n"),
    # two logins at once: the first one's end is not the second one's
    ([(C, b"AUTH X\r\nAUTH LOGIN\r\n"), (S, b"504 no\r\n"), (C, b"YzRu\r\n"), (S, b"334 x\r\n"), (C, b"YzRu\r\n")],
     b"AUTH X\r\n**********\r\n****\r\n****\r\n"),
    # after a content, and one in LMTP
    ([(C, b"LHLO a\r\n"), (S, b"250 a\r\n"), (C, b"RCPT TO:<b>\r\nRCPT TO:<c>\r\nDATA\r\n"),
      (S, b"250 a\r\n250 b\r\n354 c\r\n"), (C, b"AUTH PLAIN shown\r\n.\r\nAUTH LOGIN\r\n"), (S, b"250 a\r\n250 b\r\n"),
      (C, b"YzRu\r\n")],
     b"LHLO a\r\nRCPT TO:<b>\r\nRCPT TO:<c>\r\nDATA\r\nAUTH PLAIN shown\r\n.\r\nAUTH LOGIN\r\n****\r\n"),
    # octets of a chunk
    ([(C, b"BDAT 11 LAST\r\nAUTH PLAIN AUTH PLAIN YzRu\r\n")], b"BDAT 11 LAST\r\nAUTH PLAIN AUTH PLAIN ****\r\n"),
    # DATA that was refused: what was said without waiting is commands
    ([(C, b"DATA\r\nAUTH PLAIN YzRu\r\n"), (S, b"503 no\r\n"), (C, b"AUTH PLAIN YzRu\r\n")],
     b"DATA\r\nAUTH PLAIN ****\r\nAUTH PLAIN ****\r\n"),
]  # fmt: skip


@pytest.mark.parametrize(("talk", "shown"), LOGINS)
def test_every_answer_of_a_login_is_starred_and_nothing_behind_it(talk: Talk, shown: bytes) -> None:
    for size in (0, 1, 2, 3, 5):
        assert hidden([GREETING, *talk], size) == shown


@given(st.sampled_from(LOGINS), st.integers(1, 30))
def test_two_pieces_hide_what_one_hides(login: tuple[Talk, bytes], cut: int) -> None:
    talk = [(role, part) for role, data in login[0] for part in (data[:cut], data[cut:]) if part]
    assert hidden([GREETING, *talk]) == login[1]


def test_what_needs_no_hiding_is_the_very_object() -> None:
    mask, data, reply = SmtpMask(), b"MAIL FROM:<a@b>\r\n", b"334 abcd\r\n"
    mask.hide(*GREETING)
    assert mask.hide(C, data) is data and mask.hide(S, reply) is reply
    assert mask.hide(C, b"") == b"" and mask.harmless(C) == mask.harmless(S) == 0


def test_seen_from_its_middle_on_what_may_be_an_answer_is_hidden() -> None:
    mask = SmtpMask()
    assert mask.hide(C, b"YzRuNHJ5\r\n") == b"********\r\n"
    assert mask.hide(C, b"MAIL FROM:<a@b>\r\n") == b"MAIL FROM:<a@b>\r\n"
    assert mask.hide(C, b"Subject: x\r\n") == b"S******: x\r\n"
    mask.hide(S, b"235 in\r\n")
    assert mask.hide(C, b"YzRuNHJ5\r\n") == b"YzRuNHJ5\r\n"
    mask.hide(S, b"334 more\r\n")
    assert mask.hide(C, b"YzRuNHJ5\r\n") == b"********\r\n"


def test_after_starttls_and_its_220_nothing_is_looked_for() -> None:
    mask = SmtpMask()
    mask.hide(*GREETING)
    mask.hide(C, b"STARTTLS\r\n")
    mask.hide(S, b"22")
    mask.hide(S, b"0 go\r\n")
    data = b"\nAUTH PLAIN is what a record may hold"
    assert mask.hide(C, data) is data
    assert mask.harmless(C) == mask.harmless(S) == ALL
    mask.missed(C, 5)


def test_where_tls_is_refused_passwords_are_still_hidden() -> None:
    talk = [GREETING, (C, b"STARTTLS\r\n"), (S, b"454 no\r\n"), (C, b"NOOP\r\n"), (S, b"220 x\r\n")]
    assert hidden([*talk, (C, b"AUTH PLAIN YzRu\r\n")]).endswith(b"AUTH PLAIN ****\r\n")


def test_tls_from_the_first_byte_is_left_alone() -> None:
    mask, hello = SmtpMask(), b"\x16\x03\x01\nAUTH PLAIN x"
    assert mask.hide(C, hello) is hello and mask.harmless(C) == ALL


def test_the_rest_of_a_line_whose_beginning_is_missing_may_be_a_password() -> None:
    mask = SmtpMask()
    mask.hide(*GREETING)
    mask.hide(C, b"AU")
    mask.missed(C, 10)
    assert mask.hide(C, b"uNHJ5\r\nNOOP\r\n") == b"*****\r\nNOOP\r\n"
    mask.missed(C, 0)
    assert mask.hide(C, b"NOOP x\r\n") == b"NOOP x\r\n"


def test_after_a_hole_among_the_replies_a_login_still_goes_on() -> None:
    mask = SmtpMask()
    mask.hide(*GREETING)
    mask.hide(C, b"AUTH LOGIN\r\n")
    mask.missed(S, 10)
    assert mask.hide(C, b"YzRu\r\n") == b"****\r\n"
    mask.hide(S, b"the rest of it\r\n235 in\r\n")
    assert mask.hide(C, b"YzRu x\r\n") == b"YzRu x\r\n"


def test_octets_of_a_chunk_need_not_be_looked_at() -> None:
    mask = SmtpMask()
    mask.hide(*GREETING)
    mask.hide(C, b"BDAT 100\r\nabc")
    assert mask.harmless(C) == 97 and mask.harmless(S) == 0
    mask.missed(C, 97)
    assert mask.hide(C, b"AUTH PLAIN YzRu\r\n") == b"AUTH PLAIN ****\r\n"


def test_a_mask_may_begin_where_a_dialogue_stands() -> None:
    dialogue = Dialogue()
    dialogue.reply(220)
    mask = SmtpMask(dialogue)
    assert mask.hide(C, b"YzRu x\r\nAUTH PLAIN YzRu\r\n") == b"YzRu x\r\nAUTH PLAIN ****\r\n"
    assert dialogue.rests


def test_a_line_of_a_command_is_known_to_hold_a_secret() -> None:
    assert hide_line(b"AUTH PLAIN YzRu\r\n") == b"AUTH PLAIN ****\r\n"
    assert hide_line(b"NOOP\r\n") == b"NOOP\r\n"


@pytest.mark.parametrize("size", [0, 1, 2, 5, 9])
def test_the_proof_of_scram_is_hidden_in_every_split(size: int) -> None:
    """With it, and the challenge before, passwords can be tried for as long as one likes."""
    said = b"334 cj1hYmM=\r\n334 dj1hYmM=\r\n235 2.7.0 dj1hYmM\r\n"
    mask, step = SmtpMask(), size or len(said)
    shown = b"".join(mask.hide(S, said[at : at + step]) for at in range(0, len(said), step))
    assert shown == b"334 cj1hYmM=\r\n334 dj******\r\n235 2.7.0 dj1hYmM\r\n"


def test_what_the_server_says_else_is_the_very_same() -> None:
    said = b"250-x\r\n250 334 dj1hYmM=\r\n"
    assert SmtpMask().hide(S, said) == said
