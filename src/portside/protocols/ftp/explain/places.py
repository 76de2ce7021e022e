"""Where data is to meet, taken apart: the six numbers of PORT and PASV, and what EPRT and EPSV put between bars."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portside.protocols.explaining import Field

_SIX = re.compile(rb"(?<![0-9,])([0-9]{1,3}(?:,[0-9]{1,3}){3}),([0-9]{1,3}),([0-9]{1,3})(?![0-9,])")
_BARS = re.compile(rb"([!-~])([0-9]{0,3})\1([0-9A-Fa-f.:]{0,64})\1([0-9]{1,5})\1")
_FAMILIES = {b"1": "IPv4", b"2": "IPv6"}


def six_numbers(data: bytes, at: int) -> Iterator[Field]:
    """Host and port in ``h1,h2,h3,h4,p1,p2`` (RFC 959 §5.3.2), which stands somewhere in ``data`` from ``at`` on."""
    found = _SIX.search(data, at)
    if found is None:
        return
    high, low = int(found[2]), int(found[3])
    yield Field("Host", found.span(1), found[1].replace(b",", b".").decode(), "", "RFC 959 §5.3.2")
    port, told = f"{high},{low}", f"{high} times 256 and {low}: port {high * 256 + low}"
    yield Field("Port", (found.start(2), found.end(3)), port, told, "RFC 959 §5.3.2")


def between_bars(data: bytes, at: int) -> Iterator[Field]:
    """Protocol, address and port in ``|1|host|port|`` (RFC 2428 §2), of which EPSV's reply leaves two empty (§3)."""
    found = _BARS.search(data, at)
    if found is None:
        return
    if found[2]:
        yield Field("Network protocol", found.span(2), found[2].decode(), _FAMILIES.get(found[2], ""), "RFC 2428 §2")
    if found[3]:
        yield Field("Network address", found.span(3), found[3].decode(), "", "RFC 2428 §2")
    yield Field("TCP port", found.span(4), found[4].decode(), "", "RFC 2428 §2")
