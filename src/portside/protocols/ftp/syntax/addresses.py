"""Where a data connection is opened: PORT and PASV (RFC 959 §4.1.2), EPRT and EPSV (RFC 2428)."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from portside.errors import LocalError, RemoteError
from portside.interfaces import Address

BAD_ARGUMENT = 501
UNKNOWN_PROTOCOL = 522
PROTOCOLS = {"1": IPv4Address, "2": IPv6Address}
"""Address families by the numbers that EPRT and EPSV give them (RFC 2428 §2)."""

_SIX = re.compile(r"(?<![0-9,])([0-9]{1,3}(?:,[0-9]{1,3}){5})(?![0-9,])")
_EPSV = re.compile(r"\((?P<d>[!-~])(?P=d)(?P=d)([0-9]{1,5})(?P=d)\)")
_EPRT = re.compile(r"(?P<d>[!-~])([0-9]{1,3})(?P=d)([^\s]{1,64}?)(?P=d)([0-9]{1,5})(?P=d)")


def parse_port(argument: str) -> Address:
    """The address in PORT's ``h1,h2,h3,h4,p1,p2``. Raises ``RemoteError`` (501)."""
    found = _SIX.fullmatch(argument.strip())
    if found is None:
        raise RemoteError("PORT needs six numbers: h1,h2,h3,h4,p1,p2", BAD_ARGUMENT)
    return _of_six(found[1])


def parse_pasv(text: str) -> Address:
    """The address in an answer to PASV, wherever it stands and with or without parentheses (RFC 1123 §4.1.2.6).

    Raises ``RemoteError``.
    """
    found = _SIX.search(text)
    if found is None:
        raise RemoteError(f"the server does not say where it listens: {text[:60]!a}")
    return _of_six(found[1])


def _of_six(numbers: str) -> Address:
    six = [int(number) for number in numbers.split(",")]
    if any(number > 255 for number in six):
        raise RemoteError("each of the six numbers is at most 255", BAD_ARGUMENT)
    return Address(".".join(map(str, six[:4])), six[4] * 256 + six[5])


def serialise_port(address: Address) -> str:
    """``h1,h2,h3,h4,p1,p2`` of an IPv4 address. Raises ``LocalError`` for any other."""
    try:
        host = IPv4Address(address.host)
    except AddressValueError:
        raise LocalError(f"{address} has no place in PORT and PASV, which know IPv4 only") from None
    high, low = divmod(address.port, 256)
    return ",".join(str(number) for number in (*host.packed, high, low))


def parse_eprt(argument: str) -> Address:
    """The address in EPRT's ``|1|192.0.2.1|5000|``, whatever divides it. Raises ``RemoteError`` (501, 522)."""
    found = _EPRT.fullmatch(argument.strip())
    if found is None:
        raise RemoteError("EPRT is written |1|host|port| or |2|host|port|", BAD_ARGUMENT)
    family = PROTOCOLS.get(found[2])
    if family is None:
        raise RemoteError("Network protocol not supported, use (1,2)", UNKNOWN_PROTOCOL)
    port = int(found[4])
    try:
        host = family(found[3])
    except AddressValueError:
        raise RemoteError("EPRT names no address of that protocol", BAD_ARGUMENT) from None
    if port > 65535 or "%" in found[3]:
        raise RemoteError("EPRT names no port up to 65535", BAD_ARGUMENT)
    return Address(str(host), port)


def serialise_eprt(address: Address) -> str:
    """``|1|host|port|`` for IPv4, ``|2|host|port|`` for IPv6."""
    return f"|{2 if ':' in address.host else 1}|{address.host}|{address.port}|"


def parse_epsv(text: str) -> int:
    """The port in an answer to EPSV, ``(|||port|)``. Raises ``RemoteError``."""
    found = _EPSV.search(text)
    if found is None or int(found[2]) > 65535:
        raise RemoteError(f"the server does not say where it listens: {text[:60]!a}")
    return int(found[2])


def serialise_epsv(port: int) -> str:
    """``|||port|``, as it stands within the parentheses of the answer."""
    return f"|||{port}|"
