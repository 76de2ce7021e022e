"""Between a visitor and a shell: bytes both ways, signals, the window; each side waits for the other."""

from __future__ import annotations

import asyncio
import os
import termios
from typing import Any

from portside.apps.shell.child import TAKEN_AT_ONCE, Child
from portside.errors import PortsideError
from portside.protocols.telnet.messages import (
    Control,
    Data,
    Ended,
    LineMode,
    Message,
    Option,
    OptionChanged,
    Party,
    Signal,
    WindowSize,
)
from portside.protocols.telnet.server.wire import Wire

MOST_UNTAKEN = 64 * 1024
"""Bytes that wait for a shell which does not read; beyond that, the visitor has to wait, too."""
AHEAD = 16 * 1024
"""Bytes that may wait for the visitor before the shell has to: far below what stops us from hearing the visitor, whose
next word may be ^C."""
BREATH = 0.02
"""Seconds after which we look whether they have left: nobody sees a terminal stand still for so long."""
LAST_WORDS = 0.5
"""Seconds in which they come once a shell has ended: they are in the kernel already."""
ALIVE = b"\r\n[Yes]\r\n"

_FLUSHED = termios.TIOCPKT_FLUSHWRITE
_CHARACTERS = {
    Control.IP: termios.VINTR,
    Control.BRK: termios.VINTR,
    Control.ABORT: termios.VQUIT,
    Control.SUSP: termios.VSUSP,
    Control.EOF: termios.VEOF,
    Control.EC: termios.VERASE,
    Control.EL: termios.VKILL,
}
"""The control functions of Telnet, and the characters that mean them to a terminal (RFC 854, RFC 1184)."""


