"""Arguments of commands taken apart."""

from __future__ import annotations

import pytest

from portside.protocols.explaining import Field
from portside.protocols.smtp.explain.arguments import MOST_PARAMETERS, argument_fields
from portside.protocols.smtp.syntax.commands import row_of


def fields_of(verb: str, argument: bytes) -> list[Field]:
    line = verb.encode() + b" " + argument + b"\r\n"
    found = list(argument_fields(row_of(verb), line, len(verb) + 1, len(line) - 2))
    for field in found:
        assert len(verb) < field.span[0] < field.span[1] <= len(line) - 2
    return found


def told(fields: list[Field]) -> list[tuple[str, str]]:
    return [(field.name, field.value) for field in fields]


@pytest.mark.parametrize(
    ("verb", "argument", "expected"),
    [
        ("EHLO", b"bar.com", [("Domain", "bar.com")]),
        ("HELO", b"[192.0.2.1]", [("Address literal", "[192.0.2.1]")]),
        ("MAIL", b"FROM:<a@b.c>", [("Reverse-path", "<a@b.c>")]),
        ("MAIL", b"from: <> SIZE=5  BODY=8BITMIME",
         [("Reverse-path", "<>"), ("Parameter", "SIZE=5"), ("Parameter", "BODY=8BITMIME")]),
        ("RCPT", b'TO:<"a>b"@c.d> NOTIFY=NEVER', [("Forward-path", '<"a>b"@c.d>'), ("Parameter", "NOTIFY=NEVER")]),
        ("RCPT", b"nonsense", [("Argument", "nonsense")]),
        ("BDAT", b"86 LAST", [("chunk-size", "86"), ("end-marker", "LAST")]),
        ("BDAT", b"86", [("chunk-size", "86")]),
        ("BDAT", b"many", [("Argument", "many")]),
        ("AUTH", b"PLAIN", [("Mechanism", "PLAIN")]),
        ("AUTH", b"plain abcd", [("Mechanism", "plain"), ("Initial response", "abcd")]),
        ("VRFY", b"Smith", [("Argument", "Smith")]),
        ("RSET", b"x", [("Argument", "x")]),
        ("FOO", b"x", [("Argument", "x")]),
    ],
)  # fmt: skip
def test_an_argument_is_told_by_its_parts(verb: str, argument: bytes, expected: list[tuple[str, str]]) -> None:
    assert told(fields_of(verb, argument)) == expected


def test_a_path_has_a_route_a_local_part_and_a_domain() -> None:
    (path,) = fields_of("RCPT", b"TO:<@one.test,@two.test:a@b.c>")
    assert [(part.name, part.value) for part in path.parts] == [
        ("Source route", "@one.test,@two.test:"), ("Local-part", "a"), ("Domain", "b.c"),
    ]  # fmt: skip
    assert path.meaning == ""
    (path,) = fields_of("RCPT", b"TO:<Postmaster>")
    assert path.parts == ()
    (path,) = fields_of("MAIL", b"FROM:<>")
    assert path.meaning == "nobody: no report ever comes"


def test_what_is_wrong_is_told() -> None:
    assert fields_of("MAIL", b"FROM:<a..b@c.d>")[0].meaning == "That is no local part of an address."
    assert fields_of("RCPT", b"TO a")[0].meaning == "RCPT is written RCPT TO:<address>."
    assert fields_of("RSET", b"x")[0].meaning == "That command has no argument."
    assert fields_of("BDAT", b"-1")[0].meaning == "BDAT is written BDAT octets [LAST]."
    assert fields_of("MAIL", b"FROM:<a@b.c> FOO=1")[1].meaning == "not known here"


def test_a_login_shows_no_secret() -> None:
    mechanism, response = fields_of("AUTH", b"PLAIN abcd")
    assert not mechanism.secret and response.secret
    (forgotten,) = fields_of("AUTH", b"c2VjcmV0")
    assert forgotten.secret


def test_many_parameters_are_counted_rather_than_named() -> None:
    found = fields_of("MAIL", b"FROM:<a@b.c>" + b" A=1" * (MOST_PARAMETERS + 3))
    assert len(found) == MOST_PARAMETERS + 2 and found[-1].name == "Further parameters"
