"""One message taken apart."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.interfaces import Role
from portside.protocols.explaining import Field, Said
from portside.protocols.ftp import explain
from portside.protocols.ftp.explain.parts import MOST_INFLATED, content, fields

C, S = Role.CLIENT, Role.SERVER


def parts(role: Role, data: bytes) -> list[Field]:
    (said,) = explain.reader().read(role, data)
    return list(fields(said, data))


def test_a_command() -> None:
    verb, argument, end = parts(C, b"RETR a b.txt\r\n")
    assert (verb.name, verb.value, verb.meaning, verb.source) == ("Command", "RETR", "send me a file", "RFC 959 §4.1.3")
    assert (argument.name, argument.value, argument.span) == ("Path", "a b.txt", (5, 12))
    assert (end.value, end.span) == ("CR LF", (12, 14))


def test_a_password_is_secret_and_an_unknown_command_is_told() -> None:
    assert [field.secret for field in parts(C, b"PASS canary\r\n")] == [False, True, False]
    assert parts(C, b"NIX\n")[0].meaning == "not a command of FTP"
    assert parts(C, b"NIX\n")[1].meaning == "FTP ends its lines by CR LF"


@pytest.mark.parametrize(
    ("role", "data", "meaning"),
    [
        (C, b"PORT 127,0,0,1,4,1\r\n", "the client listens at 127.0.0.1:1025"),
        (C, b"EPRT |2|::1|1025|\r\n", "the client listens at [::1]:1025"),
        (C, b"PORT 1\r\n", "PORT needs six numbers: h1,h2,h3,h4,p1,p2"),
        (S, b"227 here (127,0,0,1,4,1)\r\n", "the server listens at 127.0.0.1:1025"),
        (S, b"229 here (|||1025|)\r\n", "the server listens at port 1025, on the address of this connection"),
    ],
)
def test_places_are_told_as_addresses(role: Role, data: bytes, meaning: str) -> None:
    assert meaning in [field.meaning for field in parts(role, data)]


def test_a_reply_of_several_lines() -> None:
    code, more, first, inner, last = parts(S, b"211-Features:\r\n UTF8\r\n211 End\r\n")
    assert (code.value, code.meaning) == ("211", "system status, or features")
    assert [part.value for part in code.parts] == ["2", "1", "1"]
    assert (more.name, more.span) == ("Continuation", (3, 4))
    assert [(one.value, one.span) for one in (first, inner, last)] == [
        ("Features:", (4, 13)), (" UTF8", (15, 20)), ("End", (26, 29)),
    ]  # fmt: skip
    assert parts(S, b"hello\r\n")[0].name == "Text"


def test_what_a_data_connection_carries() -> None:
    said = Said(S, "data", "data of MLSD", 0, 10, facts={"command": "MLSD", "argument": ""})
    found = content(said, b"0123456789")
    assert found is not None
    assert (found.type, found.whole) == ("text/plain", True)
    said.facts = {"command": "RETR", "argument": "a.html"}
    html = content(said, b"01")
    assert html is not None
    assert (html.type.partition(";")[0], html.whole) == ("text/html", False)
    assert fields(said, b"01")[0].value == "10 bytes"
    assert content(Said(C, "command", "NOOP", 0, 6), b"NOOP\r\n") is None


def test_a_compressed_transfer_is_shown_as_it_was_and_not_beyond_its_bound() -> None:
    packed = zlib.compress(bytes(3 * MOST_INFLATED))
    said = Said(S, "data", "data of RETR a", 0, len(packed), facts={"command": "RETR", "argument": "a", "mode": "Z"})
    found = content(said, packed)
    assert found is not None
    assert (len(found.data), found.whole, found.wrapping) == (MOST_INFLATED, False, "MODE Z")
    small = zlib.compress(b"small")
    said.stop = len(small)
    assert content(said, small) is not None
    assert content(said, small).data == b"small"  # type: ignore[union-attr]
    assert content(said, b"nonsense").data == b""  # type: ignore[union-attr]


@given(role=st.sampled_from([C, S]), data=st.binary(min_size=1, max_size=80))
def test_whatever_is_said_every_part_lies_within_it(role: Role, data: bytes) -> None:
    reader = explain.reader()
    found = [*reader.read(role, data), *reader.ended(role)]
    for said in found:
        for field in fields(said, data[said.start : said.stop]):
            assert 0 <= field.span[0] <= field.span[1] <= said.stop - said.start
