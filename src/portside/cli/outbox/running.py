"""``portside queue run``: the queue is sent until a signal ends it.

The first SIGTERM, SIGINT or SIGHUP lets what is under way come to its end; a second one cuts it off. SIGINT gives the
exit code 130, the others 0.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path

from portside.apps.outbox import Outbox, Runner, Schedule, Settings
from portside.apps.outbox.by_smtp import SmtpCarrier
from portside.apps.outbox.delivery import Tally
from portside.cli import logs
from portside.cli.kinds import PASSWORD
from portside.cli.mail import reaching
from portside.cli.outbox.options import RunOptions
from portside.cli.screen import tell, warn
from portside.cli.signals import code_of, heard_by
from portside.errors import UsageError
from portside.mail.maildir.store import MaildirStore
from portside.mail.storing import Store
from portside.protocols.smtp.client.login import own_name
from portside.protocols.smtp.client.settings import Settings as ClientSettings


async def run_queue(folder: Path | None, run: RunOptions, environment: Mapping[str, str] = os.environ) -> int:
    """Run the queue in ``folder`` (None: the user's own); returns the exit code."""
    logs.set_up(run.log_format, logging.WARNING if run.quiet else logging.INFO)
    async with _mailbox(run) as mailbox, Outbox(folder) as outbox:
        carrier = SmtpCarrier(client_settings(run, environment), environment.get(PASSWORD, ""))
        runner = Runner(outbox, carrier, runner_settings(run, mailbox))
        if not run.once and not run.quiet:
            tell(f"the queue in {outbox.folder} is being sent (Ctrl-C stops it)")
        code = await _until_stopped(runner, once=run.once)
    if run.once and not run.quiet:
        tell(_told(runner))
    return code


async def _until_stopped(runner: Runner, *, once: bool) -> int:
    working = asyncio.ensure_future(runner.run(once=once))
    came: list[signal.Signals] = []
    with heard_by(lambda number: _stop(runner, working, came, number)):
        try:
            await working
        except asyncio.CancelledError:
            warn("what was under way is cut off; the next run tries it again")
    return code_of(came[0]) if came else 0


def _stop(runner: Runner, working: asyncio.Future[Tally], came: list[signal.Signals], number: signal.Signals) -> None:
    came.append(number)
    runner.stop()
    if len(came) > 1:
        working.cancel()


@contextlib.asynccontextmanager
async def _mailbox(run: RunOptions) -> AsyncIterator[Store | None]:
    if run.mailbox is None:
        if run.domain:
            raise UsageError("'--domain' says whose reports are kept here: name their Maildir with --mailbox")
        yield None
        return
    async with MaildirStore(run.mailbox) as store:
        yield store


def runner_settings(run: RunOptions, mailbox: Store | None) -> Settings:
    """What the runner is told."""
    log = logging.getLogger("portside.outbox")
    return Settings(
        schedule=_schedule(run),
        connections=run.connections,
        per_destination=run.per_server,
        name=run.name or own_name() or "localhost",
        mailbox=mailbox,
        domains=frozenset(name.lower() for name in run.domain),
        warn=log.warning,
        tell=log.info,
    )


def _schedule(run: RunOptions) -> Schedule:
    usual = Schedule()
    return Schedule(
        usual.retries if run.retry is None else run.retry,
        usual.expire if run.expire is None else run.expire,
        usual.delay_report if run.delay_report is None else run.delay_report,
    )


def client_settings(run: RunOptions, environment: Mapping[str, str]) -> ClientSettings:
    """What the client of mail is told. Raises ``UsageError``."""
    return replace(reaching.client_settings(run, environment), helo=run.name, connections=run.per_server)


def _told(runner: Runner) -> str:
    tally = runner.tally
    return f"{tally.delivered:,} delivered, {tally.failed:,} refused, {tally.put_off:,} put off"
