"""What became of everybody, and the one error that all come to."""

from __future__ import annotations

import pytest

from portside.errors import (
    CertificateError,
    ConnectError,
    ConnectionLost,
    LocalError,
    LoginFailed,
    PortsideError,
    RemoteError,
    TlsError,
)
from portside.mail.envelope import Recipient
from portside.mail.resolving import NoAnswer, NoSuchName
from portside.protocols.smtp.client.outcome import Outcome, Result
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.orders import Stage

ANN = Recipient("ann@example.org")
KEPT, LATER, NEVER = Reply(250, ("kept",)), Reply(451, ("later",)), Reply(550, ("no",), "5.1.1")


def result(
    stage: Stage, reply: Reply | None = None, error: PortsideError | None = None, unsure: bool = False
) -> Result:
    return Result(ANN, stage, reply, error, unsure=unsure)


@pytest.mark.parametrize(
    ("one", "delivered", "passing"),
    [
        (result(Stage.CONTENT, KEPT), True, False),
        (result(Stage.RCPT, KEPT), False, False),
        (result(Stage.CONTENT, LATER), False, True),
        (result(Stage.CONTENT, NEVER), False, False),
        (result(Stage.CONTENT, None, ConnectionLost("gone"), True), False, True),
        (result(Stage.ENTRY, None, ConnectError("refused")), False, True),
        (result(Stage.ENTRY, NEVER, RemoteError("no")), False, False),
        (result(Stage.ENTRY, None, LoginFailed("no")), False, False),
        (result(Stage.DATA, None, RemoteError("nonsense")), False, True),
        (result(Stage.ENTRY, None, LocalError("ours")), False, False),
        (result(Stage.ROUTE, None, NoAnswer("silent")), False, True),
        (result(Stage.ROUTE, None, NoSuchName("none")), False, False),
        (result(Stage.OURS, Reply(554, ("8 bits",), "5.6.3")), False, False),
    ],
)
def test_delivered_passing_or_failed(one: Result, delivered: bool, passing: bool) -> None:
    assert (one.delivered, one.passing, one.failed) == (delivered, passing, not delivered and not passing)


def test_an_outcome_is_delivered_where_everybody_s_is() -> None:
    good = Outcome((result(Stage.CONTENT, KEPT),) * 2)
    assert good.delivered and good.certain and good.check() is good and not good.refused
    unsure = Outcome((result(Stage.CONTENT, KEPT), result(Stage.CONTENT, None, ConnectionLost("gone"), True)))
    assert not unsure.delivered and not unsure.certain and len(unsure.refused) == 1


@pytest.mark.parametrize(
    ("results", "kind", "words"),
    [
        ((result(Stage.RCPT, NEVER),), RemoteError, "ann@example.org was refused: 550 5.1.1 no"),
        ((result(Stage.RCPT, NEVER), result(Stage.RCPT, LATER)), RemoteError, "and 1 more"),
        ((result(Stage.ENTRY, None, ConnectError("nobody there")),), ConnectError, "nobody there"),
        ((result(Stage.ENTRY, NEVER, LoginFailed("wrong password")),), LoginFailed, "wrong password"),
        ((result(Stage.RCPT, NEVER), result(Stage.ENTRY, None, CertificateError("expired"))), TlsError, "expired"),
        ((result(Stage.ENTRY, NEVER, RemoteError("x")),), RemoteError, "550"),
    ],
)
def test_what_kept_us_from_the_server_comes_before_what_it_said(
    results: tuple[Result, ...], kind: type[PortsideError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        Outcome(results).check()
