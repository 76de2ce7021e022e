"""What the log says of each message: one line, and the same as fields for who reads JSON."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from portside.mail.envelope import Envelope, Origin

_log = logging.getLogger("portside.smtp")


@dataclass(slots=True)
class Kept:
    """A message that was kept, as ``name``."""

    name: str
    envelope: Envelope
    origin: Origin
    size: int

    def __str__(self) -> str:
        origin = self.origin
        who = f" user={origin.user}" if origin.user else ""
        tls = f" tls={origin.tls.partition(' ')[0]}" if origin.tls else ""
        to = self.envelope.recipients[0].address
        more = len(self.envelope.recipients) - 1
        told = f"<{to}>" + (f" and {more} more" if more else "")
        return f"{origin.host or 'unix'} {self.name} <{self.envelope.sender}> to {told} {self.size}{tls}{who}"

    @property
    def facts(self) -> dict[str, object]:
        """The same by names."""
        origin = self.origin
        return {
            "id": self.name,
            "client": origin.host,
            "helo": origin.helo,
            "protocol": origin.protocol,
            "from": self.envelope.sender,
            "to": list(self.envelope.addresses[:MOST_TOLD]),
            "recipients": len(self.envelope.recipients),
            "size": self.size,
            "tls": origin.tls,
            "user": origin.user,
        }


MOST_TOLD = 20
"""Recipients that a line of JSON names."""


def note(kept: Kept) -> None:
    """Tell of a message."""
    if _log.isEnabledFor(logging.INFO):
        _log.info("%s", kept, extra={"facts": kept.facts})
