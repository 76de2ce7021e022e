"""Handing one message to one server: in as many transactions as its recipients need, and in bits that it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from portside.errors import PortsideError
from portside.mail.envelope import Envelope, Recipient
from portside.protocols.smtp.client.content import Filed, Whole, in_seven_bits
from portside.protocols.smtp.client.job import Handed, Job
from portside.protocols.smtp.client.outcome import Result
from portside.protocols.smtp.client.pool import Pool
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.fitting import BITS
from portside.protocols.smtp.rules.orders import Fate, Stage, Transaction

RECIPIENTS_AT_ONCE = 100
"""Recipients of one transaction: every server takes so many (RFC 5321 §4.5.3.1.8)."""
TOO_MANY = frozenset({(452, "4.5.3"), (452, ""), (552, "5.5.3"), (552, "")})
"""What servers answer to a recipient that is one too many (RFC 5321 §4.5.3.1.10): the next transaction takes it."""


async def hand(pool: Pool, envelope: Envelope, ready: Whole | Filed) -> Sequence[Result]:
    """Hand a message to the server of ``pool``; one result for each recipient, in their order."""
    fits = len(envelope.recipients) <= RECIPIENTS_AT_ONCE
    first = envelope if fits else _for(envelope, envelope.recipients[:RECIPIENTS_AT_ONCE])
    handed = await _transact(pool, first, ready)
    if fits and is_complete(handed):
        return results_of(handed)
    return await complete(pool, envelope, ready, handed)


def submit(pool: Pool, envelope: Envelope, ready: Whole | Filed, then: Callable[[Handed], object]) -> Job:
    """Hand over a message with as many recipients as one transaction has; ``then`` is told what became of it."""
    order = Transaction(envelope, ready.data if isinstance(ready, Whole) else None, ready.shape.utf8_fields)
    job = Job(order, then, ready if isinstance(ready, Filed) else None)
    pool.submit(job)
    return job


def is_complete(handed: Handed) -> bool:
    """Whether nothing can be done for anybody: neither another transaction nor fewer bits would help."""
    return not _has_too_many_bits(handed) and not _left_over(handed)


async def complete(pool: Pool, envelope: Envelope, ready: Whole | Filed, handed: Handed) -> Sequence[Result]:
    """What is left to do after the first transaction, in which the first of the recipients were ``handed`` over."""
    if _has_too_many_bits(handed) and (fewer := await in_seven_bits(ready)) is not None:
        return await hand(pool, replace(envelope, body=fewer.shape.body, size=fewer.shape.size), fewer)
    recipients = envelope.recipients
    left = [*_left_over(handed), *recipients[RECIPIENTS_AT_ONCE:]]
    found = {id(result.recipient): result for result in results_of(handed)}
    while left:
        now, later = left[:RECIPIENTS_AT_ONCE], tuple(left[RECIPIENTS_AT_ONCE:])
        handed = await _transact(pool, _for(envelope, now), ready)
        found.update((id(result.recipient), result) for result in results_of(handed))
        left = [*_left_over(handed), *later]
    return [found[id(recipient)] for recipient in recipients]


def _for(envelope: Envelope, recipients: Iterable[Recipient]) -> Envelope:
    return replace(envelope, recipients=tuple(recipients))


def _has_too_many_bits(handed: Handed) -> bool:
    """Whether it was not even offered, since the server takes fewer bits than it has."""
    fates = handed.settled.fates
    if fates[0].stage is not Stage.OURS:
        return False
    return all(fate.stage is Stage.OURS and fate.reply is not None and fate.reply.enhanced == BITS for fate in fates)


def _left_over(handed: Handed) -> list[Recipient]:
    """Who was one too many, where others were not: with nobody else in the way, it would be so for ever."""
    fates = handed.settled.fates
    if len(fates) == 1 or not any(fate.stage is Stage.CONTENT for fate in fates):
        return []
    return [fate.recipient for fate in fates if _one_too_many(fate)]


def _one_too_many(fate: Fate) -> bool:
    reply = fate.reply
    return fate.stage is Stage.RCPT and reply is not None and (reply.code, reply.enhanced) in TOO_MANY


async def _transact(pool: Pool, envelope: Envelope, ready: Whole | Filed) -> Handed:
    future: asyncio.Future[Handed] = asyncio.get_running_loop().create_future()
    job = submit(pool, envelope, ready, future.set_result)
    try:
        return await future
    except asyncio.CancelledError:
        give_up(pool, job)
        raise


def give_up(pool: Pool, job: Job) -> None:
    """Nobody waits for ``job`` any more."""
    job.drop()
    pool.give_up(job)


def results_of(handed: Handed) -> list[Result]:
    """What became of everybody."""
    settled, server = handed.settled, handed.server
    error, unsure = settled.error, settled.unsure
    return [
        Result(fate.recipient, fate.stage, fate.reply, server=server)
        if error is None
        else Result(fate.recipient, fate.stage, fate.reply, error, server, unsure and fate.reply is None)
        for fate in settled.fates
    ]


def not_reached(recipients: Iterable[Recipient], error: PortsideError) -> list[Result]:
    """The results of those for whom no server was found."""
    reply = getattr(error, "reply", None)
    said = reply if isinstance(reply, Reply) else None
    return [Result(recipient, Stage.ROUTE, said, error) for recipient in recipients]


def goes_on(result: Result) -> bool:
    """Whether the domain's next host may be tried: nothing was delivered for certain, and no server said never.

    What a host says of itself on the way in (554: no service here) is no word about the message.
    """
    if result.delivered or result.unsure:
        return False
    return result.passing or result.stage is Stage.ENTRY or (result.stage is Stage.ROUTE and result.reply is None)
