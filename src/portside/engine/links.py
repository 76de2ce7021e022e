"""The second connections of one conversation: dialled or waited for, secured, and heard under their names.

A link goes through these states, as in ``TRANSITIONS``::

    OPENING ──opened──> OPEN ──secure──> SECURING ──secured──> OPEN      opened: dialled, or come in
       │                 │  └──close──> CLOSING ──gone──> GONE           close: by our rules
       └────── close, or gone ─────────────────────────────> GONE        gone: closed, lost or refused

Nothing is read from a link before its rules were asked what they want of it (``linked``, ``secured``). What a closing
link still has to send leaves first; the rules hear ``closed`` then.
"""

from __future__ import annotations

import asyncio
import logging
import random
import socket
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, BinaryIO, cast

from portside.engine.pressure import weigh
from portside.errors import ListenError, TransportError
from portside.interfaces import (
    Address,
    Buffer,
    Datagrams,
    Link,
    LinkingRules,
    Outputs,
    Role,
    Rules,
    StartTls,
    Stream,
    Tap,
)
from portside.syntax.hosts import same_host
from portside.transport.listen import Acceptor, bind_here
from portside.transport.readiness import Readiness
from portside.transport.tapped import TappedStream
from portside.transport.tcp import SocketStream
from portside.transport.tls import TlsStream

Dialler = Callable[[Address, str], Coroutine[Any, Any, Stream | Datagrams]]
"""Opens a second connection to an address, from one of ours ("": any); raises ``TransportError``."""
Securer = Callable[[Link | None, Stream], TlsStream]
"""Puts TLS on a link, or on the main stream; the handshake has not begun. Raises ``TlsError``."""
Step = Callable[..., Outputs]
"""``step(event, given, ask, *arguments)``: asks the rules about an event, does what they say, and returns it."""

_log = logging.getLogger("portside.engine")


@dataclass(frozen=True, slots=True)
class Means:
    """What a conversation has to open and secure second connections, and to secure its own.

    ``tap`` watches those that come in (who dials brings them tapped), ``watch`` says when they are ready (None: the
    event loop).
    """

    dial: Dialler | None = None
    secure: Securer | None = None
    tap: Tap | None = None
    watch: Readiness | None = None


class State(Enum):
    """Where a link stands."""

    OPENING = auto()
    OPEN = auto()
    SECURING = auto()
    CLOSING = auto()
    GONE = auto()

    __hash__ = object.__hash__  # Enum's own is written in Python


class Event(Enum):
    """What moves it on."""

    OPENED = auto()
    SECURE = auto()
    SECURED = auto()
    CLOSE = auto()
    GONE = auto()

    __hash__ = object.__hash__


TRANSITIONS: Mapping[State, Mapping[Event, State]] = {
    State.OPENING: {Event.OPENED: State.OPEN, Event.CLOSE: State.GONE, Event.GONE: State.GONE},
    State.OPEN: {Event.SECURE: State.SECURING, Event.CLOSE: State.CLOSING, Event.GONE: State.GONE},
    State.SECURING: {Event.SECURED: State.OPEN, Event.CLOSE: State.GONE, Event.GONE: State.GONE},
    State.CLOSING: {Event.CLOSE: State.CLOSING, Event.GONE: State.GONE},
    State.GONE: {Event.CLOSE: State.GONE, Event.GONE: State.GONE},
}


