"""Which names a certificate may carry: DNS names as they stand on the wire, and addresses.

*Home* names never leave the machine or the test bench: ``localhost`` and what is below it, ``.test``
(RFC 2606 §2) and the loopback addresses. The main authority may vouch for these alone. Every other name has
to be asked for, and gets an authority that may vouch for it and for home (see ``local``).
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from portside.errors import UsageError

Name = str | IPv4Address | IPv6Address
"""A DNS name (lower case, A-labels, without the final dot) or an address."""

MAX_NAMES = 32  # names asked for in one certificate: far more than one server has, and still one small packet
MAX_NAME = 253  # characters of a DNS name (RFC 1035 §2.3.4, less the length bytes at its ends)

DEFAULT_NAMES: tuple[Name, ...] = ("localhost", IPv4Address("127.0.0.1"), IPv6Address("::1"))
"""What every certificate of ours carries. ``*.localhost`` is not among them: OpenSSL and browsers refuse it."""

HOME_DOMAINS = ("localhost", "test")
HOME_NETWORKS = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")  # RFC 1123 §2.1
_NOT_FOR_ONE_SERVER = "is not an address that one server has"


def parse_name(text: str) -> Name:
    """One name from what a person wrote; raises UsageError with the reason where no certificate may carry it."""
    try:
        return _checked_address(text)
    except ValueError:
        return _dns_name(text)


def parse_names(texts: Iterable[str]) -> tuple[Name, ...]:
    """The names of one certificate: ours first, then those asked for, sorted, each once. At most 32 are asked for."""
    asked = {parse_name(text) for text in texts}.difference(DEFAULT_NAMES)
    if len(asked) > MAX_NAMES:
        raise UsageError(f"a certificate carries at most {MAX_NAMES} names; ask for fewer")
    return (*DEFAULT_NAMES, *sorted(asked, key=str))


def is_home(name: Name) -> bool:
    """Whether the main authority may vouch for ``name``."""
    if isinstance(name, str):
        return name.rpartition(".")[2] in HOME_DOMAINS
    return any(name in network for network in HOME_NETWORKS)


def outside(names: Iterable[Name]) -> tuple[Name, ...]:
    """Those of ``names`` that have to be asked for, sorted: the same set always gives the same authority."""
    return tuple(sorted({name for name in names if not is_home(name)}, key=str))


def names_of_host(host: str) -> tuple[str, ...]:
    """The names to ask for where a server listens on ``host``: none for a listener on every address."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return (host,) if host else ()
    return () if address.is_unspecified else (str(address),)


def _checked_address(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text.removeprefix("[").removesuffix("]"))
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            raise UsageError(f"{text} has a zone, which no certificate can name; leave out the part from % on")
        address = address.ipv4_mapped or address
    if address.is_unspecified or address.is_multicast:
        raise UsageError(f"{text} {_NOT_FOR_ONE_SERVER}, so no certificate is made for it")
    return address


def _dns_name(text: str) -> str:
    name = text.lower().removesuffix(".")
    refusal = _refusal(text, name)
    if refusal:
        raise UsageError(f"no certificate is made for {text[:MAX_NAME]!a}: {refusal}")
    return name


def _refusal(text: str, name: str) -> str:
    """Why ``name`` (from ``text``) may not stand in a certificate; empty where it may."""
    labels = name.split(".")
    if not text.isascii():
        return "write it with A-labels (xn--...)"
    if "*" in name:
        return "wildcards are not supported, name each host"
    if len(name) > MAX_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        return "it is not a host name"
    if labels[-1].isdigit():
        return "it is neither a host name nor an address"
    if len(labels) == 1 and name not in (*HOME_DOMAINS, socket.gethostname().lower()):
        # The authority's constraint is a whole subtree: for "com" it would be half of the Internet.
        return "a name without a dot may only be this machine's own; use one with a dot, or one that ends in .test"
    return ""
