"""One message for one server: it is settled once, by whoever comes first."""

from __future__ import annotations

import asyncio

from portside.errors import ConnectError
from portside.protocols.smtp.client.job import Job
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.orders import Fate, Refused, Settled, Stage
from tests.support.smtp_client_plays import letter

KEPT = Reply(250, ("kept",))


def test_a_job_is_settled_once() -> None:
    async def story() -> None:
        job = Job(letter())
        settled = Settled(job.order, (Fate(job.order.envelope.recipients[0], Stage.CONTENT, KEPT),))
        job.settle(settled, None)
        job.fail(ConnectError("too late"))
        assert job.done and (await job.future).settled is settled

    asyncio.run(story())


def test_what_never_came_to_a_server_is_told_of_everybody() -> None:
    async def story() -> None:
        job = Job(letter("b@x.org", "c@x.org"))
        error = ConnectError("nobody there")
        job.fail(error)
        settled = (await job.future).settled
        assert [(fate.stage, fate.reply) for fate in settled.fates] == [(Stage.ENTRY, None)] * 2
        assert settled.error is error and not settled.unsure

    asyncio.run(story())


def test_a_server_that_let_nobody_in_has_said_why() -> None:
    async def story() -> None:
        job = Job(letter())
        job.fail(Refused("no service", Reply(554, ("no",))))
        (fate,) = (await job.future).settled.fates
        assert fate.reply is not None and fate.reply.code == 554

    asyncio.run(story())
