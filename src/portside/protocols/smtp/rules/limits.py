"""The limits of a server's side of SMTP, each with its reason (RFC 5321 §4.5.3)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Seconds, octets and counts of one connection.

    - ``greeting``: until the first HELO or EHLO; what only holds a connection goes sooner than what uses it.
    - ``command``: from one command to the next one's end (RFC 5321 §4.5.3.2.7 asks for 5 minutes at least).
    - ``block``: each so many seconds of a content have to bring ``least`` octets (§4.5.3.2.5 asks for 3 minutes).
    - ``pause``: before our greeting; whoever speaks meanwhile does not listen, as programs that send junk do.
    - ``largest``: octets of a message, which SIZE announces (RFC 1870). ``recipients``: of one message (§4.5.3.1.8).
    - ``errors``: commands in a row that were refused; ``logins``: wrong ones; what makes more of them guesses.
    - ``idle_commands``: those in a row that move nothing (NOOP, RSET, VRFY ...): they cost us as much as others do.
    - ``messages``: of one connection, after which it has to come again: a fair share for all who wait.
    - ``waiting``: octets that wait for a command that is carried out; beyond it nothing is read.
    - ``hops``: ``Received`` fields; a message that has more goes round in circles (RFC 5321 §6.3).
    - ``linger``: seconds for the other side to read our last words.
    """

    greeting: float = 300.0
    command: float = 300.0
    block: float = 180.0
    least: int = 1_024
    pause: float = 0.0
    largest: int = 64 * 1024 * 1024
    recipients: int = 1_000
    errors: int = 20
    logins: int = 8
    idle_commands: int = 100
    messages: int = 1_000_000
    waiting: int = 64 * 1024
    hops: int = 50
    linger: float = 2.0

    @property
    def shortest(self) -> float:
        """The shortest of the waits that repeat: no other is over sooner after it began."""
        return min(self.greeting, self.command, self.block)
