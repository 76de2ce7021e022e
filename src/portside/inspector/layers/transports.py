"""The fields of TCP (RFC 9293) and UDP (RFC 768), and the gist of ICMP."""

from __future__ import annotations

from portside.inspector.layers.decode import TCP, UDP
from portside.inspector.layers.headers import Form, Header, checksum
from portside.inspector.layers.ip import pseudo_header
from portside.inspector.layers.names import FLAGS, flags, port
from portside.protocols.explaining import Field

ICMP, ICMPV6 = 1, 58
ICMP_TYPES = {0: "echo reply", 3: "destination unreachable", 5: "redirect", 8: "echo request", 11: "time exceeded"}
ICMPV6_TYPES = {1: "destination unreachable", 2: "packet too big", 3: "time exceeded", 128: "echo request",
                129: "echo reply", 133: "router solicitation", 134: "router advertisement",
                135: "neighbour solicitation", 136: "neighbour advertisement"}  # fmt: skip


def segment_or_datagram(protocol: int, data: bytes, packet: Header) -> Header | None:
    """What ``packet`` carries; None for a protocol that has no fields here."""
    assert packet.inner is not None
    at, stop = packet.inner
    if protocol == TCP:
        return _tcp(data[:stop], at, packet)
    if protocol == UDP:
        return _udp(data[:stop], at, packet)
    if protocol in (ICMP, ICMPV6):
        form = Form(data[:stop], at, "RFC 792" if protocol == ICMP else "RFC 4443")
        names = ICMP_TYPES if protocol == ICMP else ICMPV6_TYPES
        form.add("Type", 0, 1, meaning=names.get(form.number(0, 1), ""))
        form.add("Code", 1, 1)
        form.add("Checksum", 2, 2, f"0x{form.number(2, 2):04x}")
        name = "ICMP" if protocol == ICMP else "ICMPv6"
        return Header(f"{name} message", name, (at, stop), None, form.fields)
    return None


def _tcp(data: bytes, at: int, packet: Header) -> Header:
    form = Form(data, at, "RFC 9293 §3.1")
    form.add("Source port", 0, 2, form.number(0, 2), port(form.number(0, 2)))
    form.add("Destination port", 2, 2, form.number(2, 2), port(form.number(2, 2)))
    length = max(20, (form.number(12, 1) >> 4) * 4)
    carried = max(0, len(data) - at - length)
    seq, bits = form.number(4, 4), form.number(13, 1)
    form.add("Sequence number", 4, 4, seq, _numbered(seq, carried, bits))
    ack = form.number(8, 4)
    meaning = f"everything before byte {ack} has arrived" if bits & 0x10 else "does not count: the flag ACK is not set"
    form.add("Acknowledgment number", 8, 4, ack, meaning)
    form.add("Data offset", 12, 1, form.number(12, 1) >> 4, f"the header has {length} bytes, in words of four")
    set_flags = [form.part(name, 13, 1, 1, what, where) for bit, name, what, where in FLAGS if bits & bit]
    form.add("Flags", 13, 1, flags(bits), parts=set_flags)
    form.add("Window", 14, 2, meaning="bytes that the other side may send before it hears again, to be scaled")
    _checksum(form, 16, packet, TCP)
    form.add("Urgent pointer", 18, 2, form.number(18, 2), "" if bits & 0x20 else "does not count", "RFC 9293 §3.8.5")
    if length > 20:
        form.add("Options", 20, length - 20, f"{length - 20} bytes", source="RFC 9293 §3.2",
                 parts=_options(form, length))  # fmt: skip
    inner = (at + length, len(data)) if carried else None
    note = "" if len(data) - at >= length else "the capture cut this header short"
    return Header("TCP segment", "TCP", (at, len(data)), inner, form.fields, note)


def _numbered(seq: int, carried: int, bits: int) -> str:
    if bits & 2:
        return "where this side begins to count (chosen at random)"
    if carried:
        return f"carries bytes {seq} to {(seq + carried - 1) % 2**32} of this direction"
    return "carries no data"


