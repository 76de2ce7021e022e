"""The fields of IPv4 (RFC 791) and IPv6 (RFC 8200)."""

from __future__ import annotations

from ipaddress import ip_address

from portside.inspector.layers.decode import (
    AUTHENTICATION,
    DESTINATION,
    FRAGMENT,
    HOP_BY_HOP,
    MOST_EXTENSIONS,
    ROUTING,
)
from portside.inspector.layers.headers import Form, Header, checksum
from portside.inspector.layers.names import DSCP, ECN, PROTOCOLS
from portside.interfaces import Span

OPTIONS = {0: "end of options", 1: "no operation", 7: "record route", 68: "timestamp", 131: "loose source route",
           137: "strict source route", 148: "router alert"}  # fmt: skip


def ipv4(data: bytes, at: int) -> tuple[Header, int]:
    """The IPv4 header at ``at``, and the protocol that the packet carries."""
    form = Form(data, at, "RFC 791 §3.1")
    first, total = form.number(0, 1), form.number(2, 2)
    length = max(20, (first & 15) * 4)
    form.add("Version and header length", 0, 1, f"4, {(first & 15) * 4} bytes", parts=(
        form.part("Version", 0, 1, first >> 4, "IPv4"),
        form.part("Internet header length", 0, 1, first & 15, f"{(first & 15) * 4} bytes, in words of four"),
    ))  # fmt: skip
    _traffic_class(form, 1, form.number(1, 1))
    form.add("Total length", 2, 2, f"{total:,}", "header and payload" if total else "left to the card (offloading)")
    form.add("Identification", 4, 2, f"0x{form.number(4, 2):04x}", "tells which fragments belong together", "RFC 6864")
    flags = form.number(6, 2)
    place = (flags & 0x1FFF) * 8
    form.add("Flags and fragment offset", 6, 2, f"0x{flags:04x}", _fragmented(flags, place), parts=(
        form.part("Don't fragment", 6, 1, flags >> 14 & 1, "stays whole" if flags & 0x4000 else "may be split"),
        form.part("More fragments", 6, 1, flags >> 13 & 1, "others follow" if flags & 0x2000 else "the last one"),
        form.part("Fragment offset", 6, 2, place, f"begins at byte {place:,} of the whole packet's payload"),
    ))  # fmt: skip
    form.add("Time to live", 8, 1, meaning="routers that it may still pass")
    protocol = form.number(9, 1)
    form.add("Protocol", 9, 1, meaning=PROTOCOLS.get(protocol, "unknown"))
    _header_checksum(form, length)
    form.add("Source address", 12, 4, _address(form.raw(12, 4)), _kind(form.raw(12, 4)))
    form.add("Destination address", 16, 4, _address(form.raw(16, 4)), _kind(form.raw(16, 4)))
    _ipv4_options(form, length)
    stop = min(len(data), at + total) if total else len(data)
    inner = _inner(at + length, stop)
    note = "a fragment: only all of them together can be read" if flags & 0x3FFF else ""
    header = Header("IPv4 packet", "IPv4", (at, max(stop, min(at + length, len(data)))), inner, form.fields, note)
    return header, -1 if place else protocol


def _fragmented(flags: int, place: int) -> str:
    return "a fragment" if place or flags & 0x2000 else "not fragmented"


def _header_checksum(form: Form, length: int) -> None:
    found = form.raw(0, length)
    given = form.number(10, 2)
    if len(found) < length:
        verdict = "cannot be checked: the header is cut short"
    elif checksum(found) == 0:
        verdict = "right"
    elif not given:
        verdict = "not filled in: the card would have done it"
    else:
        verdict = f"wrong: it should be 0x{checksum(found[:10] + bytes(2) + found[12:]):04x}"
    form.add("Header checksum", 10, 2, f"0x{given:04x}", verdict)


def _ipv4_options(form: Form, length: int) -> None:
    place = 20
    while place < length:
        kind = form.number(place, 1)
        size = 1 if kind in (0, 1) else max(2, form.number(place + 1, 1))
        form.add("Option", place, min(size, length - place), OPTIONS.get(kind, f"number {kind}"))
        if kind == 0:
            break
        place += size