class Links:
    """All second connections of one conversation with ``rules``; ``drained`` is called when one has room again."""

    __slots__ = ("_by_name", "crash", "drained", "means", "rules", "step")

    def __init__(
        self,
        rules: Rules[Any],
        means: Means,
        step: Step,
        crash: Callable[[Exception], None],
        drained: Callable[[], None],
    ) -> None:
        self.rules = cast(LinkingRules[Any], rules)
        self.means = means
        self.step = step
        self.crash = crash
        self.drained = drained
        self._by_name: dict[Link, _Link] = {}

    def dial(self, name: Link, address: Address, source: str) -> None:
        """Open the link ``name``; the rules hear ``linked`` or ``failed``."""
        self._new(name).dial(address, source)

    def listen(self, name: Link, address: Address, peer: str, ports: range | None) -> None:
        """Wait for the link ``name``; the rules hear ``listening`` and ``linked``, or ``failed``."""
        self._new(name).listen(address, peer, ports)

    def _new(self, name: Link) -> _Link:
        assert name not in self._by_name, f"there is a link {name} already"
        link = self._by_name[name] = _Link(name, self)
        return link

    def get(self, name: Link | None) -> _Link | None:
        """The link ``name``, if there is one."""
        return None if name is None else self._by_name.get(name)

    def forget(self, name: Link) -> None:
        """The link ``name`` is gone."""
        self._by_name.pop(name, None)

    def let_all(self, who: int, read: bool) -> None:
        """``who`` wants to read from all of them, or not."""
        for link in list(self._by_name.values()):
            link.let(who, read)

    def abort(self) -> None:
        """Close all of them now; the rules hear nothing more."""
        for link in list(self._by_name.values()):
            link.abort()


