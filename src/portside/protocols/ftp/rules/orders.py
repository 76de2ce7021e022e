"""What a client asks of its rules beside plain commands, and what it hears beside plain replies."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import BinaryIO

from portside.errors import PortsideError
from portside.interfaces import Door
from portside.protocols.ftp.messages import Command, Data, Reply

# ------------------------------------------------------------------------------------------ how to enter


class TlsUse(Enum):
    """How a client uses TLS (RFC 4217).

    - ``OFF``: never. ``OFFERED``: by AUTH TLS where the server has it. ``REQUIRED``: by AUTH TLS, or not at all.
    - ``IMPLICIT``: from the first byte, as ``ftps://`` means it.
    """

    OFF = "off"
    OFFERED = "opportunistic"
    REQUIRED = "require"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True)
class Login:
    """Who enters, and how. ``account`` is what ACCT tells those few servers that ask for it (RFC 959 §4.1.1).

    ``active``: the server opens the data connections, to us (PORT, EPRT); otherwise we do (PASV, EPSV).
    """

    user: str = "anonymous"
    password: str = field(default="anonymous@", repr=False)
    account: str = field(default="", repr=False)
    tls: TlsUse = TlsUse.OFFERED
    active: bool = False


@dataclass(frozen=True, slots=True)
class Entered:
    """We are in. ``features`` are FEAT's lines in upper case, by their first word (RFC 2389 §3.2).

    ``home`` is the folder in which the login begins ("": the server does not tell); ``protected`` says that data
    connections have TLS as well.
    """

    door: Door | None
    greeting: Reply
    features: dict[str, str]
    home: str
    protected: bool


# -------------------------------------------------------------------------------------------- transfers


@dataclass(frozen=True, slots=True)
class Row:
    """Say ``commands`` in one go; each has its reply, in the same order."""

    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class Transfer:
    """Carry out ``command`` (RETR, STOR, MLSD ...) over a data connection, from byte ``offset`` on (REST).

    ``inward``: the data comes to us.
    """

    command: Command
    inward: bool
    offset: int = 0


@dataclass(frozen=True, slots=True)
class DataFile:
    """Say ``count`` bytes of ``file``, from ``offset``, on the data connection; the file is closed afterwards."""

    file: BinaryIO
    offset: int
    count: int


@dataclass(frozen=True, slots=True)
class DataDone:
    """All data is said."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Enough of this transfer: its data connection is closed, and where the server goes on it is told ABOR."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The transfer runs: the server said so, and the data connection is there. An upload may be said now."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Noted:
    """A reply that was a step of something larger (entering, a transfer): for who watches."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Ended:
    """The transfer is over at both of its ends.

    ``reply`` is the server's last word (None: it has said none), ``error`` what went wrong (None: nothing did). A good
    reply with an error means that the data connection broke: what came may still be whole, where its size is known.
    """

    reply: Reply | None
    error: PortsideError | None


Said = Command | Row | Transfer | Data | DataFile | DataDone | Leave
"""What a client says to its rules."""
Hears = Entered | Reply | Noted | Begun | Data | Ended
"""What it hears from them."""
