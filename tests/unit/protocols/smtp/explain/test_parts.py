"""Commands and replies taken apart, field by field."""

from __future__ import annotations

import pytest

from portside.interfaces import Role
from portside.protocols.explaining import Field, Said
from portside.protocols.smtp.explain.parts import MOST_LINES, content, fields

C, S = Role.CLIENT, Role.SERVER


def said_of(role: Role, kind: str, data: bytes, command: str = "") -> Said:
    return Said(role, kind, "", 0, len(data), True, {"command": command} if command else {})


def told(role: Role, kind: str, data: bytes, command: str = "") -> list[tuple[str, str]]:
    found = fields(said_of(role, kind, data, command), data)
    for field in found:
        within(field, (0, len(data)))
    assert [field.span[0] for field in found] == sorted(field.span[0] for field in found)
    return [(field.name, field.value) for field in found]


def within(field: Field, span: tuple[int, int]) -> None:
    assert span[0] <= field.span[0] <= field.span[1] <= span[1]
    for part in field.parts:
        within(part, field.span)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"DATA\r\n", [("Command verb", "DATA"), ("Line end", "CR LF")]),
        (b"rset\n", [("Command verb", "rset"), ("Line end", "LF")]),
        (b"EHLO a\r\n", [("Command verb", "EHLO"), ("Domain", "a"), ("Line end", "CR LF")]),
        (b"FOO bar", [("Command verb", "FOO"), ("Argument", "bar")]),
        (b"*****\r\n", [("Data", "*****")]),
    ],
)
def test_a_command_is_told_by_its_parts(data: bytes, expected: list[tuple[str, str]]) -> None:
    assert told(C, "command", data) == expected


def test_a_reply_is_told_by_its_parts() -> None:
    data = b"550-5.1.1 No such\r\n550 5.1.1 user\r\n"
    found = fields(said_of(S, "reply", data), data)
    assert [field.name for field in found] == [
        "Reply code", "Continuation", "Enhanced status code", "Text", "Last line",
    ]  # fmt: skip
    assert found[0].meaning.startswith("mailbox not available") and len(found[0].parts) == 3
    assert (found[2].value, found[2].meaning) == ("5.1.1", "final failure: no such mailbox")
    assert found[4].parts[0].meaning == "final failure: no such mailbox"
    assert told(S, "reply", b"250\r\n") == [("Reply code", "250"), ("Line end", "CR LF")]
    assert told(S, "reply", b"250 ok") == [("Reply code", "250"), ("Text", "ok")]
    assert told(S, "reply", b"nonsense\r\n") == [("Data", "nonsense")]


def test_a_reply_to_ehlo_names_extensions() -> None:
    data = b"250-x.test\r\n250-SIZE 100\r\n250-AUTH=LOGIN\r\n250-X-OWN\r\n250 DSN\r\n"
    found = fields(said_of(S, "reply", data, "EHLO"), data)[3:]
    assert [field.name for field in found] == ["EHLO keyword"] * 4
    assert [field.meaning for field in found] == [
        "the largest message, in octets (0: no limit)", "the mechanisms of the login", "an extension",
        "reports of delivery may be asked for",
    ]  # fmt: skip
    assert [(part.name, part.value) for part in found[0].parts] == [("Keyword", "SIZE"), ("Parameters", "100")]
    assert [name for name, _ in told(S, "reply", data, "HELP")][3:] == ["Line", "Line", "Line", "Last line"]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [(b"VXNlcm5hbWU6", "the challenge: Username:"), (b"no!", "no base64"), (b"/w==", "the challenge: \ufffd")],
)
def test_a_challenge_is_decoded(text: bytes, meaning: str) -> None:
    data = b"334 " + text + b"\r\n"
    assert fields(said_of(S, "challenge", data), data)[1].meaning == meaning


def test_an_answer_of_a_login_is_a_secret_but_where_it_gives_up() -> None:
    answer = fields(said_of(C, "response", b"abcd\r\n"), b"abcd\r\n")
    assert (answer[0].name, answer[0].secret, answer[1].name) == ("Response", True, "Line end")
    up = fields(said_of(C, "response", b"*\r\n"), b"*\r\n")
    assert (up[0].meaning, up[0].secret) == ("gives up", False)
    assert told(C, "response", b"\r\n") == [("Line end", "CR LF")]


def test_what_is_no_line_is_bytes() -> None:
    assert told(C, "unknown", b"xyz") == [("Data", "3 bytes")]
    assert told(C, "command", b"") == [("Data", "0 bytes")]


def test_many_lines_are_counted_rather_than_named() -> None:
    data = b"250-a\r\n" * (MOST_LINES + 10) + b"250 b\r\n"
    found = told(S, "reply", data)
    assert found[-1] == ("Further lines", f"{10 * 7:,} bytes") and len(found) == MOST_LINES + 4


def test_a_reply_of_several_lines_and_a_message_have_a_content() -> None:
    help_ = b"214-a\r\n214 b\r\n"
    found = content(said_of(S, "reply", help_), help_)
    assert found is not None and found.data == help_ and found.whole
    assert content(said_of(S, "reply", b"250 a\r\n"), b"250 a\r\n") is None
    assert content(said_of(C, "command", b"DATA\r\n"), b"DATA\r\n") is None
    message = content(said_of(C, "content", b"..a\r\n.\r\n"), b"..a\r\n.\r\n")
    assert message is not None and message.data == b".a\r\n"
    (mail,) = [
        field for field in fields(said_of(C, "content", b"A: b\r\n.\r\n"), b"A: b\r\n.\r\n") if field.name == "A"
    ]
    assert mail.value == "b"
