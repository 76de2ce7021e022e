"""What became of each recipient, for a person or for a program, and the exit code that all come to."""

from __future__ import annotations

import json
import time

from portside.cli.endings import end
from portside.cli.mail.drafts import Draft, Spoilt
from portside.cli.mail.options import MailOptions
from portside.cli.mail.ways import Became
from portside.cli.screen import show, tell
from portside.errors import PortsideError
from portside.protocols.smtp.client.outcome import Outcome, Result, error_of

MANY = 20
"""Messages beyond which a person reads only of those that were not delivered, and how many were."""


class Telling:
    """Tells of one message after the other. ``many``: there are too many of them to name each."""

    def __init__(self, mail: MailOptions, *, many: bool) -> None:
        self._json = mail.json
        self._quiet = mail.quiet
        self._many = many
        self._began = time.monotonic()
        self._messages = 0
        self._refused: list[Result] = []
        self._code = 0

    def tell(self, draft: Draft | Spoilt, became: Became) -> None:
        """This became of ``draft``."""
        self._messages += 1
        if isinstance(became, Outcome):
            for result in became.results:
                self._tell_result(draft, result)
            if became.refused:
                self._refused += became.refused
                self._code = self._code or error_of(became.refused).exit_code
        elif isinstance(became, str):
            self._tell_queued(draft, became)
        else:
            self._tell_error(draft, became)

    def _tell_result(self, draft: Draft | Spoilt, result: Result) -> None:
        if self._json:
            show(json.dumps({"file": draft.label or None, **facts(result)}, ensure_ascii=False))
        elif not self._quiet and not (self._many and result.delivered):
            show(f"{_label(draft)}{line(result)}")

    def _tell_queued(self, draft: Draft | Spoilt, name: str) -> None:
        assert isinstance(draft, Draft)
        for recipient in draft.envelope.recipients:
            if self._json:
                facts = {"file": draft.label or None, "recipient": recipient.address, "fate": "queued", "id": name}
                show(json.dumps(facts, ensure_ascii=False))
            elif not self._quiet and not self._many:
                show(f"{_label(draft)}{recipient.address}: queued as {name}")

    def _tell_error(self, draft: Draft | Spoilt, error: PortsideError | OSError) -> None:
        if draft.label:
            tell(f"{draft.label}: it is not sent")
        self._code = end(error) or self._code

    def conclude(self) -> int:
        """Tell what all came to; the exit code. Raises the error that a single message ended with."""
        if self._messages == 1 and self._refused:
            raise error_of(self._refused)
        if self._messages > 1 and not self._quiet and not self._json:
            seconds = time.monotonic() - self._began
            refused = f"; {len(self._refused):,} recipients did not get theirs" if self._refused else ""
            tell(f"{self._messages:,} messages in {seconds:.1f} s{refused}")
        return self._code


def _label(draft: Draft | Spoilt) -> str:
    return f"{draft.label}: " if draft.label else ""


def line(result: Result) -> str:
    """What became of one recipient, in one line."""
    return f"{result.recipient.address}: {_WORDS[fate(result)]} ({result.text})"


def fate(result: Result) -> str:
    """It in a word: delivered, unsure, later, or refused."""
    if result.delivered:
        return "delivered"
    if result.unsure:
        return "unsure"
    return "later" if result.passing else "refused"


_WORDS = {
    "delivered": "delivered",
    "unsure": "perhaps delivered: the answer was cut off",
    "later": "not delivered now, later perhaps",
    "refused": "refused",
}


def facts(result: Result) -> dict[str, object]:
    """All that is known of one recipient."""
    reply, server = result.reply, result.server
    tls = server.tls if server is not None else None
    return {
        "recipient": result.recipient.address,
        "fate": fate(result),
        "stage": result.stage.value,
        "code": reply.code if reply is not None else None,
        "enhanced": (reply.enhanced or None) if reply is not None else None,
        "text": reply.text if reply is not None else result.text,
        "server": server.host if server is not None else None,
        "port": server.port if server is not None else None,
        "name": server.name if server is not None else None,
        "tls": tls.version if tls is not None else None,
        "user": (server.user or None) if server is not None else None,
    }
