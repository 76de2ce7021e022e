"""The server's side of the control connection, and of the data connections that it opens.

A client says who it is (USER, PASS), perhaps after AUTH TLS, and then one command after the other. Each is answered
in its turn; what comes meanwhile waits, in bounded room. Only ABOR, and STAT, are looked for while data passes. The
states, as in ``standing.TRANSITIONS``::

    OUTSIDE ──named──> NAMED ──admitted──> INSIDE          named: USER; admitted: PASS is right
       ^                 │ refused            │ restarted  restarted: REIN, AUTH TLS, another USER
       └─────────────────┴────────────────────┘
    any ──leave──> LEAVING ──lost──> GONE                  leave: QUIT, 421, or they have hung up

Within INSIDE a command may need the side above (``Asked``); until its reply is said it is the one that runs. A
transfer among them says ``Begin`` first, and hears what passes on the data connection (``data``). All that asks no
file and no user is answered right here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from portside.errors import LocalError, RemoteError, TransportError
from portside.interfaces import (
    NOTHING,
    Address,
    Close,
    Door,
    Heard,
    Link,
    Output,
    Outputs,
    Reading,
    Send,
    SendFile,
    StartTls,
    Wake,
)
from portside.protocols.ftp.messages import Data, Reply
from portside.protocols.ftp.rules.answers import answer
from portside.protocols.ftp.rules.intake import Intake
from portside.protocols.ftp.rules.limits import ServerLimits
from portside.protocols.ftp.rules.orders import DataDone, DataFile
from portside.protocols.ftp.rules.policy import Policy, Tls, told
from portside.protocols.ftp.rules.standing import Event, Standing, State
from portside.protocols.ftp.rules.terms import AGREED, Terms
from portside.protocols.ftp.rules.transfers import Transfers
from portside.protocols.ftp.rules.turns import (
    Admit,
    Asked,
    Attempt,
    Begin,
    Break,
    HungUp,
    LoggedOut,
    Meanwhile,
    StatusAsked,
)
from portside.protocols.ftp.syntax.commands import Right, Row, row_of
from portside.protocols.ftp.syntax.lines import parse_command, serialise_reply


class ServerRules:
    """One control connection with its data connections. What is heard and said stands in ``turns``."""

    __slots__ = (
        "_aborted", "_data", "_hung_up", "_intake", "_limits", "_mistakes", "_offset", "_policy", "_reading",
        "_renaming", "_running", "_standing", "_stopping", "_terms",
    )  # fmt: skip

    def __init__(self, policy: Policy | None = None, limits: ServerLimits | None = None) -> None:
        self._policy = policy or Policy()
        self._limits = limits or ServerLimits()
        self._intake = Intake()
        self._standing = Standing(self._policy)
        self._running = ""
        self._data = Transfers(self._policy, self._limits)
        self._mistakes = 0
        self._reading = True
        self._hung_up = self._stopping = self._aborted = False
        self._forget()

    def _forget(self) -> None:
        """As it is before every login."""
        self._terms = Terms()
        self._offset = 0
        self._renaming = False
        self._data.epsv_only = False
        self._data.protected = self._policy.tls is Tls.IMPLICIT

    @property
    def state(self) -> State:
        """Where the control connection stands."""
        return self._standing.state

    # ----------------------------------------------------------------------------------------- the connection

    def opened(self, door: Door | None, now: float) -> Outputs:
        self._data.opened(door)
        login = Wake("login", now + self._limits.login)
        if self._policy.tls is Tls.IMPLICIT:
            self._running = "TLS"
            return [StartTls(), login]
        return [login, *self._send(220, self._policy.banner)]

    def received(self, data: bytes, source: Address | Link | None, now: float) -> Outputs:
        if source is not None:
            return NOTHING if isinstance(source, Address) else self._data.received(data, source)
        if self._standing.over:
            return NOTHING
        self._intake.feed(data)
        return self._go_on(now)

    def _go_on(self, now: float) -> list[Output]:
        """Carry out what waits, until one of them has to be waited for."""
        outputs: list[Output] = []
        while not self._running and not self._standing.over:
            try:
                line = self._intake.next()
                if line is None:
                    break
                outputs += self._hear(line, now)
            except RemoteError as error:
                outputs += self._refuse(error, now)
        outputs += self._overtake()
        outputs += self._mind_the_room()
        if self._hung_up and not self._running and not self._standing.over:
            outputs += self._leave()
        return outputs

    def _overtake(self) -> Outputs:
        """ABOR and STAT do not wait for the end of a transfer (RFC 959 §4.1.3)."""
        if not self._data.running:
            return NOTHING
        if self._intake.holds_abort:
            self._aborted = True
            return self._data.cut(RemoteError("The transfer was stopped, as you wished.", 426))
        if self._intake.begins_with_status:
            self._intake.next()
            return [Heard(StatusAsked())]
        return NOTHING

    def _mind_the_room(self) -> Outputs:
        reading = not self._running or len(self._intake) <= self._limits.waiting
        if reading is self._reading:
            return NOTHING
        self._reading = reading
        return [Reading(reading)]

    def ended(self, link: Link | None, now: float) -> Outputs:
        if link is not None:
            return self._data.ended(link)
        self._hung_up = True
        if self._data.running:
            return self._data.cut(RemoteError("The control connection was closed.", 426))
        if self._running:
            return [Heard(HungUp())]
        return NOTHING if self._standing.over else self._leave()

    def stop(self, now: float) -> Outputs:
        self._stopping = True
        return NOTHING if self._running or self._standing.over else self._dismiss("The server stops.")

    def failed(self, link: Link | None, error: TransportError, now: float) -> Outputs:
        if link is not None:
            return self._lose_data(link, error, now)
        self._standing.move(Event.LOST)
        return NOTHING

    def woke(self, timer: str, now: float) -> Outputs:
        if self._standing.over:
            return NOTHING
        if timer == "login":
            return NOTHING if self._standing.inside else self._dismiss("That took too long: no login came.")
        if timer == "idle":
            again = [Wake("idle", now + self._limits.idle)]
            return again if self._running else self._dismiss("Nothing was said for too long.")
        return self._data.meeting_is_due() if timer == "meeting" else self._data.look(now)

    def secured(self, link: Link | None, door: Door, now: float) -> Outputs:
        if link is not None:
            return self._data.secured(link, door, now)
        self._standing.secure, self._running = True, ""
        if self._policy.tls is Tls.IMPLICIT:
            return [*self._send(220, self._policy.banner), *self._go_on(now)]
        return self._go_on(now)

    # --------------------------------------------------------------------------------------------- commands

    def _hear(self, line: bytes, now: float) -> Outputs:
        command = parse_command(line)
        row = row_of(command.verb)
        if row is None:
            raise RemoteError(f"{command.verb} is not known here; HELP tells what is.", 500)
        self._mistakes = 0
        self._standing.allow(row, protected=self._data.protected)
        try:
            value = row.parse(command.argument)
        except RemoteError as error:
            error.status = 536 if (row.verb, error.status) == ("PROT", 504) else error.status  # RFC 2228 §5
            raise
        renaming, self._renaming = self._renaming, False
        if row.verb == "RNTO" and not renaming:
            raise RemoteError("RNTO follows RNFR.", 503)
        return self._carry_out(row, value, now)

    def _carry_out(self, row: Row, value: Any, now: float) -> Outputs:
        reply = told(row.verb, value, self._policy, self._terms)
        if reply is not None:
            return self._answer(reply, now)
        own = _OWN.get(row.verb)
        if own is not None:
            return own(self, value, now)
        agree = AGREED.get(row.verb)
        if agree is not None:
            self._terms, reply = agree(self._terms, value)
            return self._answer(reply, now)
        self._standing.check(_right_of(row.verb, value))
        return self._ask(row, value)

    def _ask(self, row: Row, value: Any) -> Outputs:
        self._running = row.verb
        offset = self._offset
        if row.data:
            self._offset = 0
            if offset and self._terms.text:
                self._running = ""
                raise RemoteError("REST goes with TYPE I.", 504)
        return [Heard(Asked(row.verb, value, offset, self._terms))]

    def _refuse(self, error: RemoteError, now: float) -> Outputs:
        if error.status == 500:
            self._mistakes += 1
            if self._mistakes >= self._limits.mistakes:
                return self._dismiss("That is not FTP.")
        return self._answer(Reply(error.status or 501, (str(error),)), now)

    # ------------------------------------------------------------------------------------------ what is said

    def say(self, message: Any, now: float) -> Outputs:
        if self._standing.over and not isinstance(message, DataFile):  # whoever asked has left meanwhile
            return NOTHING
        match message:
            case Data(data):
                return self._data.say(data)
            case DataFile(file, offset, count):
                return self._data.say_file(SendFile(file, offset, count))
            case DataDone():
                return self._data.finish()
            case Begin():
                return [*self._data.begin(message, now), *self._overtake()]
            case Reply():
                return [*self._finish(message, now), *self._go_on(now)]
            case Admit():
                return [*self._admit(message, now), *self._go_on(now)]
            case Meanwhile(reply):
                return [Send(serialise_reply(reply))]
            case Break(error):
                return self._data.cut(error)
        raise LocalError(f"a server does not say {message!r}")

    def _finish(self, reply: Reply, now: float) -> Outputs:
        """The command that runs has its reply."""
        if not self._running:
            raise LocalError("a server only answers")
        verb, self._running = self._running, ""
        self._renaming = verb == "RNFR" and reply.code == 350
        if verb == "PASS":
            return self._turn_away(reply)
        return self._answer(reply, now)

    def _answer(self, reply: Reply, now: float) -> Outputs:
        outputs: list[Output] = [Send(serialise_reply(reply))]
        if reply.code == 421:
            return [*outputs, *self._leave()]
        if self._stopping:
            return [*outputs, *self._dismiss("The server stops.")]
        if self._standing.inside:
            outputs.append(Wake("idle", now + self._limits.idle))
        return outputs

    def _send(self, code: int, text: str) -> Outputs:
        return [answer(code, text)]

    def _dismiss(self, why: str) -> Outputs:
        return [*self._send(421, f"{why} Goodbye."), *self._leave()]

    def _leave(self) -> Outputs:
        self._standing.move(Event.LEAVE)
        self._running = ""
        return [*self._data.drop(), Wake("idle", None), Wake("login", None), Close(None, self._limits.linger)]

    # ------------------------------------------------------------------------------------------ who comes in

    def _named(self, user: str, now: float) -> Outputs:
        outputs = self._log_out()
        self._standing.user = user
        self._standing.move(Event.NAMED)
        return [*outputs, *self._send(331, "And the password?")]

    def _password(self, password: str, now: float) -> Outputs:
        if self._standing.state is not State.NAMED:
            raise RemoteError("USER comes before PASS.", 503)
        self._running = "PASS"
        return [Heard(Attempt(self._standing.user, password))]

    def _admit(self, admit: Admit, now: float) -> Outputs:
        self._running = ""
        self._standing.admit(admit.rights)
        return [Wake("login", None), *self._answer(admit.reply, now)]

    def _turn_away(self, reply: Reply) -> Outputs:
        self._standing.move(Event.REFUSED)
        self._standing.tries += 1
        sent = [Send(serialise_reply(reply))]
        if reply.code == 421:
            return [*sent, *self._leave()]
        if self._standing.tries >= self._limits.tries:
            return [*sent, *self._dismiss("Too many logins were wrong.")]
        return [*sent, *(self._dismiss("The server stops.") if self._stopping else ())]

    def _log_out(self) -> list[Output]:
        """Nobody is logged in any more; what was agreed on TLS stays."""
        if not self._standing.inside:
            return []
        protected = self._data.protected
        self._forget()
        self._data.protected = protected
        self._standing.restart()
        return [*self._data.drop(), Heard(LoggedOut())]

    def _restart(self, _: None, now: float) -> Outputs:
        if self._standing.secure:
            raise RemoteError("REIN would leave TLS; QUIT does, too.", 502)
        outputs = self._log_out()
        return [*outputs, Wake("login", now + self._limits.login), *self._send(220, self._policy.banner)]

    def _quit(self, _: None, now: float) -> Outputs:
        return [*self._send(221, "Goodbye."), *self._leave()]

    def _host(self, name: str, now: float) -> Outputs:
        if self._standing.inside:
            raise RemoteError("HOST comes before the login.", 503)
        return self._send(220, self._policy.banner)

    # -------------------------------------------------------------------------------------------------- TLS

    def _start_tls(self, mechanism: str, now: float) -> Outputs:
        self._standing.check_auth(mechanism)
        outputs = self._log_out()
        self._forget()
        self._intake.clear()  # whoever sits in between may have said it (RFC 4217 §15.1)
        self._running = "TLS"
        self._standing.restart()
        return [*outputs, *self._send(234, "Begin TLS."), StartTls()]

    def _protection_buffer(self, size: int, now: float) -> Outputs:
        if not self._standing.secure:
            raise RemoteError("AUTH TLS comes before PBSZ.", 503)
        self._standing.buffered = True
        return self._answer(Reply(200, ("PBSZ=0" if size else "PBSZ is 0.",)), now)

    def _protect(self, level: str, now: float) -> Outputs:
        self._standing.check_level(level)
        self._data.protected = level == "P"
        text = "Data passes over TLS." if level == "P" else "Data passes in the clear."
        return self._answer(Reply(200, (text,)), now)

    # --------------------------------------------------------------------------------------- data connections

    def _passive(self, _: None, now: float) -> Outputs:
        outputs = self._data.wait(extended=False)
        self._running = "PASV"
        return outputs

    def _extended_passive(self, wanted: str, now: float) -> Outputs:
        if wanted == "ALL":
            self._data.epsv_only = True
            return self._answer(Reply(200, ("EPSV only, from now on.",)), now)
        self._data.check_family(wanted)
        outputs = self._data.wait(extended=True)
        self._running = "EPSV"
        return outputs

    def _active(self, address: Address, now: float) -> Outputs:
        outputs = self._data.go_to(address)
        return [*outputs, *self._answer(Reply(200, ("We shall go there.",)), now)]

    def listening(self, link: Link, address: Address, now: float) -> Outputs:
        reply = self._data.listening(link, address)
        return NOTHING if reply is None else [*self._finish(reply, now), *self._go_on(now)]

    def linked(self, link: Link, door: Door, now: float) -> Outputs:
        return self._data.linked(link, door, now)

    def closed(self, link: Link, now: float) -> Outputs:
        return self._data.closed(link)

    def _lose_data(self, link: Link, error: TransportError, now: float) -> Outputs:
        outputs = self._data.failed(link, error)
        if self._running not in ("PASV", "EPSV"):
            return outputs
        reply = Reply(425, ("Nothing is free to listen on; try again later.",))
        return [*outputs, *self._finish(reply, now), *self._go_on(now)]

    def _abort(self, _: None, now: float) -> Outputs:
        stopped, self._aborted = self._aborted, False
        text = "The transfer was stopped." if stopped else "There is no transfer to stop."
        return self._answer(Reply(226 if stopped else 225, (text,)), now)

    def _begin_at(self, offset: int, now: float) -> Outputs:
        self._offset = offset
        return self._answer(Reply(350, (f"The next transfer begins at {offset}.",)), now)


def _right_of(verb: str, value: Any) -> Right | None:
    """The right that it takes only with such an argument."""
    if verb == "STAT" and value.strip():  # it lists, as LIST does
        return Right.LIST
    return Right.CHMOD if verb == "SITE" and value.name == "CHMOD" else None


_Own = Callable[[ServerRules, Any, float], Outputs]
_OWN: Mapping[str, _Own] = {
    "USER": ServerRules._named,
    "PASS": ServerRules._password,
    "REIN": ServerRules._restart,
    "QUIT": ServerRules._quit,
    "HOST": ServerRules._host,
    "AUTH": ServerRules._start_tls,
    "PBSZ": ServerRules._protection_buffer,
    "PROT": ServerRules._protect,
    "PASV": ServerRules._passive,
    "EPSV": ServerRules._extended_passive,
    "PORT": ServerRules._active,
    "EPRT": ServerRules._active,
    "ABOR": ServerRules._abort,
    "REST": ServerRules._begin_at,
}
"""What needs neither a file nor a user's rights."""
