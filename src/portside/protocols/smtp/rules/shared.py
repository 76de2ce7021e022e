"""What all connections of one server have in common, as far as the rules go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from portside.interfaces import Send
from portside.mail.envelope import Envelope, Recipient
from portside.protocols.smtp.messages import Command
from portside.protocols.smtp.rules.chaos import Chaos
from portside.protocols.smtp.rules.rates import Rate
from portside.syntax.recall import Recall

REMEMBERED = 1024
"""Lines that are kept with what they mean, of each kind: whoever sends much says the same again and again."""


def _no_nonce() -> str:
    raise NotImplementedError("SCRAM needs somebody who makes nonces")


@dataclass(frozen=True, slots=True)
class Shared:
    """- ``messages`` and ``recipients``: how many of them an address may send. ``chaos``: what goes wrong on purpose.
    - ``nonce``: makes what SCRAM's exchanges can't be guessed by; ``bindings``: what it binds them to TLS by.
    - ``welcomes``: replies to EHLO, by what is offered.
    - ``commands``: what lines mean that came before, but for those that hold a secret.
    - ``senders`` (in the clear and within TLS) and ``readers``: what lines of MAIL and RCPT mean that came before.
    """

    messages: Rate = field(default_factory=lambda: Rate(0))
    recipients: Rate = field(default_factory=lambda: Rate(0))
    chaos: Chaos = field(default_factory=Chaos)
    nonce: Callable[[], str] = _no_nonce
    bindings: Mapping[str, bytes] = field(default_factory=dict)
    welcomes: dict[tuple[tuple[str, ...], bool], Send] = field(default_factory=dict)
    commands: Recall[bytes, Command] = field(default_factory=lambda: Recall(REMEMBERED))
    senders: tuple[Recall[bytes, Envelope], Recall[bytes, Envelope]] = field(
        default_factory=lambda: (Recall(REMEMBERED), Recall(REMEMBERED))
    )
    readers: Recall[bytes, Recipient] = field(default_factory=lambda: Recall(REMEMBERED))
