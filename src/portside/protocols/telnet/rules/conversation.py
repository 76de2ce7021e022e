"""One side of a Telnet conversation: a stream of data with commands in it, and what both have agreed upon.

What comes in is taken apart into runs of data and commands (``syntax.scanning``). Data goes up as it is; requests for
options go through the Q-method (``qmethod``); each subnegotiation goes to its topic. Three things are subtle:

- *Synch* (RFC 854). TCP's urgent notice comes ahead of the data. From then on data is thrown away and commands are
  obeyed, up to the data mark. A data mark without a notice says nothing.
- *Compression* (MCCP2). It begins right behind a command, in the middle of what was read, and so it ends. What is
  unpacked is handed up in pieces; where more is left, reading stops until it has been (``Wake`` with no wait).
- *Modes of data*. BINARY changes how CR is read from where the option changes in each direction.

::

    OPEN ──finish──> CLOSED      finish: their end, our stop, an error of theirs, or the stream is lost
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Any

from portside.errors import LimitExceeded, LocalError, PortsideError, RemoteError, TransportError
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
    Reading,
    Role,
    Send,
    Wake,
)
from portside.protocols.telnet import messages as said
from portside.protocols.telnet.messages import Compressing, Control, Data, Malformed, Message, Option, Party, Signal
from portside.protocols.telnet.rules.allowance import Allowance
from portside.protocols.telnet.rules.charset import Charset
from portside.protocols.telnet.rules.environment import EnvironmentTopic
from portside.protocols.telnet.rules.linemode import Linemode
from portside.protocols.telnet.rules.negotiation import Negotiation
from portside.protocols.telnet.rules.policy import Policy
from portside.protocols.telnet.rules.qmethod import Options
from portside.protocols.telnet.rules.standing import Standing, Topic
from portside.protocols.telnet.rules.status import Status
from portside.protocols.telnet.rules.terminal import Terminal
from portside.protocols.telnet.rules.wire import INFLATED_AT_ONCE, Inflater, Outgoing
from portside.protocols.telnet.rules.worlds import Worlds
from portside.protocols.telnet.syntax.commands import IAC, from_wire, serialise_control, to_wire
from portside.protocols.telnet.syntax.scanning import Command, Ending, Request, Run, Scanner, Subnegotiation

LINGER = 1.0
"""Seconds that the other side has to read our last words before the connection goes."""
UNPACK = "unpack"
"""The timer by which unpacking goes on; it waits for nothing but the others' turn."""

_CONTROLS = {control.value: control for control in Control}
_OPTIONS = {option.value: option for option in Option}
_FREE = frozenset({Option.GMCP.value, Option.NAWS.value})
"""Subnegotiations that come as often as data does, and are never answered."""


class State(Enum):
    """Where a conversation stands."""

    OPEN = auto()
    CLOSED = auto()


class Event(Enum):
    """What moves it on."""

    FINISH = auto()


TRANSITIONS: Mapping[State, Mapping[Event, State]] = {
    State.OPEN: {Event.FINISH: State.CLOSED},
    State.CLOSED: {Event.FINISH: State.CLOSED},
}


