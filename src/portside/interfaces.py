"""The contracts between the rooms. This file imports nothing of Portside but its errors.

Data goes one way and back: a *transport* hands bytes to the *engine*, the engine hands them to the *rules*,
the rules say what they mean, the *side* above (a server's application, a client's caller) answers with a
message, and the rules turn that into bytes again.

Three contracts follow from it:

- ``Rules``: one side of one conversation, without I/O. Each method takes what happened and the time, and
  returns what to do about it: a sequence of outputs.
- ``Stream`` and ``Datagrams``: the doors. TCP, TLS, Unix sockets, memory, and whatever decorates them.
- ``Observer`` and ``Tap``: the only two places from which a conversation is watched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, BinaryIO, Generic, NewType, Protocol, TypeVar, runtime_checkable

from portside.errors import PortsideError, TransportError

Buffer = bytes | bytearray | memoryview

Link = NewType("Link", str)
"""The name of a second connection of one conversation (FTP's data, a peer, one attempt over UDP)."""

Span = tuple[int, int]
"""Where something stands in a stream of bytes: first offset, and the one behind the last."""


class Role(Enum):
    """Which side of the port one is."""

    CLIENT = "client"
    SERVER = "server"

    __hash__ = object.__hash__  # Enum's own is written in Python, and each message asks for it many times


@dataclass(frozen=True, slots=True)
class Address:
    """One end of a conversation.

    ``host`` is a numeric IPv4 or IPv6 address or a name, ``port`` 0..65535. A Unix socket has its ``path``
    and neither of the two.
    """

    host: str
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Tls:
    """What a finished TLS handshake agreed on. ``server_name`` is the name the client asked for (SNI)."""

    version: str
    cipher: str
    alpn: str | None = None
    server_name: str | None = None
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class Door:
    """Where a conversation goes through: both addresses, and the TLS facts where there is TLS."""

    local: Address
    remote: Address
    tls: Tls | None = None


# ------------------------------------------------------------------------------------------------ outputs

M = TypeVar("M")
M_contra = TypeVar("M_contra", contravariant=True)
M_co = TypeVar("M_co", covariant=True)


@dataclass(slots=True)
class Heard(Generic[M]):
    """The other side has said ``message``, as bytes ``span`` of the stream (None where nobody watches)."""

    message: M
    span: Span | None = None


@dataclass(slots=True)
class Send:
    """Put ``data`` on the wire: on the main stream, to an address (datagrams), or on a link.

    ``urgent`` marks its last byte as TCP's urgent data (RFC 9293 §3.8.5), on the main stream only: what comes before
    is to be hurried through (Telnet's Synch).
    """

    data: Buffer
    to: Address | Link | None = None
    urgent: bool = False


@dataclass(slots=True)
class SendFile:
    """Put ``count`` bytes of ``file``, from ``offset``, on the wire: on the main stream, or on the link ``to``.

    The engine closes the file afterwards.
    """

    file: BinaryIO
    offset: int
    count: int
    to: Link | None = None


@dataclass(slots=True)
class Close:
    """Finish: send what is pending, then end the stream or the link.

    ``linger`` seconds are given to the other side to read what we said before the socket goes (an error
    reply would otherwise be lost to a reset, RFC 9112 §9.6). ``cut`` closes a link at once, unsaid and unheard.
    """

    link: Link | None = None
    linger: float = 0.0
    cut: bool = False


@dataclass(slots=True)
class Dial:
    """Open a second connection to ``address``; ``linked`` or ``failed`` follows with the same name.

    ``source`` is the numeric address of ours that it comes from ("": any).
    """

    link: Link
    address: Address
    source: str = ""


@dataclass(slots=True)
class Listen:
    """Wait at ``address`` for one second connection, which has to come from the host ``peer``.

    ``listening`` follows with the real address, then ``linked`` once it has come; ``failed`` where nothing can be
    listened on. Whoever else comes is sent away, and the waiting goes on. ``ports`` are those to choose from (None: the
    port in ``address``, where 0 is any). ``Close`` ends the waiting.
    """

    link: Link
    address: Address
    peer: str
    ports: range | None = None


@dataclass(slots=True)
class StartTls:
    """Begin TLS on the main stream, or on a link; ``secured`` or ``failed`` follows.

    What is said meanwhile waits for the end of the handshake. What had come in the clear has been given to the rules
    already: they must not take it for what came afterwards (RFC 3207 §6).
    """

    link: Link | None = None


@dataclass(slots=True)
class Wake:
    """Call ``woke(timer)`` at the time ``at``; None cancels it."""

    timer: str
    at: float | None


@dataclass(slots=True)
class Reading:
    """Stop reading the main stream, or a link (False), so that the other side has to wait, or go on (True)."""

    on: bool
    link: Link | None = None


@dataclass(slots=True)
class Fault:
    """The conversation is broken; the side above hears the error, and nothing more follows."""

    error: PortsideError


Output = Heard[Any] | Send | SendFile | Close | Dial | Listen | StartTls | Wake | Reading | Fault
Outputs = Sequence[Output]
NOTHING: Outputs = ()


class Rules(Protocol[M_contra]):
    """One side of one conversation, without I/O. All times are seconds of one monotonic clock."""

    def opened(self, door: Door | None, now: float) -> Outputs:
        """The main stream is ready (None: this conversation lives on links alone)."""
        ...

    def received(self, data: bytes, source: Address | Link | None, now: float) -> Outputs:
        """Bytes came in; any split of a stream gives the same messages."""
        ...

    def ended(self, link: Link | None, now: float) -> Outputs:
        """The other side has finished sending."""
        ...

    def say(self, message: M_contra, now: float) -> Outputs:
        """Our own side wants to say this."""
        ...

    def woke(self, timer: str, now: float) -> Outputs:
        """A timer that these rules had asked for is due."""
        ...

    def linked(self, link: Link, door: Door, now: float) -> Outputs:
        """A second connection is ready."""
        ...

    def failed(self, link: Link | None, error: TransportError, now: float) -> Outputs:
        """The main stream, or a link, is lost."""
        ...

    def stop(self, now: float) -> Outputs:
        """Our side wants to stop: finish what runs, then close."""
        ...


class LinkingRules(Rules[M_contra], Protocol[M_contra]):
    """Rules of a conversation that waits for second connections, or begins TLS on its way."""

    def listening(self, link: Link, address: Address, now: float) -> Outputs:
        """The link waits at ``address`` for whoever comes."""
        ...

    def secured(self, link: Link | None, door: Door, now: float) -> Outputs:
        """TLS is up on the main stream, or on a link."""
        ...

    def closed(self, link: Link, now: float) -> Outputs:
        """A link that we have closed is gone, and all that was said on it has left."""
        ...


@runtime_checkable
class UrgentRules(Protocol):
    """Rules that want to know of TCP's urgent data (Telnet's Synch, RFC 854)."""

    def urgent(self, now: float) -> Outputs:
        """The other side has sent urgent data, which is still to come."""
        ...


class Side(Protocol[M_contra]):
    """What sits above a conversation: a server's application, or a client's caller."""

    def heard(self, message: M_contra) -> None:
        """The other side has said this."""
        ...

    def lost(self, error: PortsideError | None) -> None:
        """The conversation is over, with an error or in good order. Called once."""
        ...

    def drained(self) -> None:
        """What was said has left for the wire, or for a link: more may be said."""
        ...


# -------------------------------------------------------------------------------------------------- doors


class Receiver(Protocol):
    """Whom a stream tells what happens."""

    def received(self, data: bytes) -> None:
        """At least one byte came in."""
        ...

    def ended(self) -> None:
        """The other side has finished sending; we may still send."""
        ...

    def lost(self, error: TransportError | None) -> None:
        """The stream is closed, by us (None) or by an accident. Called once, and last."""
        ...

    def drained(self) -> None:
        """``pending`` has fallen below the low-water mark after it had been above the high one."""
        ...


class Stream(Protocol):
    """A reliable, ordered stream of bytes in both directions (TCP, TLS, Unix socket, memory)."""

    door: Door

    @property
    def pending(self) -> int:
        """Bytes that were written and have not yet been taken by the layer below."""
        ...

    def start(self, receiver: Receiver) -> None:
        """Begin to read, and tell ``receiver`` from now on."""
        ...

    def write(self, data: Buffer) -> None:
        """Send all of ``data``, later where the other side is slow. Never blocks."""
        ...

    def write_urgent(self, data: Buffer) -> None:
        """``write`` whose last byte is urgent, where the wire knows such a thing (TCP)."""
        ...

    def mind_urgent(self, coming: Callable[[], object]) -> None:
        """Call ``coming`` where urgent data is on its way, before what is ahead of it; it stays in its place."""
        ...

    def write_file(self, file: BinaryIO, offset: int, count: int) -> None:
        """Send ``count`` bytes of a regular file, without copying where the wire is bare; closes the file."""
        ...

    def finish(self, linger: float = 0.0) -> None:
        """Send what is pending, end our direction, and close; wait at most ``linger`` s for their end."""
        ...

    def abort(self) -> None:
        """Close now; what is pending is lost."""
        ...

    def pause(self) -> None:
        """Stop reading, so that the other side has to wait."""
        ...

    def resume(self) -> None:
        """Read again."""
        ...


class DatagramReceiver(Protocol):
    """Whom a datagram socket tells what happens."""

    def datagram(self, data: bytes, source: Address) -> None:
        """One datagram came in."""
        ...

    def lost(self, error: TransportError | None) -> None:
        """The socket is closed, or the other side's machine refused what we sent."""
        ...


@runtime_checkable
class Datagrams(Protocol):
    """Unreliable, unordered messages of at most 65,507 bytes (UDP over IPv4, RFC 768)."""

    door: Door

    def start(self, receiver: DatagramReceiver) -> None:
        """Begin to read, and tell ``receiver`` from now on."""
        ...

    def send(self, data: Buffer, to: Address | None = None) -> None:
        """Send one datagram; one that cannot be sent now is lost, as on any network."""
        ...

    def close(self) -> None:
        """Close the socket."""
        ...


# ------------------------------------------------------------------------------------------------ watching


@dataclass(frozen=True, slots=True)
class Step:
    """One call of the rules: what came in, and what they said to do about it."""

    connection: int
    role: Role
    time: float
    event: str
    given: object
    outputs: Outputs


class Observer(Protocol):
    """Sees every step of the engine: the messages."""

    def saw(self, step: Step) -> None: ...


class StreamTap(Protocol):
    """Watches one stream from just above the wire: the bytes as sent, below TLS."""

    def sent(self, data: Buffer) -> None:
        """We send this; it need not have left yet."""
        ...

    def came(self, data: bytes) -> None:
        """This came in; nobody above has seen it yet."""
        ...

    def ended(self) -> None:
        """The other side has finished sending."""
        ...

    def finished(self) -> None:
        """We have finished sending: nothing follows what was sent."""
        ...

    def lost(self, error: TransportError | None) -> None:
        """The stream is closed, by us (None) or by an accident. Called once, and last."""
        ...


class DatagramTap(Protocol):
    """Watches one datagram socket."""

    def sent(self, data: Buffer, to: Address) -> None:
        """We send this datagram."""
        ...

    def came(self, data: bytes, source: Address) -> None:
        """This datagram came in."""
        ...


class Tap(Protocol):
    """Sits between the transports and the wire. A failure of its own never reaches the conversation."""

    @property
    def key_log(self) -> str | None:
        """The path to which TLS has to log its keys (SSLKEYLOGFILE format); None where nobody may know them."""
        ...

    def stream(self, door: Door, role: Role, *, second: bool = False) -> StreamTap:
        """A stream was opened, ``role`` is our side; a ``second`` one carries what the first speaks of (FTP's data)."""
        ...

    def datagrams(self, door: Door, role: Role) -> DatagramTap:
        """A datagram socket was opened, and ``role`` is our side of it."""
        ...
