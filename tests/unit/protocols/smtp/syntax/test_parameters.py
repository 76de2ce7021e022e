"""MAIL and RCPT with their parameters, as they are read and as they are said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import LocalError
from portside.mail.envelope import Body, Envelope, Notify, Recipient, Return
from portside.protocols.smtp.messages import Command
from portside.protocols.smtp.syntax import parameters as room
from portside.protocols.smtp.syntax.codes import Refusal
from portside.protocols.smtp.syntax.parameters import (
    MAIL_PARAMETERS,
    RCPT_PARAMETERS,
    parse_mail,
    parse_original,
    parse_rcpt,
    parse_utf8_text,
    parse_xtext,
    serialise_mail,
    serialise_notify,
    serialise_original,
    serialise_rcpt,
    serialise_utf8_text,
    serialise_xtext,
)

MAIL = [
    ("FROM:<a@b.c>", Envelope("a@b.c")),
    ("from:<a@b.c>", Envelope("a@b.c")),
    ("FROM: <a@b.c>", Envelope("a@b.c")),  # tolerated
    ("FROM:<>", Envelope("")),
    ("FROM:<a@b.c> ", Envelope("a@b.c")),
    ("FROM:<a@b.c> SIZE=500000", Envelope("a@b.c", size=500000)),  # RFC 1870 §8
    ("FROM:<a@b.c>  size=0", Envelope("a@b.c", size=0)),
    ("FROM:<a@b.c> BODY=8BITMIME", Envelope("a@b.c", body=Body.EIGHT_BIT)),  # RFC 6152 §3
    ("FROM:<a@b.c> BODY=7bit", Envelope("a@b.c")),
    ("FROM:<a@b.c> BODY=BINARYMIME", Envelope("a@b.c", body=Body.BINARY)),  # RFC 3030 §4.2
    ("FROM:<a@b.c> RET=HDRS ENVID=QQ314159", Envelope("a@b.c", ret=Return.HEADERS, envid="QQ314159")),  # RFC 3461 §10
    ("FROM:<a@b.c> RET=full", Envelope("a@b.c", ret=Return.FULL)),
    ("FROM:<a@b.c> ENVID=a+2Bb+3D", Envelope("a@b.c", envid="a+b=")),
    ("FROM:<e=mc2@b.c> AUTH=e+3Dmc2@b.c", Envelope("e=mc2@b.c", auth="e=mc2@b.c")),  # RFC 4954 §5
    ("FROM:<a@b.c> AUTH=<>", Envelope("a@b.c", auth="")),
    ("FROM:<a@b.c> AUTH=%3C%3E", 501),
    ("FROM:<a@b.c> REQUIRETLS", Envelope("a@b.c", require_tls=True)),  # RFC 8689 §2
    ("FROM:<pelé@b.c> SMTPUTF8", Envelope("pelé@b.c", utf8=True)),  # RFC 6531 §3.4
    ("FROM:<a@b.c> smtputf8 SIZE=1 BODY=8BITMIME", Envelope("a@b.c", utf8=True, size=1, body=Body.EIGHT_BIT)),
    ("FROM:<pelé@b.c>", 553),
    ('FROM:<"a SMTPUTF8 é"@b.c>', 553),
    ("FROM:<a@b.c> SIZE=1 SIZE=1", 501),
    ("FROM:<a@b.c> SIZE=1 size=2", 501),
    ("FROM:<a@b.c> SIZE=", 501),
    ("FROM:<a@b.c> SIZE", 501),
    ("FROM:<a@b.c> SIZE=-1", 501),
    ("FROM:<a@b.c> SIZE=+1", 501),
    ("FROM:<a@b.c> SIZE=1_0", 501),
    ("FROM:<a@b.c> SIZE=٣", 501),
    ("FROM:<a@b.c> SIZE=123456789012345678901", 501),
    ("FROM:<a@b.c> BODY=9BIT", 501),
    ("FROM:<a@b.c> BODY", 501),
    ("FROM:<a@b.c> RET=ALL", 501),
    ("FROM:<a@b.c> ENVID=", 501),
    ("FROM:<a@b.c> ENVID=a+0Db", 501),  # nothing that ends a line comes in by xtext
    ("FROM:<a@b.c> ENVID=a+0Ab", 501),
    ("FROM:<a@b.c> ENVID=a+2b", 501),  # RFC 3461 §4: upper case
    ("FROM:<a@b.c> ENVID=a+", 501),
    (f"FROM:<a@b.c> ENVID={'a' * 100}", Envelope("a@b.c", envid="a" * 100)),
    (f"FROM:<a@b.c> ENVID={'a' * 101}", 501),
    ("FROM:<a@b.c> AUTH=nobody", 501),
    ("FROM:<a@b.c> SMTPUTF8=1", 501),
    ("FROM:<a@b.c> REQUIRETLS=yes", 501),
    ("FROM:<a@b.c> NOTIFY=NEVER", 555),  # RCPT's
    ("FROM:<a@b.c> X-OWN=1", 555),  # RFC 5321 §4.1.1.11
    ("FROM:<a@b.c> FOO", 555),
    ("FROM:<a@b.c> =1", 501),
    ("FROM:<a@b.c> -A=1", 501),
    ("FROM:<a@b.c> A=1=2", 501),
    ("FROM:<a@b.c> A=\x01", 501),
    ("FROM:<a@b.c> " + " ".join(f"A{number}=1" for number in range(17)), 501),
    ("FROM:<a@b.c>SIZE=1", 501),
    ("FROM <a@b.c>", 501),
    ("<a@b.c>", 501),
    ("TO:<a@b.c>", 501),
    ("FROM:", 501),
    ("", 501),
]


@pytest.mark.parametrize(("argument", "expected"), MAIL, ids=[ascii(argument[:40]) for argument, _ in MAIL])
def test_mail_begins_an_envelope_or_is_refused(argument: str, expected: Envelope | int) -> None:
    if isinstance(expected, Envelope):
        assert parse_mail(argument) == expected
        return
    with pytest.raises(Refusal) as refused:
        parse_mail(argument)
    assert refused.value.status == expected


_NEVER = frozenset({Notify.NEVER})
RCPT = [
    ("TO:<a@b.c>", Recipient("a@b.c")),
    ("to: <a@B.c>", Recipient("a@b.c")),
    ("TO:<Postmaster>", Recipient("postmaster")),
    ("TO:<@one.test,@two.test:a@b.c>", Recipient("a@b.c")),
    ("TO:<a@b.c> NOTIFY=NEVER", Recipient("a@b.c", _NEVER)),
    ("TO:<a@b.c> NOTIFY=SUCCESS,delay", Recipient("a@b.c", frozenset({Notify.SUCCESS, Notify.DELAY}))),
    ("TO:<a@b.c> ORCPT=rfc822;Bob@B.c", Recipient("a@b.c", original="rfc822;Bob@B.c")),  # RFC 3461 §10
    ("TO:<a@b.c> ORCPT=rfc822;a+2Bb@B.c", Recipient("a@b.c", original="rfc822;a+b@B.c")),
    ("TO:<a@b.c> ORCPT=utf-8;pel\\x{E9}@b.c", Recipient("a@b.c", original="utf-8;pelé@b.c")),  # RFC 6533 §3
    ("TO:<a@b.c> NOTIFY=NEVER ORCPT=X-net;1", Recipient("a@b.c", _NEVER, "X-net;1")),
    ("TO:<>", 501),
    ("TO:<pelé@b.c>", 553),
    ("TO:<a@b.c> NOTIFY=NEVER,SUCCESS", 501),
    ("TO:<a@b.c> NOTIFY=", 501),
    ("TO:<a@b.c> NOTIFY=SOMETIMES", 501),
    ("TO:<a@b.c> NOTIFY=SUCCESS,", 501),
    ("TO:<a@b.c> NOTIFY=NEVER NOTIFY=NEVER", 501),
    ("TO:<a@b.c> ORCPT=Bob@b.c", 501),
    ("TO:<a@b.c> ORCPT=rfc822;", 501),
    ("TO:<a@b.c> ORCPT=;a", 501),
    ("TO:<a@b.c> ORCPT=rfc822;a+0D+0Ab", 501),
    ("TO:<a@b.c> ORCPT=utf-8;a\\x{A}b", 501),
    ("TO:<a@b.c> ORCPT=utf-8;a\\x{D800}b", 501),
    ("TO:<a@b.c> ORCPT=utf-8;a\\x{110000}b", 501),
    ("TO:<a@b.c> ORCPT=utf-8;a\\xb", 501),
    (f"TO:<a@b.c> ORCPT=rfc822;{'a' * 493}", Recipient("a@b.c", original=f"rfc822;{'a' * 493}")),
    (f"TO:<a@b.c> ORCPT=rfc822;{'a' * 494}", 501),
    ("TO:<a@b.c> SIZE=1", 555),
    ("TO:<a@b.c> RRVS=2014-04-03T23:01:00Z", 555),
    ("FROM:<a@b.c>", 501),
    ("TO <a@b.c>", 501),
]


@pytest.mark.parametrize(("argument", "expected"), RCPT, ids=[ascii(argument[:40]) for argument, _ in RCPT])
def test_rcpt_names_a_recipient_or_is_refused(argument: str, expected: Recipient | int) -> None:
    if isinstance(expected, Recipient):
        assert parse_rcpt(argument) == expected
        return
    with pytest.raises(Refusal) as refused:
        parse_rcpt(argument)
    assert refused.value.status == expected


def test_after_smtputf8_a_recipient_may_be_beyond_ascii() -> None:
    assert parse_rcpt("TO:<pelé@b.c>", utf8=True) == Recipient("pelé@b.c")
    assert parse_rcpt("TO:<a@b.c> ORCPT=utf-8;pelé@b.c", utf8=True).original == "utf-8;pelé@b.c"


@pytest.mark.parametrize("keyword", sorted(MAIL_PARAMETERS))
def test_what_was_not_offered_is_not_known(keyword: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_mail(f"FROM:<a@b.c> {keyword}=1", MAIL_PARAMETERS - {keyword})
    assert (refused.value.status, refused.value.enhanced) == (555, "5.5.4")


ENVELOPES = [
    (Envelope(""), "FROM:<>"),
    (Envelope("a@b.c", size=5), "FROM:<a@b.c> SIZE=5"),
    (Envelope("pelé@b.c", utf8=True, body=Body.EIGHT_BIT), "FROM:<pelé@b.c> BODY=8BITMIME SMTPUTF8"),
    (Envelope("a@b.c", require_tls=True, ret=Return.FULL, envid="a b+"),
     "FROM:<a@b.c> REQUIRETLS RET=FULL ENVID=a+20b+2B"),
    (Envelope("a@b.c", auth="a=@b.c"), "FROM:<a@b.c> AUTH=a+3D@b.c"),
    (Envelope("a@b.c", auth=""), "FROM:<a@b.c> AUTH=<>"),
]  # fmt: skip


@pytest.mark.parametrize(("envelope", "argument"), ENVELOPES)
def test_an_envelope_that_is_said_is_read_the_same(envelope: Envelope, argument: str) -> None:
    assert serialise_mail(envelope, MAIL_PARAMETERS) == Command("MAIL", argument)
    assert parse_mail(argument) == envelope


def test_what_is_not_offered_is_not_said() -> None:
    envelope = Envelope("a@b.c", size=5, body=Body.EIGHT_BIT, ret=Return.FULL, envid="x", auth="", require_tls=True)
    assert serialise_mail(envelope).argument == "FROM:<a@b.c>"
    assert serialise_mail(envelope, {"SIZE"}).argument == "FROM:<a@b.c> SIZE=5"
    assert serialise_rcpt(Recipient("a@b.c", _NEVER, "rfc822;a@b.c")).argument == "TO:<a@b.c>"


@pytest.mark.parametrize(
    ("recipient", "argument"),
    [
        (Recipient("a@b.c"), "TO:<a@b.c>"),
        (Recipient("a@b.c", frozenset({Notify.DELAY, Notify.SUCCESS})), "TO:<a@b.c> NOTIFY=SUCCESS,DELAY"),
        (Recipient("a@b.c", _NEVER, "rfc822;a+b@c"), "TO:<a@b.c> NOTIFY=NEVER ORCPT=rfc822;a+2Bb@c"),
        (Recipient("a@b.c", None, "utf-8;pelé\\+@c"), "TO:<a@b.c> ORCPT=utf-8;pel\\x{E9}\\x{5C}\\x{2B}@c"),
    ],
)
def test_a_recipient_that_is_said_is_read_the_same(recipient: Recipient, argument: str) -> None:
    assert serialise_rcpt(recipient, RCPT_PARAMETERS) == Command("RCPT", argument)
    assert parse_rcpt(argument) == recipient


@pytest.mark.parametrize(
    "envelope",
    [
        Envelope("a@b.c>\r\nDATA"),
        Envelope("a@b.c", envid="a\r\nDATA"),
        Envelope("a@b.c", envid="é"),
        Envelope("a@b.c", envid="+" * 40),
        Envelope("a@b.c", auth="a\n@b.c"),
    ],
)
def test_nothing_in_an_envelope_brings_a_second_line(envelope: Envelope) -> None:
    with pytest.raises(LocalError):
        serialise_mail(envelope, MAIL_PARAMETERS)


@pytest.mark.parametrize(
    "original", ["a@b.c", "rfc822;", "rfc822;a\nb", "utf-8;a\nb", ";a", "rf c;a", "rfc822;" + "+" * 200]
)
def test_an_original_recipient_that_can_not_be_said_is_refused(original: str) -> None:
    with pytest.raises(LocalError):
        serialise_original(original, utf8=False)


def test_never_is_asked_for_alone() -> None:
    with pytest.raises(LocalError):
        serialise_notify(frozenset({Notify.NEVER, Notify.DELAY}))


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_xtext_says_all_that_is_printable(text: str) -> None:
    assert parse_xtext(serialise_xtext(text)) == text


@given(st.text(max_size=40), st.booleans())
def test_an_address_of_the_type_utf8_says_all_that_is_printable(text: str, utf8: bool) -> None:
    if not text.isprintable():
        with pytest.raises(LocalError):
            serialise_utf8_text(text, utf8=utf8)
        return
    said = serialise_utf8_text(text, utf8=utf8)
    assert said.isascii() or utf8
    assert parse_utf8_text(said) == text
    if text and len(said) < 400:
        assert parse_original(serialise_original(f"utf-8;{text}", utf8=utf8)) == f"utf-8;{text}"


def test_the_limits_of_the_command_line_hold_all_parameters() -> None:
    longest = serialise_mail(
        Envelope(
            "a" * 64 + "@" + "b" * 60 + ".test", (), Body.EIGHT_BIT, True, True, 10**19, Return.HEADERS, "e" * 100
        ),
        MAIL_PARAMETERS,
    )
    assert len(str(longest)) < room.LONGEST_ENVID + 600