def _traffic_class(form: Form, place: int, value: int, size: int = 1) -> None:
    form.add("Traffic class", place, size, f"0x{value:02x}", source="RFC 2474 §3", parts=(
        form.part("Differentiated services", place, size, value >> 2, DSCP.get(value >> 2, ""), "RFC 2474 §3"),
        form.part("Explicit congestion notification", place, size, value & 3, ECN[value & 3], "RFC 3168 §5"),
    ))  # fmt: skip


def ipv6(data: bytes, at: int) -> tuple[Header, int]:
    """The IPv6 header at ``at`` with its extensions, and the protocol that the packet carries."""
    form = Form(data, at, "RFC 8200 §3")
    first = form.number(0, 4)
    form.add("Version", 0, 1, first >> 28, "IPv6")
    _traffic_class(form, 0, first >> 20 & 0xFF, 2)
    form.add("Flow label", 1, 3, f"0x{first & 0xFFFFF:05x}", "packets of one conversation carry the same", "RFC 6437")
    length, protocol = form.number(4, 2), form.number(6, 1)
    form.add("Payload length", 4, 2, f"{length:,}", "" if length else "left to the card (offloading)")
    form.add("Next header", 6, 1, protocol, PROTOCOLS.get(protocol, "unknown"))
    form.add("Hop limit", 7, 1, meaning="routers that it may still pass")
    form.add("Source address", 8, 16, _address(form.raw(8, 16)), _kind(form.raw(8, 16)))
    form.add("Destination address", 24, 16, _address(form.raw(24, 16)), _kind(form.raw(24, 16)))
    stop = min(len(data), at + 40 + length) if length else len(data)
    place, fragment = 40, False
    for _ in range(MOST_EXTENSIONS):
        if protocol not in (HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION, AUTHENTICATION) or at + place + 8 > stop:
            break
        following, size = form.number(place, 1), _extension_size(form, protocol, place)
        name = PROTOCOLS[protocol].capitalize()
        form.add(
            name, place, size, f"{size} bytes", f"followed by {PROTOCOLS.get(following, following)}", "RFC 8200 §4"
        )
        if protocol == FRAGMENT:
            fragment = bool(form.number(place + 2, 2) & 0xFFF9)
        later = protocol == FRAGMENT and form.number(place + 2, 2) & 0xFFF8
        protocol, place = (-1 if later else following), place + size
    inner = _inner(at + place, stop)
    note = "a fragment: only all of them together can be read" if fragment else ""
    return Header(
        "IPv6 packet", "IPv6", (at, max(stop, min(at + place, len(data)))), inner, form.fields, note
    ), protocol


def _extension_size(form: Form, protocol: int, place: int) -> int:
    if protocol == FRAGMENT:
        return 8
    units = form.number(place + 1, 1)
    return 4 * (units + 2) if protocol == AUTHENTICATION else 8 * (units + 1)


def _inner(start: int, stop: int) -> Span | None:
    return (start, stop) if start < stop else None


def _address(raw: bytes) -> str:
    return str(ip_address(raw)) if len(raw) in (4, 16) else raw.hex(":")


def _kind(raw: bytes) -> str:
    if len(raw) not in (4, 16):
        return "cut short"
    address = ip_address(raw)
    if address.is_loopback:
        return "this machine itself (loopback)"
    if address.is_multicast:
        return "a group (multicast)"
    if address.is_unspecified:
        return "no address yet"
    if address.is_link_local:
        return "valid on this link alone"
    return "private: not routed on the Internet" if address.is_private else "public"


def pseudo_header(header: Header, data: bytes, protocol: int, length: int) -> bytes:
    """What TCP and UDP count into their checksum of the IP header (RFC 9293 §3.1, RFC 8200 §8.1)."""
    at = header.span[0]
    if header.protocol == "IPv4":
        return data[at + 12 : at + 20] + bytes([0, protocol]) + length.to_bytes(2)
    return data[at + 8 : at + 40] + length.to_bytes(4) + bytes([0, 0, 0, protocol])
