"""Reports: built so that people and programs read them, and read where others built them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import UsageError
from portside.mail.envelope import Return
from portside.mail.fields import parse_header
from portside.mail.mime.parsing import parse
from portside.mail.mime.reading import text
from portside.mail.report import LARGEST_RETURNED, Action, PerRecipient, build, read

ORIGINAL = b"From: ann@example.com\r\nSubject: Gr=C3=BC\xc3\x9fe\r\nMessage-ID: <1@example.com>\r\n\r\nbody\r\n"
FAILED = PerRecipient(
    "bob@example.net",
    Action.FAILED,
    "5.1.1",
    "rfc822;bob@example.org",
    "mx.example.net",
    "550 5.1.1 No such user",
    60.0,
)
DELAYED = PerRecipient("eve@example.net", Action.DELAYED, "4.4.1", retry_until=86400.0)


def built(*recipients: PerRecipient, original: bytes = ORIGINAL, to: str = "ann@example.com", **more: object) -> bytes:
    given: dict[str, object] = {"to": to, "reporter": "mail.example", "date": 120.0, "message_id": "<2@mail.example>"}
    return build(recipients, original=original, **(given | more))  # type: ignore[arg-type]


def test_a_report_has_its_three_parts() -> None:
    tree = parse(built(FAILED))
    assert [part.type for part in tree.walk()] == [
        "multipart/report", "text/plain", "message/delivery-status", "text/rfc822-headers",
    ]  # fmt: skip
    assert tree.content_type.parameters["report-type"] == "delivery-status"


def test_a_report_says_that_no_person_wrote_it_and_of_which_message_it_speaks() -> None:
    header = parse_header(built(FAILED))
    assert header.text("auto-submitted") == "auto-replied"
    assert header.text("in-reply-to") == header.text("references") == "<1@example.com>"
    assert header.text("to") == "ann@example.com"
    assert header.text("from") == "Mail Delivery System <mailer-daemon@mail.example>"
    assert header.text("subject").startswith("Undelivered:")


def test_people_read_who_said_what() -> None:
    said = text(parse(built(FAILED, DELAYED)).parts[0])
    assert "<bob@example.net>" in said
    assert "mx.example.net said: 550 5.1.1 No such user" in said
    assert "could not be delivered" in said
    assert "<eve@example.net>" in said
    assert "tried until Fri, 02 Jan 1970 00:00:00 +0000" in said


def test_programs_read_what_happened() -> None:
    message = built(FAILED, DELAYED, envid="QQ314159", arrival=0.0)
    status = parse(message).parts[1].raw
    assert status.split(b"\r\n\r\n") == [
        b"Original-Envelope-Id: QQ314159\r\nReporting-MTA: dns; mail.example\r\n"
        b"Arrival-Date: Thu, 01 Jan 1970 00:00:00 +0000",
        b"Original-Recipient: rfc822; bob@example.org\r\nFinal-Recipient: rfc822; bob@example.net\r\nAction: failed\r\n"
        b"Status: 5.1.1\r\nRemote-MTA: dns; mx.example.net\r\nDiagnostic-Code: smtp; 550 5.1.1 No such user\r\n"
        b"Last-Attempt-Date: Thu, 01 Jan 1970 00:01:00 +0000",
        b"Final-Recipient: rfc822; eve@example.net\r\nAction: delayed\r\nStatus: 4.4.1\r\n"
        b"Will-Retry-Until: Fri, 02 Jan 1970 00:00:00 +0000\r\n",
    ]


@pytest.mark.parametrize(
    ("action", "ret", "type"),
    [
        (Action.FAILED, None, "text/rfc822-headers"),
        (Action.FAILED, Return.HEADERS, "text/rfc822-headers"),
        (Action.FAILED, Return.FULL, "message/rfc822"),
        (Action.DELIVERED, Return.FULL, "text/rfc822-headers"),
        (Action.DELAYED, Return.FULL, "text/rfc822-headers"),
    ],
)
def test_of_the_message_comes_back_what_was_asked_for(action: Action, ret: Return | None, type: str) -> None:
    returned = parse(built(PerRecipient("a@b", action, "5.0.0"), ret=ret)).parts[2]
    assert returned.type == type
    if type == "message/rfc822":
        assert returned.raw == ORIGINAL
    else:
        assert b"body" not in returned.raw


def test_a_large_message_does_not_come_back_whole() -> None:
    returned = parse(built(FAILED, original=ORIGINAL + b"x" * LARGEST_RETURNED, ret=Return.FULL)).parts[2]
    assert returned.type == "text/rfc822-headers"


@pytest.mark.parametrize("action", list(Action))
def test_every_action_has_its_subject_and_its_words(action: Action) -> None:
    message = built(PerRecipient("a@b", action, "2.0.0"))
    assert parse_header(message).text("subject")
    assert [each.action for each in read(message)] == [action]


def test_the_null_sender_is_told_nothing() -> None:
    with pytest.raises(UsageError, match="null sender"):
        built(FAILED, to="")
    with pytest.raises(UsageError):
        built()


ABROAD = PerRecipient("bøb@exämple.net", Action.FAILED, "5.1.1", diagnostic="550 nø")


def test_an_address_in_another_script_is_said_in_ascii_where_nothing_else_travels() -> None:
    message = built(ABROAD, original=b"Subject: x\r\n\r\n")
    assert message.isascii()
    assert b"Final-Recipient: utf-8; b\\x{F8}b@ex\\x{E4}mple.net\r\n" in message
    assert [each.final for each in read(message)] == ["bøb@exämple.net"]


def test_an_address_in_another_script_is_said_as_it_is_where_it_travels() -> None:
    message = built(ABROAD, utf8=True, to="änn@example.com", original="Subject: ü\r\n\r\nx".encode(), ret=Return.FULL)
    types = [part.type for part in parse(message).walk()]
    assert types[2:4] == ["message/global-delivery-status", "message/global"]
    assert "Final-Recipient: utf-8; bøb@exämple.net\r\n".encode() in message
    assert [each.final for each in read(message)] == ["bøb@exämple.net"]
    headers = built(ABROAD, utf8=True, original="Subject: ü\r\n\r\nx".encode())
    assert [part.type for part in parse(headers).walk()][3] == "message/global-headers"


EVIL = st.text("a\r\n: ;\0\x85\u2028<>ü", max_size=30)


@given(EVIL, EVIL, EVIL, EVIL)
def test_nothing_that_a_stranger_said_begins_a_field(final: str, remote: str, diagnostic: str, original: str) -> None:
    message = built(PerRecipient("x" + final, Action.FAILED, "5.0.0", original, remote, diagnostic))
    status = parse(message).parts[1].raw
    names = [field.name for field in parse_header(status, parse_header(status).end).fields]
    assert set(names) <= {
        b"Original-Recipient", b"Final-Recipient", b"Action", b"Status", b"Remote-MTA", b"Diagnostic-Code",
    }  # fmt: skip
    assert max(map(len, message.split(b"\r\n"))) <= 998
    assert len(read(message)) == 1


@pytest.mark.parametrize("utf8", [False, True])
def test_no_address_makes_a_line_that_is_too_long(utf8: bool) -> None:
    long = PerRecipient("日" * 5000 + "@x", Action.FAILED, "5.0.0\r\nX: y", "日" * 5000, "日" * 5000, "日" * 5000)
    message = built(long, utf8=utf8)
    assert max(map(len, message.split(b"\r\n"))) <= 998
    assert b"\r\nX: y" not in message


def test_what_a_server_said_at_length_is_shortened() -> None:
    message = built(PerRecipient("a@b", Action.FAILED, "5.0.0", diagnostic="no " * 100_000))
    assert len(message) < 5000


# --------------------------------------------------------------------------------------------- foreign

POSTFIX = b"""\
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is the mail system at host.

