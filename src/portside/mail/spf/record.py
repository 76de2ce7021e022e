"""SPF records: ``v=spf1 ip4:192.0.2.0/24 include:example.net -all`` (RFC 7208 §4.6, §5, §6 and §12)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Network, IPv6Network, ip_network

from portside.errors import RemoteError
from portside.mail.spf.macros import check_domain_spec, check_macros

LONGEST_RECORD = 4096
"""Octets of a record; §3.4 asks for 512, and long lists of networks are published."""
MOST_TERMS = 200
"""Terms of a record: more do not fit into one."""


class Qualifier(Enum):
    """What a match means (§4.6.2)."""

    PASS = "+"
    FAIL = "-"
    SOFTFAIL = "~"
    NEUTRAL = "?"

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One mechanism (§5). ``domain`` is its domain-spec with macros, "" for the domain that is checked; ``network`` is
    that of ``ip4`` and ``ip6``; ``prefix4`` and ``prefix6`` are the lengths for addresses of ``a`` and ``mx``."""

    name: str
    qualifier: Qualifier = Qualifier.PASS
    domain: str = ""
    network: IPv4Network | IPv6Network | None = None
    prefix4: int = 32
    prefix6: int = 128

    def __str__(self) -> str:
        """About as it was written."""
        rest = f":{self.network}" if self.network else f":{self.domain}" if self.domain else ""
        return f"{self.qualifier.value if self.qualifier is not Qualifier.PASS else ''}{self.name}{rest}"


@dataclass(frozen=True, slots=True)
class Record:
    """A record: its mechanisms in their order, and its modifiers (§6), "" where they are missing."""

    mechanisms: tuple[Mechanism, ...] = ()
    redirect: str = ""
    explanation: str = ""


_modifier = re.compile(r"([A-Za-z][A-Za-z0-9._-]*)=(.*)").fullmatch
_mechanism = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9._-]*)(.*)").fullmatch
_hosts = re.compile(r"(?::(.*?))?(?:/([0-9]{1,3}))?(?://([0-9]{1,3}))?").fullmatch
_is_version = re.compile(rb"v=spf1(?: .*)?", re.I | re.S).fullmatch
_number = re.compile(r"0|[1-9][0-9]{0,2}").fullmatch


def is_record(text: bytes) -> bool:
    """Whether a TXT record is one of SPF (§4.5)."""
    return _is_version(text) is not None


def parse_record(text: bytes) -> Record:
    """Reads a record. Raises ``RemoteError`` where any of it breaks the grammar: then none of it counts (§4.6)."""
    if len(text) > LONGEST_RECORD or not text.isascii():
        raise RemoteError(f"the record is longer than {LONGEST_RECORD} octets, or not ASCII")
    terms = [term for term in text.decode("ascii").split(" ")[1:] if term]
    if len(terms) > MOST_TERMS:
        raise RemoteError(f"the record has more than {MOST_TERMS} terms")
    mechanisms: list[Mechanism] = []
    modifiers: dict[str, str] = {}
    for term in terms:
        match = _modifier(term)
        if match is None:
            mechanisms.append(_parse_mechanism(term))
        else:
            _take_modifier(match[1].lower(), match[2], modifiers)
    return Record(tuple(mechanisms), modifiers.get("redirect", ""), modifiers.get("exp", ""))


def _take_modifier(name: str, value: str, modifiers: dict[str, str]) -> None:
    """``redirect`` and ``exp`` may come once; others are for somebody else, but are macros as well (§6)."""
    if name not in {"redirect", "exp"}:
        check_macros(value)
        return
    if name in modifiers:
        raise RemoteError(f"{name}= stands there twice")
    modifiers[name] = check_domain_spec(value)


def _parse_mechanism(term: str) -> Mechanism:
    match = _mechanism(term)
    name = match[2].lower() if match else ""
    if match is None or name not in _PARSERS:
        raise RemoteError(f"{term[:60]!r} is no mechanism")
    return _PARSERS[name](name, Qualifier(match[1] or "+"), match[3])


def _all(name: str, qualifier: Qualifier, rest: str) -> Mechanism:
    if rest:
        raise RemoteError("all has no argument")
    return Mechanism(name, qualifier)


def _with_domain(name: str, qualifier: Qualifier, rest: str) -> Mechanism:
    if not rest.startswith(":"):
        raise RemoteError(f"{name} needs a domain")
    return Mechanism(name, qualifier, check_domain_spec(rest[1:]))


def _ptr(name: str, qualifier: Qualifier, rest: str) -> Mechanism:
    return _with_domain(name, qualifier, rest) if rest else Mechanism(name, qualifier)


def _of_hosts(name: str, qualifier: Qualifier, rest: str) -> Mechanism:
    match = _hosts(rest)
    if match is None:
        raise RemoteError(f"{(name + rest)[:60]!r} is no mechanism")
    domain = check_domain_spec(match[1]) if match[1] is not None else ""
    return Mechanism(name, qualifier, domain, None, _prefix(match[2], 32), _prefix(match[3], 128))


def _prefix(digits: str | None, most: int) -> int:
    if digits is None:
        return most
    if not _number(digits) or int(digits) > most:
        raise RemoteError(f"/{digits} is no length of a prefix")
    return int(digits)


def _network(name: str, qualifier: Qualifier, rest: str) -> Mechanism:
    address, slash, digits = rest[1:].partition("/")
    family, most = (IPv4Network, 32) if name == "ip4" else (IPv6Network, 128)
    try:
        network = ip_network(f"{address}/{_prefix(digits if slash else None, most)}", strict=False)
    except ValueError as error:
        raise RemoteError(f"{address[:60]!r} is no address for {name}") from error
    if not rest.startswith(":") or not isinstance(network, family) or "%" in address:
        raise RemoteError(f"{(name + rest)[:60]!r} is no mechanism")
    return Mechanism(name, qualifier, "", network)


_PARSERS = {
    "all": _all, "include": _with_domain, "exists": _with_domain, "ptr": _ptr, "a": _of_hosts, "mx": _of_hosts,
    "ip4": _network, "ip6": _network,
}  # fmt: skip
