"""Asks the DNS, over UDP, and over TCP where an answer is long (RFC 1035, RFC 7766).

``dnspython`` does the work; it is loaded with the first question, since few who can send mail ask any.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from portside.interfaces import Address
from portside.mail.resolving import Exchange, NoAnswer, NoSuchName

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver as Asking

LIFETIME = 20.0
"""Seconds for one question, with all servers that are asked: as long as a person waits, and mail may."""
RECORDS_KEPT = 1_000
"""Records of one answer that are looked at: 64 KB hold more, and nobody has so many."""
CACHED = 4_096
"""Answers that are kept as long as they say."""


class DnsResolver:
    """``portside.mail.resolving.Resolver`` over the network.

    ``servers`` are those to ask (none: the system's, ``/etc/resolv.conf``). Nothing is opened until somebody asks.
    """

    def __init__(self, servers: Sequence[Address] = (), *, lifetime: float = LIFETIME) -> None:
        self._servers = tuple(servers)
        self._lifetime = lifetime
        self._asking: Asking | None = None

    async def exchanges(self, domain: str) -> tuple[Exchange, ...]:
        """See ``Resolver``."""
        found = await self._ask(domain, "MX")
        records = [Exchange(each.preference, each.exchange.to_text(omit_final_dot=True)) for each in found]
        plain = [Exchange(each.preference, "" if each.host in (".", "@") else each.host) for each in records]
        return tuple(sorted(plain, key=lambda each: each.preference))

    async def addresses(self, host: str) -> tuple[str, ...]:
        """See ``Resolver``. A host that one of the two questions finds is there."""
        answers = await asyncio.gather(self._ask(host, "AAAA"), self._ask(host, "A"), return_exceptions=True)
        found = [each.address for answer in answers if not isinstance(answer, BaseException) for each in answer]
        errors = [answer for answer in answers if isinstance(answer, BaseException)]
        if errors and not found:
            raise errors[0]
        return tuple(found)

    async def texts(self, name: str) -> tuple[bytes, ...]:
        """See ``Resolver``."""
        return tuple(b"".join(each.strings) for each in await self._ask(name, "TXT"))

    async def names(self, address: str) -> tuple[str, ...]:
        """See ``Resolver``."""
        try:
            pointer = ip_address(address).reverse_pointer
        except ValueError:
            raise NoSuchName(f"{address!a} is no numeric address") from None
        return tuple(each.target.to_text(omit_final_dot=True) for each in await self._ask(pointer, "PTR"))

    # ---------------------------------------------------------------------------------------------- asking

    async def _ask(self, name: str, kind: str) -> list[Any]:
        """The records of one kind. Raises ``NoSuchName`` and ``NoAnswer``."""
        import dns.exception
        import dns.name
        import dns.resolver

        try:
            whole = dns.name.from_text(name, idna_codec=dns.name.IDNA_2003_Strict)
            answer = await self._resolver().resolve(
                whole, kind, lifetime=self._lifetime, raise_on_no_answer=False, search=False
            )
        except dns.resolver.NXDOMAIN:
            raise NoSuchName(f"the DNS knows no name {name!a}") from None
        except (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel, dns.name.BadEscape, UnicodeError):
            raise NoSuchName(f"{name!a} is no name that the DNS could know") from None
        except (dns.exception.DNSException, OSError) as error:
            raise NoAnswer(f"the DNS does not say what it knows of {name!a} ({kind}): {_reason(error)}") from error
        finally:
            await asyncio.sleep(0)  # the socket of the question goes in the loop's next turn
        return [] if answer.rrset is None else list(answer.rrset)[:RECORDS_KEPT]

    def _resolver(self) -> Asking:
        if self._asking is None:
            self._asking = self._new()
        return self._asking

    def _new(self) -> Asking:
        import dns.asyncresolver
        import dns.nameserver
        import dns.resolver

        asking = dns.asyncresolver.Resolver(configure=not self._servers)
        asking.cache = dns.resolver.LRUCache(CACHED)
        if self._servers:
            asking.nameservers = [dns.nameserver.Do53Nameserver(each.host, each.port) for each in self._servers]
        return asking


def _reason(error: Exception) -> str:
    import dns.resolver

    if isinstance(error, dns.resolver.LifetimeTimeout):
        return "no answer in time"
    if isinstance(error, dns.resolver.NoNameservers):
        return "no server of it answers well"
    return " ".join(str(error).split())[:200] or type(error).__name__
