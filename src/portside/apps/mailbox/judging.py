"""What the DNS says about the sender of a message: SPF, DKIM and DMARC, found out when somebody opens it.

The server's own Received field tells who brought it and how the client called itself; for mail that a developer's
program sends to loopback, SPF knows nothing, and DKIM all the more.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from portside.apps.mailbox.journey import journey
from portside.apps.mailbox.terms import Judge
from portside.mail.dates import parse_date
from portside.mail.fields import parse_header
from portside.mail.maildir.summary import Summary

if TYPE_CHECKING:
    from portside.mail.resolving import Resolver
    from portside.mail.verdict import Verdict


def judge_by(resolver: Resolver, clock: Callable[[], float] = time.time) -> Judge:
    """Asks ``resolver``."""
    from portside.mail.verdict import judge

    async def judged(message: bytes, summary: Summary) -> list[dict[str, Any]]:
        verdict = await judge(
            message,
            resolver,
            address=summary.host or "127.0.0.1",
            helo=_helo(message),
            sender=summary.return_path,
            now=clock(),
        )
        return told(verdict)

    return judged


def judge_by_dns() -> Judge:
    """Asks the servers that this system asks."""
    from portside.transport.dns import DnsResolver

    return judge_by(DnsResolver())


def told(verdict: Verdict) -> list[dict[str, Any]]:
    """A verdict as the page shows it."""
    signatures = [_result("DKIM", found.result.value, found.reason) for found in verdict.dkim]
    return [
        _result("SPF", verdict.spf.result.value, verdict.spf.reason),
        *(signatures or [_result("DKIM", "none", "nobody signed it")]),
        _result("DMARC", verdict.dmarc.result.value, verdict.dmarc.reason),
    ]


def _result(method: str, result: str, why: str) -> dict[str, Any]:
    return {"method": method, "result": result, "why": why}


def _helo(message: bytes) -> str:
    received = parse_header(message).raw_text("received")
    return journey([received], parse_date)[0].source