class Session:
    """Joins a visitor, by what ``Visitor.hand_over`` tells, with a shell. It is a ``Raw``."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._wire: Wire  # from ``begin`` on
        self._loop = asyncio.get_running_loop()
        self._untaken = bytearray()
        self._after_cr = False
        self._reading = False
        self._writing = False
        self._breathing = False  # the shell waits for the visitor
        self._hurrying = False  # a Synch is to be sent
        self._silent = asyncio.Event()  # nothing more comes from the shell's terminal
        self._gone: asyncio.Future[None] = self._loop.create_future()  # the visitor has left

    def begin(self, wire: Wire) -> None:
        self._wire = wire
        self._agree(wire)
        self._read_on()

    async def run(self) -> int | None:
        """Until the shell ends: its exit status; None where the visitor left first."""
        ended = asyncio.ensure_future(self._child.ended())
        either: set[asyncio.Future[Any]] = {ended, self._gone}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if self._gone.done():
            ended.cancel()
            return None
        await self._hear_last_words()
        return ended.result()

    async def _hear_last_words(self) -> None:
        """What the shell had printed: all of it, unless something that it has left behind holds its terminal."""
        while True:
            try:
                async with asyncio.timeout(LAST_WORDS):
                    await self._silent.wait()
                    return
            except TimeoutError:
                if self._reading or self._gone.done():
                    return

    @property
    def reading(self) -> bool:
        """Whether the shell's words are read just now."""
        return self._reading

    def close(self) -> None:
        """Let the terminal go."""
        self._stop_reading()
        if self._writing:
            self._loop.remove_writer(self._child.terminal)
        self._writing = False
        self._silent.set()

    def _agree(self, wire: Wire) -> None:
        """The shell's terminal echoes and edits; each key goes to it at once, and bytes as they are."""
        for option in (Option.ECHO, Option.SGA, Option.BINARY):
            wire.want(option, Party.US)
        for option in (Option.SGA, Option.BINARY):
            wire.want(option, Party.THEM)
        self._mind_line_mode(wire)

    def _mind_line_mode(self, wire: Wire) -> None:
        if wire.on(Option.LINEMODE, Party.THEM):
            wire.say(LineMode())

    # ------------------------------------------------------------------------------------ from the visitor

    def heard(self, message: Message) -> None:
        match message:
            case Data(data):
                self._type(data)
            case Signal(kind):
                self._signal(kind)
            case WindowSize(columns, rows):
                self._child.resize(columns, rows)
            case Ended():
                self._leave()  # whoever sends nothing more to a terminal has closed its window
            case OptionChanged(Option.LINEMODE, Party.THEM, True):
                self._mind_line_mode(self._wire)

    def _signal(self, kind: Control) -> None:
        if kind in _CHARACTERS:
            self._put(self._child.special(_CHARACTERS[kind]))
        elif kind is Control.AO:
            self._child.forget_output()
            self._hurry()
        elif kind is Control.AYT:
            self._wire.send(ALIVE)

    def _type(self, data: bytes) -> None:
        """The end of a line is CR LF on the wire (RFC 854), and the key CR at a terminal."""
        if not self._wire.on(Option.BINARY, Party.THEM):
            if self._after_cr and data[:1] == b"\n":
                data = data[1:]
            self._after_cr = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\r")
        self._put(data)

    def _put(self, data: bytes) -> None:
        self._untaken += data
        if not self._writing:
            self._write()

    def _write(self) -> None:
        """Give the shell what it takes."""
        try:
            taken = os.write(self._child.terminal, self._untaken) if self._untaken else 0
        except BlockingIOError:
            taken = 0
        except OSError:  # it is gone, and its exit status comes
            self._untaken.clear()
            taken = 0
        del self._untaken[:taken]
        self._wait_to_write(bool(self._untaken))
        self._press_back()

    def _wait_to_write(self, wait: bool) -> None:
        if wait and not self._writing:
            self._loop.add_writer(self._child.terminal, self._write)
        elif self._writing and not wait:
            self._loop.remove_writer(self._child.terminal)
        self._writing = wait

    def _press_back(self) -> None:
        if len(self._untaken) > MOST_UNTAKEN:
            self._wire.hold()
        elif not self._untaken:
            self._wire.release()

    # --------------------------------------------------------------------------------------- from the shell

    def _read_on(self) -> None:
        if not self._reading and not self._silent.is_set():
            self._loop.add_reader(self._child.terminal, self._readable)
            self._reading = True

    def _stop_reading(self) -> None:
        if self._reading:
            self._loop.remove_reader(self._child.terminal)
            self._reading = False

    def _readable(self) -> None:
        try:
            packet = os.read(self._child.terminal, TAKEN_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:  # EIO: nobody has the other end open any more
            packet = b""
        if packet:
            self._pass_on(packet)
        else:
            self.close()

    def _pass_on(self, packet: bytes) -> None:
        """RFC 854's Synch for what an interrupt has thrown away; else what was printed."""
        if packet[0] & _FLUSHED:
            self._hurry()
        elif packet[0] == termios.TIOCPKT_DATA:
            self._wire.send(packet[1:])
        if self._wire.pending > AHEAD:
            self._breathe()

    def _hurry(self) -> None:
        """Have the visitor's side throw away what is on its way: by urgent data, which nothing may wait ahead of."""
        self._wire.flush()
        self._hurrying = True
        if not self._breathing:
            self._breathe()

    def _breathe(self) -> None:
        """Let the shell wait until the visitor has read most of what it printed, or all of it."""
        self._breathing = self._wire.pending > (0 if self._hurrying else AHEAD) and not self._gone.done()
        if self._breathing:
            self._stop_reading()
            self._loop.call_later(BREATH, self._breathe)
            return
        if self._hurrying:
            self._hurrying = False
            self._wire.say(Signal(Control.SYNCH))
        self._read_on()

    def drained(self) -> None:
        """We never say so much ahead that we would be told."""

    def lost(self, error: PortsideError | None) -> None:  # noqa: ARG002 - the log has it already
        self._leave()

    def _leave(self) -> None:
        self.close()
        if not self._gone.done():
            self._gone.set_result(None)
