"""What is known of a message beside the message: who sends it, to whom, and where it came from (RFC 5321 §2.3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Body(Enum):
    """How the content is encoded, as ``BODY=`` says (RFC 6152 §3, RFC 3030 §3)."""

    SEVEN_BIT = "7BIT"
    EIGHT_BIT = "8BITMIME"
    BINARY = "BINARYMIME"

    __hash__ = object.__hash__


class Notify(Enum):
    """When the sender wants to hear of a recipient (RFC 3461 §4.1). ``NEVER`` stands alone."""

    NEVER = "NEVER"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    DELAY = "DELAY"

    __hash__ = object.__hash__


class Return(Enum):
    """What of the message a report of failure shall hold (RFC 3461 §4.3)."""

    FULL = "FULL"
    HEADERS = "HDRS"

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address that the message goes to (RFC 5321 §3.3), without its brackets: ``local@domain``, or ``postmaster``.

    ``notify`` is None where nothing was asked: reports of failures, then, and perhaps of delays (RFC 3461 §4.1).
    ``original`` is the address that the sender wrote first, as ``type;address`` (RFC 3461 §4.2), decoded; "" unsaid.
    """

    address: str
    notify: frozenset[Notify] | None = None
    original: str = ""

    @property
    def local_part(self) -> str:
        """What stands before the last ``@``."""
        return self.address.rpartition("@")[0] or self.address

    @property
    def domain(self) -> str:
        """What stands behind the last ``@``, in lower case; "" for ``postmaster`` alone."""
        local, _, domain = self.address.rpartition("@")
        return domain.lower() if local else ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The envelope of one message.

    ``sender`` is the reverse-path without angle brackets, "" the null one, to which nothing is ever returned (RFC 5321
    §4.5.5). ``size`` is the count of octets that the sender declared (RFC 1870), None where it did not. ``envid`` is
    the sender's own name of this envelope (RFC 3461 §4.4), decoded. ``auth`` is who submitted it first (RFC 4954 §5):
    "" for ``<>``, None where nothing was said.
    """

    sender: str
    recipients: tuple[Recipient, ...] = ()
    body: Body = Body.SEVEN_BIT
    utf8: bool = False
    require_tls: bool = False
    size: int | None = None
    ret: Return | None = None
    envid: str = ""
    auth: str | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of all recipients, in their order."""
        return tuple(recipient.address for recipient in self.recipients)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message came from, as ``Received`` tells it (RFC 5321 §4.4).

    ``helo`` is the name that the client gave itself, ``host`` and ``port`` its address ("" and 0: no network), ``by``
    our own name. ``protocol`` is ``SMTP``, ``ESMTP``, ``ESMTPS``, ``ESMTPA``, ``ESMTPSA``, ``LMTP``, ``UTF8SMTP`` ...
    (RFC 3848, RFC 6531 §4.3). ``user`` is who had logged in, ``tls`` the version and cipher. ``time`` is seconds since
    1970. ``local_port`` is the port of ours that it came to: with the other end it names the conversation.
    """

    by: str
    time: float
    host: str = ""
    port: int = 0
    helo: str = ""
    protocol: str = "ESMTP"
    user: str = ""
    tls: str = ""
    local_port: int = 0
