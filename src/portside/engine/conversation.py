"""One conversation: rules below an application, on top of a stream, datagrams or links.

The way of a message. Bytes come in from the door; ``rules.received`` says what they mean; what was heard goes to
the side above, which answers by ``say``; the rules turn that into bytes; what is to be sent leaves in one write.
All of it is plain calls, so a request costs no task and no future.

Three things are subtle:

- *Order.* A side may ``say`` something while it hears something. Those outputs queue up behind what is being
  carried out, so pipelined messages neither overtake each other nor nest without end.
- *Back-pressure.* Once more than ``HIGH_WATER`` bytes wait for a slow reader, a server neither reads nor delivers
  what was heard, until they have left. A client goes on listening: the answer may come before its own words end.
- *Timers* and *links* are made only for rules that ask for them: a server has thousands of conversations.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO, Generic, assert_never, cast

from portside.engine.links import Links, Means
from portside.engine.pressure import RULES, SIDE, WIRE, weigh
from portside.engine.timers import Clock, Timers
from portside.errors import ConnectionLost, LocalError, PortsideError, TransportError
from portside.interfaces import (
    NOTHING,
    Address,
    Buffer,
    Close,
    Datagrams,
    Dial,
    Door,
    Fault,
    Heard,
    Link,
    LinkingRules,
    Listen,
    M,
    Observer,
    Output,
    Outputs,
    Reading,
    Role,
    Rules,
    Send,
    SendFile,
    Side,
    StartTls,
    Step,
    Stream,
    Wake,
)
from portside.transport.tcp import HIGH_WATER
from portside.transport.tls import TlsStream

JOIN_LIMIT = 64 * 1024
"""Bytes of small sends that are joined into one write."""

_NO_MEANS = Means()
_log = logging.getLogger("portside.engine")
_numbers = itertools.count(1)


class Conversation(Generic[M]):
    """Carries one conversation out. ``begin`` starts it; it ends by ``side.lost``, called once."""

    __slots__ = (
        "_busy", "_clock", "_datagrams", "_is_server", "_links", "_means", "_objections", "_observer", "_on_over",
        "_over", "_rules", "_side", "_slow", "_stream", "_timers", "_todo", "door", "number",
    )  # fmt: skip

    def __init__(
        self,
        rules: Rules[M],
        role: Role,
        *,
        observer: Observer | None = None,
        means: Means | None = None,
        clock: Clock | None = None,
        on_over: Callable[[Conversation[M]], None] | None = None,
    ) -> None:
        self._rules = rules
        self._is_server = role is Role.SERVER
        self._observer = observer
        self._means = means or _NO_MEANS
        self._clock: Clock = clock or asyncio.get_running_loop()
        self._on_over = on_over
        self._side: Side[M] | None = None
        self._stream: Stream | None = None
        self._datagrams: Datagrams | None = None
        self._links: Links | None = None
        self._todo: deque[Output] | None = None
        self._timers: Timers | None = None
        self._busy = False
        self._slow = False
        self._objections = 0
        self._over = False
        self.door: Door | None = None
        self.number = next(_numbers)

    # --------------------------------------------------------------------------------------------- begin

    def begin(self, side: Side[M], stream: Stream | None = None) -> None:
        """Start over ``stream`` (None: links only), telling ``side``."""
        self._side = side
        self._stream = stream
        self.door = stream.door if stream is not None else None
        urgent = getattr(self._rules, "urgent", None)  # asking whether they are UrgentRules takes as long as a login
        if stream is not None and urgent is not None:
            stream.mind_urgent(partial(self._step, "urgent", None, urgent))
        self._step("opened", self.door, self._rules.opened, self.door)
        if stream is not None and not self._over and stream is self._stream:  # TLS may have begun on it already
            stream.start(self)

    def begin_datagrams(self, side: Side[M], datagrams: Datagrams) -> None:
        """Start over ``datagrams``."""
        self._side = side
        self._datagrams = datagrams
        self.door = datagrams.door
        self._step("opened", self.door, self._rules.opened, self.door)
        if not self._over:
            datagrams.start(self)

    # ---------------------------------------------------------------------------------- from the side above

    def say(self, message: M) -> None:
        """Our side says ``message``. Raises ``LocalError`` where the rules do not allow it now."""
        outputs = self._rules.say(message, self._clock.time())
        if self._observer is not None:
            self._watch("say", message, outputs)
        if outputs:
            self._carry_out(outputs)

    def stop(self) -> None:
        """Finish what runs, then close."""
        if not self._over:
            self._step("stop", None, self._rules.stop)

    def abort(self) -> None:
        """Close at once."""
        self._cut(None)

    def hold(self, link: Link | None = None) -> None:
        """Stop reading: the side above has enough for now."""
        self._let(SIDE, False, link)

    def release(self, link: Link | None = None) -> None:
        """Read again."""
        self._let(SIDE, True, link)

    def _let(self, who: int, read: bool, link: Link | None = None) -> None:
        """``who`` wants to read, or not; the stream (or the link) reads while nobody objects."""
        if link is None:
            self._objections = weigh(self._stream, self._objections, who, read)
        elif (linked := self._link(link)) is not None:
            linked.let(who, read)

    def pending(self, link: Link | None = None) -> int:
        """Bytes that were said, and that a slow reader has not taken."""
        door = self._stream if link is None else self._link(link)
        return 0 if door is None else int(door.pending)

    @property
    def slow(self) -> bool:
        """More was said than the other side takes: wait for ``drained``."""
        return self._stream is not None and self._stream.pending > HIGH_WATER

    @property
    def over(self) -> bool:
        """Nothing more will be heard."""
        return self._over

    # ------------------------------------------------------------------------------------- from the stream

    def received(self, data: bytes) -> None:
        try:
            outputs = self._rules.received(data, None, self._clock.time())
        except Exception as error:
            self._crash(error)
            return
        if self._observer is not None:
            self._watch("received", data, outputs)
        if outputs:
            self._carry_out(outputs)

    def ended(self) -> None:
        self._step("ended", None, self._rules.ended, None)

    def lost(self, error: TransportError | None) -> None:
        self._tell_failed(error)
        self._stream = None
        self._end(error)

    def _tell_failed(self, error: TransportError | None) -> None:
        if not self._over:
            gone = error or ConnectionLost("the connection is closed")
            self._slow = False  # nobody waits for what is pending any more
            self._step("failed", error, self._rules.failed, None, gone)

    def drained(self) -> None:
        self._slow = False
        self._tell_drained()
        self._carry_out(())
        if not self._slow:
            self._let_everything(True)

    def _tell_drained(self) -> None:
        if self._side is not None:
            self._side.drained()

    def _let_everything(self, read: bool) -> None:
        """A slow reader of the main stream holds the links up too: what is heard on them has to wait as well."""
        self._let(WIRE, read)
        if self._links is not None:
            self._links.let_all(WIRE, read)

    def datagram(self, data: bytes, source: Address) -> None:
        self._step("received", data, self._rules.received, data, source)

    # ------------------------------------------------------------------------------------ what is to be done

    def _step(self, event: str, given: object, ask: Callable[..., Outputs], *arguments: object) -> Outputs:
        """Ask the rules about an event, do what they say, and return it."""
        try:
            outputs = ask(*arguments, self._clock.time())
        except Exception as error:
            self._crash(error)
            return NOTHING
        if self._observer is not None:
            self._watch(event, given, outputs)
        if outputs:
            self._carry_out(outputs)
        return outputs

    def _watch(self, event: str, given: object, outputs: Outputs) -> None:
        role = Role.SERVER if self._is_server else Role.CLIENT
        assert self._observer is not None
        self._observer.saw(Step(self.number, role, self._clock.time(), event, given, outputs))

    def _carry_out(self, outputs: Outputs) -> None:
        todo = self._todo
        if self._busy:
            if todo is None:
                todo = self._todo = deque()
            todo.extend(outputs)
            return
        self._busy = True
        try:
            if todo:
                todo.extend(outputs)
                outputs = ()
            self._work_off(outputs)
        except Exception as error:
            self._crash(error)
        finally:
            self._busy = False

    def _work_off(self, outputs: Outputs) -> None:
        out: list[Any] = []
        size = 0
        while True:
            for output in outputs:
                kind = type(output)
                if kind is Heard:
                    if self._slow:
                        self._todo = self._todo or deque()
                        self._todo.append(output)
                    elif not self._over:
                        self._side.heard(output.message)  # type: ignore[union-attr]
                elif kind is Send and output.to is None and not output.urgent:  # type: ignore[union-attr]
                    out.append(output.data)  # type: ignore[union-attr]
                    size += len(output.data)  # type: ignore[union-attr]
                    if size > JOIN_LIMIT:
                        self._flush(out)
                        size = 0
                else:
                    self._flush(out)
                    size = 0
                    self._do(output)
            todo = self._todo
            if not todo or (self._slow and type(todo[0]) is Heard):
                break
            outputs = (todo.popleft(),)
        if out:
            self._flush(out)

    def _flush(self, out: list[Any]) -> None:
        stream = self._stream
        if out and stream is not None:
            stream.write(out[0] if len(out) == 1 else b"".join(out))
            self._mind_the_pressure(stream)
        out.clear()

    def _mind_the_pressure(self, stream: Stream) -> None:
        if stream.pending > HIGH_WATER and self._is_server:
            self._slow = True
            self._let_everything(False)

    def _do(self, output: Output) -> None:
        match output:
            case Heard() | Send(to=None, urgent=False):
                raise AssertionError("handled where it was found")
            case Send(data, None):
                if self._stream is not None:
                    self._stream.write_urgent(data)
            case Send(data, to):
                self._send_to(data, to)
            case SendFile(file, offset, count, to):
                self._send_file(file, offset, count, to)
            case Close(link, linger, cut):
                self._close(link, linger, cut)
            case Dial(link, address, source):
                self._all_links().dial(link, address, source)
            case Listen(link, address, peer, ports):
                self._all_links().listen(link, address, peer, ports)
            case StartTls(link):
                self._start_tls(link)
            case Wake(timer, at):
                self._all_timers().set(timer, at)
            case Reading(on, link):
                self._let(RULES, on, link)
            case Fault(error):
                self._tell_lost(error)
            case _:
                assert_never(output)

    def _close(self, link: Link | None, linger: float, cut: bool) -> None:
        if link is not None:
            linked = self._link(link)
            if linked is not None:
                linked.close(linger, cut)
        elif self._stream is not None:
            self._stream.finish(linger)
        elif self._datagrams is not None:
            self._datagrams.close()
        else:
            self._end(None)

    def _send_file(self, file: BinaryIO, offset: int, count: int, to: Link | None) -> None:
        link = self._link(to)
        if link is not None:
            link.send_file(file, offset, count)
        elif to is not None or self._stream is None:
            file.close()
        else:
            self._stream.write_file(file, offset, count)
            self._mind_the_pressure(self._stream)

    def _send_to(self, data: Buffer, to: Address | Link | None) -> None:
        if isinstance(to, Address):
            if self._datagrams is not None:
                self._datagrams.send(data, to)
        elif (link := self._link(to)) is not None:
            link.send(data)

    def _link(self, name: Link | None) -> Any:
        return None if self._links is None else self._links.get(name)

    def _all_links(self) -> Links:
        if self._links is None:
            self._links = Links(self._rules, self._means, self._step, self._crash, self._tell_drained)
        return self._links

    # ------------------------------------------------------------------------------------------------ TLS

    def _start_tls(self, link: Link | None) -> None:
        if link is not None:
            linked = self._link(link)
            if linked is not None:
                linked.secure()
            return
        if self._stream is None:
            return
        assert self._means.secure is not None, "these rules begin TLS, so they need the means"
        try:
            stream = self._means.secure(None, self._stream)
        except TransportError as error:
            self._cut(error)
            return
        self._stream = stream
        stream.handshake(partial(self._secured, stream))

    def _secured(self, stream: TlsStream, error: TransportError | None) -> None:
        if self._stream is not stream:
            return
        if error is not None:
            self._tell_failed(error)
            self._end(error)  # the stream lingers for its alert to be read, unless somebody aborts us
            return
        self.door = stream.door
        self._step("secured", stream.door, cast(LinkingRules[M], self._rules).secured, None, stream.door)
        if not self._over and self._stream is stream:
            stream.start(self)
            if self._objections:
                stream.pause()

    def _all_timers(self) -> Timers:
        if self._timers is None:
            self._timers = Timers(self._clock, self._wake)
        return self._timers

    def _wake(self, timer: str) -> None:
        if not self._over:
            self._step("woke", timer, self._rules.woke, timer)

    # ----------------------------------------------------------------------------------------------- end

    def _crash(self, error: Exception) -> None:
        """Our own mistake must not take the other conversations with it; it is told, and this one ends."""
        _log.error("a conversation met an error of ours: %s: %s", type(error).__name__, error, exc_info=error)
        if self._datagrams is not None:
            self._forget()  # who speaks by datagrams shares this conversation with everybody else: it goes on
        else:
            self._cut(error if isinstance(error, PortsideError) else LocalError(f"an error of ours: {error!r}"))

    def _cut(self, error: PortsideError | None) -> None:
        if self._stream is not None:
            self._stream.abort()
        if self._datagrams is not None:
            self._datagrams.close()
        self._end(error)

    def _forget(self) -> None:
        """Nothing of what was still to be done is done."""
        for output in self._todo or ():
            if isinstance(output, SendFile):
                output.file.close()
        self._todo = None

    def _tell_lost(self, error: PortsideError | None) -> None:
        side, self._side = self._side, None
        self._over = True
        if side is not None:
            side.lost(error)

    def _end(self, error: PortsideError | None) -> None:
        self._tell_lost(error)
        if self._timers is not None:
            self._timers.clear()
        if self._links is not None:
            self._links.abort()
        self._forget()
        on_over, self._on_over = self._on_over, None
        if on_over is not None:
            on_over(self)
