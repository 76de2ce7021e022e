"""SMTP's client side, and LMTP's: one connection, over which messages go one behind the other (RFC 5321, RFC 2033).

First the client enters (``entering.py``); then each message is a transaction (``transaction.py``), and the replies
belong to them in their order. Where commands may come without waiting (RFC 2920), the commands of the next message
leave together with the content of the one before, so that each costs one round trip::

    we    MAIL RCPT DATA            content . MAIL RCPT DATA            content . MAIL RCPT DATA ...
    they                250 250 354                         250 250 250 354

Between messages nothing has to be cleared up, unless one was given up before its content: then RSET goes ahead of the
next. A reply that belongs to nothing ends the connection: after it, no answer could be trusted to be that of its
question; one that was there before its command was said belongs to nothing either. 421 ends it, too, which a server
may say at any time.
"""

from __future__ import annotations

from collections import deque

from portside.errors import ConnectionLost, LocalError, PortsideError, RemoteError, TimedOut, TlsError, TransportError
from portside.interfaces import (
    NOTHING,
    Address,
    Close,
    Door,
    Fault,
    Heard,
    Link,
    Output,
    Outputs,
    Send,
    StartTls,
    Wake,
)
from portside.protocols.smtp.messages import Command, Content, ContentEnded, Reply
from portside.protocols.smtp.rules.entering import SERVICE_CLOSING, Entering, Step, check_name
from portside.protocols.smtp.rules.fitting import Terms, terms_of
from portside.protocols.smtp.rules.orders import Begun, Entered, Entry, Said, Stage, TlsUse, Transaction
from portside.protocols.smtp.rules.transaction import Phase, Running
from portside.protocols.smtp.rules.waits import ClientLimits
from portside.protocols.smtp.syntax.lines import Replies, serialise_command

IN_HAND = 2
"""Messages that one connection has in hand: one whose answer is awaited, and one whose commands go with its content."""
LINGER = 2.0
"""Seconds for the server to read our last words, and to say its own."""

QUIT = serialise_command(Command("QUIT"))


