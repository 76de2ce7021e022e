"""Conversations as their packets come in: TCP put together into two streams, UDP's datagrams one by one."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache, partial
from ipaddress import ip_address
from typing import Literal

from portside.capture.files.items import Packet
from portside.inspector import tls
from portside.inspector.channels import BOTH, BothCarriers, Channel, Desk, Second
from portside.inspector.conversations import Conversation
from portside.inspector.layers.decode import SYN, TCP, UDP, Decoded, Fragment, decode, reverse
from portside.inspector.packets import Packets
from portside.inspector.plots import RoundTrip
from portside.inspector.rooms import expected_at
from portside.inspector.rows import Rows
from portside.inspector.streams.connection import Ended, Event, Opened, Refused, Reset, TcpConnection, Timed
from portside.inspector.streams.direction import Gap, Piece
from portside.inspector.streams.fragments import Fragments
from portside.interfaces import Address, Role
from portside.protocols.explaining import Said

MOST_CONVERSATIONS = 250_000
"""Conversations that are kept, at some kilobytes each; the packets of further ones are counted."""
MOST_ANNOUNCED = 4096
"""Second connections that are waited for; of more than that, the oldest are forgotten."""
MOST_ROUND_TRIPS = 500_000
"""Round trips that are kept for the plot."""
ADDRESSES_REMEMBERED = 4096
"""Ends of conversations whose written form is kept."""
HEADERS = 34
"""Bytes of a frame that hold no application's words, whatever it is: Ethernet and IPv4."""
HIDDEN = b"*"
End = tuple[bytes, int]


_AS_IT_IS = {role: role for role in BOTH}
_TURNED = {Role.CLIENT: Role.SERVER, Role.SERVER: Role.CLIENT}


