"""One message taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.interfaces import Role
from portside.protocols.explaining import Field, Said
from portside.protocols.ftp import explain
from portside.protocols.ftp.explain.parts import MOST_LINES, content, fields

C, S = Role.CLIENT, Role.SERVER


def parts(role: Role, data: bytes) -> list[Field]:
    (said,) = explain.reader().read(role, data)
    return list(fields(said, data))


def test_a_command() -> None:
    verb, argument, end = parts(C, b"RETR a b.txt\r\n")
    assert (verb.name, verb.value, verb.meaning, verb.source) == (
        "Command code",
        "RETR",
        "send me a file",
        "RFC 959 §4.1.3",
    )
    assert (argument.name, argument.value, argument.span) == ("Pathname", "a b.txt", (5, 12))
    assert (end.value, end.span) == ("CR LF", (12, 14))


def test_a_password_is_secret_and_an_unknown_command_is_told() -> None:
    for line in (b"PASS canary\r\n", b"PASS ******\r\n"):
        assert [field.secret for field in parts(C, line)] == [False, True, False]
    assert parts(C, b"NIX a\n")[0].meaning == "not known here"
    assert [field.value for field in parts(C, b"NIX a\n")] == ["NIX", "a", "LF"]


@pytest.mark.parametrize(
    ("role", "data", "meaning"),
    [
        (C, b"PORT 127,0,0,1,4,1\r\n", "waits at 127.0.0.1:1025"),
        (C, b"EPRT |2|::1|1025|\r\n", "waits at [::1]:1025"),
        (C, b"PORT 1\r\n", "no address"),
        (S, b"227 somewhere\r\n", "says nothing that a program could read"),
        (S, b"227 here (127,0,0,1,4,1)\r\n", "waits at 127.0.0.1:1025"),
        (S, b"229 here (|||1025|)\r\n", "waits at port 1025"),
    ],
)
def test_places_are_told_as_addresses(role: Role, data: bytes, meaning: str) -> None:
    assert meaning in [field.meaning for field in parts(role, data)]


def test_a_reply_of_several_lines() -> None:
    code, more, first, inner, last = answer(b"FEAT\r\n", b"211-Features:\r\n MDTM\r\n211 End\r\n")
    assert (code.value, code.meaning) == ("211", "system status, or features")
    assert [part.value for part in code.parts] == ["2", "1", "1"]
    assert (more.name, more.span) == ("Continuation", (3, 4))
    assert [(one.name, one.value, one.span, one.meaning) for one in (first, inner, last)] == [
        ("Text", "Features:", (4, 13), ""),
        ("Line", " MDTM", (15, 22), "when was it changed?"),
        ("Last line", "211 End", (22, 31), "the reply ends here"),
    ]


def answer(command: bytes, reply: bytes) -> list[Field]:
    reader = explain.reader()
    reader.read(C, command)
    (said,) = reader.read(S, reply)
    return list(fields(said, reply))


@pytest.mark.parametrize(
    ("command", "reply", "meaning"),
    [
        (b"SIZE a", b"213 12345", "12,345 bytes"),
        (b"SIZE a", b"213 many", ""),
        (b"MDTM a", b"213 20260102030405", "changed 2026-01-02 03:04:05 UTC"),
        (b"MDTM a", b"213 yesterday", "says nothing that a program could read"),
        (b"PWD", b'257 "/a ""b""" is here', 'the path /a "b"'),
        (b"MKD x", b"257 made", ""),
        (b"NOOP", b"200 fine", ""),
    ],
)
def test_what_programs_read_of_a_reply_is_told(command: bytes, reply: bytes, meaning: str) -> None:
    assert answer(command + b"\r\n", reply + b"\r\n")[1].meaning == meaning


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        (b"TYPE I", "image: the bytes as they are (RFC 959 §3.1.1.3)"),
        (b"TYPE A N", "ASCII: lines end with CR LF on the way (RFC 959 §3.1.1.1)"),
        (b"TYPE E", "only the types A, I and L 8 are known here"),
        (b"MODE Z", "compressed by deflate"),
        (b"PROT P", "private: data connections over TLS (RFC 4217 §9)"),
        (b"PBSZ 0", "TLS has buffers of its own (RFC 4217 §8)"),
        (b"EPSV ALL", "from now on nothing but EPSV opens data connections (RFC 2428 §4)"),
        (b"REST 1000", "1,000 bytes"),
        (b"MFMT 20260102030405 a b", "2026-01-02 03:04:05 UTC for a b"),
        (b"MFMT 99991231235960 a", "9999-12-31 23:59:59 UTC for a"),
        (b"OPTS UTF8 ON", "UTF8: ON"),
    ],
)
def test_what_an_argument_means_is_told(line: bytes, meaning: str) -> None:
    assert parts(C, line + b"\r\n")[1].meaning == meaning


def test_orders_of_telnet_stand_for_themselves() -> None:
    orders, verb, _ = parts(C, b"\xff\xf4\xff\xf2ABOR\r\n")
    assert (orders.name, orders.span) == ("Telnet orders", (0, 4))
    assert (verb.value, verb.span) == ("ABOR", (4, 8))


def test_of_an_endless_reply_so_many_lines_are_named() -> None:
    data = b"214-a\r\n" + b"x\r\n" * (MOST_LINES + 5) + b"214 b\r\n"
    found = parts(S, data)
    assert found[-1].name == "Further lines"
    assert found[-1].span[1] == len(data)
    assert len(found) < MOST_LINES + 10


def test_a_reply_of_several_lines_carries_them() -> None:
    data = b"213-Status\r\n a\r\n b\r\n213 End\r\n"
    (said,) = explain.reader().read(S, data)
    found = content(said, data)
    assert found is not None
    assert (found.data, found.whole) == (b" a\r\n b\r\n", True)
    cut = content(said, data[:16])
    assert cut is not None
    assert (cut.data, cut.whole) == (b" a\r\n", False)
    (one,) = explain.reader().read(S, b"200 x\r\n")
    assert content(one, b"200 x\r\n") is None


def test_what_a_data_connection_carries_is_content() -> None:
    said = Said(S, "data", "data of RETR a.html", 0, 10, facts={"command": "RETR", "argument": "a.html"})
    html = content(said, b"01")
    assert html is not None
    assert (html.type.partition(";")[0], html.whole) == ("text/html", False)
    assert fields(said, b"01")[0].meaning == "what RETR transfers"
    assert content(Said(C, "command", "NOOP", 0, 6), b"NOOP\r\n") is None


@given(role=st.sampled_from([C, S]), data=st.binary(min_size=1, max_size=80))
def test_whatever_is_said_every_part_lies_within_it(role: Role, data: bytes) -> None:
    reader = explain.reader()
    found = [*reader.read(role, data), *reader.ended(role)]
    for said in found:
        for field in fields(said, data[said.start : said.stop]):
            assert 0 <= field.span[0] <= field.span[1] <= said.stop - said.start
