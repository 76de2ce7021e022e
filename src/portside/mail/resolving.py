"""What mail asks of the DNS: where a domain's mail goes, and what its owner has published.

The answers come through this port; the one over the network stands in ``transport/dns.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from portside.errors import ResolveError


class NoSuchName(ResolveError):
    """The name does not exist, for certain (RCODE 3, RFC 1035 §4.1.1): asking again changes nothing."""


class NoAnswer(ResolveError):
    """No server could say: asking later may help."""


@dataclass(frozen=True, slots=True, order=True)
class Exchange:
    """One mail exchanger of a domain: less ``preference`` (0..65535) is tried first (RFC 5321 §5.1).

    ``host`` is without its final dot; "" is the null MX (RFC 7505): the domain takes no mail.
    """

    preference: int
    host: str


class Resolver(Protocol):
    """Asks the DNS. Every question raises ``NoSuchName`` or ``NoAnswer``; a name without such records has none: ()."""

    async def exchanges(self, domain: str) -> tuple[Exchange, ...]:
        """Its MX records, the most preferred first; those of equal preference in the order they came."""
        ...

    async def addresses(self, host: str) -> tuple[str, ...]:
        """Its AAAA and A records, as numeric addresses."""
        ...

    async def texts(self, name: str) -> tuple[bytes, ...]:
        """Its TXT records, the strings of each joined (RFC 7208 §3.3)."""
        ...

    async def names(self, address: str) -> tuple[str, ...]:
        """The names that the owner of a numeric address gives it (PTR)."""
        ...
