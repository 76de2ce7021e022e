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
from typing import Any, Generic, assert_never

from portside.engine.links import Dialler, Links
from portside.engine.timers import Clock, Timers
from portside.errors import ConnectionLost, LocalError, PortsideError, TransportError
from portside.interfaces import (
    Address,
    Buffer,
    Close,
    Datagrams,
    Dial,
    Door,
    Fault,
    Heard,
    Link,
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
    Step,
    Stream,
    Wake,
)
from portside.transport.tcp import HIGH_WATER

JOIN_LIMIT = 64 * 1024
"""Bytes of small sends that are joined into one write."""

_SIDE, _RULES, _WIRE = 1, 2, 4
"""Who may object to reading: the side above has enough, the rules wait, a slow reader has not taken what it got."""

_log = logging.getLogger("portside.engine")
_numbers = itertools.count(1)


class Conversation(Generic[M]):
    """Carries one conversation out. ``begin`` starts it; it ends by ``side.lost``, called once."""

    __slots__ = (
        "_busy", "_clock", "_datagrams", "_dialler", "_is_server", "_links", "_objections", "_observer", "_on_over",
        "_over", "_rules", "_side", "_slow", "_stream", "_timers", "_todo", "door", "number",
    )  # fmt: skip

    def __init__(
        self,
        rules: Rules[M],
        role: Role,
        *,
        observer: Observer | None = None,
        dialler: Dialler | None = None,
        clock: Clock | None = None,
        on_over: Callable[[Conversation[M]], None] | None = None,
    ) -> None:
        self._rules = rules
        self._is_server = role is Role.SERVER
        self._observer = observer
        self._dialler = dialler
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
        self._step("opened", self.door, self._rules.opened, self.door)
        if stream is not None and not self._over:
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

    def hold(self) -> None:
        """Stop reading: the side above has enough for now."""
        self._let(_SIDE, False)

    def release(self) -> None:
        """Read again."""
        self._let(_SIDE, True)

    def _let(self, who: int, read: bool) -> None:
        """``who`` wants to read, or not; the stream reads while nobody objects."""
        before = self._objections
        self._objections = before & ~who if read else before | who
        if self._stream is None or bool(before) == bool(self._objections):
            return
        if self._objections:
            self._stream.pause()
        else:
            self._stream.resume()

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
        if not self._over:
            gone = error or ConnectionLost("the connection is closed")
            self._slow = False  # nobody waits for what is pending any more
            self._step("failed", error, self._rules.failed, None, gone)
        self._stream = None
        self._end(error)

    def drained(self) -> None:
        self._slow = False
        if self._side is not None:
            self._side.drained()
        self._carry_out(())
        if not self._slow:
            self._let(_WIRE, True)

    def datagram(self, data: bytes, source: Address) -> None:
        self._step("received", data, self._rules.received, data, source)

    # ------------------------------------------------------------------------------------ what is to be done

    def _step(self, event: str, given: object, ask: Callable[..., Outputs], *arguments: object) -> None:
        """Ask the rules about an event, and do what they say."""
        try:
            outputs = ask(*arguments, self._clock.time())
        except Exception as error:
            self._crash(error)
            return
        if self._observer is not None:
            self._watch(event, given, outputs)
        if outputs:
            self._carry_out(outputs)

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
                elif kind is Send and output.to is None:  # type: ignore[union-attr]
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
            self._let(_WIRE, False)

    def _do(self, output: Output) -> None:
        match output:
            case Heard() | Send(to=None):
                raise AssertionError("handled where it was found")
            case Send(data, to):
                self._send_to(data, to)
            case SendFile(file, offset, count):
                self._send_file(file, offset, count)
            case Close(link, linger):
                self._close(link, linger)
            case Dial(link, address):
                self._all_links().dial(link, address)
            case Wake(timer, at):
                self._all_timers().set(timer, at)
            case Reading(on):
                self._let(_RULES, on)
            case Fault(error):
                self._tell_lost(error)
            case _:
                assert_never(output)

    def _close(self, link: Link | None, linger: float) -> None:
        if link is not None:
            self._all_links().close(link)
        elif self._stream is not None:
            self._stream.finish(linger)
        elif self._datagrams is not None:
            self._datagrams.close()
        else:
            self._end(None)

    def _send_file(self, file: Any, offset: int, count: int) -> None:
        if self._stream is None:
            file.close()
            return
        self._stream.write_file(file, offset, count)
        self._mind_the_pressure(self._stream)

    def _send_to(self, data: Buffer, to: Address | Link | None) -> None:
        if isinstance(to, Address):
            if self._datagrams is not None:
                self._datagrams.send(data, to)
            return
        if self._links is not None and to is not None:
            self._links.send(to, data)

    def _all_links(self) -> Links:
        if self._links is None:
            assert self._dialler is not None, "these rules dial, so they need a dialler"
            self._links = Links(self._rules, self._dialler, self._step, self._crash)
        return self._links

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
            self._links.close_all()
        self._forget()
        on_over, self._on_over = self._on_over, None
        if on_over is not None:
            on_over(self)
