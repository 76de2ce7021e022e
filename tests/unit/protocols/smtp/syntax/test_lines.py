"""Commands and replies as lines: what is understood, what is refused, and that nothing said is two lines."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import LimitExceeded, LocalError, RemoteError
from portside.protocols.smtp.messages import Command, Reply, Response
from portside.protocols.smtp.syntax import lines as room
from portside.protocols.smtp.syntax.codes import Refusal
from portside.protocols.smtp.syntax.lines import (
    Replies,
    parse_challenge,
    parse_command,
    parse_reply,
    parse_response,
    serialise_challenge,
    serialise_command,
    serialise_reply,
    serialise_response,
)

COMMANDS = [
    (b"EHLO bar.com\r\n", Command("EHLO", "bar.com")),  # RFC 5321 §D.1
    (b"ehlo bar.com\r\n", Command("EHLO", "bar.com")),  # RFC 5321 §2.4: verbs know no case
    (b"MAIL FROM:<Smith@bar.com>\r\n", Command("MAIL", "FROM:<Smith@bar.com>")),
    (b"mail from:<a@b.c>\r\n", Command("MAIL", "from:<a@b.c>")),
    (b"MAIL FROM:<>\r\n", Command("MAIL", "FROM:<>")),
    (b"RCPT TO:<Jones@foo.com> NOTIFY=NEVER\r\n", Command("RCPT", "TO:<Jones@foo.com> NOTIFY=NEVER")),
    (b"DATA\r\n", Command("DATA")),
    (b"DATA \t \r\n", Command("DATA")),  # spaces at the end are tolerated
    (b"BDAT 86 LAST\r\n", Command("BDAT", "86 LAST")),
    (b"NOOP  two  spaces \r\n", Command("NOOP", "two  spaces")),
    (b"VRFY p\xc3\xa9 SMTPUTF8\r\n", Command("VRFY", "pé SMTPUTF8")),
    (b"VRFY p\xff\r\n", Command("VRFY", "p\udcff")),  # whoever reads the argument refuses it
    (b"X-OWN y\r\n", Command("X-OWN", "y")),
    (b"NOOP\tx\r\n", 500),
    (b" NOOP\r\n", 500),
    (b"\r\n", 500),
    (b"   \r\n", 500),
    (b"Q\r\n", 500),
    (b"250 ok\r\n", 500),
    (b"NOOP\n", 500),  # a bare LF
    (b"NOOP\r", 500),  # a bare CR
    (b"NOOP", 500),
    (b"NOOP\r\r\n", 500),
    (b"NOOP\n\r\n", 500),
    (b"NOOP a\rQUIT\r\n", 500),
    (b"NOOP a\nQUIT\r\n", 500),
    (b"NOOP a\0b\r\n", 500),
    (b"N\xc3\x96OP\r\n", 500),
    (b"\x16\x03\x01\r\n", 500),
    (b"AVERBOFMORETHANTWENTYLETTERS\r\n", 500),
    (b"NOOP " + b"a" * (room.LONGEST_COMMAND - 7) + b"\r\n", Command("NOOP", "a" * (room.LONGEST_COMMAND - 7))),
    (b"NOOP " + b"a" * (room.LONGEST_COMMAND - 6) + b"\r\n", 500),
    (b"AUTH X " + b"a" * (room.LONGEST_AUTH - 9) + b"\r\n", Command("AUTH", "X " + "a" * (room.LONGEST_AUTH - 9))),
    (b"AUTH X " + b"a" * (room.LONGEST_AUTH - 8) + b"\r\n", 500),
    (b"AUTHX " + b"a" * room.LONGEST_COMMAND + b"\r\n", 500),
]


@pytest.mark.parametrize(("line", "expected"), COMMANDS, ids=[ascii(line[:24]) for line, _ in COMMANDS])
def test_a_line_is_one_command_or_refused(line: bytes, expected: Command | int) -> None:
    if isinstance(expected, Command):
        assert parse_command(line) == expected
        return
    with pytest.raises(Refusal) as refused:
        parse_command(line)
    assert (refused.value.status, refused.value.enhanced[0]) == (expected, "5")


def test_a_login_that_is_too_long_is_told_so() -> None:
    assert room.too_long(b"auth ").enhanced == "5.5.6"
    assert room.too_long(b"NOOP ").enhanced == "5.5.2"
    assert room.longest_line(b"AUTH") == room.LONGEST_AUTH and room.longest_line(b"AUTHO") == room.LONGEST_COMMAND


@pytest.mark.parametrize("text", ["a\rb", "a\nb", "a\r\nRCPT TO:<x@y>", "a\0b", "\udcff", "a" * 3000])
def test_no_argument_brings_a_second_line(text: str) -> None:
    with pytest.raises(LocalError):
        serialise_command(Command("NOOP", text))


@given(st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=("Cs",)), max_size=100))
def test_a_command_that_can_be_said_is_understood_as_it_was_meant(text: str) -> None:
    command = Command("NOOP", text.strip(" \t"))
    assert parse_command(serialise_command(command)) == command


# ----------------------------------------------------------------------------------------------- replies

REPLIES = [
    (b"250 OK\r\n", Reply(250, ("OK",))),
    (b"250\r\n", Reply(250, ("",))),
    (b"250 \r\n", Reply(250, ("",))),
    (b"250-First line\r\n250-Second line\r\n250-234 Text beginning with numbers\r\n250 The last line\r\n",
     Reply(250, ("First line", "Second line", "234 Text beginning with numbers", "The last line"))),  # RFC 5321 §4.2.1
    (b"354 Start mail input; end with <CRLF>.<CRLF>\r\n", Reply(354, ("Start mail input; end with <CRLF>.<CRLF>",))),
    (b"250 2.1.5 Recipient OK\r\n", Reply(250, ("Recipient OK",), "2.1.5")),  # RFC 2034 §4
    (b"250 2.1.5\r\n", Reply(250, ("",), "2.1.5")),
    (b"250-2.1.5 a\r\n250 2.1.5 b\r\n", Reply(250, ("a", "b"), "2.1.5")),
    (b"250-2.1.5 a\r\n250 2.1.55 b\r\n", Reply(250, ("a", "2.1.55 b"), "2.1.5")),
    (b"250-a\r\n250 2.1.5 b\r\n", Reply(250, ("a", "2.1.5 b"))),
    (b"550 2.1.5 odd\r\n", Reply(550, ("2.1.5 odd",))),  # its class is not the code's
    (b"220 2.1.5.example ready\r\n", Reply(220, ("2.1.5.example ready",))),
    (b"220 2.1.5x\r\n", Reply(220, ("2.1.5x",))),
    (b"550 5.7.1000 x\r\n", Reply(550, ("5.7.1000 x",))),
    (b"250 OK\n", Reply(250, ("OK",))),
    (b"250-\r\n250\r\n", Reply(250, ("", ""))),
    (b"250 gr\xc3\xbc\xc3\x9fe\r\n", Reply(250, ("grüße",))),
    (b"250 \xff\r\n", Reply(250, ("\udcff",))),
    (b"250-a\r\n251 b\r\n", RemoteError),
    (b"250-a\r\n251-b\r\n", RemoteError),
    (b"250-a\r\n b\r\n250 c\r\n", RemoteError),
    (b"150 no\r\n", RemoteError),
    (b"650 no\r\n", RemoteError),
    (b"25 no\r\n", RemoteError),
    (b"2500 no\r\n", RemoteError),
    (b"+OK\r\n", RemoteError),
    (b"\r\n", RemoteError),
    (b"HTTP/1.1 200 OK\r\n", RemoteError),
    ("٢٥٠ ok\r\n".encode(), RemoteError),
    (b"250 " + b"x" * room.LONGEST_LINE_TAKEN + b"\r\n", LimitExceeded),
    (b"250 " + b"x" * room.LONGEST_LINE_TAKEN, LimitExceeded),
    (b"250-x\r\n" * (room.MOST_REPLY_LINES + 1), LimitExceeded),
    ((b"250-" + b"x" * 8000 + b"\r\n") * 9, LimitExceeded),
]  # fmt: skip


def take(pieces: list[bytes]) -> list[Reply]:
    replies, found = Replies(), []
    for piece in pieces:
        replies.feed(piece)
        while (reply := replies.next()) is not None:
            found.append(reply)
    return found


@pytest.mark.parametrize(("data", "expected"), REPLIES, ids=[ascii(data[:24]) for data, _ in REPLIES])
def test_what_a_server_answers_is_replies_or_refused_whole_or_byte_by_byte(data: bytes, expected: object) -> None:
    for pieces in ([data], [data[at : at + 1] for at in range(len(data))]):
        if isinstance(expected, Reply):
            assert take(pieces) == [expected]
        else:
            with pytest.raises(expected):  # type: ignore[call-overload]
                take(pieces)


def test_replies_that_come_together_come_apart() -> None:
    assert [reply.code for reply in take([b"250 a\r\n250-b\r\n250 c\r\n354 d\r\n550"])] == [250, 250, 354]


def test_what_waits_is_counted_and_can_be_forgotten() -> None:
    replies = Replies()
    replies.feed(b"220-go\r\n220")
    assert replies.next() is None and len(replies) == 9
    replies.clear()
    replies.feed(b"250 ok\r\n")
    assert replies.next() == Reply(250, ("ok",)) and len(replies) == 0


def test_what_came_before_a_fault_is_told_first() -> None:
    replies = Replies()
    replies.feed(b"250 ok\r\nnonsense\r\n")
    assert replies.next() == Reply(250, ("ok",))
    with pytest.raises(RemoteError, match="no reply of SMTP"):
        replies.next()


def test_no_line_at_all_is_no_reply() -> None:
    with pytest.raises(RemoteError):
        parse_reply([])


@pytest.mark.parametrize(
    ("reply", "wire"),
    [
        (Reply(250, ("OK",)), b"250 OK\r\n"),
        (Reply(250, ()), b"250 \r\n"),
        (Reply(250, ("a", "b"), "2.0.0"), b"250-2.0.0 a\r\n250 2.0.0 b\r\n"),
        (Reply(250, ("a\r\n250 b", "c\0d\re\nf")), b"250-a??250 b\r\n250 c?d?e?f\r\n"),
        (Reply(550, ("pé \udcff",)), b"550 p? ?\r\n"),
        (Reply(334, ("",)), b"334 \r\n"),
    ],
)
def test_a_reply_is_said_in_lines_that_nothing_breaks(reply: Reply, wire: bytes) -> None:
    assert serialise_reply(reply) == wire


def test_a_reply_is_in_utf8_only_where_that_was_asked_for() -> None:
    assert serialise_reply(Reply(550, ("pé \udcff",)), utf8=True) == b"550 p\xc3\xa9 ?\r\n"


def test_a_line_of_a_reply_has_512_octets_at_most_but_a_challenge_more() -> None:
    long = serialise_reply(Reply(250, ("é" * 600,)), utf8=True)
    assert len(long) == 512 and long.endswith(b"\xc3\xa9\r\n")
    assert len(serialise_reply(Reply(334, ("A" * 8000,)))) == 8006


@given(
    st.sampled_from([220, 250, 354, 421, 550]),
    st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=40), min_size=1, max_size=6),
    st.data(),
)
def test_any_split_of_any_reply_is_that_reply(code: int, texts: list[str], data: st.DataObject) -> None:
    wire = serialise_reply(Reply(code, tuple(texts)), utf8=True)
    cut = data.draw(st.integers(0, len(wire)))
    found = take([wire[:cut], wire[cut:]])
    assert [(reply.code, len(reply.lines)) for reply in found] == [(code, len(texts))]
    assert found == take([wire])


# ------------------------------------------------------------------------------------------------- login


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"AGZvbwBiYXI=\r\n", b"\0foo\0bar"),
        (b"AGZvbwBiYXI= \r\n", b"\0foo\0bar"),
        (b"\r\n", b""),
        (b"*\r\n", None),
    ],
)
def test_a_response_of_a_login_is_decoded(line: bytes, expected: bytes | None) -> None:
    assert parse_response(line) == Response(expected)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"AGZvbwBiYXI\r\n", 501),
        (b"AGZv bwBiYXI=\r\n", 501),
        (b"=\r\n", 501),
        (b"**\r\n", 501),
        (b"A\xff==\r\n", 501),
        (b"AAAA\n", 500),
        (b"AA\rAA\r\n", 501),
        (b"A" * room.LONGEST_AUTH + b"\r\n", 500),
    ],
)
def test_a_response_that_is_no_base64_or_too_long_is_refused(line: bytes, code: int) -> None:
    with pytest.raises(Refusal) as refused:
        parse_response(line)
    assert refused.value.status == code


@given(st.none() | st.binary(max_size=100))
def test_a_response_that_is_said_is_understood(data: bytes | None) -> None:
    assert parse_response(serialise_response(Response(data))) == Response(data)


@given(st.binary(max_size=100))
def test_a_challenge_that_is_said_is_understood(data: bytes) -> None:
    wire = serialise_reply(serialise_challenge(data))
    assert wire == b"334 " + b64encode(data) + b"\r\n"
    assert parse_challenge(parse_reply([wire[:-2]])) == data


@pytest.mark.parametrize("text", ["no!", "é", "AAA"])
def test_a_challenge_that_is_no_base64_ends_the_login(text: str) -> None:
    with pytest.raises(RemoteError, match="no base64"):
        parse_challenge(Reply(334, (text,)))
