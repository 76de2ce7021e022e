"""A control connection and its data, read passively."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.interfaces import Role
from portside.protocols.explaining import Said
from portside.protocols.ftp.explain.masking import FtpMask
from portside.protocols.ftp.explain.reading import FtpReader, recognises
from portside.protocols.ftp.explain.splitting import LONGEST_LINE, MOST_LINES

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
        "PASS ******",
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
    assert answers == [None, "USER anna", "PASS ******", "EPSV", "RETR a.txt", "RETR a.txt", "QUIT"]
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
    assert not reader.expected
    (said,) = expected.reader().read(S, b"data")
    assert said.title == "data of LIST: 4 bytes"


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


def test_in_the_middle_a_place_is_that_of_the_next_transfer() -> None:
    assert data_of([(S, b"229 (|||1|)\r\n"), (C, b"RETR a\r\n")]) == ["data of RETR a: 3 bytes"]


def data_of(talk: list[tuple[Role, bytes]]) -> list[str]:
    """The titles of what passes on each data connection that is announced, in turn."""
    reader, announced = FtpReader(), []
    for role, data in talk:
        reader.read(role, data)
        announced += reader.expected
    return [said.title for one in announced for said in one.reader().read(S, b"abc")]


def test_pipelined_transfers_keep_to_their_own_connections() -> None:
    talk = [(C, b"EPSV\r\nRETR a\r\nEPSV\r\nRETR b\r\n"), (S, b"229 (|||1|)\r\n150 a\r\n226 a\r\n229 (|||2|)\r\n")]
    assert data_of(talk) == ["data of RETR a: 3 bytes", "data of RETR b: 3 bytes"]


def test_a_transfer_knows_its_offset_and_its_mode() -> None:
    reader, _ = read([(C, b"MODE Z\r\n"), (S, b"200 ok\r\n"), (C, b"REST 5\r\n"), (S, b"350 ok\r\n"), (C, b"PASV\r\n")])
    reader.read(S, b"227 (127,0,0,1,4,1)\r\n")
    (expected,) = reader.expected
    reader.read(C, b"RETR d/a.txt\r\n")
    (said,) = expected.reader().read(S, b"12345")
    assert said.facts == {"command": "RETR", "argument": "d/a.txt", "length": 5, "offset": 5, "mode": "Z"}


def test_a_refused_mode_is_none() -> None:
    reader, _ = read([(C, b"MODE Z\r\n"), (S, b"504 no\r\n"), (C, b"EPSV\r\n"), (S, b"229 (|||1|)\r\n")])
    (expected,) = reader.expected
    reader.read(C, b"RETR a\r\n")
    assert "mode" not in expected.reader().read(S, b"12345")[0].facts


def test_stat_is_answered_before_the_transfer_that_it_asks_about() -> None:
    _, found = read([
        (C, b"RETR a\r\n"), (S, b"150 a\r\n"), (C, b"STAT\r\n"), (S, b"211-x\r\n211 y\r\n"), (S, b"226 a\r\n"),
    ])  # fmt: skip
    assert [said.answers.title for said in found if said.answers is not None] == ["RETR a", "STAT", "RETR a"]


def test_an_aborted_transfer_has_two_replies() -> None:
    _, found = read([
        (C, b"RETR a\r\n"), (S, b"150 a\r\n"), (C, b"\xff\xf4\xff\xf2ABOR\r\n"), (S, b"426 cut\r\n226 done\r\n"),
    ])  # fmt: skip
    assert [said.answers.title for said in found if said.answers is not None] == ["RETR a", "RETR a", "ABOR"]


def test_what_is_missing_begins_no_message_and_reading_goes_on() -> None:
    reader = FtpReader()
    reader.read(C, b"RETR long")
    (begun,) = reader.missed(C, 20)
    assert (begun.kind, begun.start, begun.stop, begun.complete) == ("unknown", 0, 9, False)
    rest, noop = reader.read(C, b"PASS canary\r\nNOOP\r\n")
    assert (rest.kind, rest.title, rest.start, rest.stop) == ("unknown", "part of a line", 29, 42)
    assert (noop.title, noop.start, noop.stop) == ("NOOP", 42, 48)


def test_replies_behind_a_hole_answer_nothing_that_was_asked_before_it() -> None:
    reader, _ = read([(C, b"NOOP\r\n")])
    reader.missed(S, 10)
    assert [said.answers for said in reader.read(S, b"x\r\n200 ok\r\n")] == [None, None]


def test_the_end_completes_nothing_that_is_not_whole() -> None:
    reader = FtpReader()
    reader.read(S, b"220-never\r\nends")
    welcome, rest = reader.ended(S)
    assert (welcome.complete, welcome.title, welcome.notes) == (False, "220 never", ("its last line is missing",))
    assert (rest.kind, rest.start, rest.stop) == ("unknown", 11, 15)
    assert not reader.ended(C)


def test_an_endless_line_is_one_message_that_grows_however_it_comes() -> None:
    found = [[(said.start, said.stop, said.complete) for said in sent(step)] for step in (1000, LONGEST_LINE, 1 << 20)]
    assert found == [[(0, 40_001, True), (40_001, 40_007, True)]] * 3


def sent(step: int) -> list[Said]:
    reader, data = FtpReader(), b"x" * 40_000 + b"\nNOOP\r\n"
    return [said for at in range(0, len(data), step) for said in reader.read(C, data[at : at + step])]


def test_an_endless_reply_is_cut_into_messages() -> None:
    _, found = read([(S, b"220-a\r\n"), (S, b"y\r\n" * (2 * MOST_LINES))])
    assert found[0].title == f"220 a (+{MOST_LINES - 1} lines)"


def test_what_is_no_ftp_is_told_as_it_is_and_harms_nothing() -> None:
    _, found = read([(C, b"\x00\xff\xfe\n"), (S, b"hello\n"), (S, b"99 bottles\n"), (C, b"\n"), (S, b"\n")])
    assert [said.kind for said in found] == ["unknown"] * 5


def test_a_mask_may_begin_between_lines_and_knows_who_has_asked_for_tls() -> None:
    reader, _ = read(TALK[:4])
    assert reader.mask_from_here() is not None
    reader.read(C, b"PA")
    assert reader.mask_from_here() is None
    waiting, _ = read([(C, b"AUTH TLS\r\n")])
    begin = waiting.mask_from_here()
    assert begin is not None
    mask = begin()
    mask.hide(S, b"234 go\r\n")
    assert mask.harmless(C) > 0
    waiting.read(S, b"211-a\r\n")
    assert waiting.mask_from_here() is None


SAID = [
    b"PASS canary\r\n",
    b"AUTH TLS\r\n",
    b"234 x\r\n",
    b"234-x\r\n",
    b"USER a\r\n",
    b"PASS ca",
    b"nary\r\n",
    b"500 no\r\n",
]


@given(talk=st.lists(st.tuples(st.sampled_from([C, S]), st.sampled_from(SAID)), max_size=12))
def test_a_mask_that_begins_later_hides_as_the_first_one_would(talk: list[tuple[Role, bytes]]) -> None:
    reader, first, later = FtpReader(), FtpMask(), None
    for role, data in talk:
        shown = first.hide(role, data)
        if later is not None:
            assert later.hide(role, data) == shown
        reader.read(role, data)
        if reader.switch is not None:
            break
        begin = reader.mask_from_here()
        later = begin() if later is None and begin is not None else later


@pytest.mark.parametrize(
    ("role", "data", "known"),
    [
        (S, b"220 (vsFTPd 3.0.3)\r\n", True),
        (S, b"220-Welcome", True),
        (None, b"220 ready\r\n", True),
        (S, b"220 mail.example ESMTP\r\n", False),
        (S, b"227 Entering Passive Mode (127,0,0,1,4,1).\r\n", True),
        (S, b"229 Entering Extended Passive Mode (|||1025|)\r\n", True),
        (S, b"229 something else\r\n", False),
        (S, b"2200", False),
        (S, b"HTTP/1.1 200 OK", False),
        (C, b"EPSV\r\n", True),
        (C, b"RETR a\r\n", True),
        (C, b"CWD /\r\n", True),
        (C, b"AUTH TLS\r\n", True),
        (C, b"AUTH PLAIN\r\n", False),
        (C, b"PORT x\r\n", False),
        (C, b"CWD /", False),
        (C, b"list\r\n", False),
        (C, b"LIST\r\n", False),
        (C, b"USER anna\r\n", True),
        (C, b"QUIT\r\n", False),
        (C, b"GET / HTTP/1.1\r\n", False),
        (C, b"PUT / HTTP/1.1\r\n", False),
        (C, b"220 ", False),
        (C, b"\xff\xfb\x01", False),
    ],
)
def test_ftp_is_recognised_by_its_first_words(role: Role | None, data: bytes, known: bool) -> None:
    assert recognises(role, data) is known
