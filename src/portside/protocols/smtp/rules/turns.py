"""What a server's rules and the side above them say to each other, beside replies and content."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from portside.accounts.scram import ScramKeys
from portside.mail.envelope import Envelope
from portside.protocols.smtp.messages import Reply


class Hook(Enum):
    """Where the side above may be asked before a command is answered."""

    CONNECT = "connect"
    HELO = "helo"
    SENDER = "sender"
    RECIPIENT = "recipient"

    __hash__ = object.__hash__  # Enum's own is written in Python


# ------------------------------------------------------------------------------------- what the side hears


@dataclass(frozen=True, slots=True)
class Asked:
    """Whether this may be: ``value`` is the name (HELO) or the recipient, ``envelope`` what was said of the message.

    ``helo`` is what the client calls itself, ``user`` who is in. The answer is ``GoOn``, or a reply that refuses.
    """

    hook: Hook
    value: Any = None
    envelope: Envelope | None = None
    helo: str = ""
    user: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody wants to come in by a password, or by a ``token`` (OAUTHBEARER, RFC 7628).

    The answer is ``Admit``, or a reply that refuses.
    """

    user: str
    secret: str = field(repr=False)
    token: bool = False


@dataclass(frozen=True, slots=True)
class KeysWanted:
    """SCRAM asks what is kept of the password of ``user``. The answer is ``Keys``, or a reply that refuses."""

    user: str


@dataclass(frozen=True, slots=True)
class Guessed:
    """A SCRAM exchange has ended: whether the proof was right. A right one waits for no answer."""

    user: str
    right: bool


@dataclass(frozen=True, slots=True)
class Began:
    """Content follows, for this envelope. ``protocol`` is what ``Received`` says (RFC 3848), ``user`` who is in."""

    envelope: Envelope
    helo: str
    protocol: str
    user: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """The content does not come to its end, or is not wanted: nothing of it stays."""


# ------------------------------------------------------------------------------------- what the side says


@dataclass(frozen=True, slots=True)
class GoOn:
    """Nothing is to be said against it."""


@dataclass(frozen=True, slots=True)
class Admit:
    """The login is right."""

    user: str


@dataclass(frozen=True, slots=True)
class Keys:
    """What is kept of the password that SCRAM asks for."""

    keys: ScramKeys = field(repr=False)


@dataclass(frozen=True, slots=True)
class Replies:
    """One reply for each recipient, in their order, after the content (LMTP, RFC 2033 §4.2)."""

    replies: tuple[Reply, ...]


@dataclass(frozen=True, slots=True)
class Spoilt:
    """What comes of this content cannot be kept: the rest is passed over, and ``reply`` said at its end."""

    reply: Reply
