"""``check_host``: may this address send mail of that domain? (RFC 7208 §4)

A record leads to others, and each costs questions to the DNS, so they are counted: ten terms that ask, two answers that
are empty, ten hosts behind one name (§4.6.4). Whoever exceeds that has published a record that is wrong, for good.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TypeVar

from portside.errors import RemoteError
from portside.mail.domains import to_ascii
from portside.mail.resolving import NoAnswer, NoSuchName, Resolver
from portside.mail.spf.macros import IN_EXPLANATIONS, check_macros, expand, expand_domain, letters_in
from portside.mail.spf.record import Mechanism, Qualifier, Record, is_record, parse_record
from portside.syntax.visible import visible

MOST_LOOKUPS = 10
"""Terms that ask the DNS (§4.6.4)."""
MOST_VOID = 2
"""Of their questions, how many may find nothing (§4.6.4)."""
MOST_HOSTS = 10
"""Hosts behind one ``mx``, and names of one address (§4.6.4)."""
LONGEST_EXPLANATION = 500
"""Letters of what a domain says about a failure."""

_Answer = TypeVar("_Answer")


class Result(Enum):
    """What came of it (§2.6)."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known: ``reason`` in our words, ``explanation`` in the domain's (§6.2), "" where there is none.

    ``domain`` is the one that was checked; ``identity`` is "mailfrom" or "helo" (§2.3, §2.4).
    """

    result: Result
    reason: str
    domain: str = ""
    identity: str = "mailfrom"
    explanation: str = ""


@dataclass(slots=True)
class _Check:
    """One check, with all records that it leads to."""

    address: IPv4Address | IPv6Address
    sender: str
    helo: str
    resolver: Resolver
    receiver: str
    now: float
    lookups: int = 0
    void: int = 0
    validated: dict[str, str] = field(default_factory=dict)  # the macro p, by domain


class _PermError(RemoteError):
    """The record is wrong."""


_RESULTS = {
    Qualifier.PASS: Result.PASS,
    Qualifier.FAIL: Result.FAIL,
    Qualifier.SOFTFAIL: Result.SOFTFAIL,
    Qualifier.NEUTRAL: Result.NEUTRAL,
}


async def check(address: str, helo: str, sender: str, resolver: Resolver, *, now: float, receiver: str = "") -> Finding:
    """Whether ``address`` may send with this envelope: by its sender's domain, or HELO's where that is null (§2.4)."""
    if sender:
        return await check_host(address, sender.rpartition("@")[2], sender, helo, resolver, now=now, receiver=receiver)
    found = await check_host(address, helo, f"postmaster@{helo}", helo, resolver, now=now, receiver=receiver)
    return Finding(found.result, found.reason, found.domain, "helo", found.explanation)


async def check_host(
    address: str, domain: str, sender: str, helo: str, resolver: Resolver, *, now: float, receiver: str = ""
) -> Finding:
    """The function of §4. It never fails: what goes wrong is a result.

    ``address`` is numeric; ``now`` is seconds since 1970 and ``receiver`` our name, both for what domains say.
    """
    domain = to_ascii(domain)
    if not _can_be_asked(domain):
        return Finding(Result.NONE, f"{visible(domain) or 'nothing'} is no domain that could publish a record", domain)
    client = _plain(address)
    if client is None:
        return Finding(Result.NONE, f"{visible(address) or 'nothing'} is no address that could be asked about", domain)
    local = sender.rpartition("@")[0] or "postmaster"
    checked = _Check(client, f"{local}@{sender.rpartition('@')[2]}", helo, resolver, receiver, now)
    try:
        return await _evaluated(checked, domain)
    except NoAnswer:
        return Finding(Result.TEMPERROR, f"the DNS could not be asked all that the record of {domain} needs", domain)
    except RemoteError as error:
        return Finding(Result.PERMERROR, f"the record of {domain} is wrong: {error}", domain)


def _can_be_asked(domain: str) -> bool:
    """§4.3: several labels, none empty or too long."""
    labels = domain.split(".")
    is_plain = domain.isascii() and domain.isprintable() and " " not in domain
    return is_plain and len(domain) <= 253 and len(labels) > 1 and all(0 < len(label) <= 63 for label in labels)


def _plain(address: str) -> IPv4Address | IPv6Address | None:
    """An IPv4 address that came in IPv6's clothes is one of IPv4 (§5); None where it is no address."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None  # it came over no network, perhaps
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


