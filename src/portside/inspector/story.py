"""What capture files tell, read on little by little: packets become conversations, and those become messages.

A story keeps numbers and titles; bytes stay in the files and are read again when a message is opened. So it may be
read while it grows (``follow``), it stays small, and credentials never leave it: whatever comes out of a story has
passed the masks of the protocols, unless ``show_secrets`` was asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from portside.capture.files.items import Interface, Item, Packet, Remark, Secrets
from portside.capture.files.several import Captures
from portside.errors import UsageError
from portside.inspector import envelopes, tls
from portside.inspector.conversations import Conversation, Envelope, Message
from portside.inspector.filters import EVERYTHING, Filter
from portside.inspector.flows import Flows
from portside.inspector.packets import Packets
from portside.inspector.plots import Plot, RoundTrip, Totals, plot
from portside.inspector.rooms import rooms
from portside.inspector.rows import Rows
from portside.protocols.explaining import Content

MOST_REMARKS = 200
"""Remarks about the files that are kept; what is wrong with a file is clear after that many."""
MOST_AT_ONCE = 2048
"""Messages that one call of ``read`` finds: a packet may hold thousands of them, and others wait for their turn."""
MOST_FILTERS = 16
"""Filters whose results are remembered: a page asks for one again and again, piece by piece."""


class Story:
    """Capture files and what they tell. ``read`` until it returns False, then ``finish`` where nothing follows.

    ``keys`` are lines of a TLS key log, and ``more_keys`` returns those that have come since it was asked last.

    Raises ``UsageError`` for a file that can't be opened or is no capture.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        keys: bytes = b"",
        show_secrets: bool = False,
        follow: bool = False,
        more_keys: Callable[[], bytes] | None = None,
    ) -> None:
        self._captures = Captures(paths)
        self._more_keys = more_keys
        self._keys = tls.KeyLog()
        self._keys.add(keys)
        self._table = Packets(self._captures.data_at)
        self._round_trips: list[RoundTrip] = []
        self._rows = Rows(self._table)
        self._flows = Flows(self._rows, self._keys, self._round_trips, show_secrets)
        self._found: dict[Filter, tuple[list[int], int]] = {}
        self._waiting: list[asyncio.Future[None]] = []
        self._remarks: list[str] = []
        self._items: Iterator[Item] = iter(())
        self._totals = Totals()
        self._followed = 0
        """The number of the packet that was followed last."""
        self.files = tuple(str(path) for path in paths)
        self.show_secrets = show_secrets
        self.live = follow
        self.version = 0

    # ------------------------------------------------------------------------------------------ reading

    def read(self, budget: int) -> bool:
        """Read about ``budget`` bytes more; False where there is nothing more for now."""
        position = self._captures.position
        taken = self._take()
        if not taken:
            items = self._captures.read(budget)
            self._table.extend([item for item in items if type(item) is Packet])
            self._items = iter(items)
            if self._more_keys is not None:
                self._keys.add(self._more_keys())  # now: whoever writes packets tells their keys before
            taken = self._take()
        if taken or self._rows.changed:
            self.tell()
        return taken or self._captures.position != position

    def _take(self) -> bool:
        """Follow items that were read, but not for too long at once; False where there are none."""
        rows, follow = self._rows, self._flows.packet
        enough = rows.found + MOST_AT_ONCE
        taken = False
        for item in self._items:
            taken = True
            if type(item) is Packet:
                self._followed += 1
                follow(item, self._followed)
                if rows.found >= enough:
                    break
            elif isinstance(item, Secrets):
                self._keys.add(item.lines)
            elif isinstance(item, Remark):
                self._remark(item.text)
            elif isinstance(item, Interface):
                if len(self.files) == 1:  # the packets of several do not tell whose interface they name
                    self._flows.spoken[item.number] = item.spoken if item.spoken in rooms() else ""
                if item.comment:
                    self._remark(item.comment)
        return taken

    def finish(self) -> None:
        """Nothing follows: what is open has ended with the capture."""
        while self._take():
            pass
        for remark in self._captures.finish():
            self._remark(remark.text)
        self._flows.finish()
        self.live = False
        self.tell()

    def close(self) -> None:
        """Close the files."""
        self._captures.close()

    def _remark(self, text: str) -> None:
        if text not in self._remarks and len(self._remarks) < MOST_REMARKS:
            self._remarks.append(text)

    def tell(self) -> None:
        """Something has changed: whoever waits for that goes on."""
        self._rows.changed = False
        self.version += 1
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)

    async def changed(self, version: int) -> None:
        """Return once ``version`` is not the current one any more."""
        while self.version == version:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            try:
                await future
            finally:
                if future in self._waiting:
                    self._waiting.remove(future)

    # ------------------------------------------------------------------------------------------ looking

    @property
    def progress(self) -> tuple[int, int]:
        """Bytes read, and bytes there are."""
        return self._captures.position, self._captures.size

    @property
    def began(self) -> int:
        """When the first packet was captured, in ns; 0 before there is one."""
        return self._table.times[0] if self._table.times else 0

    @property
    def packets(self) -> int:
        """How many packets were read."""
        return len(self._table)

    @property
    def messages(self) -> Sequence[Message]:
        """Every message, in the order in which they were recognised. Number 1 is the first."""
        return self._rows.messages

    @property
    def conversations(self) -> Sequence[Conversation]:
        """Every conversation, in the order of their first packets. Number 1 is the first."""
        return self._flows.conversations

    @property
    def protocols(self) -> Mapping[str, int]:
        """In how many conversations each protocol is spoken, TCP and UDP among them."""
        return self._rows.protocols

    @property
    def remarks(self) -> Sequence[str]:
        """What is to be known about the files: comments, damage, limits that were reached."""
        return [*self._remarks, *self._limits()]

    def _limits(self) -> list[str]:
        said = []
        if self._rows.refused:
            said.append(f"{self._rows.refused:,} messages beyond the first {len(self.messages):,} are not shown")
        if self._flows.refused:
            said.append(f"{self._flows.refused:,} packets of conversations beyond the first "
                        f"{len(self.conversations):,} are not shown")  # fmt: skip
        if self._flows.foreign:
            said.append(f"{self._flows.foreign:,} packets carry neither TCP nor UDP, or are damaged")
        return said

    def find(self, wanted: Filter = EVERYTHING) -> Sequence[int]:
        """The numbers of all messages that pass ``wanted``, in order. The sequence only grows."""
        if wanted.empty:
            return range(1, len(self.messages) + 1)
        found, seen = self._found.pop(wanted, ([], 0))
        passes = wanted.test()
        found += [message.number for message in self.messages[seen:] if passes(message)]
        self._found[wanted] = (found, len(self.messages))
        while len(self._found) > MOST_FILTERS:
            del self._found[next(iter(self._found))]
        return found

    def plot(self, wanted: Filter = EVERYTHING, buckets: int = 200) -> Plot:
        """Throughput and round trips of the conversations that ``wanted`` finds, between its times."""
        if wanted.empty:
            self._totals.reach(self._table, self._followed)
            return self._totals.plot(self._round_trips, buckets)
        flows = None
        if wanted.conversation:
            flows = self._flows.flows_of({wanted.conversation})
        elif wanted.protocol or wanted.host or wanted.text:
            found = {self.message(number).conversation.number for number in self.find(wanted)}
            flows = self._flows.flows_of(found)
        return plot(self._table, self._round_trips, buckets, flows, wanted.since, wanted.until)

    # ------------------------------------------------------------------------------------------ opening

    def message(self, number: int) -> Message:
        """Message ``number``. Raises ``UsageError`` where there is none."""
        if not 1 <= number <= len(self.messages):
            raise UsageError(f"there is no message {number}; there are {len(self.messages):,}")
        return self.messages[number - 1]

    def open(self, number: int, packet: int = 0) -> Envelope:
        """Message ``number`` with all its layers, by way of ``packet``, one of its own (0: the first)."""
        return envelopes.envelope(self.message(number), self._rows.origins[number - 1], self._table, self.frame, packet)

    def message_bytes(self, number: int, most: int) -> bytes:
        """Bytes of message ``number`` at its own layer, ``most`` at most; empty for what is TCP's alone."""
        self.message(number)
        return envelopes.message_bytes(self._rows.origins[number - 1], most)

    def content(self, number: int, most: int = envelopes.MOST_SHOWN) -> Content | None:
        """What message ``number`` carries, from its first ``most`` bytes; None where it carries nothing of its own."""
        self.message(number)
        return envelopes.content(self._rows.origins[number - 1], most)

    def frame(self, number: int) -> bytes:
        """The captured bytes of packet ``number``, credentials hidden (its checksums are then wrong)."""
        data = self._table.data(number)
        return data if self.show_secrets else self._flows.hide(number, self._table.link(number), data)

    def time(self, packet: int) -> int:
        """When packet ``packet`` was captured, in ns."""
        return self._table.time(packet)

    def length(self, packet: int) -> int:
        """Bytes of packet ``packet`` on the wire."""
        return self._table.length(packet)

    def spoken(self, packet: int) -> str:
        """The protocol that a record of ours names for the sockets of packet ``packet``, or ""."""
        return self._flows.spoken_in(self._table.flows[packet - 1])

    def packets_of(self, conversations: Collection[int]) -> list[int]:
        """Every packet of these conversations, in the order of their capture: those, too, that carried no message."""
        flows = self._flows.flows_of(conversations)
        return [number for number, flow in enumerate(self._table.flows, 1) if flow in flows]

    def captured(self, number: int) -> bytes:
        """The bytes of packet ``number`` as they are in the file, credentials and all: to compare with, not to show."""
        return self._table.data(number)

    def packet(self, number: int) -> Packet:
        """Packet ``number`` as it was captured, credentials hidden (its checksums are then wrong)."""
        if not 1 <= number <= len(self._table):
            raise UsageError(f"there is no packet {number}; there are {len(self._table):,}")
        data = self.frame(number)
        table = self._table
        comment = table.comments.get(number, "")
        return Packet(table.time(number), table.link(number), data, table.length(number), 0, 0, comment=comment)

    @property
    def key_log(self) -> bytes:
        """The keys of TLS that this story was given, as lines; nothing unless secrets may be shown."""
        return self._keys.lines() if self.show_secrets else b""
