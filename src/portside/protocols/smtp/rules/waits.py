"""How long a client waits for a server, step by step (RFC 5321 §4.5.3.2)."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """Seconds. The RFC's own are long, since a busy server is better waited for than asked twice.

    - ``greeting``: until the first word (§4.5.3.2.1). ``command``: for an answer to EHLO, MAIL, RCPT, RSET (§4.5.3.2.2,
      §4.5.3.2.3), and to each step of TLS and a login. ``data``: for "go on" (§4.5.3.2.4).
    - ``block``: between two pieces of content of ours, which somebody has to bring (§4.5.3.2.5).
    - ``end``: for the last word: who gives up early has the message delivered twice (§4.5.3.2.6, RFC 1047).
    - ``idle``: an unused connection is kept so long; servers begin to close them after some minutes (§4.5.3.2.7).
    """

    greeting: float = 300.0
    command: float = 300.0
    data: float = 120.0
    block: float = 180.0
    end: float = 600.0
    idle: float = 60.0

    def within(self, seconds: float) -> ClientLimits:
        """The same, but no wait for the server longer than ``seconds`` (0: as they are)."""
        if not seconds:
            return self
        waits = [each.name for each in fields(self) if each.name != "idle"]
        return replace(self, **{name: min(seconds, getattr(self, name)) for name in waits})

    @property
    def shortest(self) -> float:
        """No wait is shorter: who looks at the clock so often misses none."""
        return min(self.greeting, self.command, self.data, self.block, self.end, self.idle)
