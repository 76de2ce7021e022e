"""A channel within TLS: its records are rows of their own until they can be opened; then they carry another channel.

What was decrypted is not kept. A message within TLS knows its records, a record knows its bytes in the stream, and to
read them again is to fetch and to decrypt them again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from portside.inspector import tls
from portside.inspector.channels import BOTH, BothCarriers, Channel, Desk
from portside.inspector.conversations import Message
from portside.inspector.strands import Strand
from portside.interfaces import Role
from portside.protocols.explaining import Said, Switch

RECORD = "record"


class Records:
    """The records of one direction as carriers of what is spoken within them."""

    __slots__ = ("_last", "_strand", "records", "secured")

    def __init__(self, secured: Secured, strand: Strand) -> None:
        self._strand = strand
        self.secured = secured
        self._last: tuple[int, bytes] = (0, b"")
        self.records: list[tls.Record] = []

    def add(self, record: tls.Record) -> int:
        """One more record; returns its number."""
        self.records.append(record)
        return len(self.records)

    def plain(self, number: int) -> bytes:
        """What record ``number`` carries, decrypted again; empty where that fails."""
        if self._last[0] != number:
            record = self.records[number - 1]
            data = self.secured.reader.reopen(record, self._strand.read(record.start, record.stop))
            self._last = (number, data or b"")
        return self._last[1]

    def brought(self, packet: int, first: int, last: int) -> int:
        """The first of the records ``first`` to ``last`` of which ``packet`` has brought something; 0 for none."""
        for piece in self._strand.carried(packet) if first else ():
            number = max(first, bisect_right(self.records, piece.start, key=_stop) + 1)
            if number <= last and self.records[number - 1].start < piece.stop:
                return number
        return 0

    def part(self, number: int, at: int, size: int) -> bytes:
        return self.plain(number)[at : at + size].ljust(size, b"\0")

    def packets(self, number: int) -> list[int]:
        record = self.records[number - 1]
        return self._strand.packets(record.start, record.stop)


def _stop(record: tls.Record) -> int:
    return record.stop


class Secured:
    """TLS (RFC 8446, RFC 5246) on a channel."""

    name = "tls"

    def __init__(self, desk: Desk, carriers: BothCarriers, inside: tuple[str, ...], expected: str) -> None:
        self._desk = desk
        self._growing: dict[tls.Record, tuple[Said, Message]] = {}
        self.reader = tls.TlsReader(desk.keys)
        self.inside = inside
        self.strands = {role: Strand(carriers[role], role) for role in BOTH}
        self.records = {role: Records(self, self.strands[role]) for role in BOTH}
        self._inner = Channel(desk, dict(self.records), (*inside, "TLS"), expected)
        desk.speaks("TLS")

    @property
    def switch(self) -> Switch | None:
        """What follows TLS on the same stream is nothing that anybody speaks."""
        return None

    def add(self, role: Role, data: bytes, carrier: int, at: int) -> bool:
        """As ``Channel.add``; nothing follows TLS."""
        self.strands[role].add(carrier, at, len(data))
        self._take(self.reader.read(role, data))
        return False

    def miss(self, role: Role, count: int) -> None:
        """As ``Channel.miss``."""
        self.strands[role].miss(count)
        self._take(self.reader.missed(role, count))

    def end(self, role: Role) -> None:
        """As ``Channel.end``."""
        self._take(self.reader.ended(role))
        self._inner.end(role)

    def _take(self, records: Sequence[tls.Record]) -> None:
        for record in records:
            plain = record.plain
            if plain is not None:
                record.plain = None
                number = self.records[record.role].add(record)
                if plain:
                    self._inner.add(record.role, plain, number, 0)
            else:
                self._show(record)
        if not self._desk.conversation.name and self.reader.server_name:
            self._desk.conversation.name = self.reader.server_name

    def _show(self, record: tls.Record) -> None:
        said = Said(
            record.role, RECORD, record.title, record.start, record.stop, record.complete, record.facts, record.notes
        )
        strand = self.strands[record.role]
        packets = strand.packets(record.start, record.stop)
        self._desk.rows.add(self._desk.conversation, "TLS", self.inside, said, packets, (self, record))
