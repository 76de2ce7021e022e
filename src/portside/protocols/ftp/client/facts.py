"""What a server knows of one file: its size, when it was changed, its digest."""

from __future__ import annotations

import re
from dataclasses import dataclass

from portside.errors import BrokenPromise, RemoteError
from portside.protocols.ftp.client.connection import Connection
from portside.protocols.ftp.messages import Command, Reply
from portside.protocols.ftp.syntax.times import parse_time

_SIZE = re.compile(r"[0-9]{1,19}", re.ASCII)
_DIGEST = re.compile(r"(?:SHA-256 )?.*?\b([0-9a-fA-F]{64})\b", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Facts:
    """``size`` in bytes, ``modified`` in seconds since the epoch; None where the server does not tell."""

    size: int | None = None
    modified: float | None = None

    @property
    def validator(self) -> str:
        """What tells this state of a file from others; "" where nothing is known."""
        if self.size is None and self.modified is None:
            return ""
        return f"{self.size} {'' if self.modified is None else f'{self.modified:.3f}'}".strip()


async def facts_of(connection: Connection, path: str) -> Facts:
    """Size and time of ``path``, in one round trip (RFC 3659 §3, §4)."""
    size, modified = await connection.ask(Command("SIZE", path), Command("MDTM", path))
    return Facts(size_in(size), time_in(modified))


def size_in(reply: Reply) -> int | None:
    """The number in the answer to SIZE."""
    text = reply.text
    return int(text) if reply.code == 213 and _SIZE.fullmatch(text) else None


def time_in(reply: Reply) -> float | None:
    """The time in the answer to MDTM."""
    if reply.code != 213:
        return None
    try:
        return parse_time(reply.text)
    except RemoteError:
        return None  # a server that cannot say it right is one that does not say it


async def check_digest(connection: Connection, path: str, ours: str) -> bool:
    """Compare with the server's SHA-256 of ``path``, where it has HASH; returns whether it does.

    Raises ``BrokenPromise`` where they differ.
    """
    if "SHA-256" not in connection.features().get("HASH", "").upper():
        return False
    _, reply = await connection.ask(Command("OPTS", "HASH SHA-256"), Command("HASH", path))
    theirs = digest_in(reply)
    if theirs is None:
        return False
    if theirs != ours:
        raise BrokenPromise(f"{path} of {connection.server} has another SHA-256 than what arrived; fetch it again")
    return True


def digest_in(reply: Reply) -> str | None:
    """The SHA-256 in the answer to HASH (draft-bryan-ftp-hash)."""
    found = _DIGEST.match(reply.text) if reply.code == 213 else None
    return found[1].lower() if found is not None else None
