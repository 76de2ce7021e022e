"""What a mailbox tells of its messages: one line of a list, and what happened to them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Summary:
    """One message, as a list shows it.

    ``id`` is the name that ``250`` told. ``time`` is when it came, in seconds since 1970. ``sender`` is its ``From``
    as a person reads it; ``return_path`` and ``recipients`` are the envelope's (where no server of ours took it in,
    what ``Return-Path``, ``To`` and ``Cc`` say). ``size`` is the octets of its file, ``attachments`` their number. The
    last three name the conversation that brought it: our port, and the client's address and port (0, "": unknown).
    """

    id: str
    time: float
    sender: str
    recipients: tuple[str, ...]
    subject: str
    size: int
    seen: bool
    attachments: int
    snippet: str
    return_path: str = ""
    local_port: int = 0
    host: str = ""
    port: int = 0


class Happening(Enum):
    """What befell messages."""

    ARRIVED = "arrived"
    CHANGED = "changed"
    """They were seen, or are unseen again."""
    DELETED = "deleted"

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class Change:
    """The same befell these messages, in this order."""

    what: Happening
    ids: tuple[str, ...]
