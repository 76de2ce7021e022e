"""What is said in the uppercase application. On the wire there is nothing but text: no header, no length."""

from __future__ import annotations

from dataclasses import dataclass

from portside.interfaces import Address

LARGEST_DATAGRAM = 65_507
"""Bytes that one datagram carries: 65,535 less the headers of IP and UDP (RFC 768)."""

# ------------------------------------------------------------------------------------------ the server's side


@dataclass(frozen=True, slots=True)
class Text:
    """What a client has sent, or what it is answered: at least one whole character of a stream, or one datagram.

    ``peer`` is who sent the datagram, and whom the answer goes to; None on a stream.
    """

    data: bytes
    peer: Address | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """A datagram that is not answered: whose it was, and why."""

    peer: Address
    reason: str


# ------------------------------------------------------------------------------------------ the client's side


@dataclass(frozen=True, slots=True)
class Line:
    """One line for the server, which ends with its only newline."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server made of a line: up to its newline, or up to the server's close."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The server closed the connection and had not said a word to the line."""


@dataclass(frozen=True, slots=True)
class Question:
    """One datagram for the server, which is sent as it is."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """The datagram that came back.

    ``attempt`` (1, 2, ...) is the one that it answers, ``rtt`` the seconds from that attempt's sending,
    ``address`` the one of the server's addresses that answered.
    """

    data: bytes
    attempt: int
    rtt: float
    address: Address
