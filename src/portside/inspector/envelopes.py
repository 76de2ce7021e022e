"""A message opened: every layer that it was wrapped in, from the frame on the wire down to what it carries."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from portside.inspector import tls
from portside.inspector.channels import Spoken
from portside.inspector.conversations import Envelope, Layer, Message
from portside.inspector.layers.fields import take_apart
from portside.inspector.packets import Packets
from portside.inspector.rows import Origin
from portside.inspector.secured import Records, Secured
from portside.inspector.strands import Strand
from portside.interfaces import Span
from portside.protocols.explaining import Content, Field, Said

MOST_SHOWN = 256 * 1024
"""Bytes of a message that are read again to be shown; a longer one is shown by its beginning."""

Frame = Callable[[int], bytes]
"""``frame(number)``: a packet's bytes with all credentials hidden."""


def envelope(message: Message, origin: Origin, packets: Packets, frame: Frame, chosen: int = 0) -> Envelope:
    """``message`` by way of packet ``chosen``, one of its own (another number: its first)."""
    if chosen not in message.packets:
        chosen = message.packets[0] if message.packets else 0
    source, found = origin
    inner: list[Layer] = []
    parts: list[Span] = []
    if isinstance(source, Spoken) and isinstance(found, Said):
        inner, parts = _spoken(source, found, message, chosen)
    elif isinstance(source, Secured) and isinstance(found, tls.Record):
        strand = source.strands[found.role]
        inner = list(_record(source, found, ""))
        parts = _within(strand, found.start, found.stop, chosen)
    outer = _wrapped(message, packets, frame, chosen, parts) if chosen else []
    return Envelope(message, (*outer, *inner), chosen)


def message_bytes(origin: Origin, most: int = MOST_SHOWN) -> bytes:
    """The bytes of a message at its own layer, credentials hidden, ``most`` at most; empty for TCP's own events."""
    source, found = origin
    if source is None or not isinstance(found, Said | tls.Record):
        return b""
    return source.strands[found.role].read(found.start, min(found.stop, found.start + most))


def content(origin: Origin, most: int) -> Content | None:
    """What a message carries, freed of its protocol's wrapping; None where it carries nothing of its own."""
    source, found = origin
    if not isinstance(source, Spoken) or not isinstance(found, Said):
        return None
    data = message_bytes(origin, most)
    if source.room is None:
        return Content(data, whole=len(data) == found.stop - found.start)
    return source.room.content(found, data)


# ------------------------------------------------------------------------------------------ inner layers


def _spoken(source: Spoken, said: Said, message: Message, chosen: int) -> tuple[list[Layer], list[Span]]:
    strand = source.strands[said.role]
    layers = list(_message(source, said, message))
    carriers = source.carriers[said.role]
    if not isinstance(carriers, Records):
        return layers, _within(strand, said.start, said.stop, chosen)
    first, last = strand.carriers(said.start, said.stop)
    number = carriers.brought(chosen, first, last)
    if not number:
        return layers, []
    record = carriers.records[number - 1]
    part = f"record {number - first + 1} of {last - first + 1}" if last > first else ""
    below = carriers.secured
    opened = Layer(
        "TLS record", "TLS", *_sized(below.strands[record.role], record.start, record.stop),
        list(tls.fields(record, below.strands[record.role].read(record.start, record.stop), below.reader)),
        (tls.HEADER, record.stop - record.start), part, "decrypted with the session's keys",
    )  # fmt: skip
    return [opened, *layers], _within(below.strands[record.role], record.start, record.stop, chosen)


def _message(source: Spoken, said: Said, message: Message) -> Iterator[Layer]:
    data, size = _sized(source.strands[said.role], said.start, said.stop)
    if source.room is None:
        if data:
            yield Layer("Data", "Data", data, size, _whole(data, size))
        return
    inside = source.room.content(said, data)
    fields = list(source.room.fields(said, data))
    span = None
    if inside is not None:
        plain = bool(inside.data) and not inside.wrapping and data.endswith(inside.data)
        span = (len(data) - len(inside.data), len(data)) if plain else _body(fields, len(data))
    yield Layer(f"{message.protocol} {said.kind}", message.protocol, data, size, fields, span)
    if inside is not None and inside.data:
        kept = inside.data[:MOST_SHOWN]
        note = f"freed from: {inside.wrapping}" if inside.wrapping else ""
        length = len(inside.data) if inside.whole else max(len(inside.data), size)
        yield Layer("Content", inside.type or "Content", kept, length, _whole(kept, length, inside.type), note=note)


def _body(fields: list[Field], size: int) -> Span | None:
    """Where a body stands that had to be freed first: behind the last field that is no part of it."""
    body = next((field.span for field in reversed(fields) if "body" in field.name.lower()), None)
    return body if body is not None and body[1] <= size else None


def _whole(data: bytes, size: int, kind: str = "") -> list[Field]:
    return [Field("Content" if kind else "Data", (0, len(data)), f"{size:,} bytes" + (f" of {kind}" if kind else ""))]


def _record(source: Secured, record: tls.Record, part: str) -> Iterator[Layer]:
    data, size = _sized(source.strands[record.role], record.start, record.stop)
    inner = (min(tls.HEADER, len(data)), len(data)) if len(data) > tls.HEADER else None
    yield Layer("TLS record", "TLS", data, size, list(tls.fields(record, data, source.reader)), inner, part)
    plain = source.reader.reopen(record, data) if len(data) == size else None
    if plain:
        fields = list(tls.plain_fields(record, plain, source.reader))
        yield Layer("TLS message", "TLS", plain, len(plain), fields, note="decrypted with the session's keys")


def _sized(strand: Strand, start: int, stop: int) -> tuple[bytes, int]:
    return strand.read(start, min(stop, start + MOST_SHOWN)), stop - start


def _within(strand: Strand, start: int, stop: int, packet: int) -> list[Span]:
    """Where in packet ``packet`` bytes of the strand lie."""
    return [(piece.at, piece.at + piece.stop - piece.start) for piece in strand.within(packet, start, stop)]


# ------------------------------------------------------------------------------------------ outer layers


def _wrapped(message: Message, packets: Packets, frame: Frame, number: int, parts: list[Span]) -> list[Layer]:
    """The frame, the packet and the segment; ``parts`` are the message's own bytes within the frame."""
    shown = frame(number)
    headers = take_apart(packets.link(number), packets.data(number))
    count = len(message.packets)
    layers = []
    for index, header in enumerate(headers):
        start, stop = header.span
        inner = header.inner
        if parts and index == len(headers) - 1:
            inner = (min(parts[0][0], stop), min(parts[-1][1], stop))  # the capture may have cut it
        fields = [moved(field, -start) for field in header.fields]
        within = None if inner is None else (inner[0] - start, inner[1] - start)
        part = ""
        if count > 1 and index == len(headers) - 1:
            part = f"{header.name.rsplit(' ', 1)[-1]} {message.packets.index(number) + 1} of {count}"
        note = header.note
        if index == 0 and packets.comments.get(number):
            note = f"{note}; {packets.comments[number]}" if note else packets.comments[number]
        layers.append(
            Layer(header.name, header.protocol, shown[start:stop], stop - start, fields, within, part, note, number)
        )
    return layers


def moved(field: Field, by: int) -> Field:
    """The same field where its layer begins ``-by`` bytes later."""
    start, stop = field.span
    parts = tuple(moved(part, by) for part in field.parts)
    return Field(field.name, (start + by, stop + by), field.value, field.meaning, field.source, parts, field.secret)