class TelnetRules:
    """Hears ``messages.Hearable``, says ``messages.Sayable``; one class for both sides of the port.

    ``say`` raises ``LocalError`` for what may not be said now: a question about an option that is not on, EOR without
    its option, GA where it is suppressed. Nothing is said any more once the conversation is closed. ``urgent`` is
    called by the engine.
    """

    def __init__(self, role: Role, policy: Policy) -> None:
        self._policy = policy
        self._options = Options()
        self._out = Outgoing()
        standing = Standing(role, policy, self._options, self._out)
        self._negotiation = Negotiation(standing, self._changed)
        self._topics, self._sayings = _topics(standing, self._negotiation)
        self._sayings |= {Data: self._say_data, Signal: self._say_signal, said.PromptEnd: self._end_prompt}
        self._allowance = Allowance(policy.negotiations_at_once, policy.negotiations_per_second)
        self._scanner = Scanner(policy.longest_subnegotiation)
        self._state = State.OPEN
        self._hurrying = False
        self._after_cr = False
        self._their_binary = False
        self._inflater: Inflater | None = None
        self._held = False  # we read no further before what has come in is unpacked
        self._later = b""
        self._their_end = False

    @property
    def state(self) -> State:
        """Where the conversation stands."""
        return self._state

    @property
    def hurrying(self) -> bool:
        """Whether data is thrown away until a data mark comes."""
        return self._hurrying

    def on(self, option: Option, party: Party) -> bool:
        """Whether an option is on, on our side or on theirs."""
        return self._options.on(option, party)

    def negotiating(self, option: Option, party: Party) -> bool:
        """Whether our request for it has not been answered yet."""
        return self._options.negotiating(option, party)

    # ----------------------------------------------------------------------------------------- what comes in

    def opened(self, door: Door | None, now: float) -> Outputs:
        return [output for want in self._policy.first for output in self._negotiation.want(want)]

    def received(self, data: bytes, source: Address | Link | None, now: float) -> Outputs:
        if self._state is State.CLOSED:
            return NOTHING
        if self._held:
            self._later += data  # what one more read brings
            return NOTHING
        return self._take(data, now)

    def urgent(self, now: float) -> Outputs:
        """The other side hurries us: what is data is thrown away from here to its data mark."""
        self._hurrying = True
        return NOTHING

    def woke(self, timer: str, now: float) -> Outputs:
        if self._state is State.CLOSED:
            return NOTHING
        later, self._later = self._later, b""
        return self._take(later, now)

    def ended(self, link: Link | None, now: float) -> Outputs:
        self._their_end = True
        return NOTHING if self._held else self._end()

    def linked(self, link: Link, door: Door, now: float) -> Outputs:
        raise LocalError("Telnet opens no second connection")

    def failed(self, link: Link | None, error: TransportError, now: float) -> Outputs:
        self._move(Event.FINISH)
        return NOTHING

    def stop(self, now: float) -> Outputs:
        if self._state is State.CLOSED:
            return NOTHING
        self._move(Event.FINISH)
        ending = [self._out.finish()] if self._out.compressing else []
        return [*ending, Close(linger=LINGER)]

    def _end(self) -> Outputs:
        """The other side has said all that it wanted to."""
        if self._state is State.CLOSED:
            return NOTHING
        if self._policy.half_close:
            return [Heard(said.Ended())]
        self._move(Event.FINISH)
        return [Close()]

    def _move(self, event: Event) -> None:
        self._state = TRANSITIONS[self._state][event]

    # ------------------------------------------------------------------------------------ plain or compressed

    def _take(self, data: bytes, now: float) -> Outputs:
        outputs: list[Output] = []
        try:
            self._hold(self._read_on(data, outputs, now), outputs, now)
        except RemoteError as error:
            outputs += self._break(error)
        return outputs

    def _read_on(self, data: bytes, outputs: list[Output], now: float) -> bool:
        """Read ``data``; whether there is more to be read that has come in already."""
        if self._inflater is None:
            data = self._read(data, outputs, now)
        if self._inflater is None:
            return False
        self._inflater.add(data)
        return self._unpack(self._inflater, outputs, now)

    def _unpack(self, inflater: Inflater, outputs: list[Output], now: float) -> bool:
        piece = inflater.unpack()
        self._read(piece, outputs, now)
        if not inflater.ended:
            return len(piece) == INFLATED_AT_ONCE
        self._inflater, self._later = None, inflater.take_rest()
        outputs.append(Heard(Compressing(Party.THEM, False)))
        return bool(self._later)

    def _hold(self, more: bool, outputs: list[Output], now: float) -> None:
        """Go on in a moment where there is more; until then, read nothing."""
        if more:
            outputs += [Wake(UNPACK, now)] if self._held else [Reading(False), Wake(UNPACK, now)]
        elif self._held:
            outputs += self._end() if self._their_end else [Reading(True)]
        self._held = more

    def _break(self, error: PortsideError) -> Outputs:
        self._move(Event.FINISH)
        return [Fault(error), Close()]

    # ---------------------------------------------------------------------------------------- data and commands

    def _read(self, data: bytes, outputs: list[Output], now: float) -> bytes:
        """Hear ``data``, and return what stands behind the beginning of compression."""
        scanner = self._scanner
        if scanner.between and IAC not in data:
            self._hear_data(data, outputs)
            return b""
        base, unpacking = scanner.at, self._inflater
        for token in scanner.scan(data):
            kind = type(token)
            if kind is Run:
                self._hear_data(token.data, outputs)  # type: ignore[union-attr]
            elif kind is Subnegotiation:
                self._hear_subnegotiation(token, outputs, now)  # type: ignore[arg-type]
                if self._inflater is not unpacking:
                    return data[token.stop - base :]
            elif kind is Request:
                self._allowance.spend(now)
                outputs += self._negotiation.hear(token.verb, token.option)  # type: ignore[union-attr]
            else:
                self._hear_command(token, outputs)  # type: ignore[arg-type]
        return b""

    def _hear_data(self, data: bytes, outputs: list[Output]) -> None:
        if self._hurrying:
            return
        if not self._their_binary:
            data, self._after_cr = from_wire(data, after_cr=self._after_cr)
        if data:
            outputs.append(Heard(Data(data)))

    def _hear_command(self, command: Command, outputs: list[Output]) -> None:
        control = _CONTROLS.get(command.code)
        if control is None or (control is Control.SYNCH and not self._hurrying):
            return  # RFC 854 gives no other command a meaning
        if control is Control.SYNCH:
            self._hurrying = self._after_cr = False
        outputs.append(Heard(Signal(control)))

    def _hear_subnegotiation(self, token: Subnegotiation, outputs: list[Output], now: float) -> None:
        if token.ending is Ending.TOO_LONG:
            raise LimitExceeded(f"a subnegotiation is longer than {self._policy.longest_subnegotiation:,} bytes")
        if token.option not in _FREE:
            self._allowance.spend(now)
        option = _OPTIONS.get(token.option)
        if option is None:
            return  # it was refused, so nobody here knows what it means
        try:
            outputs += self._heard(option, token)
        except RemoteError as error:
            outputs.append(Heard(Malformed(option, str(error))))

    def _heard(self, option: Option, token: Subnegotiation) -> Outputs:
        if token.ending is Ending.BROKEN_OFF:
            raise RemoteError("it broke off")
        if option is Option.MCCP2:
            return self._begin_unpacking()
        if option not in self._topics:
            raise RemoteError("there is nothing to be said about it")
        return self._topics[option].heard(option, token.payload)

    def _begin_unpacking(self) -> Outputs:
        if self._inflater is not None or not self._options.on(Option.MCCP2, Party.THEM):
            raise RemoteError("it was not agreed upon, or has begun already")
        self._inflater = Inflater()
        return [Heard(Compressing(Party.THEM, True))]

    def _changed(self, option: Option, party: Party, on: bool) -> Outputs:
        """An option is on, or off, from here on: what follows from it."""
        if option is Option.BINARY and party is Party.THEM:
            self._their_binary, self._after_cr = on, False
        if option is Option.MCCP2 and party is Party.US:
            return [self._out.compress() if on else self._out.finish(), Heard(Compressing(Party.US, on))]
        topic = self._topics.get(option)
        return NOTHING if topic is None else topic.changed(option, party, on=on)

    # ---------------------------------------------------------------------------------------- our side says

    def say(self, message: Message, now: float) -> Outputs:
        if self._state is State.CLOSED:
            return NOTHING
        saying = self._sayings.get(type(message))
        if saying is None:
            raise LocalError(f"{type(message).__name__} is heard, and not said")
        return saying(message)

    def _say_data(self, message: Data) -> Outputs:
        if not message.data:
            return NOTHING
        return [self._out.send(to_wire(message.data, binary=self._options.on(Option.BINARY, Party.US)))]

    def _say_signal(self, message: Signal) -> Outputs:
        kind = message.kind
        if kind is Control.GA and self._options.on(Option.SGA, Party.US):
            raise LocalError("go ahead is suppressed")
        if kind is Control.EOR and not self._options.on(Option.EOR, Party.US):
            raise LocalError("the end of a record is said only where EOR is on, on our side")
        sent = self._out.send(serialise_control(kind))
        urgent = kind is Control.SYNCH and not self._out.compressing  # its mark would be within compressed bytes
        return [Send(sent.data, urgent=True)] if urgent else [sent]

    def _end_prompt(self, message: said.PromptEnd) -> Outputs:
        if self._options.on(Option.EOR, Party.US):
            return self._say_signal(Signal(Control.EOR))
        return NOTHING if self._options.on(Option.SGA, Party.US) else self._say_signal(Signal(Control.GA))