# ----------------------------------------------------------------------------------------------- records


async def _evaluated(checked: _Check, domain: str) -> Finding:
    """What the record of ``domain`` says. Raises ``NoAnswer`` and ``RemoteError``."""
    record = await _record(checked, domain)
    if record is None:
        return Finding(Result.NONE, f"{domain} publishes no record", domain)
    for mechanism in record.mechanisms:
        if await _matches(checked, mechanism, domain):
            return await _matched(checked, mechanism, record, domain)
    if record.redirect:
        return await _redirected(checked, record, domain)
    return Finding(Result.NEUTRAL, f"no term of the record of {domain} matches {checked.address}", domain)


async def _record(checked: _Check, domain: str) -> Record | None:
    try:
        texts = await checked.resolver.texts(domain)
    except NoSuchName:
        return None
    records = [text for text in texts if is_record(text)]
    if len(records) > 1:
        raise _PermError(f"{domain} publishes {len(records)} records where one may be")
    return parse_record(records[0]) if records else None


async def _matched(checked: _Check, mechanism: Mechanism, record: Record, domain: str) -> Finding:
    result = _RESULTS[mechanism.qualifier]
    explanation = await _explanation(checked, record, domain) if result is Result.FAIL else ""
    return Finding(result, f"{checked.address} matches {mechanism} of {domain}", domain, explanation=explanation)


async def _redirected(checked: _Check, record: Record, domain: str) -> Finding:
    _count(checked)
    target = await _target(checked, record.redirect, domain)
    found = await _evaluated(checked, target) if _can_be_asked(target) else None
    if found is None or found.result is Result.NONE:
        raise _PermError(f"it redirects to {visible(target)}, which publishes none")
    return Finding(found.result, found.reason, domain, explanation=found.explanation)


async def _explanation(checked: _Check, record: Record, domain: str) -> str:
    """What the domain says to those it fails (§6.2); whatever goes wrong, nothing."""
    if not record.explanation:
        return ""
    try:
        texts = await checked.resolver.texts(await _target(checked, record.explanation, domain))
        text = check_macros(texts[0].decode("ascii").replace(" ", "%_"), IN_EXPLANATIONS) if len(texts) == 1 else ""
        return visible(expand(text, await _values(checked, domain, text)))[:LONGEST_EXPLANATION]
    except (NoSuchName, NoAnswer, RemoteError, UnicodeDecodeError):
        return ""  # a failure without words is a failure as well


# -------------------------------------------------------------------------------------------- mechanisms


async def _matches(checked: _Check, mechanism: Mechanism, domain: str) -> bool:
    if mechanism.name == "all":
        return True
    if mechanism.network is not None:
        return checked.address in mechanism.network
    return await _MATCHES[mechanism.name](checked, mechanism, domain)


async def _is_included(checked: _Check, mechanism: Mechanism, domain: str) -> bool:
    """§5.2: only a pass over there is a match; no record over there is a mistake here."""
    _count(checked)
    target = await _target(checked, mechanism.domain, domain)
    found = await _evaluated(checked, target) if _can_be_asked(target) else None
    if found is None or found.result is Result.NONE:
        raise _PermError(f"it includes {visible(target)}, which publishes none")
    return found.result is Result.PASS


async def _is_host(checked: _Check, mechanism: Mechanism, domain: str) -> bool:
    _count(checked)
    target = await _target(checked, mechanism.domain, domain)
    return _is_near(checked, mechanism, await _addresses(checked, target, checked.address.version))


async def _is_exchange(checked: _Check, mechanism: Mechanism, domain: str) -> bool:
    _count(checked)
    target = await _target(checked, mechanism.domain, domain)
    exchanges = await _asked(checked, checked.resolver.exchanges, target)
    if len(exchanges) > MOST_HOSTS:
        raise _PermError(f"{visible(target)} has more than {MOST_HOSTS} exchangers")
    for host in (exchange.host for exchange in exchanges if exchange.host):
        if _is_near(checked, mechanism, await _addresses(checked, host, checked.address.version)):
            return True
    return False


