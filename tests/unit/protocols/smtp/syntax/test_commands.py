"""The command table: arguments that are understood, and the codes for those that are not."""

from __future__ import annotations

from typing import Any

import pytest

from portside.mail.envelope import Envelope, Recipient
from portside.protocols.smtp.messages import Command
from portside.protocols.smtp.syntax import commands as room
from portside.protocols.smtp.syntax.codes import Refusal
from portside.protocols.smtp.syntax.commands import Login, When, help_lines, help_of, parse_argument, row_of
from portside.protocols.smtp.syntax.content import Chunk

ARGUMENTS = [
    ("EHLO", "bar.com", "bar.com"),
    ("EHLO", "[192.0.2.1]", "[192.0.2.1]"),  # RFC 5321 §4.1.3
    ("EHLO", "[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"),
    ("EHLO", "my_laptop.local", "my_laptop.local"),  # tolerated: many a client does not know its name
    ("EHLO", "192.0.2.1", "192.0.2.1"),
    ("EHLO", "xn--bcher-kva.example", "xn--bcher-kva.example"),
    ("EHLO", "bücher.example", 501),  # RFC 6531 §3.7.1: A-labels
    ("EHLO", "", 501),
    ("EHLO", "two names", 501),
    ("EHLO", "a\x1b[2Jb", 501),
    ("EHLO", "<script>", 501),
    ("EHLO", "a\udcff", 501),
    ("EHLO", "a" * 256, 501),
    ("HELO", "bar.com", "bar.com"),
    ("HELO", "", 501),
    ("LHLO", "foo.edu", "foo.edu"),  # RFC 2033 §4.1
    ("MAIL", "FROM:<a@b.c>", Envelope("a@b.c")),
    ("MAIL", "", 501),
    ("RCPT", "TO:<a@b.c>", Recipient("a@b.c")),
    ("RCPT", "TO:<>", 501),
    ("DATA", "", None),
    ("DATA", "x", 501),
    ("BDAT", "86 LAST", Chunk(86, True)),
    ("BDAT", "x", 501),
    ("RSET", "", None),
    ("RSET", "x", 501),  # RFC 5321 §4.1.1.5
    ("VRFY", "Crispin", "Crispin"),
    ("VRFY", "", 501),
    ("VRFY", "a\udcff", 501),
    ("EXPN", "staff", "staff"),
    ("EXPN", "", 501),
    ("HELP", "", ""),
    ("HELP", "MAIL", "MAIL"),
    ("NOOP", "", ""),
    ("NOOP", "anything at all", "anything at all"),  # RFC 5321 §4.1.1.9
    ("NOOP", "a\x1bb", 501),
    ("QUIT", "", None),
    ("QUIT", "now", 501),
    ("STARTTLS", "", None),
    ("STARTTLS", "x", 501),  # RFC 3207 §4
    ("AUTH", "PLAIN", Login("PLAIN")),
    ("AUTH", "plain dGVzdAB0ZXN0ADEyMzQ=", Login("PLAIN", b"test\0test\x001234")),  # RFC 4954 §4.1
    ("AUTH", "EXTERNAL =", Login("EXTERNAL", b"")),
    ("AUTH", "SCRAM-SHA-256-PLUS  =", Login("SCRAM-SHA-256-PLUS", b"")),
    ("AUTH", "", 501),
    ("AUTH", "PLAIN no base64", 501),
    ("AUTH", "PLAIN é", 501),
    ("AUTH", "PLAIN AAA", 501),
    ("AUTH", "PLÄIN", 501),
    ("AUTH", "A" * 21, 501),
    ("TURN", "", 502),
    ("SEND", "FROM:<a@b.c>", 502),
    ("SOML", "FROM:<a@b.c>", 502),
    ("SAML", "FROM:<a@b.c>", 502),
    ("ETRN", "x.test", 502),
    ("XCLIENT", "ADDR=127.0.0.1", 502),
    ("FOO", "", 500),
    ("GET", "/ HTTP/1.1", 500),
]


@pytest.mark.parametrize(("verb", "argument", "expected"), ARGUMENTS)
def test_an_argument_means_something_or_is_refused(verb: str, argument: str, expected: Any) -> None:
    if not isinstance(expected, int):
        row, value = parse_argument(Command(verb, argument))
        assert (row.verb, value) == (verb, expected)
        return
    with pytest.raises(Refusal) as refused:
        parse_argument(Command(verb, argument))
    assert refused.value.status == expected and refused.value.enhanced.startswith("5.")


def test_a_login_does_not_show_its_response() -> None:
    assert "secret" not in repr(Login("PLAIN", b"secret"))


def test_the_table_has_every_command_once_and_none_that_is_not_built() -> None:
    assert len(room.TABLE) == len(room.ROWS) == 15
    assert not room.TABLE.keys() & (room.NOT_IMPLEMENTED | room.FOREIGN)
    assert row_of("EHLO") is room.TABLE["EHLO"] and row_of("TURN") is None


def test_a_message_is_begun_before_its_recipients_and_its_content() -> None:
    order = {verb: room.TABLE[verb].when for verb in ("MAIL", "RCPT", "DATA", "BDAT", "QUIT")}
    assert order == {
        "MAIL": When.BETWEEN, "RCPT": When.BEGUN, "DATA": When.ADDRESSED, "BDAT": When.ADDRESSED, "QUIT": When.ALWAYS,
    }  # fmt: skip


def test_what_changes_the_session_is_the_last_of_a_group() -> None:
    last = {row.verb for row in room.ROWS if row.last}  # RFC 2920 §3.1
    assert last == {"EHLO", "LHLO", "DATA", "VRFY", "EXPN", "NOOP", "QUIT", "STARTTLS", "AUTH"}


def test_help_names_every_command_and_tells_of_each() -> None:
    assert " ".join(help_lines()).split() == sorted(room.TABLE)
    assert help_of(room.TABLE["RSET"]) == "RSET: forget the message that was begun (RFC 5321 section 4.1.1.5)"
    assert help_of(room.TABLE["BDAT"]).startswith("BDAT octets [LAST]: ")
    assert all(help_of(row).isascii() for row in room.ROWS)
