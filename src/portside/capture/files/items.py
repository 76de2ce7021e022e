"""What a capture file holds, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Packet:
    """One packet as it was captured.

    - ``interface``: which one of the file saw it; ``link``: that one's link type (LINKTYPE_ETHERNET is 1).
    - ``time``: ns since 1970-01-01 UTC.
    - ``data``: the captured bytes, at ``place`` of file number ``file``; ``length``: how many it had on the wire.
    """

    time: int
    link: int
    data: bytes
    length: int
    interface: int
    place: int
    file: int = 0
    comment: str = ""


SOCKETS = "sockets"
SPEAKING = "sockets that speak "
"""How our own records call the sockets of one protocol."""


def speaking(protocol: str) -> str:
    """The description of an interface that stands for the sockets of ``protocol`` ("": of any)."""
    return SPEAKING + protocol if protocol else SOCKETS


@dataclass(frozen=True, slots=True)
class Interface:
    """Where packets were captured."""

    number: int
    link: int
    name: str = ""
    description: str = ""
    comment: str = ""

    @property
    def spoken(self) -> str:
        """The protocol that is spoken there, where the record is one of ours; "" where nothing tells."""
        return self.description.removeprefix(SPEAKING) if self.description.startswith(SPEAKING) else ""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys of TLS, as lines of a key log."""

    lines: bytes


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to be known about a file: its comment, or its damage (``broken``: nothing more can be read)."""

    text: str
    broken: bool = False


Item = Packet | Interface | Secrets | Remark