async def _exists(checked: _Check, mechanism: Mechanism, domain: str) -> bool:
    """§5.7: an address of IPv4, whatever the address that is checked."""
    _count(checked)
    return bool(await _addresses(checked, await _target(checked, mechanism.domain, domain), version=4))


async def _is_named(checked: _Check, mechanism: Mechanism, domain: str) -> bool:
    _count(checked)
    target = (await _target(checked, mechanism.domain, domain)).lower()
    return any(name == target or name.endswith("." + target) for name in await _validated(checked))


_MATCHES: Mapping[str, Callable[[_Check, Mechanism, str], Awaitable[bool]]] = {
    "include": _is_included, "a": _is_host, "mx": _is_exchange, "exists": _exists, "ptr": _is_named,
}  # fmt: skip


def _is_near(checked: _Check, mechanism: Mechanism, addresses: tuple[str, ...]) -> bool:
    prefix = mechanism.prefix4 if checked.address.version == 4 else mechanism.prefix6
    return any(checked.address in ip_network(f"{address}/{prefix}", strict=False) for address in addresses)


async def _validated(checked: _Check) -> list[str]:
    """The names of the address that lead back to it (§5.5), in lower case. An error of the DNS is no match."""
    try:
        names = (await _asked(checked, checked.resolver.names, str(checked.address)))[:MOST_HOSTS]
    except NoAnswer:
        return []
    return [name.rstrip(".").lower() for name in names if await _leads_back(checked, name)]


async def _leads_back(checked: _Check, name: str) -> bool:
    try:
        found = await checked.resolver.addresses(name)
    except (NoSuchName, NoAnswer):
        return False
    return any(ip_address(address) == checked.address for address in found)


# ----------------------------------------------------------------------------------------------- the DNS


def _count(checked: _Check) -> None:
    checked.lookups += 1
    if checked.lookups > MOST_LOOKUPS:
        raise _PermError(f"it takes more than {MOST_LOOKUPS} look-ups")


async def _asked(
    checked: _Check, question: Callable[[str], Awaitable[tuple[_Answer, ...]]], name: str
) -> tuple[_Answer, ...]:
    """An answer; one that is empty is counted. A local part in another script makes no name (RFC 8616 §3)."""
    if not name.isascii():
        return ()
    try:
        return _counted(checked, await question(name))
    except NoSuchName:
        return _counted(checked, ())


async def _addresses(checked: _Check, host: str, version: int) -> tuple[str, ...]:
    """The addresses of a host in one family, as if only that had been asked for (§5)."""

    async def question(name: str) -> tuple[str, ...]:
        return tuple(each for each in await checked.resolver.addresses(name) if ip_address(each).version == version)

    return await _asked(checked, question, host)


def _counted(checked: _Check, found: tuple[_Answer, ...]) -> tuple[_Answer, ...]:
    checked.void += not found
    if checked.void > MOST_VOID:
        raise _PermError(f"more than {MOST_VOID} of its look-ups find nothing")
    return found


# ------------------------------------------------------------------------------------------------ macros


async def _target(checked: _Check, domain_spec: str, domain: str) -> str:
    """The name that a term speaks of."""
    if not domain_spec:
        return domain
    return expand_domain(domain_spec, await _values(checked, domain, domain_spec))


async def _values(checked: _Check, domain: str, text: str) -> dict[str, str]:
    """What the macros in ``text`` stand for (§7.2). The name ``p`` costs questions, so it is asked for where it is."""
    address = checked.address
    nibbles = ".".join(address.exploded.replace(":", "")) if address.version == 6 else str(address)
    return {
        "s": checked.sender,
        "l": checked.sender.rpartition("@")[0],
        "o": checked.sender.rpartition("@")[2],
        "d": domain,
        "i": nibbles,
        "p": await _name(checked, domain) if "p" in letters_in(text) else "unknown",
        "v": "in-addr" if address.version == 4 else "ip6",
        "h": checked.helo,
        "c": str(address),
        "r": checked.receiver or "unknown",
        "t": str(int(checked.now)),
    }


async def _name(checked: _Check, domain: str) -> str:
    """``p``: a validated name of the address: the domain itself, or one below it, or any (§7.3)."""
    if domain not in checked.validated:
        names = await _validated(checked)
        below = [name for name in names if name.endswith("." + domain)]
        checked.validated[domain] = domain if domain in names else next(iter(below or names), "unknown")
    return checked.validated[domain]
