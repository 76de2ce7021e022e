"""Messages as they pass: who answers whom, what broke off, and holes."""

from __future__ import annotations

import zlib

import pytest

from portside.interfaces import Role
from portside.protocols.explaining import Said
from portside.protocols.telnet.explain.directions import LONGEST_KEPT
from portside.protocols.telnet.explain.reading import UNREADABLE, TelnetReader
from tests.support.telnet import wire

C, S = Role.CLIENT, Role.SERVER


def read(*talk: tuple[Role, bytes]) -> list[Said]:
    reader = TelnetReader()
    return [said for role, data in talk for said in reader.read(role, data)]


@pytest.mark.parametrize(
    ("asked", "answer", "title"),
    [
        ("WILL ECHO", "DO ECHO", "client do ECHO (agreed)"),
        ("WILL ECHO", "DONT ECHO", "client don't ECHO (refused)"),
        ("DO NAWS", "WILL NAWS", "client will NAWS (agreed)"),
        ("DO 200", "WONT 200", "client won't ATCP (refused)"),
        ("WONT ECHO", "DONT ECHO", "client don't ECHO (agreed)"),
        ("DO 222", "WONT 222", "client won't option 222 (refused)"),
    ],
)
def test_an_answer_knows_its_request(asked: str, answer: str, title: str) -> None:
    request, reply = read((S, wire(f"IAC {asked}")), (C, wire(f"IAC {answer}")))
    assert (reply.title, reply.answers) == (title, request)
    assert request.answers is None
    assert (request.kind, request.facts["command"]) == ("negotiation", asked.split()[0])


def test_requests_of_both_sides_of_an_option_are_two() -> None:
    first, second = read((S, wire("IAC WILL BINARY")), (C, wire("IAC WILL BINARY")))
    assert first.answers is None
    assert second.answers is None


def test_a_question_has_its_answer() -> None:
    question, answer, again = read(
        (S, wire("IAC SB TTYPE SEND IAC SE")), (C, wire("IAC SB TTYPE IS 'A' IAC SE IAC SB TTYPE IS 'B' IAC SE"))
    )
    assert answer.answers is question
    assert again.answers is None


def test_a_prompt_ends_where_a_command_follows() -> None:
    prompt, signal, text = read((S, wire("'> ' IAC GA 'more'")))
    assert (prompt.title, prompt.complete) == (">", True)
    assert signal.title == "server: go ahead: it is the other's turn (GA)"
    assert (text.start, text.complete) == (4, False)


def test_what_is_compressed_is_told_plain() -> None:
    begin, line, request = read((S, wire("IAC SB MCCP2 IAC SE") + zlib.compress(wire("'A quay.' LF IAC WILL GMCP"))))
    assert begin.title == "server: compresses from here on"
    assert (line.title, line.facts) == ("A quay.", {"compressed": 1})
    assert request.facts == {"command": "WILL", "option": "GMCP", "compressed": 1}


def test_what_cannot_be_unpacked_is_one_message() -> None:
    reader = TelnetReader()
    found = [*reader.read(S, wire("IAC SB MCCP2 IAC SE 'hello'")), *reader.read(S, b"more"), *reader.read(S, b"!")]
    assert [said.title for said in found] == ["server: compresses from here on", UNREADABLE]
    assert found[1].stop == 15


def test_what_is_too_long_grows_to_its_end() -> None:
    reader = TelnetReader()
    data = b"\xff\xfa\xc8" + bytes(LONGEST_KEPT + 100)
    (said,) = reader.read(C, data)
    assert (said.title, said.notes) == (f"client: ATCP, more than {LONGEST_KEPT:,} bytes", ("it is too long",))
    reader.read(C, b"more")
    assert (said.stop, said.complete) == (len(data) + 4, False)
    reader.read(C, b"\xff\xf0a")
    assert (said.stop, said.complete) == (len(data) + 6, True)


def test_what_broke_off_says_so() -> None:
    broken, _ = read((C, wire("IAC SB NAWS 0 80 IAC NOP")))
    assert (broken.title, broken.complete, broken.notes) == ("client: NAWS, broken off", False, ("it broke off",))
    reader = TelnetReader()
    assert reader.read(C, b"ab\xff\xfa\x1f\0") is not None
    (cut,) = reader.ended(C)
    assert (cut.title, cut.start, cut.stop, cut.complete) == ("client: a command that broke off", 2, 6, False)
    assert list(reader.ended(S)) == []


def test_a_hole_is_noted_where_a_line_is_open() -> None:
    reader = TelnetReader()
    (said,) = reader.read(S, b"abc")
    assert list(reader.missed(S, 5)) == []
    (after,) = reader.read(S, b"def")
    assert (said.stop, said.notes) == (8, ("5 bytes were not captured",))
    assert after.start == 8


def test_a_hole_in_a_command_begins_anew() -> None:
    reader = TelnetReader()
    reader.read(C, b"\xff\xfa\x1f\0")
    reader.missed(C, 3)
    assert [(said.title, said.start) for said in reader.read(C, b"ls\r\n")] == [("ls", 7)]
