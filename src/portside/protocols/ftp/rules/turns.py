"""What a server's rules and the side above them say to each other, beside replies and data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from portside.errors import RemoteError
from portside.interfaces import Door, Link
from portside.protocols.ftp.messages import Reply
from portside.protocols.ftp.rules.terms import Terms
from portside.protocols.ftp.syntax.commands import Right

# ------------------------------------------------------------------------------------- what the side hears


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody wants to come in. The answer is ``Admit``, or a reply that refuses."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """A command for the side above: ``value`` is its argument as its row reads it, ``offset`` what REST has said.

    The answer is one reply, for a transfer after ``Begin``.
    """

    verb: str
    value: Any
    offset: int
    terms: Terms


@dataclass(frozen=True, slots=True)
class StatusAsked:
    """STAT while data passes. The answer is ``Meanwhile``."""


@dataclass(frozen=True, slots=True)
class DataReady:
    """The data connection is there, by this name, and secured where it has to be: ``Data`` may pass."""

    link: Link
    door: Door


@dataclass(frozen=True, slots=True)
class HungUp:
    """Who asked is gone while the last command is still carried out: what was cut off must not pass for whole."""


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """REIN, or AUTH after a login: nobody is logged in any more."""


# ------------------------------------------------------------------------------------- what the side says


@dataclass(frozen=True, slots=True)
class Admit:
    """The login is right, and these are the rights that come with it."""

    reply: Reply
    rights: frozenset[Right]


@dataclass(frozen=True, slots=True)
class Begin:
    """A transfer is ready: open the data connection, then say ``reply``. ``inward``: the data comes to us.

    ``DataReady`` follows, or ``DataEnded`` with the error whose status is the code to answer with.
    """

    reply: Reply
    inward: bool


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """A reply that ends nothing: STAT while data passes."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Break:
    """Enough of this transfer: its data connection is closed at once, whatever waits on it. ``DataEnded`` follows."""

    error: RemoteError
