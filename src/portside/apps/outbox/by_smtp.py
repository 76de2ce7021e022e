"""Jobs carried by SMTP, and what a server's words mean for the queue."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import BinaryIO
from urllib.parse import quote

from portside.apps.outbox.carrying import Line
from portside.apps.outbox.entries import Fate, Job, Tried
from portside.apps.outbox.states import Event
from portside.errors import LoginFailed, TlsError, UsageError
from portside.protocols.smtp.client import Mailer, Outcome, Result, Settings
from portside.protocols.smtp.client.urls import SmtpUrl, parse_smtp_url
from portside.protocols.smtp.rules.orders import Stage, TlsUse

TOO_MANY = 552
"""Some servers say so of one recipient too many, and mean 452 (RFC 5321 §4.5.3.1.10)."""
LOGIN_WANTED = frozenset({530, 534, 535, 538})
"""Replies about who we are and how we came (RFC 4954 §6, RFC 3207 §4)."""
OF_MAILBOXES = "5.2."
"""Enhanced codes of a 552 that means what it says: the mailbox is full, or takes nothing so large (RFC 3463 §3.3)."""


class SmtpCarrier:
    """Carries by SMTP, as ``settings`` say; their server is replaced by each message's own relay.

    ``password`` is that of relays whose URL names a user; without it the netrc file may know one.
    """

    def __init__(self, settings: Settings, password: str = "") -> None:
        self._settings = settings
        self._password = password

    @contextlib.asynccontextmanager
    async def line(self, relay: str) -> AsyncIterator[Line]:
        """Raises ``UsageError`` for a relay that is none."""
        async with Mailer(_settings(self._settings, relay, self._password)) as mailer:
            yield _SmtpLine(mailer)


class _SmtpLine:
    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer

    async def carry(self, job: Job, content: bytes | BinaryIO) -> Tried:
        try:
            outcome = await self._mailer.send(job.envelope, content)
        except UsageError as error:  # an address or a content that no server may be given: no later try changes that
            return Tried(job, tuple(Fate(number, Event.REFUSED, str(error)) for number in job.numbers))
        return tried(job, outcome)


def serialise_relay(url: SmtpUrl, tls: TlsUse | None = None) -> str:
    """A relay as the queue keeps it: its URL with the user, and how TLS is used there in the fragment.

    Raises ``UsageError`` where there is a password in it: none is kept for days in a file.
    """
    if url.password is not None:
        raise UsageError("the queue keeps no passwords: give it to 'portside queue run', or to the netrc file")
    scheme, _, rest = str(url).partition("://")
    user = f"{quote(url.user, safe='')}@" if url.user else ""
    return f"{scheme}://{user}{rest}" + ("" if tls is None else f"#{tls.value}")


def _settings(settings: Settings, relay: str, password: str) -> Settings:
    server, _, tls = relay.partition("#")
    use = next((use for use in TlsUse if use.value == tls), settings.tls)
    user = parse_smtp_url(server).user if server else ""
    return replace(settings, server=server, login=(user, password) if user and password else None, tls=use)


def tried(job: Job, outcome: Outcome) -> Tried:
    """What an outcome means for the queue."""
    some = any(result.delivered for result in outcome.results)
    pairs = zip(job.numbers, outcome.results, strict=True)
    fates = tuple(_fate(number, result, job.relay, some) for number, result in pairs)
    return Tried(job, fates, _down(outcome.results, job.relay))


def _fate(number: int, result: Result, relay: str, some: bool) -> Fate:
    reply, server = result.reply, result.server
    event = _event(result, relay)
    return Fate(
        number,
        event,
        result.text,
        "" if reply is None else reply.enhanced,
        "" if server is None else server.name or server.host,
        sure=not result.unsure,
        passes_on=server is not None and server.dsn,
        # The server takes as many as it likes of one message: the others may come in the next one at once.
        soon=event is Event.PUT_OFF and some and result.stage is Stage.RCPT and _is_one_too_many(result),
    )


def _event(result: Result, relay: str) -> Event:
    if result.delivered:
        return Event.ACCEPTED
    if result.passing or _is_ours_to_mend(result, relay) or (result.stage is Stage.RCPT and _is_one_too_many(result)):
        return Event.PUT_OFF
    return Event.REFUSED


def _is_ours_to_mend(result: Result, relay: str) -> bool:
    """Whether somebody here can help: a login that is wrong, or TLS that fails, says nothing about the message.

    A relay that we have chosen may say so at any command; a stranger's server that wants a login wants no mail of ours.
    """
    if result.stage is Stage.ENTRY and isinstance(result.error, LoginFailed | TlsError):
        return True
    return bool(relay) and result.reply is not None and result.reply.code in LOGIN_WANTED


def _is_one_too_many(result: Result) -> bool:
    reply = result.reply
    if reply is None:
        return False
    return reply.code == 452 or (reply.code == TOO_MANY and not reply.enhanced.startswith(OF_MAILBOXES))


def _down(results: Sequence[Result], relay: str) -> str:
    """Why the destination cannot be reached now; "" where some server at least let us in."""
    for result in results:
        is_outside = result.stage in (Stage.ROUTE, Stage.ENTRY) and _event(result, relay) is Event.PUT_OFF
        if not is_outside and not _is_ours_to_mend(result, relay):
            return ""
    return results[0].text if results else ""
