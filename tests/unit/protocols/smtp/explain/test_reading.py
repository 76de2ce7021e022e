"""A conversation read passively: what is said, what answers it, and what grows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.interfaces import Role
from portside.protocols.explaining import LONGEST_TITLE, Said
from portside.protocols.smtp.explain.masking import SmtpMask
from portside.protocols.smtp.explain.reading import MOST_LINES, SmtpReader, recognises
from portside.protocols.smtp.explain.splitting import LONGEST_LINE

C, S = Role.CLIENT, Role.SERVER
Talk = list[tuple[Role, bytes]]
TALK: Talk = [
    (S, b"220 mx.example.org ESMTP\r\n"),
    (C, b"EHLO bar\r\n"),
    (S, b"250-mx.example.org\r\n250-AUTH PLAIN LOGIN\r\n250 PIPELINING\r\n"),
    (C, b"AUTH LOGIN\r\n"),
    (S, b"334 VXNlcm5hbWU6\r\n"),
    (C, b"YW5uYQ==\r\n"),
    (S, b"334 UGFzc3dvcmQ6\r\n"),
    (C, b"Y2FuYXJ5\r\n"),
    (S, b"235 2.7.0 Welcome\r\n"),
    (C, b"MAIL FROM:<a@b.c> SIZE=5\r\nRCPT TO:<d@e.f>\r\nDATA\r\n"),
    (S, b"250 2.1.0 Fine\r\n250 2.1.5 Fine\r\n354 Go on\r\n"),
    (C, b"Subject: =?utf-8?q?Hi_=C3=A9?=\r\nFrom: Anna <a@b.c>\r\n\r\n..hello\r\n.\r\n"),
    (S, b"250 2.0.0 Kept\r\n"),
    (C, b"BDAT 5\r\nhelloBDAT 3 LAST\r\nabcQUIT\r\n"),
    (S, b"250 a\r\n250 b\r\n221 bye\r\n"),
]


def read(talk: Talk) -> tuple[SmtpReader, list[Said]]:
    reader = SmtpReader()
    return reader, [said for role, data in talk for said in reader.read(role, data)]


def titles(talk: Talk) -> list[str]:
    return [said.title for said in read(talk)[1]]


def test_what_is_said_is_told_in_one_line_each_and_belongs_together() -> None:
    _, found = read(TALK)
    assert [(said.kind, said.title) for said in found] == [
        ("reply", "220 mx.example.org ESMTP"),
        ("command", "EHLO bar"),
        ("reply", "250 mx.example.org (+2 lines)"),
        ("command", "AUTH LOGIN"),
        ("challenge", "334 VXNlcm5hbWU6"),
        ("response", "********"),
        ("challenge", "334 UGFzc3dvcmQ6"),
        ("response", "********"),
        ("reply", "235 2.7.0 Welcome"),
        ("command", "MAIL FROM:<a@b.c> SIZE=5"),
        ("command", "RCPT TO:<d@e.f>"),
        ("command", "DATA"),
        ("reply", "250 2.1.0 Fine"),
        ("reply", "250 2.1.5 Fine"),
        ("reply", "354 Go on"),
        ("content", 'content "Hi é": 66 bytes'),
        ("reply", "250 2.0.0 Kept"),
        ("command", "BDAT 5"),
        ("chunk", "chunk: 5 bytes"),
        ("command", "BDAT 3 LAST"),
        ("chunk", "chunk: 3 bytes"),
        ("command", "QUIT"),
        ("reply", "250 a"),
        ("reply", "250 b"),
        ("reply", "221 bye"),
    ]
    answered = [said.answers.title if said.answers is not None else None for said in found if said.role is S]
    assert answered == [
        None, "EHLO bar", "AUTH LOGIN", "AUTH LOGIN", "AUTH LOGIN", "MAIL FROM:<a@b.c> SIZE=5", "RCPT TO:<d@e.f>",
        "DATA", 'content "Hi é": 66 bytes', "BDAT 5", "BDAT 3 LAST", "QUIT",
    ]  # fmt: skip
    assert all(said.complete for said in found)
    assert "Y2FuYXJ5" not in repr(found) and "YW5uYQ" not in repr(found)


def test_facts_are_what_lists_and_filters_ask_for() -> None:
    _, found = read(TALK)
    greeting, ehlo, offer, auth = found[:4]
    assert greeting.facts["host"] == "mx.example.org" and greeting.facts["status"] == 220
    assert dict(ehlo.facts) == {"command": "EHLO", "argument": "bar"}
    assert offer.facts["command"] == "EHLO" and "host" not in offer.facts
    assert dict(auth.facts) == {"command": "AUTH", "argument": "LOGIN"}
    welcome = next(said for said in found if said.title.startswith("235"))
    assert dict(welcome.facts) == {"status": 235, "text": "Welcome", "enhanced": "2.7.0", "command": "AUTH"}
    content = next(said for said in found if said.kind == "content")
    assert dict(content.facts) == {"length": 66, "subject": "Hi é", "from": "Anna <a@b.c>"}


@given(cuts=st.lists(st.integers(1, 9), min_size=1))
def test_any_split_finds_the_same(cuts: list[int]) -> None:
    def told(talk: Talk) -> list[tuple[object, ...]]:
        return [(one.title, one.start, one.stop, one.complete, dict(one.facts)) for one in read(talk)[1]]

    pieces: Talk = []
    for number, (role, data) in enumerate(TALK):
        size = cuts[number % len(cuts)]
        pieces += [(role, data[at : at + size]) for at in range(0, len(data), size)]
    assert told(pieces) == told(TALK)


def test_spans_are_where_the_bytes_lie() -> None:
    _, found = read(TALK)
    said_by = {role: b"".join(data for who, data in TALK if who is role) for role in Role}
    for role in Role:
        own = [said for said in found if said.role is role]
        assert [said.start for said in own][1:] == [said.stop for said in own][:-1]
        assert own[0].start == 0 and own[-1].stop == len(said_by[role])


GREETING = (S, b"220 x.test ESMTP\r\n")


def test_after_starttls_and_its_220_the_two_speak_tls_in_which_smtp_is() -> None:
    talk = [GREETING, (C, b"EHLO a\r\nSTARTTLS\r\n"), (S, b"250 a\r\n220 go\r\nignored"), (C, b"\x16\x03\x01")]
    reader, found = read(talk)
    assert reader.switch is not None
    assert (reader.switch.client, reader.switch.server) == (18, 18 + 7 + 8)
    assert (reader.switch.to, reader.switch.inside) == ("tls", "smtp")
    assert len(found) == 5
    assert reader.ended(C) == reader.missed(S, 5) == ()
    refused, _ = read([GREETING, (C, b"STARTTLS\r\n"), (S, b"454 no\r\n"), (C, b"NOOP\r\n"), (S, b"220 x\r\n")])
    assert refused.switch is None and not refused.expected


def test_a_recipient_that_is_refused_in_lmtp_has_no_reply_to_the_content() -> None:
    talk = [
        (S, b"220 x LMTP\r\n"),
        (C, b"LHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nDATA\r\n"),
        (S, b"250 a\r\n250 b\r\n250 c\r\n550 d\r\n250 e\r\n354 f\r\n"),
        (C, b"x\r\n.\r\nQUIT\r\n"),
        (S, b"250 g\r\n452 h\r\n221 i\r\n"),
    ]
    _, found = read(talk)
    assert [said.answers.title for said in found[-3:] if said.answers is not None] == [
        "content: 6 bytes", "content: 6 bytes", "QUIT",
    ]  # fmt: skip


def test_what_was_taken_for_content_is_broken_off_where_data_is_refused() -> None:
    reader, found = read([GREETING, (C, b"DATA\r\nRSET\r\nQU"), (S, b"503 no\r\n"), (C, b"IT\r\nNOOP\r\n")])
    assert [said.title for said in found] == ["220 x.test ESMTP", "DATA", "content: 8 bytes", "503 no",
                                              "part of a line", "NOOP"]  # fmt: skip
    assert not found[2].complete and found[2].notes == ("the server answered before its end",)
    assert reader.switch is None


def test_a_line_that_is_no_command_is_answered_as_well() -> None:
    _, found = read([GREETING, (C, b"\xff\xfe\r\n\r\nNOOP\r\n"), (S, b"500 a\r\n500 b\r\n250 c\r\n")])
    assert [said.kind for said in found if said.role is C] == ["unknown", "unknown", "command"]
    assert found[2].title == "an empty line"
    assert [said.answers for said in found[-3:]] == found[1:4]


def test_what_is_no_reply_is_told_so() -> None:
    _, found = read([(S, b"hello\r\n150 x\r\n220-a\r\nb\r\n220 c\r\n")])
    assert [(said.kind, said.title) for said in found] == [
        ("unknown", "hello"), ("unknown", "150 x"), ("reply", "220 a (+2 lines)"),
    ]  # fmt: skip
    assert found[0].notes == ("this is no reply of SMTP",)


def test_a_reply_that_never_ends_is_told_without_its_end() -> None:
    reader, found = read([(S, b"250-a\r\n" * MOST_LINES)])
    assert [said.title for said in found] == ["250 a"] and not found[0].complete
    reader, found = read([(S, b"250-a\r\n250-b\r\n25")])
    assert not found
    found = list(reader.ended(S))
    assert [(said.title, said.notes) for said in found] == [
        ("250 a", ("its last line is missing",)), ("part of a line", ()),
    ]  # fmt: skip


def test_a_line_that_is_no_line_any_more_comes_as_a_part() -> None:
    talk = [GREETING, (C, b"NOOP " + b"x" * (2 * LONGEST_LINE) + b"\r\nQUIT\r\n"), (S, b"500 no\r\n221 bye\r\n")]
    _, found = read(talk)
    assert [said.title for said in found] == ["220 x.test ESMTP", "part of a line", "QUIT", "500 no", "221 bye"]
    assert found[1].complete and found[3].answers is None and found[4].answers is found[2]


def test_a_hole_in_a_content_is_counted_and_noted() -> None:
    reader, found = read([GREETING, (C, b"DATA\r\n"), (S, b"354 go\r\n"), (C, b"Subject: x\r\n\r\nhello")])
    assert reader.missed(C, 100) == []
    assert found[-1].stop == found[-1].start + 19 + 100 and found[-1].notes == ("100 bytes were not captured",)
    more = reader.read(C, b"\r\n.\r\nQUIT\r\n")
    assert [said.title for said in more] == ["QUIT"] and found[-1].complete
    assert found[-1].title == 'content "x": 124 bytes'


def test_a_hole_in_a_chunk_is_counted_and_noted() -> None:
    reader, found = read([GREETING, (C, b"BDAT 10\r\nabc")])
    assert reader.missed(C, 7) == []
    assert (found[-1].complete, found[-1].stop - found[-1].start) == (True, 10)
    assert [said.title for said in reader.read(C, b"NOOP\r\n")] == ["NOOP"]
    reader, found = read([GREETING, (C, b"BDAT 10\r\nabc")])
    reader.missed(C, 9)
    assert (found[-1].complete, found[-1].stop - found[-1].start) == (False, 10)


def test_after_a_hole_reading_goes_on_with_the_next_line() -> None:
    reader, _ = read([GREETING, (C, b"NO")])
    assert [said.title for said in reader.missed(C, 5)] == ["part of a line"]
    assert [said.title for said in reader.read(C, b"rest\r\nNOOP\r\n")] == ["part of a line", "NOOP"]
    assert [said.title for said in reader.missed(S, 5)] == []
    (reply,) = reader.read(S, b"k\r\n250 ok\r\n")[1:]
    assert reply.answers is None


def test_a_content_that_never_ends_is_told_so() -> None:
    reader, found = read([GREETING, (C, b"DATA\r\n"), (S, b"354 go\r\n"), (C, b"hello\r\n")])
    reader.ended(C)
    assert not found[-1].complete and found[-1].notes == ("its end is missing",)


@pytest.mark.parametrize(
    ("role", "data", "known"),
    [
        (S, b"220 mx.example.org ESMTP Postfix\r\n", True),
        (S, b"220-mx.example.org\r\n", True),
        (S, b"220 x\r\n", True),  # the port tells FTP from it
        (S, b"554 no SMTP service here\r\n", True),
        (S, b"421 x LMTP busy\r\n", True),
        (S, b"421 too many\r\n", False),
        (S, b"+OK\r\n", False),
        (C, b"EHLO x\r\n", True),
        (C, b"helo x.test\r\n", True),
        (C, b"LHLO x\r\n", True),
        (C, b"MAIL FROM:<a@b>\r\n", True),
        (C, b"RCPT TO: <a@b> X\r\n", True),
        (C, b"EHLO\r\n", False),
        (C, b"MAIL me\r\n", False),
        (C, b"GET / HTTP/1.1\r\n", False),
        (C, b"220 x ESMTP\r\n", False),
        (S, b"EHLO x\r\n", False),
        (None, b"EHLO x\r\n", True),
        (None, b"220 x\r\n", True),
    ],
)
def test_it_is_recognised_by_its_first_words(role: Role | None, data: bytes, known: bool) -> None:
    assert recognises(role, data) is known


def test_a_title_is_one_line_and_no_longer_than_one() -> None:
    _, found = read([(S, b"220 " + b"x y\t" * 200 + b"\r\n"), (C, b"NOOP " + b"a" * 500 + b"\r\n")])
    assert all(len(said.title) <= LONGEST_TITLE and "\t" not in said.title[:3] for said in found)


def test_a_mask_may_begin_where_nothing_waits_and_nowhere_else() -> None:
    reader = SmtpReader()
    assert reader.mask_from_here() is None
    where = []
    for role, data in TALK:
        reader.read(role, data)
        where.append(reader.mask_from_here() is not None)
    assert where == [role is S and not data.startswith((b"334", b"250 2.1.0")) for role, data in TALK]
    begin = reader.mask_from_here()
    assert begin is not None
    for mask in (begin(), begin()):
        assert isinstance(mask, SmtpMask) and mask.hide(C, b"AUTH PLAIN abcd\r\n") == b"AUTH PLAIN ****\r\n"
    reader.read(S, b"2")
    assert reader.mask_from_here() is None
