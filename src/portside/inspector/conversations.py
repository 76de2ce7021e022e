"""What a capture tells: conversations, their messages, and the envelopes that each message travelled in.

All times are nanoseconds since 1970-01-01 UTC, as capture files keep them; numbers of packets, conversations and
messages begin at 1 (packets as in Wireshark).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from portside.interfaces import Address, Role, Span
from portside.protocols.explaining import NO_FACTS, Fact, Field

State = Literal["open", "closed", "reset", "datagrams"]


@dataclass(slots=True, eq=False)
class Conversation:
    """Two ends that speak over one TCP connection and those that they open for it, or over UDP between two ports.

    - ``transport``: "TCP" or "UDP"; ``protocols``: what is spoken above it, outermost first (("TLS", "HTTP")).
    - ``client``, ``server``: who began, and with whom (where the beginning was not captured: the lower port serves).
    - ``name``: what the client calls the server (Host, SNI), or "".
    - ``bytes_up``, ``bytes_down``: payload of TCP or UDP from and to the client, of all its connections, each byte
      counted once.
    - ``round_trip``: ns between SYN and its answer (None: not seen); ``repeated``: segments sent again;
      ``missing``: bytes that were not captured.
    - ``spoken``: the protocol that a record of ours names for its sockets, or "".
    """

    number: int
    transport: Literal["TCP", "UDP"]
    client: Address
    server: Address
    began: int
    until: int
    protocols: tuple[str, ...] = ()
    name: str = ""
    state: State = "open"
    packets: int = 0
    messages: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    round_trip: int | None = None
    repeated: int = 0
    missing: int = 0
    notes: tuple[str, ...] = ()
    spoken: str = ""


@dataclass(slots=True, eq=False)
class Message:
    """One row of the ladder: an application's message, a TLS record, a datagram, or an event of TCP itself.

    - ``protocol``: whose message it is, as people write it ("HTTP", "TLS", "TCP", "UDP", "UPPER").
    - ``kind``, ``title``, ``complete``, ``facts``, ``notes``: as in ``Said``.
    - ``time``, ``until``: when its first and its last byte were captured.
    - ``size``: its bytes at its own layer. ``packets``: those that carried it, in the order of their bytes.
    - ``answers``: the message that it replies to.
    - ``inside``: what it is wrapped in, outermost first (("TCP", "TLS") for HTTP over TLS).
    """

    number: int
    conversation: Conversation
    role: Role
    protocol: str
    kind: str
    title: str
    time: int
    until: int
    size: int
    packets: Sequence[int]
    complete: bool = True
    facts: Mapping[str, Fact] = field(default_factory=lambda: NO_FACTS)
    notes: tuple[str, ...] = ()
    answers: Message | None = None
    inside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Layer:
    """One envelope: its own bytes, and where in them the next inner one lies.

    - ``name``: "Ethernet frame", "IPv4 packet", "TCP segment", "TLS record", "HTTP request", "Content".
    - ``data``: all of its bytes, header and what it carries (only the beginning of very long ones; ``size`` is true).
    - ``inner``: the bytes of ``data`` that are the next envelope's, or a part of it, be they encrypted or compressed;
      None for the innermost one.
    - ``fields``: its header, and for the innermost all there is; spans count from the first byte of ``data``.
    - ``part``: which of how many pieces this is ("segment 1 of 3"), or "". ``note``: what else to know ("decrypted").
    - ``packet``: the packet that this envelope arrived in; 0 where it arrived in several.
    """

    name: str
    protocol: str
    data: bytes
    size: int
    fields: Sequence[Field]
    inner: Span | None = None
    part: str = ""
    note: str = ""
    packet: int = 0


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message opened: its layers, outermost first, by way of one of its packets (``chosen``)."""

    message: Message
    layers: tuple[Layer, ...]
    chosen: int