class Flow:
    """One connection of a conversation, and the channel that carries what is said on it.

    Its client is who began it. Of a second connection that may be the conversation's server: the roles are then turned.
    """

    __slots__ = (
        "_carriers", "_channel", "_desk", "_role", "_transport", "client", "connection", "conversation", "ends",
        "number", "spoken",
    )  # fmt: skip

    def __init__(self, number: int, desk: Desk, packets: Packets, spoken: str) -> None:
        self.number = number
        self._desk = desk
        second = desk.second
        self.spoken = spoken if second is None else second.protocol
        self._role = _TURNED if second is not None and second.expected.listener is Role.CLIENT else _AS_IT_IS
        self._carriers: BothCarriers = dict.fromkeys(BOTH, packets)
        self._channel: Channel | None = None
        self._transport = (desk.conversation.transport,)
        self.connection: TcpConnection | None = None
        self.client: End = (b"", 0)
        self.ends = 0
        """Directions that have ended."""
        self.conversation = desk.conversation

    @property
    def is_first(self) -> bool:
        """Whether the conversation began with it, and ends with it."""
        return self._desk.second is None

    @property
    def channel(self) -> Channel:
        """Made with the first byte: many a connection says nothing."""
        if self._channel is None:
            self._channel = Channel(self._desk, self._carriers, self._transport, self.spoken)
        return self._channel

    def count(self, payload: int, time: int, packets: tuple[int, ...]) -> None:
        """``packets`` have brought ``payload`` bytes, below 0 if they are the server's."""
        conversation = self.conversation
        table = self._desk.rows.packets
        conversation.packets += len(packets)
        if time > conversation.until:
            conversation.until = time
        for number in packets:
            table.flows[number - 1] = self.number
        table.payloads[number - 1] = payload

    def deliver(self, role: Role, piece: Piece | Gap) -> None:
        """The next bytes of ``role``, or a hole in them."""
        if type(piece) is Gap:
            self.conversation.missing += piece.size
            self.channel.miss(self._role[role], piece.size)
        else:
            self._add(role, piece.data, piece.packet, piece.at)  # type: ignore[union-attr]

    def datagram(self, role: Role, data: bytes, wire: int, packet: int, at: int) -> None:
        """A datagram that had ``wire`` bytes before the capture cut it; what was cut off counts as zeros."""
        self._add(role, data.ljust(wire, b"\0"), packet, at)
        if len(data) < wire:
            self.conversation.missing += wire - len(data)
            self._desk.rows.note(self.conversation, f"{wire - len(data):,} bytes were not captured")

    def _add(self, role: Role, data: bytes, packet: int, at: int) -> None:
        role = self._role[role]
        if role is Role.CLIENT:
            self.conversation.bytes_up += len(data)
        else:
            self.conversation.bytes_down += len(data)
        (self._channel or self.channel).add(role, data, packet, at)

    def end(self, role: Role) -> None:
        """``role`` sends nothing more."""
        if self._channel is not None:
            self._channel.end(self._role[role])

    def tell(self, role: Role, kind: str, title: str, packets: tuple[int, ...]) -> None:
        """A row for what TCP itself has said."""
        if self._desk.second is not None:
            title = f"{title} (data connection)"
        role = self._role[role]
        known = [number for carrier in packets for number in self._desk.rows.packets.packets(carrier)]
        said = Said(role, kind, title, 0, 0, complete=True)
        self._desk.rows.add(self.conversation, "TCP", (), said, known, (None, None))

    def masked(self, role: Role) -> bool:
        """Whether credentials are looked for in this direction."""
        return self._channel is not None and any(strand.masked for strand in self._channel.strands(self._role[role]))

    def hide(self, role: Role, packet: int, data: bytes, start: int, stop: int) -> bytes:
        """``data``, the frame of ``packet``, whose payload stands from ``start`` to ``stop``, without credentials.

        Bytes of a masked conversation that no strand knows (sent again, or outside the window) are all hidden.
        """
        if self._channel is None or not self.masked(role):
            return data
        shown = bytearray(data)
        shown[start:stop] = HIDDEN * (stop - start)
        for strand in self._channel.strands(self._role[role]):
            for piece in strand.carried(packet):
                end = piece.at + piece.stop - piece.start
                shown[piece.at : end] = strand.hide(data[piece.at : end], piece.start)
        return bytes(shown)


