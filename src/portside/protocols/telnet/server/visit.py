"""One visit: from the first words to the goodbye, whoever says it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from portside.errors import PortsideError
from portside.protocols.telnet.messages import (
    Control,
    Data,
    Ended,
    Gmcp,
    Message,
    Mssp,
    Option,
    OptionChanged,
    OptionRefused,
    Party,
    Signal,
    Want,
    WindowSize,
)
from portside.protocols.telnet.server.arrival import Arrival
from portside.protocols.telnet.server.keyboard import Key
from portside.protocols.telnet.server.reading import Interrupted, Reading, VisitorLeft
from portside.protocols.telnet.server.screen import Screen
from portside.protocols.telnet.server.terminal import Terminal
from portside.protocols.telnet.server.visitor import Application, TellsOfItself, Visitor
from portside.protocols.telnet.server.wire import Wire

SILENCE = 1.0
"""Seconds for the first answer: from half around the world it is there by then; who knows no Telnet never gives one."""
SETTLING = 3.0
"""Seconds for all answers of those who have given one: then the terminal is as far as it is known."""
AFTER_LEAVING = 5.0
"""Seconds that an application has to put things away when its visitor has left, before it is cut off."""

_KEYS = {Control.EC: Key("backspace", "\x7f"), Control.EL: Key("ctrl-u", "\x15"), Control.EOF: Key("ctrl-d", "\x04")}
_THEIR_LINES = Want(Option.LINEMODE, Party.THEM)
_INTERRUPTS = frozenset({Control.IP, Control.BRK, Control.ABORT})
_log = logging.getLogger("portside.telnet")


class Typing(Enum):
    """Who edits the lines that visitors type."""

    AUTO = "auto"  # we, on terminals that we can draw upon; the others do by themselves
    LINES = "lines"  # their side
    KEYS = "keys"  # we


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every visit.

    ``idle`` seconds without a key end it (None: never). ``first`` are the options asked for, ``variables`` the names
    that are asked for of the environment. ``typing`` says who edits lines.
    """

    application: Application
    first: Sequence[Want] = ()
    variables: Sequence[str] = ()
    charset: str = "utf-8"
    typing: Typing = Typing.AUTO
    idle: float | None = None


