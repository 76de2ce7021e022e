"""Who somebody is: the name, TLS, and the login."""

from __future__ import annotations

from functools import partial

from portside.interfaces import Door, Heard, Link, Output, Outputs, StartTls
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.answers import answer, reply_sent
from portside.protocols.smtp.rules.chaos import Stage
from portside.protocols.smtp.rules.dialogue import Dialogue
from portside.protocols.smtp.rules.greeting import welcome
from portside.protocols.smtp.rules.logins import WELCOME, WRONG
from portside.protocols.smtp.rules.policy import Tls
from portside.protocols.smtp.rules.sasl.exchanges import Challenge, Claim, Done, Malformed, Proof, Step, WantKeys, Wrong
from portside.protocols.smtp.rules.standing import Busy, Event
from portside.protocols.smtp.rules.turns import Attempt, Guessed, Hook, KeysWanted
from portside.protocols.smtp.syntax.codes import Refusal
from portside.protocols.smtp.syntax.commands import Login
from portside.protocols.smtp.syntax.lines import serialise_challenge


class Entrance(Dialogue):
    """The commands by which a client comes in."""

    __slots__ = ()

    # ------------------------------------------------------------------------------------------ who they are

    def _hello(self, name: str, now: float) -> Outputs:
        extended = self._verb != "HELO"
        accept = self._welcome if extended else self._welcome_of_old
        return self._be_idle() or self._weigh(Stage.HELO, Hook.HELO, name, "", accept, now)

    def _welcome(self, name: str, now: float) -> Outputs:
        offered = (self._logins.offered(self._door), self._is_secure)
        reply = self._shared.welcomes.get(offered)
        if reply is None:
            reply = self._shared.welcomes[offered] = welcome(self._policy, self._limits, *offered)
        return [*self._know(name, extended=True), reply]

    def _welcome_of_old(self, name: str, now: float) -> Outputs:
        return [*self._know(name, extended=False), answer(250, "", self._policy.name)]

    def _know(self, name: str, *, extended: bool) -> list[Output]:
        """A greeting forgets what was said of a message (RFC 5321 §4.1.4)."""
        outputs = self._forget_message(Event.GREETED)
        self._standing.name, self._standing.extended = name, extended
        return outputs

    def _forget_message(self, event: Event = Event.RESET) -> list[Output]:
        self._addressing.forget()
        outputs = self._receiving.forget()
        self._standing.move(event)
        return outputs

    def _start_tls(self, _: None, now: float) -> Outputs:
        if self._is_secure:
            raise Refusal("This is TLS already.", 503, "5.5.1")
        if self._policy.tls is Tls.OFF:
            raise Refusal("There is no TLS here.", 502, "5.5.1")
        return self._strike(Stage.STARTTLS, "", self._begin_tls, now) or self._begin_tls(now)

    def _begin_tls(self, now: float) -> Outputs:
        self._standing.move(Event.SECURE)
        self._standing.busy = Busy.TLS
        self._standing.forget()
        self._logins.forget()
        self._intake.clear()  # whoever sits in between may have said it (RFC 3207 §6)
        return [answer(220, "2.0.0", "Begin TLS."), StartTls()]

    def secured(self, link: Link | None, door: Door, now: float) -> Outputs:
        self._standing.move(Event.SECURED)
        self._standing.busy, self._door, self._since = None, door, now
        return self._go_on(now)

    # ------------------------------------------------------------------------------------------------- login

    def _auth(self, login: Login, now: float) -> Outputs:
        struck = self._strike(Stage.AUTH, "", partial(self._begin_login, login), now)
        return self._begin_login(login, now) if struck is None else struck

    def _begin_login(self, login: Login, now: float) -> Outputs:
        step = self._logins.begin(login, self._door, extended=self._standing.extended)
        self._standing.move(Event.LOGIN)
        return self._log_in(step)

    def _log_in(self, step: Step) -> Outputs:
        match step:
            case Challenge(data) | Proof(_, data):
                return [reply_sent(serialise_challenge(data))]
            case Claim(user, secret, token):
                self._standing.busy = Busy.LOGIN
                return [Heard(Attempt(user, secret, token))]
            case WantKeys(user):
                self._standing.busy = Busy.LOGIN
                return [Heard(KeysWanted(user))]
            case Done(user):
                return [Heard(Guessed(user, True)), *self._admit(user)]
            case Wrong(user):
                told: list[Output] = [Heard(Guessed(user, False))] if user else []
                return [*told, *self._answer(WRONG)]
            case Malformed():
                raise Refusal("That is not what the mechanism says.", 501, "5.5.2")

    def _admit(self, user: str) -> Outputs:
        self._standing.move(Event.LOGIN_ENDED)
        self._logins.user, self._logins.exchange, self._logins.tries = user, None, 0
        return [reply_sent(WELCOME)]

    def _turn_away(self, reply: Reply) -> Outputs:
        """The side above has refused a login; OAUTHBEARER is told why before (RFC 7628 §3.2.2)."""
        step = self._logins.refused() if reply.code < 500 or reply.code == WRONG.code else Wrong()
        return self._log_in(step) if isinstance(step, Challenge) else self._answer(reply)
