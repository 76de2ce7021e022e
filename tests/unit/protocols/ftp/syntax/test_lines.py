"""Commands and replies on the wire (RFC 959 §4.2 and §5.3, RFC 1123 §4.1, RFC 2640 §3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import LocalError, RemoteError
from portside.protocols.ftp.messages import Command, Reply
from portside.protocols.ftp.syntax.lines import (
    is_last,
    parse_command,
    parse_reply,
    serialise_command,
    serialise_reply,
    undo_telnet,
)

COMMANDS = [
    (b"USER anonymous", Command("USER", "anonymous")),
    (b"user anonymous", Command("USER", "anonymous")),
    (b"uSeR x", Command("USER", "x")),
    (b"PASS ", Command("PASS", "")),
    (b"PASS", Command("PASS", "")),
    (b"PASS two words", Command("PASS", "two words")),
    (b"CWD  leading", Command("CWD", " leading")),
    (b"RETR trailing ", Command("RETR", "trailing ")),
    (b"RETR -dash", Command("RETR", "-dash")),
    (b"RETR tab\there", Command("RETR", "tab\there")),
    (b"RETR \xc3\xa4\xc3\xb6.txt", Command("RETR", "äö.txt")),
    (b"RETR \xe4.txt", Command("RETR", "\udce4.txt")),
    (b"RETR a\xff\xffb", Command("RETR", "a\udcffb")),
    (b"\xff\xf4\xff\xf2ABOR", Command("ABOR")),
    (b"\xf2ABOR", None),
    (b"\xff\xf4ABOR", Command("ABOR")),
    (b"\xff\xfb\x01NOOP", Command("NOOP")),
    (b"NOOP\xff\xf1", Command("NOOP")),
    (b"", None),
    (b" NOOP", None),
    (b"\tNOOP", None),
    (b"12345", None),
    (b"US\xc3\x89R x", None),
    (b"VERYLONGVERB x", None),
    (b"GET / HTTP/1.1", Command("GET", "/ HTTP/1.1")),
    (b"RETR a\rDELE b", None),
    (b"RETR a\0b", None),
    (b"QUIT\r", None),
    (b"QUIT;", None),
]


@pytest.mark.parametrize(("line", "command"), COMMANDS)
def test_a_line_is_one_command_or_none(line: bytes, command: Command | None) -> None:
    if command is None:
        with pytest.raises(RemoteError) as caught:
            parse_command(line)
        assert caught.value.status == 500
    else:
        assert parse_command(line) == command


NAMES = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=40)


@given(name=NAMES)
def test_every_name_that_can_be_said_comes_back(name: str) -> None:
    line = serialise_command(Command("STOR", name))
    assert line.endswith(b"\r\n")
    assert line.count(b"\n") == 1
    assert parse_command(line[:-2]) == Command("STOR", name)


@given(raw=st.binary(max_size=40).filter(lambda raw: not set(raw) & set(b"\r\n\0")))
def test_bytes_that_are_no_utf8_come_back_as_they_were(raw: bytes) -> None:
    command = Command("STOR", raw.decode("utf-8", "surrogateescape"))
    assert parse_command(serialise_command(command)[:-2]) == command


@pytest.mark.parametrize("name", ["a\r\nDELE b", "a\nb", "a\rb", "a\0b"])
def test_a_name_that_would_end_the_line_is_never_said(name: str) -> None:
    with pytest.raises(LocalError):
        serialise_command(Command("RETR", name))


def test_a_name_that_is_no_text_is_never_said() -> None:
    with pytest.raises(LocalError):
        serialise_command(Command("RETR", "\ud800"))


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (b"plain", b"plain"),
        (b"\xff\xff", b"\xff"),
        (b"\xff\xfd\x06x", b"x"),
        (b"\xff\xfe\xffx", b"x"),
        (b"\xff\xf0", b""),
        (b"a\xff", b"a\xff"),
        (b"\xffa", b"\xffa"),
    ],
)
def test_orders_of_telnet_are_undone(said: bytes, left: bytes) -> None:
    assert undo_telnet(said) == left


REPLIES = [
    (Reply(220, ("ready",)), b"220 ready\r\n"),
    (Reply(220, ("",)), b"220 \r\n"),
    (Reply(220, ()), b"220 \r\n"),
    (Reply(211, ("Features:", " UTF8", "End")), b"211-Features:\r\n UTF8\r\n211 End\r\n"),
    (Reply(214, ("first", "214 looks like the end", "last")), b"214-first\r\n 214 looks like the end\r\n214 last\r\n"),
    (Reply(214, ("first", "214-too", "last")), b"214-first\r\n 214-too\r\n214 last\r\n"),
    (Reply(214, ("a", "2140 no", "b")), b"214-a\r\n 2140 no\r\n214 b\r\n"),
    (Reply(550, ("a\r\n230 in",)), b"550 a??230 in\r\n"),
    (Reply(550, ("nul\0",)), b"550 nul?\r\n"),
    (Reply(257, ('"/ä"',)), '257 "/ä"\r\n'.encode()),
    (Reply(257, ("\udcff",)), b"257 \xff\xff\r\n"),
]


@pytest.mark.parametrize(("reply", "wire"), REPLIES)
def test_a_reply_as_it_is_sent(reply: Reply, wire: bytes) -> None:
    assert serialise_reply(reply) == wire


READ = [
    ([b"220 ready"], Reply(220, ("ready",))),
    ([b"220"], Reply(220, ("",))),
    ([b"220 "], Reply(220, ("",))),
    ([b"123-First line", b"Second line", b"  234 A line beginning with numbers", b"123 The last line"],
     Reply(123, ("First line", "Second line", "  234 A line beginning with numbers", "The last line"))),
    ([b"230-all", b"230-have", b"230 it"], Reply(230, ("all", "have", "it"))),
    ([b"230-", b"", b"230 x"], Reply(230, ("", "", "x"))),
    ([b"230-a\r", b"230 x\r"], Reply(230, ("a", "x"))),
    ([b"257 \"\xff\xff\""], Reply(257, ('"\udcff"',))),
    ([b"631 protected"], Reply(631, ("protected",))),
    ([], None),
    ([b""], None),
    ([b"22 ready"], None),
    ([b"2200 ready"], None),
    ([b"hello"], None),
    ([b"720 no such kind"], None),
    ([b"020 no such kind"], None),
    ([b"220\tready"], None),
    ([b"\xb2\xb20 ready"], None),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "reply"), READ)
def test_lines_are_one_reply_or_none(lines: list[bytes], reply: Reply | None) -> None:
    if reply is None:
        with pytest.raises(RemoteError):
            parse_reply(lines)
    else:
        assert parse_reply(lines) == reply


TEXTS = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=20)


@given(code=st.integers(100, 599), lines=st.lists(TEXTS, min_size=1, max_size=5))
def test_a_reply_that_is_sent_can_be_read_and_has_one_end(code: int, lines: list[str]) -> None:
    wire = serialise_reply(Reply(code, tuple(lines)))
    said = wire.removesuffix(b"\r\n").split(b"\r\n")
    ends = [is_last(line, b"%d" % code) for line in said]
    assert ends.index(True) == len(said) - 1
    read = parse_reply(said)
    assert [line.strip(" ") for line in read.lines] == [line.strip(" ") for line in lines]


@pytest.mark.parametrize(
    ("line", "last"), [(b"220 x", True), (b"220", True), (b"220-x", False), (b"221 x", False), (b" 220 x", False)]
)
def test_the_last_line_repeats_the_code_with_a_space(line: bytes, last: bool) -> None:
    assert is_last(line, b"220") is last
