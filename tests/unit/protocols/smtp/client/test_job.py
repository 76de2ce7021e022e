"""One message for one server: it is settled once, by whoever comes first."""

from __future__ import annotations

from portside.errors import ConnectError
from portside.protocols.smtp.client.job import Handed, Job
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.orders import Fate, Refused, Settled, Stage
from tests.support.smtp_client_plays import letter

KEPT = Reply(250, ("kept",))


def test_a_job_is_settled_once() -> None:
    told: list[Handed] = []
    job = Job(letter(), told.append)
    settled = Settled(job.order, (Fate(job.order.envelope.recipients[0], Stage.CONTENT, KEPT),))
    job.settle(settled, None)
    job.fail(ConnectError("too late"))
    assert job.done and [handed.settled for handed in told] == [settled]


def test_what_never_came_to_a_server_is_told_of_everybody() -> None:
    told: list[Handed] = []
    error = ConnectError("nobody there")
    Job(letter("b@x.org", "c@x.org"), told.append).fail(error)
    settled = told[0].settled
    assert [(fate.stage, fate.reply) for fate in settled.fates] == [(Stage.ENTRY, None)] * 2
    assert settled.error is error and not settled.unsure


def test_a_server_that_let_nobody_in_has_said_why() -> None:
    told: list[Handed] = []
    Job(letter(), told.append).fail(Refused("no service", Reply(554, ("no",))))
    (fate,) = told[0].settled.fates
    assert fate.reply is not None and fate.reply.code == 554


def test_what_nobody_wants_to_know_is_not_told() -> None:
    told: list[Handed] = []
    job = Job(letter(), told.append)
    job.drop()
    job.fail(ConnectError("nobody there"))
    assert job.done and not told
