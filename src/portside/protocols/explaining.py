"""What a protocol's ``explain`` room offers: to read both directions of a conversation passively.

Rules take part in a conversation and refuse what is wrong; a passive reader can refuse nothing. It sees what two
others said, perhaps from the middle on, perhaps with holes, and names what it finds. Two readers stand in each room:

- ``reader()`` tells where messages begin and end and puts each into one line (``Said``), as the bytes pass. It costs
  little, since a capture holds a hundred thousand of them.
- ``fields()`` takes one message apart when somebody opens it: every part by its standard term, with its bytes, its
  value, what that means, and where it is specified.

And ``mask()`` overwrites credentials by ``*``, byte for byte, before anything is written or shown.

Offsets count the bytes of one direction from the first one that the reader was given; what was missed counts too.
All of it is pure, and none of it raises for whatever bytes it is fed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from portside.interfaces import Role, Span

Fact = str | int
"""What lists, filters and exports ask a message for."""

NO_FACTS: Mapping[str, Fact] = MappingProxyType({})
ALL = 1 << 62
"""More bytes than any stream has."""
LONGEST_TITLE = 240
"""Characters of a title at most: one line, and what is longer stands in the fields."""


@dataclass(frozen=True, slots=True)
class Field:
    """One named part of a message, or of a header below it.

    - ``name``: the standard's term ("Content-Length", "Sequence number").
    - ``span``: its bytes, counted from the first byte of what was taken apart.
    - ``value``: as a person reads it; may hold control characters, which whoever shows it makes harmless.
    - ``meaning``: what it says here, in one line, or "".
    - ``source``: where it is specified ("RFC 9112 §3"), or "".
    - ``parts``: what it consists of, each inside its span.
    - ``secret``: its value is a credential: both ``value`` and the bytes are to be hidden.
    """

    name: str
    span: Span
    value: str
    meaning: str = ""
    source: str = ""
    parts: Sequence[Field] = ()
    secret: bool = False


@dataclass(slots=True, eq=False)
class Said:
    """One message that a passive reader has found. It grows while the message does.

    - ``kind``: the protocol's own word ("request", "response", "interim response", "datagram").
    - ``title``: one line for a list, without secrets ("GET /index.html", "200 OK").
    - ``start``, ``stop``: its bytes in its direction, so far.
    - ``complete``: its end was seen (False for ever where it broke off).
    - ``facts``: what there is to list, filter and export (HTTP: method, target, status, length, type ...). They may
      be filled until the message is complete.
    - ``notes``: what is odd about it, one line each ("128 bytes are missing", "the body is cut short").
    - ``answers``: the message that this one replies to.
    """

    role: Role
    kind: str
    title: str
    start: int
    stop: int
    complete: bool = False
    facts: Mapping[str, Fact] = field(default_factory=lambda: NO_FACTS)
    notes: tuple[str, ...] = ()
    answers: Said | None = None


@dataclass(frozen=True, slots=True)
class Switch:
    """From these offsets on, the two directions speak something else (CONNECT, STARTTLS, Upgrade).

    ``to`` is the name of a protocol in the catalog, "tls", or "" where only the bytes themselves can tell.
    ``inside`` is what is spoken within TLS, as far as it is known.
    """

    client: int
    server: int
    to: str = ""
    inside: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a message carries, freed from the protocol's own wrapping (chunks, codings, dot-stuffing).

    ``type`` is a media type or ""; ``whole`` is False where only its beginning could be had; ``wrapping`` says what
    was taken off ("chunked, gzip").
    """

    data: bytes
    type: str = ""
    whole: bool = True
    wrapping: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """A second connection that a message has announced: who waits for it, where, and what will pass there.

    - ``listener``: who waits for it; the other one connects.
    - ``host``: the numeric address that was told, or "" for the one that the listener speaks from already.
    - ``port``: where it waits.
    - ``reader``: makes who reads it. Its messages are of the same protocol: ``fields`` and ``content`` know them. Roles
      are those of the first connection, whoever connects.
    - ``mask``: makes what hides credentials there.
    """

    listener: Role
    host: str
    port: int
    reader: Callable[[], Explainer]
    mask: Callable[[], Mask]


class Explainer(Protocol):
    """Reads both directions of one conversation. It may begin in the middle of one."""

    @property
    def switch(self) -> Switch | None:
        """Set once the conversation has become another one; what lies beyond its offsets was not read.

        Only a ``read`` that finds a message sets it: that message is what makes the switch.
        """
        ...

    @property
    def expected(self) -> Sequence[Expected]:
        """The connections that the messages of the last ``read`` have announced."""
        ...

    def read(self, role: Role, data: bytes) -> Sequence[Said]:
        """The next bytes that ``role`` has sent; any split of a stream finds the same messages.

        Where datagrams are spoken, ``data`` is one whole datagram. Returns the messages that begin here, each once,
        as soon as their title is known.
        """
        ...

    def missed(self, role: Role, count: int) -> Sequence[Said]:
        """``count`` bytes that ``role`` has sent were not captured. Reading goes on where a message can begin."""
        ...

    def ended(self, role: Role) -> Sequence[Said]:
        """``role`` sends nothing more (or the capture ends): what is open is complete, or was cut short."""
        ...

    def mask_from_here(self) -> Callable[[], Mask] | None:
        """What makes masks that hide all that follows just as one would that has seen everything up to here.

        None while that can't be said: in the middle of a message, and where there is no mask at all.
        """
        ...


class Mask(Protocol):
    """Overwrites credentials in what one conversation says, as it passes."""

    def hide(self, role: Role, data: bytes) -> bytes:
        """The next bytes that ``role`` has sent, with ``*`` in place of every byte of a credential.

        As many bytes as went in, at once, for any split of the stream; the very object where nothing had to be
        hidden.
        """
        ...

    def missed(self, role: Role, count: int) -> None:
        """``count`` bytes that ``role`` has sent will never come, or are ``harmless``: they need not be looked at."""
        ...

    def harmless(self, role: Role) -> int:
        """How many of the next bytes of ``role`` are shown as they are, whatever they are (of a body, say); often 0."""
        ...


class NoMask:
    """A ``Mask`` of what holds no secrets."""

    __slots__ = ()

    def hide(self, role: Role, data: bytes) -> bytes:
        return data

    def missed(self, role: Role, count: int) -> None:
        """Nothing to keep."""

    def harmless(self, role: Role) -> int:
        return ALL


class ExplainRoom(Protocol):
    """A protocol's ``explain`` room, as a module."""

    def recognises(self, role: Role | None, data: bytes) -> bool:
        """Whether a conversation whose direction ``role`` (None: unknown) begins with ``data`` speaks this protocol.

        ``data`` is at least one byte, and at most the first segment.
        """
        ...

    def reader(self, *, datagrams: bool = False) -> Explainer:
        """A reader for one conversation, over a stream or by ``datagrams``."""
        ...

    def mask(self) -> Mask:
        """A mask for one conversation."""
        ...

    def fields(self, said: Said, data: bytes) -> Sequence[Field]:
        """The parts of a message, in the order of their bytes. ``data`` is all of it, or its beginning."""
        ...

    def content(self, said: Said, data: bytes) -> Content | None:
        """What the message carries; None where it carries nothing of its own."""
        ...
