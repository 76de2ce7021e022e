"""What the catalog says of a protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Transport = Literal["TCP", "UDP", "TLS"]


@dataclass(frozen=True, slots=True)
class Needs:
    """What an application asks of the network: the textbook's three questions, answered in a few words."""

    loss: str
    """Whether data may get lost: "no loss", "tolerates loss"."""
    throughput: str
    """How much it has to carry: "elastic", or a rate."""
    timing: str
    """Whether it matters when data arrives: "no", or how soon."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One protocol in the catalog.

    ``assigned`` are the ports at which it is known on the Internet, where its first words alone do not tell it.

    ``rooms`` are named by import strings, so that whoever reads a specification loads none of them. ``port`` is
    the one that a server of ours listens on by itself.
    """

    name: str
    summary: str
    rfcs: tuple[str, ...]
    port: int
    transports: tuple[Transport, ...]
    needs: Needs
    rooms: Mapping[str, str]
    assigned: tuple[int, ...] = ()


def rooms_of(package: str, *names: str) -> dict[str, str]:
    """The rooms ``names`` of a protocol's package, as ``Spec.rooms`` wants them."""
    return {name: f"{package}.{name}" for name in names}
