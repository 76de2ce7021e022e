"""A talk with the server's rules: bytes from the client, words from the server, and what became of them.

Outputs are carried out in the order in which an engine does it: what is said while something is heard comes after
what is already under way.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable
from itertools import pairwise

from portside.errors import PortsideError
from portside.interfaces import Close, Fault, Heard, Output, Reading, Send, SendFile, Wake
from portside.protocols.http.messages import Data, End, Message, Request, Response
from portside.protocols.http.rules.limits import ServerLimits
from portside.protocols.http.rules.memory import ServerMemory
from portside.protocols.http.rules.server import ServerRules

EPOCH = 784111777.0
"""Sun, 06 Nov 1994 08:49:37 GMT: the date that RFC 9110 gives as its example."""

Application = Callable[[Request], "Response | None"]


class Talk:
    """One connection. ``application`` answers each request as it is heard; without one, ``say`` does."""

    def __init__(
        self,
        application: Application | None = None,
        *,
        limits: ServerLimits | None = None,
        memory: ServerMemory | None = None,
    ) -> None:
        self.now = 0.0
        self.memory = memory or ServerMemory(lambda: EPOCH + self.now)
        self.rules = ServerRules(limits or ServerLimits(), self.memory)
        self.application = application
        self.heard: list[Message] = []
        self.sent = b""
        self.closed: Close | None = None
        self.fault: PortsideError | None = None
        self.reading = True
        self.alarm: float | None = None
        self.alarms = 0
        self._todo: deque[Output] = deque()
        self._busy = False
        self._do(self.rules.opened(None, self.now))

    # ------------------------------------------------------------------------------------ what both sides do

    def client(self, *pieces: bytes) -> Talk:
        """The client sends this."""
        for piece in pieces:
            self._do(self.rules.received(piece, None, self.now))
        return self

    def ends(self) -> Talk:
        """The client has finished sending."""
        self._do(self.rules.ended(None, self.now))
        return self

    def say(self, *messages: Message) -> Talk:
        """The server says this."""
        for message in messages:
            self._do(self.rules.say(message, self.now))
        return self

    def stop(self) -> Talk:
        """The server shall stop."""
        self._do(self.rules.stop(self.now))
        return self

    def wait(self, seconds: float) -> Talk:
        """Time passes; alarms ring when they are due."""
        end = self.now + seconds
        while self.alarm is not None and self.alarm <= end:
            self.now, self.alarm = max(self.now, self.alarm), None
            self.alarms += 1
            self._do(self.rules.woke("patience", self.now))
        self.now = end
        return self

    # ------------------------------------------------------------------------------------------ what was seen

    def take(self) -> bytes:
        """What the server has sent since the last look."""
        data, self.sent = self.sent, b""
        return data

    @property
    def requests(self) -> list[str]:
        """The requests that were heard, as ``GET /``."""
        return [f"{message.method} {message.target}" for message in self.heard if isinstance(message, Request)]

    @property
    def body(self) -> bytes:
        """All that was heard of bodies."""
        return b"".join(message.data for message in self.heard if isinstance(message, Data))

    @property
    def ended(self) -> int:
        """How many bodies were heard to their end."""
        return sum(isinstance(message, End) for message in self.heard)

    @property
    def statuses(self) -> list[int]:
        """The status of every head in what was sent and not yet taken."""
        return [int(status) for status in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", self.sent)]

    # ------------------------------------------------------------------------------------------ the engine's part

    def _do(self, outputs: Iterable[Output]) -> None:
        self._todo.extend(outputs)
        if self._busy:
            return
        self._busy = True
        try:
            while self._todo:
                self._carry_out(self._todo.popleft())
        finally:
            self._busy = False

    def _carry_out(self, output: Output) -> None:
        match output:
            case Heard(message):
                self._hear(message)
            case Send(data):
                assert self.closed is None, "something is sent after the end"
                self.sent += bytes(data)
            case SendFile(file, offset, count):
                with file:
                    file.seek(offset)
                    self.sent += file.read(count)
            case Close():
                assert self.closed is None, "closed twice"
                self.closed = output
            case Fault(error):
                assert self.fault is None, "broken twice"
                self.fault = error
            case Wake(timer, at):
                assert timer == "patience"
                assert at is not None
                self.alarm = at
            case Reading(on):
                self.reading = on
            case _:
                raise AssertionError(f"a server's rules never say {output}")

    def _hear(self, message: Message) -> None:
        assert self.fault is None, "something is heard after the end"
        self.heard.append(message)
        if self.application is not None and isinstance(message, Request):
            answer = self.application(message)
            if answer is not None:
                self.say(answer)


def single(data: bytes) -> list[bytes]:
    """``data``, byte by byte."""
    return [data[at : at + 1] for at in range(len(data))]


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    """``data``, cut at ``places`` (taken modulo its length)."""
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[first:last] for first, last in pairwise(edges)]
