"""One message for one server: in as many transactions as it takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from portside.errors import ConnectError, ConnectionLost
from portside.mail.envelope import Recipient
from portside.mail.resolving import NoAnswer
from portside.protocols.smtp.client.handing import RECIPIENTS_AT_ONCE, goes_on, not_reached
from portside.protocols.smtp.client.outcome import Result
from portside.protocols.smtp.client.route import Unroutable
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.orders import Stage
from tests.support.smtp_mailing import LETTER, mailing, run, to
from tests.support.smtp_scripted import Scripted

ANN = Recipient("ann@example.org")


def test_many_recipients_are_said_in_several_transactions() -> None:
    async def story() -> None:
        names = [f"u{number}@x.org" for number in range(2 * RECIPIENTS_AT_ONCE + 1)]
        async with Scripted().open() as server, mailing(server.url) as mailer:
            outcome = await mailer.send(to(*names), LETTER)
            assert outcome.delivered and [each.recipient.address for each in outcome.results] == names
            assert len(server.contents) == 3 and server.visits == 1

    run(story)


@pytest.mark.parametrize("refusal", ["452 4.5.3 too many", "452 too many", "552 too many", "552 5.5.3 too many"])
def test_who_is_one_too_many_comes_with_the_next_transaction(refusal: str) -> None:
    async def story() -> None:
        taken = 0

        def begin(line: str) -> str:
            nonlocal taken
            taken = 0
            return "250 ok"

        def two(line: str) -> str:
            nonlocal taken
            taken += 1
            return "250 ok" if taken <= 2 else refusal

        names = [f"u{number}@x.org" for number in range(7)]
        async with Scripted({"MAIL": begin, "RCPT": two}).open() as server, mailing(server.url) as mailer:
            outcome = await mailer.send(to(*names), LETTER)
            assert outcome.delivered and [each.recipient.address for each in outcome.results] == names
            assert len(server.contents) == 4

    run(story)


@pytest.mark.parametrize("refusal", ["452 4.5.3 too many", "452 4.2.2 mailbox full", "552 5.2.2 mailbox full"])
def test_a_server_that_takes_nobody_is_not_asked_for_ever(refusal: str) -> None:
    async def story() -> None:
        async with Scripted({"RCPT": refusal, "DATA": "554 nobody"}).open() as server, mailing(server.url) as mailer:
            outcome = await mailer.send(to("b@x.org", "c@x.org"), LETTER)
            assert [str(each.reply) for each in outcome.results] == [refusal] * 2
            assert server.verbs().count("MAIL") == 1

    run(story)


EIGHT_BITS = "Subject: x\r\n\r\nH\u00e4llo\r\n".encode()


def test_a_server_that_takes_seven_bits_is_sent_seven(tmp_path: Path) -> None:
    async def story() -> None:
        (tmp_path / "x.eml").write_bytes(EIGHT_BITS * 100_000)
        async with Scripted().open() as server, mailing(server.url) as mailer:
            assert (await mailer.send(to(), EIGHT_BITS)).delivered
            assert (await mailer.send(to(), tmp_path / "x.eml")).delivered
            assert server.contents[0].isascii() and b"H=C3=A4llo\r\n" in server.contents[0]
            assert server.contents[1].isascii() and b"Content-Transfer-Encoding: " in server.contents[1]

    run(story)


def test_what_can_not_be_changed_without_harm_is_refused_to_it() -> None:
    async def story() -> None:
        signed = b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n\xff\r\n--b--\r\n"
        async with Scripted().open() as server, mailing(server.url) as mailer:
            (result,) = (await mailer.send(to(), signed)).results
            assert result.stage is Stage.OURS and result.reply is not None and result.reply.enhanced == "5.6.3"
            assert not server.contents

    run(story)


def test_a_server_that_takes_eight_is_sent_eight() -> None:
    async def story() -> None:
        offer = "250-scripted.test\r\n250-PIPELINING\r\n250 8BITMIME"
        async with Scripted({"EHLO": offer}).open() as server, mailing(server.url) as mailer:
            assert (await mailer.send(to(), EIGHT_BITS)).delivered
            assert server.contents == [EIGHT_BITS] and server.said[1].endswith(" BODY=8BITMIME")

    run(story)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (Result(ANN, Stage.CONTENT, Reply(250, ("ok",))), False),
        (Result(ANN, Stage.CONTENT, None, ConnectionLost("gone"), unsure=True), False),
        (Result(ANN, Stage.RCPT, Reply(450, ("later",))), True),
        (Result(ANN, Stage.RCPT, Reply(550, ("no",))), False),
        (Result(ANN, Stage.ENTRY, Reply(554, ("no",))), True),
        (Result(ANN, Stage.ENTRY, None, ConnectError("refused")), True),
        (Result(ANN, Stage.ROUTE, None, NoAnswer("silent")), True),
        (Result(ANN, Stage.OURS, Reply(552, ("large",))), False),
    ],
)
def test_the_next_host_may_help_or_not(result: Result, expected: bool) -> None:
    assert goes_on(result) is expected


def test_who_is_not_reached_is_told_why() -> None:
    (one,) = not_reached([ANN], NoAnswer("silent"))
    assert (one.stage, one.reply, one.text) == (Stage.ROUTE, None, "silent")
    (other,) = not_reached([ANN], Unroutable("none", Reply(556, ("none",), "5.1.10")))
    assert other.reply is not None and other.reply.enhanced == "5.1.10" and other.failed
