"""What of a message a server can take: left out, written otherwise, or kept back with the right code."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portside.interfaces import Door
from portside.mail.envelope import Body, Recipient
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.fitting import Terms, fitted, kept_back, terms_of
from portside.protocols.smtp.rules.orders import Entered, Entry
from portside.protocols.smtp.syntax.extensions import parse_extensions
from tests.support.smtp_client_plays import DOOR, TLS_DOOR, letter

NOTHING = terms_of(Entered(DOOR, Reply(220, ("",)), "mx", parse_extensions(["mx"])), Entry("mx"))


def offered(*keywords: str, door: Door = DOOR, user: str = "", **entry: bool) -> Terms:
    extensions = parse_extensions(["mx", *keywords])
    return terms_of(Entered(door, Reply(220, ("",)), "mx", extensions, user), Entry("mx", **entry))


def test_what_is_offered_counts() -> None:
    terms = offered("PIPELINING", "CHUNKING", "8BITMIME", "BINARYMIME", "SMTPUTF8", "DSN", "SIZE 7", "AUTH PLAIN")
    assert terms.pipelining and terms.chunking and terms.eight_bit and terms.binary and terms.utf8
    assert terms.largest == 7 and "RET" in terms.parameters and not terms.tls and not terms.each


def test_nothing_offered_is_nothing_taken() -> None:
    assert Terms(False, False, frozenset(), None, False, False, False, False, False) == NOTHING


def test_chunks_need_pipelining_and_somebody_who_wants_them() -> None:
    assert not offered("CHUNKING").chunking
    assert not offered("CHUNKING", "PIPELINING", chunking=False).chunking
    assert not offered("CHUNKING", "PIPELINING", "BINARYMIME", chunking=False).binary


def test_tls_can_be_required_only_where_there_is_tls() -> None:
    assert not offered("REQUIRETLS").tls
    assert offered("REQUIRETLS", door=TLS_DOOR).tls


def test_who_submitted_it_is_told_only_by_those_who_logged_in() -> None:
    assert "AUTH" not in offered("AUTH PLAIN").parameters
    assert "AUTH" in offered("AUTH PLAIN", user="ann").parameters


@pytest.mark.parametrize(
    ("order", "keywords", "code"),
    [
        (letter(), (), None),
        (letter(size=101), ("SIZE 100",), (552, "5.3.4")),
        (letter(size=100), ("SIZE 100",), None),
        (letter(size=10**12), ("SIZE 0",), None),
        (letter(size=10**12), ("SIZE",), None),
        (letter(body=Body.EIGHT_BIT), (), (554, "5.6.3")),
        (letter(body=Body.EIGHT_BIT), ("8BITMIME",), None),
        (letter(body=Body.BINARY), ("8BITMIME", "BINARYMIME"), (554, "5.6.3")),
        (letter(body=Body.BINARY), ("PIPELINING", "CHUNKING", "BINARYMIME"), None),
        (letter(utf8=True), ("8BITMIME",), (554, "5.6.9")),
        (letter(utf8=True), ("SMTPUTF8",), None),
        (letter(utf8_fields=True), ("8BITMIME",), None),
        (letter(require_tls=True), ("REQUIRETLS",), (550, "5.7.30")),
    ],
)
def test_what_a_server_can_not_take_is_not_offered_to_it(
    order: object, keywords: tuple[str, ...], code: tuple[int, str] | None
) -> None:
    reply = kept_back(order, offered(*keywords))  # type: ignore[arg-type]
    assert (None if reply is None else (reply.code, reply.enhanced)) == code


def test_required_tls_may_be_required_of_who_can() -> None:
    assert kept_back(letter(require_tls=True), offered("REQUIRETLS", door=TLS_DOOR)) is None


def test_addresses_beyond_ascii_are_said_where_that_is_taken() -> None:
    order = letter("ü@exämple.org", "b@x.org", sender="ö@exämple.org")
    envelope, recipients = fitted(order, offered("SMTPUTF8"))
    assert envelope.utf8 and envelope.sender == "ö@exämple.org" and recipients == order.envelope.recipients


def test_a_domain_beyond_ascii_is_written_otherwise_where_it_is_not() -> None:
    order = letter("b@exämple.org", "ü@x.org", "c@x.org", sender="a@exämple.org")
    envelope, recipients = fitted(order, NOTHING)
    assert not envelope.utf8 and envelope.sender == "a@xn--exmple-cua.org"
    assert [each if isinstance(each, Recipient) else (each.code, each.enhanced) for each in recipients] == [
        Recipient("b@xn--exmple-cua.org"), (553, "5.6.7"), Recipient("c@x.org"),
    ]  # fmt: skip


def test_where_the_sender_can_not_be_said_nobody_is() -> None:
    _, recipients = fitted(letter("b@x.org", "c@x.org", sender="ö@x.org"), NOTHING)
    assert [each.code for each in recipients if isinstance(each, Reply)] == [553, 553]


@pytest.mark.parametrize(("keywords", "said"), [(("SMTPUTF8",), True), ((), False)])
def test_a_header_in_utf8_is_told_where_that_is_taken(keywords: tuple[str, ...], said: bool) -> None:
    envelope, _ = fitted(letter(utf8_fields=True), offered(*keywords))
    assert envelope.utf8 is said


def test_a_message_in_ascii_does_not_speak_of_utf8() -> None:
    envelope, _ = fitted(letter(), offered("SMTPUTF8"))
    assert not envelope.utf8 and envelope == replace(letter().envelope)
