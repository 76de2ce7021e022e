"""What a server's words mean for the queue."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from portside.apps.outbox import by_smtp
from portside.apps.outbox.by_smtp import serialise_relay, tried
from portside.apps.outbox.entries import Job
from portside.apps.outbox.states import Event
from portside.errors import (
    ConnectError,
    ConnectionLost,
    LoginFailed,
    PortsideError,
    TimedOut,
    TlsError,
    UsageError,
)
from portside.mail.envelope import Recipient
from portside.mail.resolving import NoAnswer, NoSuchName
from portside.protocols.smtp.client import Outcome, Result, Server, Settings
from portside.protocols.smtp.client.urls import parse_smtp_url
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.orders import Stage, TlsUse
from tests.support.outboxes import envelope

BOB, EVE = Recipient("bob@there.test"), Recipient("eve@there.test")
MX = Server("mx.there.test", 25, "mail.there.test")
ACCEPTED, REFUSED, PUT_OFF = Event.ACCEPTED, Event.REFUSED, Event.PUT_OFF


def job(*recipients: Recipient) -> Job:
    return Job("m", "there.test", "", envelope(*recipients), tuple(range(1, len(recipients) + 1)))


def reply(code: int, enhanced: str = "") -> Reply:
    return Reply(code, ("Words",), enhanced)


@pytest.mark.parametrize(
    ("stage", "code", "enhanced", "event", "down"),
    [
        (Stage.CONTENT, 250, "2.0.0", ACCEPTED, False),
        (Stage.CONTENT, 451, "4.3.0", PUT_OFF, False),
        (Stage.CONTENT, 554, "5.7.1", REFUSED, False),
        (Stage.DATA, 451, "", PUT_OFF, False),
        (Stage.DATA, 503, "", REFUSED, False),
        (Stage.RCPT, 450, "4.2.0", PUT_OFF, False),
        (Stage.RCPT, 452, "4.5.3", PUT_OFF, False),
        (Stage.RCPT, 550, "5.1.1", REFUSED, False),
        (Stage.RCPT, 552, "", PUT_OFF, False),
        (Stage.RCPT, 552, "5.5.3", PUT_OFF, False),
        (Stage.RCPT, 552, "5.2.2", REFUSED, False),
        (Stage.MAIL, 421, "", PUT_OFF, False),
        (Stage.MAIL, 452, "4.3.1", PUT_OFF, False),
        (Stage.MAIL, 552, "5.3.4", REFUSED, False),
        (Stage.OURS, 554, "5.6.3", REFUSED, False),
        (Stage.ENTRY, 421, "", PUT_OFF, True),
        (Stage.ENTRY, 451, "", PUT_OFF, True),
        (Stage.ENTRY, 554, "", REFUSED, False),
        (Stage.ROUTE, 556, "5.1.10", REFUSED, False),
    ],
)
def test_a_reply_decides_by_its_first_digit(stage: Stage, code: int, enhanced: str, event: Event, down: bool) -> None:
    """RFC 5321 §4.2.1; 552 for a recipient is one too many (§4.5.3.1.10), unless it says of the mailbox itself."""
    result = Result(BOB, stage, reply(code, enhanced), server=MX)
    found = tried(job(BOB), Outcome((result,)))
    (fate,) = found.fates
    assert (fate.event, fate.status, fate.server) == (event, enhanced, "mail.there.test")
    assert fate.said == str(result.reply)
    assert bool(found.down) is down


@pytest.mark.parametrize(
    ("stage", "error", "event", "down"),
    [
        (Stage.ROUTE, NoAnswer("no name server answers"), PUT_OFF, True),
        (Stage.ROUTE, NoSuchName("there is no there.test"), REFUSED, False),
        (Stage.ENTRY, ConnectError("nobody answers"), PUT_OFF, True),
        (Stage.ENTRY, TimedOut("no greeting"), PUT_OFF, True),
        (Stage.ENTRY, TlsError("no secure channel"), PUT_OFF, True),
        (Stage.ENTRY, LoginFailed("wrong password"), PUT_OFF, True),
        (Stage.MAIL, ConnectionLost("gone"), PUT_OFF, False),
        (Stage.CONTENT, ConnectionLost("gone"), PUT_OFF, False),
    ],
)
def test_what_happened_instead_of_a_reply_decides_too(
    stage: Stage, error: PortsideError, event: Event, down: bool
) -> None:
    found = tried(job(BOB), Outcome((Result(BOB, stage, error=error),)))
    assert (found.fates[0].event, found.fates[0].said, found.fates[0].server) == (event, str(error), "")
    assert bool(found.down) is down


def test_a_login_that_was_refused_is_ours_to_mend_and_fails_no_message() -> None:
    result = Result(BOB, Stage.ENTRY, reply(535, "5.7.8"), LoginFailed("wrong password"), MX)
    found = tried(job(BOB), Outcome((result,)))
    assert found.fates[0].event is PUT_OFF
    assert found.down == "535 5.7.8 Words"


@pytest.mark.parametrize("code", [530, 534, 535, 538])
@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT])
def test_a_relay_of_ours_that_wants_a_login_fails_no_message_and_a_stranger_does(stage: Stage, code: int) -> None:
    outcome = Outcome((Result(BOB, stage, reply(code, "5.7.0"), server=MX),))
    found = tried(replace(job(BOB), relay="smtp://mail.test:587/"), outcome)
    assert (found.fates[0].event, found.down) == (PUT_OFF, f"{code} 5.7.0 Words")
    found = tried(job(BOB), outcome)
    assert (found.fates[0].event, found.down) == (REFUSED, "")


def test_a_cut_answer_leaves_a_doubt() -> None:
    error = ConnectionLost("cut off")
    sure = tried(job(BOB), Outcome((Result(BOB, Stage.CONTENT, error=error, server=MX),)))
    unsure = tried(job(BOB), Outcome((Result(BOB, Stage.CONTENT, error=error, server=MX, unsure=True),)))
    assert sure.fates[0].sure and not unsure.fates[0].sure
    assert sure.fates[0].event is unsure.fates[0].event is PUT_OFF


def test_one_recipient_too_many_comes_again_at_once_if_others_were_taken() -> None:
    taken = Result(BOB, Stage.CONTENT, reply(250), server=MX)
    many = Result(EVE, Stage.RCPT, reply(452), server=MX)
    assert [fate.soon for fate in tried(job(BOB, EVE), Outcome((taken, many))).fates] == [False, True]
    refused = Result(BOB, Stage.RCPT, reply(550), server=MX)
    assert not any(fate.soon for fate in tried(job(BOB, EVE), Outcome((refused, many))).fates)
    greylisted = Result(EVE, Stage.RCPT, reply(450), server=MX)
    assert not any(fate.soon for fate in tried(job(BOB, EVE), Outcome((taken, greylisted))).fates)


def test_a_server_that_lets_somebody_in_is_not_down() -> None:
    some = Result(BOB, Stage.RCPT, reply(550), server=MX)
    none = Result(EVE, Stage.ENTRY, error=ConnectionLost("gone"))
    assert tried(job(BOB, EVE), Outcome((some, none))).down == ""


@pytest.mark.parametrize("dsn", [True, False])
def test_who_reports_is_known(dsn: bool) -> None:
    server = Server("mx", 25, dsn=dsn)
    (fate,) = tried(job(BOB), Outcome((Result(BOB, Stage.CONTENT, reply(250), server=server),))).fates
    assert (fate.passes_on, fate.server) == (dsn, "mx")


@pytest.mark.parametrize(
    ("relay", "server", "tls", "login"),
    [
        ("", "", TlsUse.OFFERED, None),
        ("smtp://mail.test:587/", "smtp://mail.test:587/", TlsUse.OFFERED, None),
        ("smtp://ann%40x@mail.test:25/#require", "smtp://ann%40x@mail.test:25/", TlsUse.REQUIRED, ("ann@x", "secret")),
        ("smtp://mail.test:25/#off", "smtp://mail.test:25/", TlsUse.OFF, None),
    ],
)
def test_a_relay_says_who_logs_in_and_how_tls_is_used(
    relay: str, server: str, tls: TlsUse, login: tuple[str, str] | None
) -> None:
    made = by_smtp._settings(Settings("smtp://other.test", ("eve", "x"), tls=TlsUse.OFFERED), relay, "secret")
    assert (made.server, made.tls, made.login) == (server, tls, login)


@pytest.mark.parametrize("use", [None, *TlsUse])
@pytest.mark.parametrize("server", ["smtp://mail.test:25/", "smtps://ann%2Fx@mail.test:465/", "lmtp://unix:/run/l:/"])
def test_a_relay_is_kept_as_it_was_meant(server: str, use: TlsUse | None) -> None:
    relay = serialise_relay(parse_smtp_url(server), use)
    made = by_smtp._settings(Settings(), relay, "")
    assert (made.server, made.tls, made.login) == (server, use, None)
    assert parse_smtp_url(made.server) == parse_smtp_url(server)


def test_no_password_is_kept() -> None:
    with pytest.raises(UsageError, match="keeps no passwords"):
        serialise_relay(parse_smtp_url("smtp://ann:secret@mail.test"))


class Picky:
    """A mailer that sends nothing."""

    async def send(self, envelope: object, content: object) -> Outcome:
        raise UsageError("'b' is no address")


def test_an_address_that_is_none_is_refused_for_good() -> None:
    line = by_smtp._SmtpLine(Picky())  # type: ignore[arg-type]
    found = asyncio.run(line.carry(job(BOB, EVE), b""))
    assert [(fate.event, fate.said, fate.status) for fate in found.fates] == [(REFUSED, "'b' is no address", "")] * 2
    assert found.down == ""
