"""A control connection and its data, read passively."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.interfaces import Role
from portside.protocols.explaining import Said
from portside.protocols.ftp.explain.reading import LONGEST_LINE, DataReader, FtpReader, Meeting, recognises

C, S = Role.CLIENT, Role.SERVER
TALK = [
    (S, b"220-Welcome\r\n220 ready\r\n"),
    (C, b"USER anna\r\n"),
    (S, b"331 Password?\r\n"),
    (C, b"PASS canary\r\n"),
    (S, b"230-in\r\n230-and\r\n230 well\r\n"),
    (C, b"EPSV\r\n"),
    (S, b"229 Entering Extended Passive Mode (|||5000|)\r\n"),
    (C, b"RETR a.txt\r\n"),
    (S, b"150 coming\r\n"),
    (S, b"226 done\r\n"),
    (C, b"QUIT\r\n"),
    (S, b"221 bye\r\n"),
]


def read(talk: list[tuple[Role, bytes]]) -> tuple[FtpReader, list[Said]]:
    reader = FtpReader()
    return reader, [said for role, data in talk for said in reader.read(role, data)]


def test_commands_and_replies_are_told_in_one_line_each_and_belong_together() -> None:
    _, found = read(TALK)
    assert [said.title for said in found] == [
        "220 Welcome (+1 lines)",
        "USER anna",
        "331 Password?",
        "PASS ****",
        "230 in (+2 lines)",
        "EPSV",
        "229 Entering Extended Passive Mode (|||5000|)",
        "RETR a.txt",
        "150 coming",
        "226 done",
        "QUIT",
        "221 bye",
    ]
    answers = [None if said.answers is None else said.answers.title for said in found if said.role is S]
    assert answers == [None, "USER anna", "PASS ****", "EPSV", "RETR a.txt", "RETR a.txt", "QUIT"]
    assert [said.facts["status"] for said in found if said.role is S] == [220, 331, 230, 229, 150, 226, 221]
    assert all(said.complete for said in found)
    assert "canary" not in repr(found)


@given(cuts=st.lists(st.integers(1, 9), min_size=1))
def test_any_split_finds_the_same(cuts: list[int]) -> None:
    whole = [(said.title, said.start, said.stop) for said in read(TALK)[1]]
    pieces: list[tuple[Role, bytes]] = []
    for number, (role, data) in enumerate(TALK):
        size = cuts[number % len(cuts)]
        pieces += [(role, data[at : at + size]) for at in range(0, len(data), size)]
    assert [(said.title, said.start, said.stop) for said in read(pieces)[1]] == whole


@pytest.mark.parametrize(
    ("talk", "listener", "host", "port"),
    [
        ([(C, b"PASV\r\n"), (S, b"227 Entering Passive Mode (10,0,0,2,19,136).\r\n")], S, "10.0.0.2", 5000),
        ([(C, b"EPSV\r\n"), (S, b"229 ok (|||5000|)\r\n")], S, "", 5000),
        ([(C, b"PORT 10,0,0,1,19,136\r\n")], C, "10.0.0.1", 5000),
        ([(C, b"EPRT |2|::1|5000|\r\n")], C, "::1", 5000),
    ],
)
def test_data_connections_are_announced(talk: list[tuple[Role, bytes]], listener: Role, host: str, port: int) -> None:
    reader, _ = read(talk)
    (expected,) = reader.expected
    assert (expected.listener, expected.host, expected.port) == (listener, host, port)
    reader.read(C, b"LIST\r\n")
    assert reader.expected == []
    (said,) = expected.reader().read(S, b"data")
    assert said.title == "data of LIST"


@pytest.mark.parametrize("line", [b"PORT x\r\n", b"EPRT |9|x|1|\r\n"])
def test_a_place_that_makes_no_sense_announces_nothing(line: bytes) -> None:
    assert not read([(C, line)])[0].expected
    assert not read([(C, b"PASV\r\n"), (S, b"227 somewhere\r\n")])[0].expected


def test_after_auth_and_its_234_the_two_speak_tls() -> None:
    reader, found = read([(S, b"220 a\r\n"), (C, b"AUTH TLS\r\n"), (S, b"234 go\r\n"), (C, b"\x16\x03\x01")])
    assert reader.switch is not None
    assert (reader.switch.client, reader.switch.server) == (10, 15)
    assert (reader.switch.to, reader.switch.inside) == ("tls", "ftp")
    assert len(found) == 3
    refused, _ = read(
        [(S, b"220 a\r\n"), (C, b"AUTH TLS\r\n"), (S, b"534 no\r\n"), (C, b"NOOP\r\n"), (S, b"234 x\r\n")]
    )
    assert refused.switch is None


def test_data_is_one_message_of_the_transfer_it_belongs_to() -> None:
    meeting = Meeting()
    reader = DataReader(meeting)
    for line in (b"MODE Z", b"RETR dir/a.txt"):
        control = FtpReader()
        control._meeting = meeting
        control.read(C, line + b"\r\n")
    (said,) = reader.read(S, b"12345")
    assert (said.kind, said.title, said.complete) == ("data", "data of RETR dir/a.txt", False)
    assert dict(said.facts) == {"command": "RETR", "argument": "dir/a.txt", "mode": "Z"}
    assert not reader.read(S, b"678")
    reader.missed(S, 100)
    assert (said.start, said.stop, said.notes) == (0, 108, ("100 bytes were not captured",))
    assert not reader.ended(S)
    assert said.complete
    assert reader.ended(C) == ()
    assert (reader.switch, reader.expected) == (None, ())
    assert DataReader(Meeting()).missed(S, 5)[0].title == "data"


def test_what_is_missing_is_counted_and_reading_goes_on() -> None:
    reader = FtpReader()
    reader.read(C, b"RETR long")
    assert not reader.missed(C, 20)
    (said,) = reader.read(C, b"name\r\n")
    assert (said.start, said.stop, said.notes) == (0, 35, ("20 bytes were not captured",))
    reader.missed(C, 7)
    (said,) = reader.read(C, b"NOOP\r\n")
    assert (said.start, said.stop) == (42, 48)


def test_the_end_completes_nothing_that_is_not_whole() -> None:
    reader = FtpReader()
    reader.read(S, b"220-never")
    (said,) = reader.ended(S)
    assert (said.complete, said.title) == (False, "220 never")
    assert not reader.ended(C)


def test_an_endless_line_and_an_endless_reply_are_cut_into_messages() -> None:
    reader = FtpReader()
    found = [said for _ in range(40) for said in reader.read(C, b"x" * 1000)]
    assert len(found) == 40_000 // LONGEST_LINE
    replies = [said for _ in range(3000) for said in FtpReader.read(reader, S, b"220-" + b"y" * 995 + b"\n")]
    assert 1 <= len(replies) <= 3


def test_what_is_no_ftp_is_told_as_it_is_and_harms_nothing() -> None:
    _, found = read([(C, b"\x00\xff\xfe\n"), (S, b"hello\n"), (S, b"99 bottles\n"), (C, b"\n"), (S, b"\n")])
    assert [said.kind for said in found] == ["command", "reply", "reply", "command", "reply"]


def test_a_mask_may_begin_between_lines_while_nobody_asks_for_tls() -> None:
    reader, _ = read(TALK[:4])
    assert reader.mask_from_here() is not None
    reader.read(C, b"PA")
    assert reader.mask_from_here() is None
    waiting, _ = read([(C, b"AUTH TLS\r\n")])
    assert waiting.mask_from_here() is None
    waiting.read(S, b"502 no\r\n")
    assert waiting.mask_from_here() is not None
    assert DataReader(Meeting()).mask_from_here() is not None


@pytest.mark.parametrize(
    ("role", "data", "known"),
    [
        (S, b"220 (vsFTPd 3.0.3)\r\n", True),
        (S, b"220-Welcome", True),
        (None, b"220 ready\r\n", True),
        (S, b"220 mail.example ESMTP\r\n", False),
        (S, b"2200", False),
        (S, b"HTTP/1.1 200 OK", False),
        (C, b"EPSV\r\n", True),
        (C, b"RETR a\r\n", True),
        (C, b"CWD /", True),
        (C, b"USER anna\r\n", False),
        (C, b"QUIT\r\n", False),
        (C, b"GET / HTTP/1.1\r\n", False),
        (C, b"PUT / HTTP/1.1\r\n", False),
        (C, b"220 ", False),
        (C, b"\xff\xfb\x01", False),
    ],
)
def test_ftp_is_recognised_by_its_first_words(role: Role | None, data: bytes, known: bool) -> None:
    assert recognises(role, data) is known
