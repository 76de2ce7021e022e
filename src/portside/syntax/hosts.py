"""Numeric addresses, as what they stand for."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address


def same_host(one: str, other: str) -> bool:
    """Whether two numeric addresses stand for the same place; IPv4 mapped into IPv6 is IPv4 (RFC 4291 §2.5.5.2).

    False where one of them is no address, unless both are "" (Unix sockets have none).
    """
    return one == other or (_plain(one) is not None and _plain(one) == _plain(other))


def is_loopback(address: str) -> bool:
    """Whether a numeric address never leaves this machine: 127/8, ::1, and the former mapped into IPv6.

    False for every name. Ask it about the address that is really connected, never about what was asked for.
    """
    numeric = _plain(address)
    return numeric is not None and numeric.is_loopback


def network_of(host: str) -> str:
    """What counts as one visitor: an address, or of IPv6 its network of 64 bits, since one machine may use all of it.

    Unix sockets have no address: all of them count as one.
    """
    if ":" not in host:
        return host
    numeric = IPv6Address(host)
    return str(numeric.ipv4_mapped or int(numeric) >> 64)


def _plain(host: str) -> IPv4Address | IPv6Address | None:
    try:
        numeric = ip_address(host)
    except ValueError:
        return None
    return (numeric.ipv4_mapped or numeric) if isinstance(numeric, IPv6Address) else numeric