Sayings = dict[type, Callable[[Any], Outputs]]
"""What is done to say a message, by its type."""


def _topics(standing: Standing, negotiation: Negotiation) -> tuple[Mapping[Option, Topic], Sayings]:
    """Who hears about which option, and who says what."""
    terminal, environment = Terminal(standing), EnvironmentTopic(standing)
    charset, linemode = Charset(standing), Linemode(standing)
    status, worlds = Status(standing), Worlds(standing)
    topics: dict[Option, Topic] = dict.fromkeys((Option.NAWS, Option.TTYPE, Option.TSPEED, Option.LFLOW), terminal)
    topics |= {Option.NEW_ENVIRON: environment, Option.CHARSET: charset, Option.LINEMODE: linemode}
    topics |= {Option.STATUS: status, Option.GMCP: worlds, Option.MSSP: worlds}
    sayings: Sayings = {
        said.Want: negotiation.want,
        said.TimingMark: negotiation.ask_mark,
        said.WindowSize: terminal.say_window,
        said.AskTerminalTypes: terminal.ask_types,
        said.TerminalTypes: terminal.say_types,
        said.AskTerminalSpeed: terminal.ask_speed,
        said.TerminalSpeed: terminal.say_speed,
        said.FlowControl: terminal.say_flow,
        said.AskEnvironment: environment.ask,
        said.Environment: environment.say,
        said.AskCharset: charset.ask,
        said.LineMode: linemode.say_mode,
        said.SpecialCharacters: linemode.say_characters,
        said.AskStatus: status.ask,
        said.Gmcp: worlds.say_gmcp,
        said.Mssp: worlds.say_mssp,
    }
    return topics, sayings