class Flows:
    """All conversations of a story."""

    def __init__(self, rows: Rows, keys: tls.KeyLog, round_trips: list[RoundTrip], show_secrets: bool) -> None:
        self._rows = rows
        self._keys = keys
        self._round_trips = round_trips
        self._show_secrets = show_secrets
        self._packets = rows.packets
        self._tcp: dict[bytes, Flow] = {}
        self._udp: dict[bytes, Flow] = {}
        self._flows: list[Flow] = []
        self._fragments = Fragments()
        self._interface = 0
        self.spoken: dict[int, str] = {}
        """What is spoken at an interface, by its number, where the capture says so."""
        self._announced: dict[End, tuple[Second, Flow]] = {}
        """Where second connections are waited for, and whose they are."""
        self.conversations: list[Conversation] = []
        self.refused = 0
        """Packets of conversations beyond ``MOST_CONVERSATIONS``."""
        self.foreign = 0
        """Packets of which nothing is known."""

    # ------------------------------------------------------------------------------------------ reading

    def packet(self, packet: Packet, number: int) -> None:
        """One more packet was captured."""
        self._interface = packet.interface
        found = decode(packet.link, packet.data)
        if found is None:
            self.foreign += 1
        elif type(found) is Fragment:
            self._fragment(found, packet, number)
        elif found.protocol == TCP:
            self._segment(found, packet.data, packet.time, number, (number,))  # type: ignore[arg-type]
        else:
            self._decoded(found, packet.data, packet.time, number, (number,))  # type: ignore[arg-type]

    def _decoded(self, found: Decoded, data: bytes, time: int, carrier: int, packets: tuple[int, ...]) -> None:
        if found.protocol == TCP:
            self._segment(found, data, time, carrier, packets)
        elif found.protocol == UDP:
            self._datagram(found, data, time, carrier, packets)
        else:
            self.foreign += 1

    def _fragment(self, fragment: Fragment, packet: Packet, number: int) -> None:
        whole = self._fragments.add(fragment, packet.data, number)
        if whole is not None:
            carrier = self._packets.assemble(whole.pieces)
            self._decoded(whole.decoded, whole.data, packet.time, carrier, whole.packets)

    def finish(self) -> None:
        """Nothing follows: what is open has ended with the capture."""
        for flow in self._flows:
            self._close(flow)

    def _close(self, flow: Flow) -> None:
        if flow.connection is not None:
            for event in flow.connection.close():
                self._take(flow, event, flow.conversation.until)
        for role in BOTH:
            flow.end(role)

    def _begin(self, transport: Literal["TCP", "UDP"], client: End, server: End, time: int, key: bytes) -> Flow | None:
        """A further connection, and mostly a conversation of its own; None where there are too many."""
        if len(self._flows) >= MOST_CONVERSATIONS:
            self.refused += 1
            return None
        second, first = self._announced.pop(server, (None, None)) if transport == "TCP" else (None, None)
        spoken = self.spoken.get(self._interface, "")
        conversation = self._new(transport, client, server, time, spoken) if first is None else first.conversation
        desk = Desk(self._rows, conversation, self._keys, self._show_secrets, server[1], transport == "UDP", second)
        flow = Flow(len(self._flows) + 1, desk, self._packets, spoken)
        desk.expect = partial(self._expect, flow)
        self._flows.append(flow)
        table = self._udp if transport == "UDP" else self._tcp
        table[key] = table[reverse(key)] = flow
        return flow

    def _new(self, transport: Literal["TCP", "UDP"], client: End, server: End, time: int, spoken: str) -> Conversation:
        conversation = Conversation(
            len(self.conversations) + 1, transport, _address(*client), _address(*server), time, time, spoken=spoken
        )
        self.conversations.append(conversation)
        self._rows.speaks(transport)
        return conversation

    def _expect(self, flow: Flow, second: Second) -> None:
        """A second connection of ``flow`` is announced: at the address that was told, and at that of who waits there.

        The two differ where an address was translated on the way (NAT).
        """
        connection, expected = flow.connection, second.expected
        if connection is None:
            return
        told = _packed(expected.host)
        own = connection.server if expected.listener is Role.SERVER else connection.client
        for host in {own[0], told or own[0]}:
            self._announced[host, expected.port] = second, flow
        while len(self._announced) > MOST_ANNOUNCED:
            del self._announced[next(iter(self._announced))]

    def flows_of(self, conversations: Collection[int]) -> set[int]:
        """The numbers of the connections of these conversations, as packets name them."""
        return {flow.number for flow in self._flows if flow.conversation.number in conversations}

    def spoken_in(self, number: int) -> str:
        """The protocol that a record of ours names for the sockets of connection ``number`` (0: none), or ""."""
        flow = self._flows[number - 1] if number else None
        return flow.conversation.spoken if flow is not None and flow.is_first else ""

    # ---------------------------------------------------------------------------------------------- TCP

    def _segment(self, found: Decoded, data: bytes, time: int, carrier: int, packets: tuple[int, ...]) -> None:
        flow = self._tcp.get(found.key)
        connection = None if flow is None else flow.connection
        if flow is None or connection is None or (found.flags & SYN and connection.is_new(found)):
            if flow is not None:
                self._close(flow)
            connection = TcpConnection(found)
            flow = self._begin("TCP", connection.client, connection.server, time, found.key)
            if flow is None:
                return
            flow.connection = connection
        flow.count(found.wire if connection.role_of(found) is Role.CLIENT else -found.wire, time, packets)
        before = connection.repeated
        for event in connection.packet(found, data, carrier, time):
            if type(event) is Timed:  # most of them
                self._time(flow, time, event.took)
            elif type(event) is tuple:
                flow.deliver(*event)
            else:
                self._take(flow, event, time)
        if found.wire:
            flow.conversation.repeated += connection.repeated - before

    def _take(self, flow: Flow, event: Event, time: int) -> None:
        conversation, first = flow.conversation, flow.is_first
        match event:
            case Timed(_, took):
                self._time(flow, time, took)
            case Opened(packets, took):
                if first:
                    conversation.round_trip = took
                self._time(flow, time, took)
                flow.tell(Role.CLIENT, "opened", "connection opened", packets)
            case Ended(role, packet):
                flow.end(role)
                flow.ends += 1
                if first and flow.ends == len(BOTH) and conversation.state == "open":
                    conversation.state = "closed"
                flow.tell(role, "finished", "finished sending", (packet,))
            case Refused(packets):
                if first:
                    conversation.state = "reset"
                flow.tell(Role.SERVER, "refused", "connection refused", packets)
            case Reset(role, packet):
                if first:
                    conversation.state = "reset"
                for both in BOTH:
                    flow.end(both)
                flow.tell(role, "reset", "connection cut off (reset)", (packet,))
            case (Role() as role, piece):
                flow.deliver(role, piece)

    def _time(self, flow: Flow, time: int, took: int) -> None:
        if len(self._round_trips) < MOST_ROUND_TRIPS:
            self._round_trips.append(RoundTrip(time, took, flow.number))

    # ---------------------------------------------------------------------------------------------- UDP

    def _datagram(self, found: Decoded, data: bytes, time: int, carrier: int, packets: tuple[int, ...]) -> None:
        source, target = (found.source, found.source_port), (found.target, found.target_port)
        flow = self._udp.get(found.key)
        if flow is None:
            answers = expected_at(source[1]) and not expected_at(target[1])  # the question was not captured
            client, server = (target, source) if answers else (source, target)
            flow = self._begin("UDP", client, server, time, found.key)
            if flow is None:
                return
            flow.conversation.state = "datagrams"
            flow.client = client
        role = Role.CLIENT if source == flow.client else Role.SERVER
        flow.count(found.wire if role is Role.CLIENT else -found.wire, time, packets)
        flow.datagram(role, data[found.start : found.stop], found.wire, carrier, found.start)

    # ------------------------------------------------------------------------------------------- hiding

    def hide(self, number: int, link: int, data: bytes) -> bytes:
        """``data``, the frame of packet ``number``, with all credentials hidden; its checksums stay as they were.

        What no protocol's mask has looked at (fragments, other protocols, what ICMP quotes) is hidden as a whole, and
        so is a frame's trailer, where cards have left what lay in their memory, unless it is zeros.
        """
        found = decode(link, data)
        if found is not None and data[found.stop :].strip(b"\0"):
            data = data[: found.stop].ljust(len(data), HIDDEN)
        which = self._packets.flows[number - 1]
        if found is None or not which:
            return data[:HEADERS].ljust(len(data), HIDDEN)
        flow = self._flows[which - 1]
        if type(found) is Fragment:
            masked = any(flow.masked(role) for role in BOTH)
            start, stop = found.start + 8 * (not found.offset), found.stop  # ports and lengths may be seen
            return data[:start] + HIDDEN * (stop - start) + data[stop:] if masked and start < stop else data
        source = (found.source, found.source_port)  # type: ignore[union-attr]
        client = flow.client if flow.connection is None else flow.connection.client
        role = Role.CLIENT if source == client else Role.SERVER
        return flow.hide(role, number, data, found.start, found.stop)


def _packed(host: str) -> bytes:
    try:
        return ip_address(host).packed
    except ValueError:
        return b""


@lru_cache(ADDRESSES_REMEMBERED)
def _address(address: bytes, port: int) -> Address:
    return Address(str(ip_address(address)), port)
