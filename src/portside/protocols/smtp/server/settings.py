"""What one mail server is told to do."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field

from portside.accounts.users import Accounts
from portside.engine.server import CONNECTIONS_PER_ADDRESS
from portside.interfaces import Address, Observer, Tap
from portside.protocols.smtp.rules.chaos import ChaosRule
from portside.protocols.smtp.rules.limits import ServerLimits
from portside.protocols.smtp.rules.policy import Policy


@dataclass(frozen=True, slots=True)
class Settings:
    """A mail server.

    - ``context``: the TLS that ``policy`` asks for, or that STARTTLS offers.
    - ``accounts``: who may log in (None: nobody, unless the handler's ``auth`` or ``token`` knows).
    - ``binding``: what tells our certificate (RFC 5929 §4), so that SCRAM can be bound to TLS; b"" without.
    - ``rate``, ``recipient_rate``: messages, and recipients, of one address in a minute (0: any number).
    - ``chaos``: which commands are answered wrongly, to test clients; ``seed`` decides where chance does.
    - ``backlog``: octets of messages that wait for the store, over all connections; beyond it contents are not read.
    - ``in_memory``: octets up to which a handler is given a content from memory; larger ones come from a file.
    """

    addresses: Sequence[Address] = (Address("127.0.0.1", 2525),)
    policy: Policy = field(default_factory=Policy)
    limits: ServerLimits = field(default_factory=ServerLimits)
    context: ssl.SSLContext | None = None
    accounts: Accounts | None = None
    binding: bytes = b""
    rate: int = 0
    recipient_rate: int = 0
    chaos: Sequence[ChaosRule] = ()
    seed: int | None = None
    per_address: int = CONNECTIONS_PER_ADDRESS
    backlog: int = 64 * 1024 * 1024
    in_memory: int = 1024 * 1024
    observer: Observer | None = None
    tap: Tap | None = None
