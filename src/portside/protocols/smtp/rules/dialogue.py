"""One connection from its greeting to its end: what comes, what waits, what is replied, and when it is enough.

The lowest of three layers; ``entrance`` adds who somebody is, ``server`` the messages. What a line or a content means
is asked of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from portside.errors import RemoteError, TransportError
from portside.interfaces import NOTHING, Address, Close, Door, Heard, Link, Output, Outputs, Reading, Wake
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.addressing import Addressing
from portside.protocols.smtp.rules.answers import answer, reply_sent
from portside.protocols.smtp.rules.chaos import Action, Disconnect, Refuse, Stage, Stall
from portside.protocols.smtp.rules.greeting import banner
from portside.protocols.smtp.rules.intake import Intake, is_one_line
from portside.protocols.smtp.rules.limits import ServerLimits
from portside.protocols.smtp.rules.logins import Logins
from portside.protocols.smtp.rules.policy import Policy
from portside.protocols.smtp.rules.receiving import Receiving
from portside.protocols.smtp.rules.shared import Shared
from portside.protocols.smtp.rules.standing import Busy, Event, Standing, State
from portside.protocols.smtp.rules.turns import Asked, Hook
from portside.protocols.smtp.syntax.codes import Refusal

Then = Callable[[float], Outputs]
"""What follows once nobody is waited for; it is given the time."""
Accept = Callable[[Any, float], Outputs]
"""What is done with what was asked, once nobody objects."""


class Dialogue:
    """What every connection has, whatever is said on it."""

    __slots__ = (
        "_addressing", "_afterwards", "_door", "_host", "_hung_up", "_intake", "_limits", "_logins", "_policy",
        "_reading", "_receiving", "_shared", "_since", "_standing", "_stopping", "_then", "_verb",
    )  # fmt: skip

    def __init__(
        self, policy: Policy | None = None, limits: ServerLimits | None = None, shared: Shared | None = None
    ) -> None:
        self._policy = policy or Policy()
        self._limits = limits or ServerLimits()
        self._shared = shared or Shared()
        self._intake = Intake()
        self._standing = Standing()
        self._logins = Logins(self._policy, self._shared)
        self._addressing = Addressing(self._policy, self._limits, self._shared)
        self._receiving = Receiving(self._intake, self._limits)
        self._door: Door | None = None
        self._host = ""
        self._verb = ""
        self._since = 0.0
        self._then: Then | None = None  # what follows once nobody is waited for
        self._afterwards: Action | None = None  # what goes wrong on purpose once the message is kept
        self._reading = True
        self._hung_up = self._stopping = False

    @property
    def state(self) -> State:
        """Where the connection stands."""
        return self._standing.state

    @property
    def _is_secure(self) -> bool:
        return self._door is not None and self._door.tls is not None

    # ----------------------------------------------------------------------------------------- the connection

    def opened(self, door: Door | None, now: float) -> Outputs:
        self._door, self._since = door, now
        self._host = "" if door is None else door.remote.host
        clock = Wake("clock", now + self._limits.shortest)
        return [clock, *(self._strike(Stage.CONNECT, "", self._pause, now) or self._pause(now))]

    def _pause(self, now: float) -> Outputs:
        if not self._limits.pause:
            return self._introduce(now)
        self._standing.busy = Busy.PAUSE
        return [Wake("pause", now + self._limits.pause)]

    def _introduce(self, now: float) -> Outputs:
        self._standing.busy = None
        if Hook.CONNECT in self._policy.hooks:
            outputs = self._ask(Hook.CONNECT, None, self._greet, now)
            self._standing.busy = Busy.CONNECT
            return outputs
        return self._greet(None, now)

    def _greet(self, _: None, now: float) -> Outputs:
        return [banner(self._policy)]

    def received(self, data: bytes, source: Address | Link | None, now: float) -> Outputs:
        standing = self._standing
        if standing.over:
            return NOTHING
        if standing.busy is None and self._intake.idle:
            if standing.receiving:
                outputs = self._take(data, now)
                return [*outputs, *self._go_on(now)] if len(self._intake) else outputs
            if is_one_line(data) and not self._receiving.passing:
                return self._hear_alone(data, now)
        if standing.busy is Busy.PAUSE or standing.busy is Busy.CONNECT:
            return [answer(554, "5.5.1", "You speak before our greeting."), *self._leave()]
        self._intake.feed(data)
        return self._go_on(now)

    def _hear_alone(self, line: bytes, now: float) -> Outputs:
        """A line with nothing ahead of it and nothing behind: it need not be kept."""
        self._since = now
        try:
            return self._hear(line, now)
        except RemoteError as error:
            return self._refuse(error)

    def _go_on(self, now: float) -> list[Output]:
        """Carry out what waits, until somebody has to be waited for."""
        outputs: list[Output] = []
        standing = self._standing
        while standing.busy is None and not standing.over:
            try:
                some = self._next(now)
            except RemoteError as error:
                some = self._refuse(error)
            if some is None:
                break
            outputs += some
        if standing.busy is not None or not self._reading:
            outputs += self._mind_the_room()
        if self._hung_up and standing.busy is None and not standing.over:
            outputs += self._leave()
        return outputs

    def _next(self, now: float) -> Outputs | None:
        """What the next line, or some content, leads to; None where nothing has come whole."""
        if self._standing.receiving:
            content = self._receiving.content
            most = None if content is None else content.wanted  # the rest of a chunk: what is behind it isn't moved
            return self._take(self._intake.take(most), now) if len(self._intake) else None
        if self._receiving.passing:
            return self._pass_over() if len(self._intake) else None
        line = self._intake.next(of_login=self._standing.state is State.LOGIN)
        if line is None:
            return None
        self._since = now
        return self._hear(line, now)

    def _hear(self, line: bytes, now: float) -> Outputs:
        """What a line means. Raises ``RemoteError`` to refuse it."""
        raise NotImplementedError

    def _take(self, data: bytes, now: float) -> list[Output]:
        """This has come of a content."""
        raise NotImplementedError

    def _pass_over(self) -> Outputs:
        """Octets of a refused chunk have come (RFC 3030 §2)."""
        reply = self._receiving.pass_some()
        return NOTHING if reply is None else self._answer(reply)

    def _mind_the_room(self) -> Outputs:
        reading = self._standing.busy is None or len(self._intake) <= self._limits.waiting
        if reading is self._reading:
            return NOTHING
        self._reading = reading
        return [Reading(reading)]

    def ended(self, link: Link | None, now: float) -> Outputs:
        self._hung_up = True
        waits = self._standing.busy in (Busy.CONTENT, Busy.LOGIN, Busy.ASKED)
        return NOTHING if waits or self._standing.over else self._leave()

    def stop(self, now: float) -> Outputs:
        """A message whose content comes, or is kept, is finished; all else has lost nothing."""
        self._stopping = True
        if self._standing.over or self._standing.receiving or self._standing.busy is Busy.CONTENT:
            return NOTHING
        return self._dismiss("The server stops.", "4.3.2")

    def failed(self, link: Link | None, error: TransportError, now: float) -> Outputs:
        self._standing.move(Event.LOST)
        return NOTHING

    def linked(self, link: Link, door: Door, now: float) -> Outputs:
        return NOTHING

    listening = linked

    def closed(self, link: Link, now: float) -> Outputs:
        return NOTHING

    def woke(self, timer: str, now: float) -> Outputs:
        if self._standing.over:
            return NOTHING
        match timer:
            case "pause":
                return [*self._introduce(now), *self._go_on(now)]
            case "stall":
                return self._resume(now)
        return self._look_at_the_clock(now)

    def _look_at_the_clock(self, now: float) -> Outputs:
        """One alarm serves all waits: it rings as often as the shortest of them may be over."""
        due = self._due(now)
        if now < due:
            return [Wake("clock", min(due, now + self._limits.shortest))]
        content = self._receiving.content
        if not self._standing.receiving or content is None:
            return self._dismiss("Nothing was said for too long.", "4.4.2")
        if content.is_slow(now):
            return self._dismiss("The content comes too slowly.", "4.4.2")
        return [Wake("clock", now + self._limits.shortest)]

    def _due(self, now: float) -> float:
        """When the present wait is over."""
        limits, standing, content = self._limits, self._standing, self._receiving.content
        if standing.busy is not None:  # it is we whom they wait for
            return now + limits.shortest
        if standing.receiving and content is not None:
            return content.since + limits.block
        return self._since + (limits.greeting if standing.state is State.CONNECTED else limits.command)

    # ------------------------------------------------------------------------------------------ what is replied

    def _refuse(self, error: RemoteError) -> Outputs:
        reply = error.reply if isinstance(error, Refusal) else Reply(error.status or 500, (str(error),), "5.5.0")
        outputs = self._answer(reply)
        if self._standing.over:
            return outputs
        if self._verb == "BDAT" and reply.code == 501:  # nobody knows how much follows
            return [*outputs, *self._dismiss("What follows is no command.", "4.5.0")]
        if self._verb == "DATA" and len(self._intake):  # a content that waits for no reply would be heard as commands
            return [*outputs, *self._dismiss("Wait for the reply to DATA.", "4.5.0")]
        return outputs

    def _answer(self, reply: Reply) -> list[Output]:
        """The reply to what was heard last; refusals are counted."""
        outputs: list[Output] = [reply_sent(reply, utf8=self._says_utf8)]
        if reply.code == 421:
            return [*outputs, *self._leave()]
        if self._standing.state is State.LOGIN:
            return [*outputs, *self._end_login()]
        if reply.code >= 500:
            self._standing.errors += 1
            if self._standing.errors >= self._limits.errors:
                return [*outputs, *self._dismiss("Too many errors.", "4.7.0")]
        return outputs

    @property
    def _says_utf8(self) -> bool:
        return self._addressing.utf8

    def _dismiss(self, why: str, enhanced: str) -> list[Output]:
        return [answer(421, enhanced, f"{why} Goodbye."), *self._leave()]

    def _leave(self, *, linger: bool = True) -> list[Output]:
        """Nothing more is heard. ``linger``: they may still speak, and a reset would take our last words from them."""
        outputs = self._receiving.forget()
        self._standing.move(Event.LEAVE)
        self._standing.busy = None
        return [*outputs, Close(None, self._limits.linger if linger else 0.0)]

    def _be_idle(self) -> list[Output]:
        """A command that moves nothing: some are welcome, and a thousand are not."""
        self._standing.idle += 1
        if self._standing.idle > self._limits.idle_commands:
            return self._dismiss("That moves nothing.", "4.7.0")
        return []

    def _end_login(self) -> list[Output]:
        """It was wrong, or no login at all."""
        self._standing.move(Event.LOGIN_ENDED)
        self._logins.exchange = None
        self._logins.tries += 1
        enough = self._logins.tries >= self._limits.logins
        return self._dismiss("Too many logins were wrong.", "4.7.0") if enough else []

    # --------------------------------------------------------------------------- what others have a word in

    def _weigh(self, stage: Stage, hook: Hook, value: Any, address: str, accept: Accept, now: float) -> Outputs:
        """Do what was asked, unless something is to go wrong, or the side above objects."""
        if stage in self._shared.chaos.stages:
            struck = self._strike(stage, address, partial(self._ask, hook, value, accept), now)
            if struck is not None:
                return struck
        return self._ask(hook, value, accept, now)

    def _ask(self, hook: Hook, value: Any, accept: Accept, now: float) -> Outputs:
        if hook not in self._policy.hooks:
            return accept(value, now)
        self._standing.busy, self._then = Busy.ASKED, partial(accept, value)
        envelope = self._addressing.envelope if hook is Hook.RECIPIENT else None
        return [Heard(Asked(hook, value, envelope, self._standing.name, self._logins.user))]

    def _strike(self, stage: Stage, address: str, then: Then, now: float) -> Outputs | None:
        """What goes wrong at this point, on purpose; None where nothing does."""
        if stage not in self._shared.chaos.stages:
            return None
        action = self._shared.chaos.strike(stage, address)
        if isinstance(action, Refuse) and stage is Stage.CONNECT:
            return [reply_sent(chaos_reply(action.code)), *self._leave()]
        return self._carry_out(action, then, now)

    def _carry_out(self, action: Action | None, then: Then, now: float) -> Outputs | None:
        match action:
            case None:
                return None
            case Refuse(code):
                sent = reply_sent(chaos_reply(code))
                return [sent, *self._leave()] if code == 421 else [sent]
            case Disconnect():
                return self._leave()
            case Stall(seconds):
                return self._stall(seconds, then, now)

    def _stall(self, seconds: float, then: Then, now: float) -> Outputs:
        self._standing.busy, self._then = Busy.STALL, then
        return [Wake("stall", now + seconds)]

    def _resume(self, now: float) -> list[Output]:
        """Nobody is waited for any more."""
        then, self._then = self._then, None
        self._standing.busy, self._since = None, now
        try:
            outputs = list(then(now)) if then is not None else []
        except RemoteError as error:
            outputs = list(self._refuse(error))
        return [*outputs, *self._go_on(now)]


def chaos_reply(code: int) -> Reply:
    """A refusal on purpose."""
    return Reply(code, ("Chaos was asked for.",), f"{code // 100}.0.0")