class _Link:
    """One second connection: a stream's (or a socket's) receiver, which tells the rules by its name."""

    __slots__ = ("_acceptor", "_all", "_heard", "_name", "_objections", "_socket", "_state", "_stream", "_task")

    def __init__(self, name: Link, all_links: Links) -> None:
        self._name = name
        self._all = all_links
        self._state = State.OPENING
        self._heard = False
        self._objections = 0
        self._task: asyncio.Task[None] | None = None
        self._acceptor: Acceptor | None = None
        self._stream: Stream | None = None  # it is one of the two, once it is open
        self._socket: Datagrams | None = None

    # ------------------------------------------------------------------------------------------- opening

    def dial(self, address: Address, source: str) -> None:
        dial = self._all.means.dial
        assert dial is not None, "these rules dial, so they need the means"
        self._task = asyncio.get_running_loop().create_task(self._dial(dial, address, source))

    async def _dial(self, dial: Dialler, address: Address, source: str) -> None:
        try:
            door = await dial(address, source)  # made here: who is cancelled before awaits nothing
        except TransportError as error:
            self._fail(error)
        except Exception as error:
            self._all.crash(error)
        else:
            self._opened(door)
        finally:
            self._task = None

    def listen(self, address: Address, peer: str, ports: range | None) -> None:
        try:
            sock = bind_here(address, _in_any_order(ports))
        except ListenError as error:
            self._fail(error)
            return
        self._acceptor = Acceptor(sock, lambda came: self._accepted(came, peer))
        self._tell("listening", self._all.rules.listening, self._name, self._acceptor.address)

    def _accepted(self, sock: socket.socket, peer: str) -> None:
        if self._state is not State.OPENING:  # another came in the same moment
            sock.close()
            return
        try:
            stream: Stream = SocketStream(sock, self._all.means.watch)
        except OSError:  # they are gone before we could look at them
            sock.close()
            return
        if not same_host(stream.door.remote.host, peer):
            _log.warning("%s wanted the connection that %s was to open: refused", stream.door.remote.host, peer)
            stream.abort()
            return
        if self._all.means.tap is not None:
            stream = TappedStream(stream, self._all.means.tap, Role.SERVER, second=True)
        self._opened(stream)

    def _opened(self, door: Stream | Datagrams) -> None:
        self._stop_waiting()
        if self._state is not State.OPENING:
            _shut(door)
            return
        self._state = TRANSITIONS[self._state][Event.OPENED]
        if hasattr(door, "write"):  # asking whether it answers to a protocol would take longer than the rest of this
            self._stream = cast(Stream, door)
        else:
            self._socket = door
        outputs = self._tell("linked", self._all.rules.linked, self._name, door.door)
        if not any(isinstance(one, StartTls) and one.link == self._name for one in outputs):
            self._read()

    def _read(self) -> None:
        """Begin to read, if the rules have not closed it meanwhile."""
        if self._state is State.OPEN:
            self._hear()

    def _hear(self) -> None:
        if self._heard:
            return
        self._heard = True
        if self._socket is not None:
            self._socket.start(self)
        elif self._stream is not None:
            self._stream.start(self)
            if self._objections:
                self._stream.pause()

    def _stop_waiting(self) -> None:
        if self._acceptor is not None:
            self._acceptor.close()
            self._acceptor = None

    def secure(self) -> None:
        """Begin TLS; the rules hear ``secured`` or ``failed``."""
        if self._state is not State.OPEN:
            return
        secure, below = self._all.means.secure, self._stream
        assert secure is not None and below is not None, "TLS needs a stream and the means"
        self._state = TRANSITIONS[self._state][Event.SECURE]
        try:
            stream = secure(self._name, below)
        except TransportError as error:
            below.abort()
            self._fail(error)
            return
        self._stream = stream
        self._heard = False
        stream.handshake(self._secured)

    def _secured(self, error: TransportError | None) -> None:
        if self._state is not State.SECURING:
            return
        if error is not None:
            self._fail(error)
            return
        self._state = TRANSITIONS[self._state][Event.SECURED]
        assert self._stream is not None
        self._tell("secured", self._all.rules.secured, self._name, self._stream.door)
        self._read()

    # ---------------------------------------------------------------------------------------- while it is open

    def send(self, data: Buffer) -> None:
        if self._stream is not None:
            self._stream.write(data)
        elif self._socket is not None:
            self._socket.send(data)

    def send_file(self, file: BinaryIO, offset: int, count: int) -> None:
        if self._stream is None:
            file.close()
        else:
            self._stream.write_file(file, offset, count)

    def let(self, who: int, read: bool) -> None:
        """``who`` wants to read, or not; it is read while nobody objects."""
        stream = self._stream if self._state is State.OPEN else None
        self._objections = weigh(stream, self._objections, who, read)

    @property
    def pending(self) -> int:
        """Bytes that were said on it and have not left."""
        return 0 if self._stream is None else self._stream.pending

    def received(self, data: bytes) -> None:
        self._tell_of("received", data, self._all.rules.received, data, self._name)

    def datagram(self, data: bytes, source: Address) -> None:
        del source  # a dialled socket hears one address only
        self.received(data)

    def ended(self) -> None:
        self._tell("ended", self._all.rules.ended, self._name)

    def drained(self) -> None:
        self._all.drained()

    # ------------------------------------------------------------------------------------------------ end

    def close(self, linger: float, cut: bool = False) -> None:
        """Send what waits, then close: the rules hear ``closed``, unless it was not open yet, or is ``cut``."""
        if cut:
            self.abort()
            return
        before = self._state
        self._state = TRANSITIONS[before][Event.CLOSE]
        if before is State.OPEN and self._stream is not None:
            self._hear()  # of its end, if of nothing else
            self._stream.finish(linger)
        elif before is not State.CLOSING:
            self.abort()

    def lost(self, error: TransportError | None) -> None:
        was = self._state
        if self._socket is not None:
            self._socket.close()  # a refusal leaves it open
        if was is State.GONE:
            return
        if error is not None:
            self._fail(error)
            return
        self._gone()
        if was is State.CLOSING:
            self._tell("closed", self._all.rules.closed, self._name)

    def abort(self) -> None:
        """Close it now; the rules hear nothing."""
        if self._task is not None:
            self._task.cancel()
        self._stop_waiting()
        self._gone()
        if self._socket is not None:
            self._socket.close()
        elif self._stream is not None:
            self._stream.abort()

    def _gone(self) -> None:
        self._state = State.GONE
        self._all.forget(self._name)

    def _fail(self, error: TransportError) -> None:
        if self._state is not State.GONE:
            self._gone()
            self._tell_of("failed", self._name, self._all.rules.failed, self._name, error)

    # ---------------------------------------------------------------------------------------- to the rules

    def _tell(self, event: str, ask: Callable[..., Outputs], *arguments: object) -> Outputs:
        return self._tell_of(event, self._name, ask, *arguments)

    def _tell_of(self, event: str, given: object, ask: Callable[..., Outputs], *arguments: object) -> Outputs:
        return self._all.step(event, given, ask, *arguments)


def _in_any_order(ports: range | None) -> list[int] | None:
    """The ports in an order that nobody can guess (RFC 2577 §8)."""
    return None if ports is None else random.SystemRandom().sample(ports, len(ports))


def _shut(door: Stream | Datagrams) -> None:
    if isinstance(door, Datagrams):
        door.close()
    else:
        door.finish()
