"""FTP's client side: one control connection, and at most one data connection beside it (RFC 959 §3, §5).

First the client enters (``entering.py``). Then it says commands, as many as it likes without waiting for answers:
the replies come in the same order. A *transfer* is a row of commands and a data connection (``ends.py``)::

    passive   EPSV ──229──> dial ──linked──> [REST n ──350──>] RETR ──150──> data ... end, and 226 in any order
    active    listen ──listening──> EPRT ──200──> [REST n ──350──>] RETR ──150──> they dial ... the same

Once a data connection has come about in this way, RETR is said together with the next EPSV, which saves a round trip.
Behind REST nothing is said before its answer: a STOR whose REST was refused would cut the file down.

What every next final reply belongs to stands in a queue of ``Purpose``. A reply that belongs to nothing ends the
conversation: after it, no answer could be trusted to be that of its question.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import assert_never

from portside.errors import ConnectionLost, LocalError, PortsideError, RemoteError, TimedOut, TransportError
from portside.interfaces import (
    NOTHING,
    Address,
    Close,
    Dial,
    Door,
    Fault,
    Heard,
    Link,
    Listen,
    Output,
    Outputs,
    Send,
    StartTls,
    Wake,
)
from portside.protocols.ftp.messages import Command, Data, Reply
from portside.protocols.ftp.rules.ends import SYNCH, Ends, Stage
from portside.protocols.ftp.rules.entering import SERVICE_CLOSING, Entering
from portside.protocols.ftp.rules.entering import Stage as Way
from portside.protocols.ftp.rules.limits import ABORT_AFTER, MOST_WAITING, ClientLimits
from portside.protocols.ftp.rules.meeting import Meeting
from portside.protocols.ftp.rules.orders import (
    DataDone,
    DataFile,
    Ended,
    Entered,
    Leave,
    Login,
    Noted,
    Row,
    Said,
    TlsUse,
    Transfer,
)
from portside.protocols.ftp.rules.replies import ReplyReader
from portside.protocols.ftp.syntax.lines import serialise_command


class Purpose(Enum):
    """What a reply is the answer to."""

    ENTRY = auto()
    COMMAND = auto()
    MEETING = auto()
    RESTART = auto()
    TRANSFER = auto()
    ABORT = auto()


class ClientRules:
    """One control connection, seen from the client. Says ``Said``, hears ``Hears`` (``orders``)."""

    __slots__ = (
        "_abort_at", "_awake", "_ends", "_entering", "_farewell", "_login", "_limits", "_links", "_meeting", "_over",
        "_reader", "_seen", "_server", "_waiting", "_waits_at", "door",
    )  # fmt: skip

    def __init__(self, login: Login, limits: ClientLimits | None = None) -> None:
        self._login = login
        self._limits = limits or ClientLimits()
        self._reader = ReplyReader()
        self._waiting: deque[Purpose] = deque()
        self._ends: Ends | None = None
        self._links = 0
        self._seen = 0.0
        self._abort_at = 0.0
        self._waits_at = Address("")
        self._awake = False
        self._farewell: PortsideError | None = None
        self._over = False
        self.door: Door | None = None

    @property
    def usable(self) -> bool:
        """Whether a transfer or a command may be said, and nothing is waited for."""
        return not self._over and self._way is Way.IN and self._ends is None and not self._waiting

    @property
    def link(self) -> Link | None:
        """The data connection of the transfer that runs."""
        return None if self._ends is None else self._ends.link

    @property
    def _way(self) -> Way:
        return self._entering.stage

    # ------------------------------------------------------------------------------------- the connection

    def opened(self, door: Door | None, now: float) -> Outputs:
        assert door is not None, "FTP lives on a stream"
        self._seen = now
        self.door = door
        self._server = str(door.remote)
        self._entering = Entering(self._login, self._server)
        self._meeting = Meeting(door.local, door.remote)
        if self._login.tls is TlsUse.IMPLICIT:
            return [StartTls()]
        return self._expect(Purpose.ENTRY, now)

    def received(self, data: bytes, source: Address | Link | None, now: float) -> Outputs:
        self._seen = now
        if source is not None:
            ends = self._at(source)
            return NOTHING if ends is None else self._after(ends.received(data))
        if self._is_silent:
            return NOTHING
        outputs: list[Output] = []
        try:
            for reply in self._reader.read(data):
                if not self._waiting or self._waiting[0] is not Purpose.COMMAND:
                    outputs.append(Heard(Noted(reply)))
                outputs += self._answered(reply, now)
                if self._is_silent:
                    break
        except PortsideError as error:
            outputs += self._break(error)
        return outputs

    def ended(self, link: Link | None, now: float) -> Outputs:
        self._seen = now
        if link is not None:
            ends = self._at(link)
            return NOTHING if ends is None else self._after(ends.ended())
        if self._is_silent:
            return NOTHING
        if self.usable:  # an idle connection may be closed at any time
            self._over = True
            return [Close()]
        return self._part(ConnectionLost(f"{self._server} closed the control connection"))

    def failed(self, link: Link | None, error: TransportError, now: float) -> Outputs:
        self._seen = now
        if link is None:
            self._over = True
            return NOTHING  # the side above hears it from the engine
        ends = self._at(link)
        if ends is None:
            return NOTHING
        if ends.stage in (Stage.ABSENT, Stage.OPENING):
            return self._not_met(error, now)
        return self._after(ends.gone(error))

    def stop(self, now: float) -> Outputs:
        idle = self.usable
        self._over = True
        return [*([Send(serialise_command(Command("QUIT")))] if idle else ()), Close()]

    def woke(self, timer: str, now: float) -> Outputs:
        self._awake = False
        if self._over or (not self._waiting and self._ends is None):
            return NOTHING
        if self._is_left and now >= self._abort_at and Purpose.ABORT not in self._waiting:
            return self._abort(now)
        if self._ends is not None and self._ends.sending:
            self._seen = now  # the stream below minds who takes nothing
        limit = self._limits.silence
        if limit and now - self._seen >= limit:
            return self._break(TimedOut(f"{self._server} said nothing for {limit:g} s"))
        return self._mind(now)

    # ---------------------------------------------------------------------------------------- our side

    def say(self, message: Said, now: float) -> Outputs:
        if self._over or self._way is not Way.IN:
            raise LocalError("nothing is said before we are in, or after the end")
        self._seen = now
        match message:
            case Command() | Row():
                return self._say_row((message,) if isinstance(message, Command) else message.commands, now)
            case Transfer():
                return self._begin(message, now)
            case Data() | DataFile() | DataDone():
                return self._running().say(message)
            case Leave():
                return self._leave(now)
        assert_never(message)

    def _say_row(self, commands: tuple[Command, ...], now: float) -> Outputs:
        if self._ends is not None or len(self._waiting) + len(commands) > MOST_WAITING:
            raise LocalError("a command waits for the end of the transfer, and for a place in the row")
        data = b"".join(serialise_command(command) for command in commands)
        self._waiting.extend([Purpose.COMMAND] * len(commands))
        return [Send(data), *self._mind(now)]

    def _running(self) -> Ends:
        if self._ends is None:
            raise LocalError("no transfer runs")
        return self._ends

    def _leave(self, now: float) -> Outputs:
        outputs = self._running().leave()
        self._abort_at = now + ABORT_AFTER
        self._awake = True
        return [*self._after(outputs), Wake("silence", self._abort_at)]

    @property
    def _is_left(self) -> bool:
        return self._ends is not None and self._ends.left

    def _abort(self, now: float) -> Outputs:
        """The server goes on with what nobody hears any more."""
        self._seen = now
        sync = () if self._door.tls is not None else SYNCH
        return [*sync, *self._ask(Purpose.ABORT, Command("ABOR"), now)]

    def _ask(self, purpose: Purpose, command: Command, now: float) -> Outputs:
        return [Send(serialise_command(command)), *self._expect(purpose, now)]

    def _expect(self, purpose: Purpose, now: float) -> Outputs:
        self._waiting.append(purpose)
        return self._mind(now)

    def _mind(self, now: float) -> Outputs:
        """See to it that somebody looks at the clock."""
        if self._awake or not self._limits.silence:
            return NOTHING
        self._awake = True
        return [Wake("silence", self._seen + self._limits.silence)]

    # -------------------------------------------------------------------------------------- the server's word

    def _answered(self, reply: Reply, now: float) -> Outputs:
        purpose = self._waiting[0] if self._waiting else None
        if reply.code == SERVICE_CLOSING and purpose is not Purpose.ENTRY:
            return self._part(self._unasked(reply))
        if purpose is None:
            return self._break(self._unasked(reply))
        if reply.code < 200:
            return self._running().preliminary(reply) if purpose is Purpose.TRANSFER else NOTHING
        self._waiting.popleft()
        return _HANDLERS[purpose](self, reply, now)

    def _unasked(self, reply: Reply) -> PortsideError:
        said = f"{reply.code} {reply.text}".rstrip()
        if reply.code == SERVICE_CLOSING:
            return ConnectionLost(f"{self._server} ends the conversation: {said}")
        return RemoteError(f"{self._server} answers what nobody asked: {said}", reply.code)

    def _heard_login(self, reply: Reply, now: float) -> Outputs:
        return self._go_on(self._entering.answered(reply), now)

    def _go_on(self, commands: list[Command], now: float) -> Outputs:
        if self._way is Way.SECURING:
            return self._secure()
        if self._way is Way.IN:
            entering = self._entering
            entered = Entered(self.door, entering.greeting, entering.features, entering.home, entering.protected)
            return [Heard(entered)]
        data = b"".join(serialise_command(command) for command in commands)
        outputs: list[Output] = [Send(data)] if data else []
        for _ in commands:
            outputs += self._expect(Purpose.ENTRY, now)
        return outputs

    def _secure(self) -> Outputs:
        if self._reader.begun:
            raise RemoteError(f"{self._server} says more before TLS begins, which somebody else may have put there")
        return [StartTls()]

    def _heard_command(self, reply: Reply, now: float) -> Outputs:
        return [Heard(reply)]

    def _heard_abort(self, reply: Reply, now: float) -> Outputs:
        return NOTHING

    # -------------------------------------------------------------------------------------------- transfers

    def _begin(self, order: Transfer, now: float) -> Outputs:
        if self._ends is not None:
            raise LocalError("one transfer at a time goes over one control connection")
        self._ends = self._new_ends(order)
        if self._login.active:
            return [Listen(self._ends.link, Address(self._door.local.host, 0), self._door.remote.host)]
        return self._ask_where(now)

    def _new_ends(self, order: Transfer) -> Ends:
        self._links += 1
        return Ends(order, Link(f"data{self._links}"), self._server, self._entering.protected)

    @property
    def _door(self) -> Door:
        assert self.door is not None
        return self.door

    def _ask_where(self, now: float) -> Outputs:
        asking = self._ask(Purpose.MEETING, self._meeting.ask_passive(), now)
        if not self._meeting.proven or self._running().order.offset:
            return asking
        return [*asking, *self._say_transfer(now)]

    def _say_transfer(self, now: float) -> Outputs:
        order = self._running().order
        if order.offset:
            return self._ask(Purpose.RESTART, Command("REST", str(order.offset)), now)
        return self._say_order(now)

    def _say_order(self, now: float) -> Outputs:
        ends = self._running()
        ends.said = True
        return self._ask(Purpose.TRANSFER, ends.order.command, now)

    def listening(self, link: Link, address: Address, now: float) -> Outputs:
        ends = self._at(link)
        if ends is None:
            return NOTHING
        ends.placed()
        self._waits_at = address
        return self._ask(Purpose.MEETING, self._meeting.ask_active(address), now)

    def linked(self, link: Link, door: Door, now: float) -> Outputs:
        self._seen = now
        ends = self._at(link)
        if ends is None:
            return [Close(link)]
        self._meeting.proven = not self._login.active
        outputs = self._after(ends.linked())
        if ends.said or self._login.active or self._ends is not ends or Purpose.RESTART in self._waiting:
            return outputs
        return [*self._say_transfer(now), *outputs]

    def secured(self, link: Link | None, door: Door, now: float) -> Outputs:
        self._seen = now
        if link is not None:
            ends = self._at(link)
            return NOTHING if ends is None else self._after(ends.secured(door))
        self.door = door
        if self._login.tls is TlsUse.IMPLICIT:
            return self._expect(Purpose.ENTRY, now)
        return self._go_on(self._entering.secured(), now)

    def closed(self, link: Link, now: float) -> Outputs:
        self._seen = now
        ends = self._at(link)
        return NOTHING if ends is None else self._after(ends.closed())

    def _heard_meeting(self, reply: Reply, now: float) -> Outputs:
        ends = self._running()
        if self._login.active:
            return self._heard_active(reply, now)
        place = self._meeting.place(reply)
        if place is None:
            return self._refused_meeting(reply, now)
        if ends.stage is not Stage.ABSENT:
            return NOTHING
        ends.placed()
        return [Dial(ends.link, place)]

    def _heard_active(self, reply: Reply, now: float) -> Outputs:
        if reply.code // 100 == 2:
            return self._say_transfer(now)
        return self._refused_meeting(reply, now)

    def _refused_meeting(self, reply: Reply, now: float) -> Outputs:
        ends = self._running()
        if not ends.said and reply.code >= 500 and self._meeting.fall_back():
            again = self._meeting.ask_active(self._waits_at) if self._login.active else self._meeting.ask_passive()
            return self._ask(Purpose.MEETING, again, now)
        error = RemoteError(f"{self._server} opens no data connection: {reply.code} {reply.text}".rstrip(), reply.code)
        return self._give_up(error, reply)

    def _not_met(self, error: TransportError, now: float) -> Outputs:
        """The data connection did not come about. Once the command is said, the server waits for it in vain."""
        ends = self._running()
        if ends.said:
            return self._break(error)
        if not self._login.active and self._meeting.fall_back():
            self._ends = self._new_ends(ends.order)
            return self._ask(Purpose.MEETING, self._meeting.ask_passive(), now)
        return self._give_up(error, None)

    def _give_up(self, error: PortsideError, reply: Reply | None) -> Outputs:
        """The transfer has not begun on their side: it is over as soon as it is on ours."""
        ends = self._running()
        if ends.said:
            return self._after(ends.lose(error))
        outputs = ends.lose(error)
        self._ends = None
        return [*outputs, Heard(Ended(reply, ends.error))]

    def _heard_restart(self, reply: Reply, now: float) -> Outputs:
        if reply.code == 350:
            return self._say_order(now)
        offset = self._running().order.offset
        text = f"{self._server} cannot begin at byte {offset:,}: {reply.code} {reply.text}"
        return self._give_up(RemoteError(text.rstrip(), reply.code), reply)

    def _heard_transfer(self, reply: Reply, now: float) -> Outputs:
        return self._after(self._running().final(reply))

    def _after(self, outputs: Outputs) -> Outputs:
        """Forget the transfer where it is over; ABOR's answer is still to come then, if it was said."""
        if self._ends is not None and self._ends.over:
            self._ends = None
        return outputs if self._farewell is None else [*outputs, *self._part(self._farewell)]

    def _at(self, link: object) -> Ends | None:
        """The transfer that ``link`` belongs to, if that still runs."""
        return self._ends if self._ends is not None and self._ends.link == link else None

    @property
    def _is_silent(self) -> bool:
        """Whether nothing more is heard on the control connection."""
        return self._over or self._farewell is not None

    def _part(self, error: PortsideError) -> Outputs:
        """They have left. What they had sent before may still be on its way, and is waited for."""
        self._farewell = error
        return NOTHING if self._ends is not None and self._ends.coming else self._break(error)

    def _break(self, error: PortsideError) -> Outputs:
        self._over = True
        return [Fault(error), Close()]


_HANDLERS: Mapping[Purpose, Callable[[ClientRules, Reply, float], Outputs]] = {
    Purpose.ENTRY: ClientRules._heard_login,
    Purpose.COMMAND: ClientRules._heard_command,
    Purpose.MEETING: ClientRules._heard_meeting,
    Purpose.RESTART: ClientRules._heard_restart,
    Purpose.TRANSFER: ClientRules._heard_transfer,
    Purpose.ABORT: ClientRules._heard_abort,
}