class ClientRules:
    """One connection, seen from the client. Says ``Said``, hears ``Hears`` (``orders``)."""

    __slots__ = (
        "_awake", "_dirty", "_due", "_entering", "_entry", "_limits", "_over", "_replies", "_row", "_seen", "_terms",
        "entered",
    )  # fmt: skip

    def __init__(self, entry: Entry, limits: ClientLimits | None = None) -> None:
        """Raises ``LocalError`` for a name of ours that no server could read."""
        check_name(entry.helo)
        self._entry = entry
        self._limits = limits or ClientLimits()
        self._replies = Replies()
        self._row: deque[Running] = deque()
        self._entering: Entering | None = None
        self._terms: Terms | None = None
        self._dirty = False
        self._due = self._seen = 0.0
        self._awake = False
        self._over = False
        self.entered: Entered | None = None

    @property
    def usable(self) -> bool:
        """Whether messages may be said."""
        return self.entered is not None and not self._over

    @property
    def room(self) -> int:
        """How many messages more may be said now."""
        return IN_HAND - len(self._row) if self.usable else 0

    # ------------------------------------------------------------------------------------- the connection

    def opened(self, door: Door | None, now: float) -> Outputs:
        assert door is not None, "SMTP lives on a stream"
        self._entering = Entering(self._entry, door)
        if self._entry.tls is TlsUse.IMPLICIT:
            return [StartTls(), *self._wait(self._limits.command, now)]
        return self._wait(self._limits.greeting, now)

    def secured(self, link: Link | None, door: Door, now: float) -> Outputs:
        assert self._entering is not None
        if self._entering.step is Step.SECURING:
            return [Send(self._entering.secured(door)), *self._wait(self._limits.command, now)]
        self._entering = Entering(self._entry, door)
        return self._wait(self._limits.greeting, now)

    def linked(self, link: Link, door: Door, now: float) -> Outputs:
        """There are no second connections."""
        return NOTHING

    def received(self, data: bytes, source: Address | Link | None, now: float) -> Outputs:
        if self._over:
            return NOTHING
        outputs: list[Output] = []
        replies = self._replies
        try:
            replies.feed(data)
            awaited, heard = self._awaited, 0
            while not self._over and (reply := replies.next()) is not None:
                heard += 1
                if heard > awaited and not (reply.is_passing or reply.is_final):
                    raise self._unasked(reply)
                self._answered(reply, outputs)
            if heard and not self._over:
                outputs += self._mind(now)
        except PortsideError as error:
            self._break(self._named(error), outputs)
        return outputs

    def _named(self, error: PortsideError) -> PortsideError:
        """What is wrong with a reply is found where nobody knows whose it is."""
        if type(error) is not RemoteError or self._entry.server in str(error):
            return error
        return RemoteError(f"{self._entry.server}: {error}", error.status)

    @property
    def _awaited(self) -> int:
        """How many replies may come now: what came with them was said before we answered any of them."""
        return 1 if self.entered is None else sum(running.awaited for running in self._row)

    def ended(self, link: Link | None, now: float) -> Outputs:
        if self._over:
            return NOTHING
        if self.usable and not self._row:  # an idle connection may be closed at any time
            self._over = True
            return [Close()]
        outputs: list[Output] = []
        self._break(ConnectionLost(f"{self._entry.server} closed the connection"), outputs)
        return outputs

    def failed(self, link: Link | None, error: TransportError, now: float) -> Outputs:
        if self._over:
            return NOTHING
        self._over = True
        return self._given_up(error)  # the side above hears of the rest from the engine

    def stop(self, now: float) -> Outputs:
        """What is under way is given up; an idle connection ends with QUIT (RFC 5321 §4.1.1.10)."""
        if self._over:
            return NOTHING
        self._over = True
        if self.entered is not None and not self._row:
            return [Send(QUIT), Close(linger=LINGER)]
        return [*self._given_up(ConnectionLost(f"we have closed the connection with {self._entry.server}")), Close()]

    # ------------------------------------------------------------------------------------------------ time

    def _wait(self, seconds: float, now: float) -> Outputs:
        """The server has ``seconds`` from now on; somebody looks at the clock often enough to see that."""
        self._due = now + seconds
        self._seen = now
        if self._awake:
            return NOTHING
        self._awake = True
        return [Wake("clock", now + self._limits.shortest)]

    def woke(self, timer: str, now: float) -> Outputs:
        self._awake = False
        if self._over:
            return NOTHING
        if self.usable and not self._row:
            return self._look_idle(now)
        if now >= self._due:
            outputs: list[Output] = []
            seconds = now - self._seen
            self._break(TimedOut(f"{self._entry.server} said nothing for {seconds:.3g} s"), outputs)
            return outputs
        self._awake = True
        return [Wake("clock", min(self._due, now + self._limits.shortest))]

    def _look_idle(self, now: float) -> Outputs:
        since = now - self._seen
        if since >= self._limits.idle:
            return self.stop(now)
        self._awake = True
        return [Wake("clock", min(self._seen + self._limits.idle, now + self._limits.shortest))]

    def _mind(self, now: float) -> Outputs:
        """Something was heard: how long the next word may take, if one is awaited."""
        if self._row:
            return self._wait(self._patience(self._row[0]), now)
        if self.entered is None:
            return self._wait(self._limits.command, now)
        self._seen = now
        return NOTHING

    def _patience(self, running: Running) -> float:
        limits = self._limits
        match running.phase:
            case Phase.ENDING:
                return limits.end
            case Phase.READY | Phase.SAYING:
                return limits.block
            case Phase.ASKING if running.stage is not Stage.DATA:
                return limits.command
            case _:
                return limits.data

    # -------------------------------------------------------------------------------------- the server's word

    def _answered(self, reply: Reply, outputs: list[Output]) -> None:
        if self.entered is None:
            self._enter(reply, outputs)
        elif not self._row:
            self._idle_answered(reply, outputs)
        elif reply.code == SERVICE_CLOSING:
            self._row[0].ended_by(reply)
            self._break(self._leaving(reply), outputs)
        else:
            self._take(self._row[0], reply, outputs)

    def _enter(self, reply: Reply, outputs: list[Output]) -> None:
        entering = self._entering
        assert entering is not None
        said = entering.answered(reply)
        if said:
            outputs.append(Send(said))
        if entering.step is Step.SECURING:
            self._secure(outputs)
        elif entering.step is Step.IN:
            self.entered = entering.entered
            self._terms = terms_of(self.entered, self._entry)
            outputs.append(Heard(self.entered))

    def _secure(self, outputs: list[Output]) -> None:
        if len(self._replies):
            raise TlsError(f"{self._entry.server} says more before TLS begins, which somebody else may have put there")
        outputs.append(StartTls())

    def _idle_answered(self, reply: Reply, outputs: list[Output]) -> None:
        if reply.code != SERVICE_CLOSING:
            raise self._unasked(reply)
        self._over = True  # it closes an idle connection, and says so
        outputs.append(Close())

    def _unasked(self, reply: Reply) -> RemoteError:
        return RemoteError(f"{self._entry.server} answers what nobody asked: {reply}", reply.code)

    def _leaving(self, reply: Reply) -> ConnectionLost:
        return ConnectionLost(f"{self._entry.server} ends the conversation: {reply}")

    def _take(self, running: Running, reply: Reply, outputs: list[Output]) -> None:
        said = running.answered(reply)
        if said:
            outputs.append(Send(said))
        if running.phase is Phase.READY:
            self._say_content(running, outputs)
        elif running.phase is Phase.OVER:
            self._settle(running, outputs)

    def _say_content(self, running: Running, outputs: list[Output]) -> None:
        if running.order.content is None:
            outputs.append(Heard(Begun(running.order)))
            return
        said = running.content()
        following = self._begin_behind(running)
        outputs.append(Send(said + following if following else said))

    def _begin_behind(self, running: Running) -> bytes:
        """The commands of the message behind ``running``, whose content ends now: they may leave with it."""
        assert self._terms is not None
        if len(self._row) < 2 or not self._terms.pipelining or running is not self._row[0]:
            return b""
        return self._row[1].begin(reset=False)

    def _settle(self, running: Running, outputs: list[Output]) -> None:
        self._row.popleft()
        self._dirty = running.dirty
        outputs.append(Heard(running.settled()))
        if running.stuck:
            self._break(RemoteError(f"{self._entry.server} did not want all of the message"), outputs)
        elif self._row and self._row[0].phase is Phase.QUEUED:
            outputs.append(Send(self._row[0].begin(reset=self._dirty)))

    # ---------------------------------------------------------------------------------------------- our side

    def say(self, message: Said, now: float) -> Outputs:
        if not self.usable:
            raise LocalError("nothing is said before we are in, or after the end")
        match message:
            case Transaction():
                return self._send(message, now)
            case Content(data):
                return self._say_piece(data, now)
            case ContentEnded():
                return self._end_content(now)

    def _send(self, order: Transaction, now: float) -> Outputs:
        if not self.room:
            raise LocalError("a message waits for those before it")
        assert self._terms is not None
        running = Running(order, self._terms)
        if running.phase is Phase.OVER:  # nobody can be said to this server
            return [Heard(running.settled())]
        self._row.append(running)
        if len(self._row) == 1:
            return [Send(running.begin(reset=self._dirty)), *self._wait(self._limits.command, now)]
        if self._terms.pipelining and self._row[0].phase is Phase.ENDING:
            return [Send(running.begin(reset=False))]
        return NOTHING

    def _say_piece(self, data: bytes, now: float) -> Outputs:
        running = self._running()
        if running.unwanted:
            return NOTHING
        said = running.say(data)
        return [*([Send(said)] if said else ()), *self._wait(self._limits.block, now)]

    def _end_content(self, now: float) -> Outputs:
        running = self._running()
        if running.unwanted:
            return NOTHING
        said = running.say(b"", last=True)
        return [Send(said + self._begin_behind(running)), *self._wait(self._limits.end, now)]

    def _running(self) -> Running:
        if not self._row:
            raise LocalError("no message is asked for")
        return self._row[0]

    # --------------------------------------------------------------------------------------------------- end

    def _break(self, error: PortsideError, outputs: list[Output]) -> None:
        self._over = True
        outputs += self._given_up(error)
        outputs += [Fault(error), Close()]

    def _given_up(self, error: PortsideError) -> list[Output]:
        """What became of the messages in hand, now that the connection is over."""
        row, self._row = self._row, deque()
        return [Heard(running.settled(error)) for running in row]