--b
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; host.example
X-Postfix-Queue-ID: 4ABCD
Arrival-Date: Fri, 21 Nov 1997 09:55:06 -0600 (CST)

Final-Recipient: rfc822; a@example.net
Original-Recipient: rfc822;a@example.org
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; 550 5.1.1 <a@example.net>: Recipient address rejected:
    User unknown

Final-Recipient: RFC822; <b@example.net>
Action: Delayed (really)
Status: 4.4.1 (no answer)
Will-Retry-Until: Fri, 21 Nov 1997 09:55:06 -0600

Final-Recipient: rfc822; nobody@example.net
Action: abducted

Action: failed

--b
Content-Type: text/rfc822-headers

From: x
--b--
"""


@pytest.mark.parametrize("line", [b"\n", b"\r\n"])
def test_a_foreign_report_is_read(line: bytes) -> None:
    assert read(POSTFIX.replace(b"\n", line)) == [
        PerRecipient(
            "a@example.net", Action.FAILED, "5.1.1", "a@example.org", "mx.example.net",
            "550 5.1.1 <a@example.net>: Recipient address rejected:    User unknown",
        ),
        PerRecipient("b@example.net", Action.DELAYED, "4.4.1", retry_until=880127706.0),
    ]  # fmt: skip


def test_what_is_no_report_tells_of_nobody() -> None:
    assert read(b"") == read(ORIGINAL) == []
    assert read(b"Content-Type: message/delivery-status\n\nReporting-MTA: x\n") == []


@given(st.binary(max_size=300))
def test_whatever_comes_as_a_report_is_read(status: bytes) -> None:
    for recipient in read(b"Content-Type: message/delivery-status\r\n\r\n" + status):
        assert recipient.final