def _options(form: Form, length: int) -> list[Field]:
    found: list[Field] = []
    place = 20
    while place < length and form.at + place < len(form.data):
        kind = form.number(place, 1)
        size = 1 if kind in (0, 1) else max(2, form.number(place + 1, 1))
        size = min(size, length - place)
        found.append(_option(form, kind, place, size))
        if kind == 0:
            break
        place += size
    return found


def _option(form: Form, kind: int, place: int, size: int) -> Field:
    match kind:
        case 0:
            return form.part("End of options", place, size, "", source="RFC 9293 §3.2")
        case 1:
            return form.part("No operation", place, size, "", "fills up to a whole word", "RFC 9293 §3.2")
        case 2:
            value = form.number(place + 2, 2)
            return form.part("Maximum segment size", place, size, f"{value:,}", "bytes of data in one segment, at most",
                             "RFC 9293 §3.7.1")  # fmt: skip
        case 3:
            shift = form.number(place + 2, 1)
            unit = f"windows count units of {2 ** min(shift, 14):,} bytes"
            return form.part("Window scale", place, size, shift, unit, "RFC 7323 §2")
        case 4:
            return form.part("SACK permitted", place, size, "", "may be told which later segments have arrived",
                             "RFC 2018 §2")  # fmt: skip
        case 5:
            blocks = [
                f"{form.number(at, 4)} to {form.number(at + 4, 4)}" for at in range(place + 2, place + size - 7, 8)
            ]
            return form.part("SACK", place, size, ", ".join(blocks), "these bytes have arrived, too", "RFC 2018 §3")
        case 8:
            clocks = f"{form.number(place + 2, 4)}, echo {form.number(place + 6, 4)}"
            return form.part("Timestamps", place, size, clocks, "the sender's clock, and the last one it saw",
                             "RFC 7323 §3")  # fmt: skip
        case 34:
            return form.part("Fast open cookie", place, size, form.raw(place + 2, size - 2).hex(), source="RFC 7413")
        case _:
            return form.part(f"Option {kind}", place, size, form.raw(place + 2, max(0, size - 2)).hex(" "))


def _udp(data: bytes, at: int, packet: Header) -> Header:
    form = Form(data, at, "RFC 768")
    form.add("Source port", 0, 2, form.number(0, 2), port(form.number(0, 2)))
    form.add("Destination port", 2, 2, form.number(2, 2), port(form.number(2, 2)))
    length = form.number(4, 2)
    form.add("Length", 4, 2, f"{length:,}", f"header and {max(0, length - 8):,} bytes of data")
    stop = min(len(data), at + length) if length >= 8 else len(data)
    _checksum(Form(data[:stop], at, "RFC 768", form.fields), 6, packet, UDP)
    inner = (at + 8, stop) if at + 8 < stop else None
    return Header("UDP datagram", "UDP", (at, max(stop, min(at + 8, len(data)))), inner, form.fields)


def _checksum(form: Form, place: int, packet: Header, protocol: int) -> None:
    """Checks the checksum of what goes from the form's place to the end of its data."""
    given = form.number(place, 2)
    carried = form.data[form.at :]
    # packet.span knows what the IP header promised only as far as it was captured
    pseudo = pseudo_header(packet, form.data, protocol, len(carried))
    if given == 0 and protocol == UDP:
        verdict = "none: the sender did without (IPv4 alone allows it)"
    elif checksum(pseudo + carried) == 0:
        verdict = "right"
    elif given == 0xFFFF - checksum(pseudo) or given == (0xFFFF & ~checksum(pseudo)):
        verdict = "begun, to be finished by the card (offloading): usual where a machine captures itself"
    else:
        right = checksum(pseudo + carried[:place] + bytes(2) + carried[place + 2 :])
        verdict = f"wrong, or the capture is not complete: it should be 0x{right:04x}"
    form.add("Checksum", place, 2, f"0x{given:04x}", verdict, "RFC 1071")
