"""Numeric addresses, compared as what they stand for."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address


def same_host(one: str, other: str) -> bool:
    """Whether two numeric addresses stand for the same place; IPv4 mapped into IPv6 is IPv4 (RFC 4291 §2.5.5.2).

    False where one of them is no address, unless both are "" (Unix sockets have none).
    """
    return one == other or (_plain(one) is not None and _plain(one) == _plain(other))


def _plain(host: str) -> IPv4Address | IPv6Address | None:
    try:
        numeric = ip_address(host)
    except ValueError:
        return None
    return (numeric.ipv4_mapped or numeric) if isinstance(numeric, IPv6Address) else numeric
