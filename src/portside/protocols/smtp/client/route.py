"""Where a domain's mail goes: its exchangers by preference, or the domain itself (RFC 5321 §5.1, RFC 7505)."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable
from ipaddress import ip_address

from portside.errors import LocalError, RemoteError
from portside.mail.resolving import Exchange, NoAnswer, NoSuchName, Resolver
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.syntax.addresses import ascii_domain, literal_host

HOSTS_TRIED = 16
"""Hosts of one domain that are tried at most: large ones have five, and one with thousands wants us busy."""
ADDRESSES_TRIED = 16
"""Addresses of one host that are tried at most."""


class Unroutable(RemoteError):
    """No server takes this domain's mail, for certain; ``reply`` is what a server would have said of it."""

    def __init__(self, text: str, reply: Reply) -> None:
        super().__init__(text, reply.code)
        self.reply = reply


async def route(
    domain: str,
    resolver: Resolver,
    *,
    draw: Callable[[], float] = random.random,
    ours: Collection[str] = (),
) -> tuple[str, ...]:
    """The hosts that take mail for ``domain``, in the order in which to try them: names, or one numeric address.

    ``draw`` gives numbers from 0 to 1, by which hosts of equal preference are mixed. ``ours`` are our own names: where
    one of them is among the hosts, it and whatever is not preferred to it are left out. Raises ``Unroutable``, and
    ``NoAnswer`` where asking later may help.
    """
    if domain.startswith("["):
        return (_literal(domain),)
    name = _dns_name(domain)
    try:
        exchanges = await resolver.exchanges(name)
    except NoSuchName as error:
        raise _unroutable(f"the domain {domain} does not exist", 550, "5.1.2") from error
    if not exchanges:
        return await _itself(name, resolver)
    if all(not exchange.host for exchange in exchanges):
        raise _unroutable(f"the domain {domain} takes no mail (null MX)", 556, "5.1.10")
    hosts = _without_loops(domain, _in_order(exchanges, draw), ours)
    return tuple(dict.fromkeys(exchange.host for exchange in hosts))[:HOSTS_TRIED]


def _literal(domain: str) -> str:
    host = literal_host(domain)
    if not host:
        raise _unroutable(f"{domain} is no address that anybody could connect to", 550, "5.1.2")
    return host


def _dns_name(domain: str) -> str:
    try:
        return ascii_domain(domain)
    except LocalError as error:
        raise _unroutable(str(error), 550, "5.1.2") from error


async def _itself(name: str, resolver: Resolver) -> tuple[str, ...]:
    """A domain without MX is its own exchanger (RFC 5321 §5.1)."""
    if not await resolver.addresses(name):
        raise _unroutable(f"{name} has neither a mail exchanger nor an address", 550, "5.4.4")
    return (name,)


def _in_order(exchanges: Iterable[Exchange], draw: Callable[[], float]) -> list[Exchange]:
    """By preference; equals in any order, so that they share the load. A null MX among others means nothing."""
    mixed = sorted((exchange.preference, draw(), exchange.host) for exchange in exchanges if exchange.host)
    return [Exchange(preference, host.rstrip(".").lower()) for preference, _, host in mixed]


def _without_loops(domain: str, exchanges: list[Exchange], ours: Collection[str]) -> list[Exchange]:
    """Only those that are preferred to ourselves (RFC 5321 §5.1): the others would send it back to us."""
    own = [exchange.preference for exchange in exchanges if exchange.host in ours]
    left = [exchange for exchange in exchanges if not own or exchange.preference < min(own)]
    if not left:
        raise _unroutable(f"mail for {domain} would come back to ourselves: its best exchanger is us", 554, "5.4.6")
    return left


def _unroutable(text: str, code: int, enhanced: str) -> Unroutable:
    return Unroutable(text, Reply(code, (text,), enhanced))


async def addresses_of(host: str, resolver: Resolver) -> tuple[str, ...]:
    """The numeric addresses of one host of a route. Raises ``ResolveError``, also where there are none."""
    if _is_numeric(host):
        return (host,)
    addresses = await resolver.addresses(host)
    if not addresses:
        raise NoAnswer(f"the mail exchanger {host} has no address")
    return addresses[:ADDRESSES_TRIED]


def _is_numeric(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
