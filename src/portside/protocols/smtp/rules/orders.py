"""What a client asks of its rules, and what it hears from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from portside.errors import LoginFailed, PortsideError, RemoteError
from portside.interfaces import Door
from portside.mail.envelope import Envelope, Recipient
from portside.protocols.smtp.messages import Content, ContentEnded, Reply
from portside.protocols.smtp.syntax.extensions import Extensions

# ------------------------------------------------------------------------------------------ how to enter


class TlsUse(Enum):
    """How a client uses TLS (RFC 3207, RFC 8314).

    - ``OFF``: never. ``OFFERED``: by STARTTLS where the server has it. ``REQUIRED``: by STARTTLS, or not at all.
    - ``IMPLICIT``: from the first byte, as ``smtps://`` means it.
    """

    OFF = "off"
    OFFERED = "opportunistic"
    REQUIRED = "require"
    IMPLICIT = "implicit"

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class Login:
    """Who we say we are (RFC 4954): ``user`` with a ``password``, or with a ``token`` of OAuth 2 (RFC 7628).

    ``nonce`` is ours for SCRAM (RFC 5802 §5.1), fresh for each connection. ``binding`` gives what the TLS below ends at
    (``tls-server-end-point``, RFC 5929 §4), b"" where nobody can tell. ``clear``: a password may travel without TLS; by
    itself it may not.
    """

    user: str
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    nonce: str = field(default="", repr=False)
    clear: bool = False
    binding: Callable[[], bytes] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """How to enter. ``helo`` is our own name ("": the address that we come from); ``lmtp``: the other side delivers.

    ``server`` is how the server is called towards the user. ``chunking``: content goes by BDAT where that is offered
    (RFC 3030).
    """

    server: str
    helo: str = ""
    tls: TlsUse = TlsUse.OFFERED
    login: Login | None = None
    lmtp: bool = False
    chunking: bool = True


@dataclass(frozen=True, slots=True)
class Entered:
    """We are in. ``name`` is what the server calls itself, ``user`` as whom we have logged in ("": nobody)."""

    door: Door
    greeting: Reply
    name: str
    extensions: Extensions
    user: str = ""


class Refused(RemoteError):
    """The server lets nobody in, or not us; ``reply`` says why."""

    def __init__(self, text: str, reply: Reply) -> None:
        super().__init__(text, reply.code)
        self.reply = reply


class LoginRefused(LoginFailed):
    """The server did not accept who we say we are; ``reply`` says why."""

    def __init__(self, text: str, reply: Reply) -> None:
        super().__init__(text)
        self.reply = reply


# ------------------------------------------------------------------------------------------ transactions


class Stage(Enum):
    """How far a recipient's copy of a message has come when its fate was settled.

    ``ROUTE``: no server was found. ``ENTRY``: none let us in. ``OURS``: we did not offer it, since the server could
    not take it. ``MAIL``, ``RCPT``, ``DATA``: the command that was refused. ``CONTENT``: the content was said.
    """

    ROUTE = "route"
    ENTRY = "entry"
    OURS = "ours"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    CONTENT = "content"

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one recipient: ``reply`` is the last word about it, of the server or of ours (``Stage.OURS``).

    None: the server has said none, and ``Settled.error`` tells why.
    """

    recipient: Recipient
    stage: Stage
    reply: Reply | None


@dataclass(frozen=True, slots=True)
class Transaction:
    """Send a message: ``content`` is all of it, or None where it follows as ``Content`` once ``Begun`` is heard.

    ``envelope.size`` counts its octets, lines ending in CRLF and dots unstuffed, and ``envelope.body`` is what it is
    really like. ``utf8_fields``: its header holds UTF-8, so SMTPUTF8 is said where it is offered; ``envelope.utf8``
    means that it must be (RFC 6531 §3.2).
    """

    envelope: Envelope
    content: bytes | None = None
    utf8_fields: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """The content of ``transaction`` may be said now, in pieces, and ``ContentEnded`` behind the last one."""

    transaction: Transaction


@dataclass(frozen=True, slots=True)
class Settled:
    """A transaction is over: one fate for each recipient, in their order.

    ``error`` is what cut it off, if something did. ``unsure``: the whole content had left by then, so that those
    without a reply may have the message, or not (RFC 1047). Without it, who has no good reply has no message.
    """

    transaction: Transaction
    fates: tuple[Fate, ...]
    error: PortsideError | None = None
    unsure: bool = False


Said = Transaction | Content | ContentEnded
"""What a client says to its rules."""
Hears = Entered | Begun | Settled
"""What it hears from them."""
