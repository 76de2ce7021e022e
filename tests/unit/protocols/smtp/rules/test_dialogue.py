"""A connection from its greeting to its end, and what goes wrong on it on purpose."""

from __future__ import annotations

import pytest

from portside.protocols.smtp.rules.chaos import Chaos, parse_rule
from portside.protocols.smtp.rules.limits import ServerLimits
from portside.protocols.smtp.rules.policy import Policy, Tls
from portside.protocols.smtp.rules.rates import Rate
from portside.protocols.smtp.rules.shared import Shared
from portside.protocols.smtp.rules.turns import Dropped
from tests.support.smtp_plays import NEAR, Play, messages_of

MESSAGE = b"Subject: hi\r\n\r\nHello.\r\n.\r\n"


def chaotic(*rules: str, policy: Policy | None = None) -> Play:
    return Play(policy or Policy(), shared=Shared(chaos=Chaos([parse_rule(rule) for rule in rules])))


def send(play: Play) -> list[str]:
    play.begin()
    play.type("DATA")
    return play.raw(MESSAGE)


def test_who_speaks_before_the_greeting_is_sent_away() -> None:
    limits = ServerLimits(pause=5)
    early = Play(limits=limits)
    assert early.type("EHLO c") == ["554 5.5.1 You speak before our greeting."]
    assert early.closed
    patient = Play(limits=limits)
    assert patient.wait(4) == []
    assert patient.wait(2) == ["220 localhost ESMTP"]
    assert patient.code("EHLO c") == 250


def test_who_sends_faster_than_allowed_is_told_to_come_again() -> None:
    shared = Shared(messages=Rate(2), recipients=Rate(4))
    play = Play(shared=shared).greet()
    assert play.codes("MAIL FROM:<a@b>", *["RCPT TO:<c@d>"] * 5) == [250, 250, 250, 250, 250, 450]
    assert play.codes("RSET", "MAIL FROM:<a@b>", "RSET", "MAIL FROM:<a@b>") == [250, 250, 250, 450]
    other = Play(shared=shared).greet()
    assert other.code("MAIL FROM:<a@b>") == 450
    play.wait(60)
    assert play.code("MAIL FROM:<a@b>") == 250


# ------------------------------------------------------------------------------------------------------ chaos


@pytest.mark.parametrize(("rule", "before", "line", "code"), [
    ("helo=450", [], "EHLO c", 450),
    ("mail=451", ["EHLO c"], "MAIL FROM:<a@b>", 451),
    ("mail:a@*=451", ["EHLO c"], "MAIL FROM:<b@b>", 250),
    ("rcpt=550", ["EHLO c", "MAIL FROM:<a@b>"], "RCPT TO:<c@d>", 550),
    ("rcpt:bob@*=450", ["EHLO c", "MAIL FROM:<a@b>"], "RCPT TO:<Bob@d>", 450),
    ("rcpt:bob@*=450", ["EHLO c", "MAIL FROM:<a@b>"], "RCPT TO:<bobby@d>", 250),
    ("data=552", ["EHLO c", "MAIL FROM:<a@b>", "RCPT TO:<c@d>"], "DATA", 552),
    ("data=552", ["EHLO c", "MAIL FROM:<a@b>", "RCPT TO:<c@d>"], b"BDAT 4 LAST\r\nNOOP", 552),
    ("starttls=454", ["EHLO c"], "STARTTLS", 454),
])  # fmt: skip
def test_a_command_is_answered_by_the_code_that_was_asked_for(
    rule: str, before: list[str], line: str | bytes, code: int
) -> None:
    play = chaotic(rule, policy=Policy(tls=Tls.OFFERED))
    play.type(*before)
    said = play.raw(line) if isinstance(line, bytes) else play.type(line)
    assert int(said[-1][:3]) == code
    assert not play.closed
    assert play.code("RSET") == 250


@pytest.mark.parametrize("rule", ["auth=454*1", "auth=stall:5s*1"])
def test_a_login_may_go_wrong_and_the_next_one_right(rule: str) -> None:
    policy = Policy(mechanisms=("PLAIN",), clear_login=True)
    play = Play(policy, shared=Shared(chaos=Chaos([parse_rule(rule)])), door=NEAR).greet()
    assert play.type("AUTH PLAIN") == (["454 4.0.0 Chaos was asked for."] if "454" in rule else [])
    assert play.wait(6) == ([] if "454" in rule else ["334 "])
    assert play.code("*") == (500 if "454" in rule else 501)
    assert play.type("AUTH PLAIN") == ["334 "]


def test_a_421_closes() -> None:
    play = chaotic("mail=421").greet()
    assert play.code("MAIL FROM:<a@b>") == 421
    assert play.closed


def test_some_times_it_goes_wrong_and_then_right() -> None:
    play = chaotic("rcpt=450*2").greet()
    assert play.codes("MAIL FROM:<a@b>", "RCPT TO:<c@d>", "RCPT TO:<c@d>", "RCPT TO:<c@d>") == [250, 450, 450, 250]


def test_a_connection_may_be_refused_or_cut_at_once() -> None:
    assert bytes(chaotic("connect=554").sent).startswith(b"554 ")
    assert chaotic("connect=554").closed
    cut = chaotic("connect=disconnect")
    assert cut.closed
    assert cut.sent == b""


def test_a_content_may_be_cut_in_its_middle_and_nothing_is_kept() -> None:
    play = chaotic("content=disconnect")
    assert send(play) == []
    assert play.closed
    assert play.whole == 0
    assert isinstance(play.heard[-1], Dropped)


def test_a_refused_end_keeps_nothing_and_a_cut_one_keeps_all() -> None:
    refused = chaotic("end=452")
    assert [line[:3] for line in send(refused)] == ["452"]
    assert refused.whole == 0
    cut = chaotic("end=disconnect")
    assert send(cut) == []
    assert cut.closed
    assert messages_of(cut) == [MESSAGE[:-3]]


def test_a_stall_goes_on_where_it_was() -> None:
    play = chaotic("connect=stall:10s", "mail=stall:5s", "end=stall:7s")
    assert play.sent == b""
    assert play.wait(11) == ["220 localhost ESMTP"]
    play.greet()
    assert play.type("MAIL FROM:<a@b>", "RCPT TO:<c@d>") == []
    assert [line[:3] for line in play.wait(6)] == ["250", "250"]
    play.type("DATA")
    assert play.raw(MESSAGE) == []
    assert play.whole == 1
    assert play.wait(8) == ["250 2.0.0 Kept."]


def test_a_stalled_content_comes_through_whole() -> None:
    play = chaotic("content=stall:30")
    assert send(play) == []
    assert play.whole == 0
    assert play.wait(31) == ["250 2.0.0 Kept."]
    assert messages_of(play) == [MESSAGE[:-3]]


def test_lmtp_answers_on_purpose_for_each_recipient() -> None:
    play = chaotic("end=450", policy=Policy(lmtp=True))
    play.begin("a@b", "c@d")
    play.type("DATA")
    assert [line[:3] for line in play.raw(MESSAGE)] == ["450", "450"]


def test_links_mean_nothing_here() -> None:
    play = Play()
    assert play.rules.linked("x", play.door, play.now) == ()  # type: ignore[arg-type]
    assert play.rules.closed("x", play.now) == ()  # type: ignore[arg-type]