class Visit:
    """Hears one visitor, and runs the application for them; it is a ``Side``."""

    __slots__ = (
        "_arrival", "_idling", "_last", "_leaving", "_reading", "_screen", "_settled", "_task", "_terminal", "_terms",
        "_visitor", "_wire",
    )  # fmt: skip

    def __init__(self, wire: Wire, terms: Terms) -> None:
        self._terms = terms
        self._wire = wire
        self._terminal = Terminal(terms.charset, terms.variables)
        self._screen = Screen(wire, self._terminal)
        self._reading = Reading(wire, self._terminal, self._screen)
        self._visitor = Visitor(wire, self._terminal, self._screen, self._reading)
        self._arrival = Arrival(terms.first, terms.variables)
        self._settled = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._idling: asyncio.TimerHandle | None = None
        self._leaving = False
        self._last = 0.0

    def begin(self) -> asyncio.Task[None]:
        """Run the application; the task ends when the visit is over."""
        self._last = asyncio.get_running_loop().time()
        self._task = asyncio.create_task(self._run(), name=f"visit of {self._wire.address}")
        self._mind_idling()
        return self._task

    # -------------------------------------------------------------------------------------- the application

    async def _run(self) -> None:
        try:
            await self._arrive()
            await self._terms.application(self._visitor)
        except VisitorLeft:
            pass
        except Interrupted:
            self._screen.tell("Interrupted. Goodbye.")
        except asyncio.CancelledError:
            if not self._visitor.left:
                raise
            _log.warning("the visit of %s did not end by itself, and was cut off", self._wire.address)
        except Exception as error:
            self._fail(error)
        finally:
            self._depart()

    def _fail(self, error: Exception) -> None:
        if isinstance(error, PortsideError):
            _log.warning("the visit of %s ended: %s", self._wire.address, error)
        else:
            _log.error("the application failed for %s: %r", self._wire.address, error, exc_info=error)
        self._screen.tell("Something went wrong here, and your visit ends. Sorry!")

    def _depart(self) -> None:
        if self._idling is not None:
            self._idling.cancel()
        self._reading.leave(VisitorLeft("the visit is over"))
        self._wire.finish()

    async def _arrive(self) -> None:
        """Learn what their terminal can do, as far as they tell."""
        began = asyncio.get_running_loop().time()
        await self._settle(began)
        self._screen.marks_prompts = self._arrival.spoke
        self._agree_on_typing()
        await self._settle(began)

    def _agree_on_typing(self) -> None:
        """Either we edit lines, or they do: by the keys of their own terminal, where they have LINEMODE."""
        if self._terms.typing is Typing.KEYS or (self._terms.typing is Typing.AUTO and self._terminal.draws):
            self._expect(Want(Option.ECHO, Party.US))
            self._reading.draw()
        elif self._arrival.spoke:
            self._expect(_THEIR_LINES)
            self._wire.say(_THEIR_LINES)

    def _expect(self, want: Want) -> None:
        self._arrival.expect(want)
        self._settled.clear()

    async def _settle(self, began: float) -> None:
        """Wait until everything is answered, or nobody waits any longer."""
        self._mind_settling()
        await self._wait_until(began + SILENCE)
        if self._arrival.spoke:
            await self._wait_until(began + SETTLING)

    async def _wait_until(self, deadline: float) -> None:
        try:
            async with asyncio.timeout_at(deadline):
                await self._settled.wait()
        except TimeoutError:
            _log.debug("%s has not answered everything", self._wire.address)
        if self._reading.left is not None:
            raise VisitorLeft(str(self._reading.left))

    def _mind_settling(self) -> None:
        if self._arrival.settled or self._reading.left is not None:
            self._settled.set()

    # ---------------------------------------------------------------------------------------------- hearing

    def heard(self, message: Message) -> None:
        self._terminal.hear(message)
        for next_words in self._arrival.hear(message):
            self._wire.say(next_words)
        if isinstance(message, Data | Signal):
            self._last = asyncio.get_running_loop().time()
        if self._reading.raw is not None:
            self._reading.raw.heard(message)
        else:
            self._obey(message)
        self._mind_settling()

    def _obey(self, message: Message) -> None:
        match message:
            case Data(data):
                self._reading.heard(data)
            case Signal(kind):
                self._signalled(kind)
            case WindowSize():
                self._resized()
            case Gmcp(package, data) if self._visitor.on_gmcp is not None:
                self._visitor.on_gmcp(package, data)
            case OptionChanged(option, party, on):
                self._changed(option, party, on)
            case OptionRefused(option, Party.US):
                self._reading.refused(option)
            case Ended():
                self._reading.end()

    def _signalled(self, kind: Control) -> None:
        if kind in _KEYS:
            self._reading.press(_KEYS[kind])
        elif kind in _INTERRUPTS:
            self._reading.interrupt()
        elif kind is Control.AYT:
            self._screen.tell("[Yes, this is still here.]")

    def _resized(self) -> None:
        self._screen.resized()
        if self._visitor.on_resize is not None:
            self._visitor.on_resize()

    def _changed(self, option: Option, party: Party, on: bool) -> None:
        if option is Option.MSSP and on and party is Party.US:
            self._tell_of_ourselves()
        elif option is Option.LINEMODE and on:
            self._reading.settle_line_mode()
        elif option is Option.ECHO and party is Party.US and not on:
            self._reading.refused(option)

    def _tell_of_ourselves(self) -> None:
        application = self._terms.application
        if isinstance(application, TellsOfItself):
            told = application.mssp().items()
            values = ((name, (value,) if isinstance(value, str) else tuple(value)) for name, value in told)
            self._wire.say(Mssp(tuple(values)))

    def drained(self) -> None:
        self._wire.drained()
        if self._reading.raw is not None:
            self._reading.raw.drained()

    # -------------------------------------------------------------------------------------------------- end

    def _mind_idling(self) -> None:
        idle = self._terms.idle
        if idle is None or self._reading.left is not None:
            return
        loop = asyncio.get_running_loop()
        due = self._last + idle
        if due > loop.time():
            self._idling = loop.call_at(due, self._mind_idling)
        else:
            self.send_away(f"Nothing was typed for {idle:g} seconds. Goodbye.")

    def send_away(self, goodbye: str) -> None:
        """Say goodbye, and let the application put its things away."""
        self._screen.tell(goodbye)
        self._leave(VisitorLeft(goodbye), None)
        self._wire.finish()

    def lost(self, error: PortsideError | None) -> None:
        if error is not None:
            _log.info("%s", error)
        self._leave(VisitorLeft(str(error or self._wire.cut_off or "the visitor has left")), error)

    def _leave(self, why: VisitorLeft, error: PortsideError | None) -> None:
        self._reading.leave(why)
        self._wire.drained()
        self._settled.set()
        if self._leaving:
            return
        self._leaving = True
        if self._reading.raw is not None:
            self._reading.raw.lost(error)
        if self._task is not None and not self._task.done():
            asyncio.get_running_loop().call_later(AFTER_LEAVING, self._task.cancel)
