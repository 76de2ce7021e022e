"""What a runner of the queue is told once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from portside.apps.outbox.schedule import Schedule
from portside.mail.storing import Store

CONNECTIONS = 20
"""Jobs at the same time, over all destinations: each holds a connection, and a message in memory."""
PER_DESTINATION = 4
"""Jobs at the same time for one destination: what servers let one client have without complaint."""

_log = logging.getLogger("portside.outbox")


@dataclass(frozen=True, slots=True)
class Settings:
    """A runner.

    - ``schedule``: when a message is tried again, and when it is given up.
    - ``connections`` at the same time, and ``per_destination`` of them for one.
    - ``name``: what this host is called in reports.
    - ``mailbox``: where reports to senders of ``domains`` are kept (with no domains: every report); None sends them.
    - ``warn`` is told, one line at a time, what a person should know; ``tell`` what became of each recipient.
    """

    schedule: Schedule = field(default_factory=Schedule)
    connections: int = CONNECTIONS
    per_destination: int = PER_DESTINATION
    name: str = "localhost"
    mailbox: Store | None = None
    domains: frozenset[str] = frozenset()
    warn: Callable[[str], object] = _log.warning
    tell: Callable[[str], object] = _log.info
