"""A frame taken apart, envelope by envelope, from the link to TCP or UDP."""

from __future__ import annotations

from portside.inspector.layers import links
from portside.inspector.layers.headers import Form, Header
from portside.inspector.layers.ip import ipv4, ipv6
from portside.inspector.layers.names import ETHERTYPES
from portside.inspector.layers.transports import segment_or_datagram

MOST_HEADERS = 12
"""Envelopes of one frame that are opened at most."""


def take_apart(link: int, data: bytes) -> list[Header]:
    """The headers of a frame of link type ``link``, outermost first."""
    headers: list[Header] = []
    kind, at = links.network(link, data)
    outermost = _link(link, data, kind, at)
    if outermost is not None:
        headers.append(outermost)
    if kind == links.ETHERTYPE_IPV4:
        header, protocol = ipv4(data, at)
    elif kind == links.ETHERTYPE_IPV6:
        header, protocol = ipv6(data, at)
    else:
        return headers
    headers.append(header)
    if header.inner is not None:
        inner = segment_or_datagram(protocol, data, header)
        if inner is not None:
            headers.append(inner)
    return headers


def _link(link: int, data: bytes, kind: int, at: int) -> Header | None:
    carried = ETHERTYPES.get(kind, "unknown")
    inner = (at, len(data)) if kind and at < len(data) else None
    if link == links.ETHERNET:
        return _ethernet(data, kind, at, inner)
    if link == links.SLL:
        form = Form(data, 0, "LINKTYPE_LINUX_SLL")
        form.add("Packet type", 0, 2, meaning=_direction(form.number(0, 2)))
        form.add("Device type", 2, 2, meaning="ARPHRD number of the interface")
        form.add("Address length", 4, 2)
        form.add("Link-layer address", 6, 8, form.raw(6, min(form.number(4, 2), 8)).hex(":") or "none")
        form.add("Protocol type", 14, 2, f"0x{kind:04x}", carried)
        return Header("Linux cooked frame", "SLL", (0, len(data)), inner, form.fields)
    if link == links.SLL2:
        form = Form(data, 0, "LINKTYPE_LINUX_SLL2")
        form.add("Protocol type", 0, 2, f"0x{kind:04x}", carried)
        form.add("Reserved", 2, 2)
        form.add("Interface index", 4, 4)
        form.add("Device type", 8, 2, meaning="ARPHRD number of the interface")
        form.add("Packet type", 10, 1, meaning=_direction(form.number(10, 1)))
        form.add("Address length", 11, 1)
        form.add("Link-layer address", 12, 8, form.raw(12, min(form.number(11, 1), 8)).hex(":") or "none")
        return Header("Linux cooked frame", "SLL2", (0, len(data)), inner, form.fields)
    if link in (links.NULL, links.LOOP):
        form = Form(data, 0, "LINKTYPE_NULL")
        form.add("Family", 0, 4, form.raw(0, 4).hex(), carried)
        return Header("Loopback frame", "Loopback", (0, len(data)), inner, form.fields)
    return None


def _direction(kind: int) -> str:
    kinds = ("to us", "broadcast", "multicast", "to somebody else", "sent by us")
    return kinds[kind] if kind < len(kinds) else ""


def _ethernet(data: bytes, kind: int, at: int, inner: tuple[int, int] | None) -> Header:
    form = Form(data, 0, "IEEE 802.3")
    form.add("Destination address", 0, 6, _mac(data[0:6]), _whose(data[0:6]))
    form.add("Source address", 6, 6, _mac(data[6:12]), _whose(data[6:12]))
    place = 12
    while place + 4 <= at - 2 and form.number(place, 2) in links.VLAN_TAGS:
        tag = form.number(place + 2, 2)
        form.add("VLAN tag", place, 4, f"VLAN {tag & 0xFFF}", f"priority {tag >> 13}", "IEEE 802.1Q")
        place += 4
    value = form.number(place, 2)
    if value < 0x600:
        form.add("Length", place, 2, f"{value:,} bytes")
        form.add("LLC and SNAP", place + 2, max(0, at - place - 2), form.raw(place + 2, 8).hex(" "), source="RFC 1042")
    else:
        form.add("Type", place, 2, f"0x{value:04x}", ETHERTYPES.get(value, "unknown"), "RFC 894")
    if kind == links.ETHERTYPE_IPV4 and inner is not None:
        inner = (at, min(len(data), max(at, at + int.from_bytes(data[at + 2 : at + 4]) or len(data))))
    if inner is not None and inner[1] < len(data):
        form.add("Padding", inner[1], len(data) - inner[1], f"{len(data) - inner[1]} bytes",
                 "a frame has 60 bytes at least")  # fmt: skip
    return Header("Ethernet frame", "Ethernet", (0, len(data)), inner, form.fields)


def _mac(address: bytes) -> str:
    return address.hex(":")


def _whose(address: bytes) -> str:
    if address == b"\xff" * 6:
        return "everybody on this link"
    if not any(address):
        return "none: this frame never left the machine"
    if address[:1] and address[0] & 1:
        return "a group (multicast)"
    return "given by software" if address[:1] and address[0] & 2 else "given by the maker of the card"
