"""The terminal that we sit at, set for each way of typing, and put right again whatever happens.

Three facts decide how keys are taken (RFC 1184 §2.2, and what clients did before): whether lines are edited here,
whether ^C and its like are signals here, and whether what is typed is shown here.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any

from portside.protocols.telnet.messages import Flow, Function, Level, SpecialCharacter, WindowSize

FATAL = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""Signals that end us, after the terminal was put right."""
_IFLAG, _OFLAG, _CFLAG, _LFLAG, _CC = 0, 1, 2, 3, 6
_NO_CHARACTER = b"\0"
KEYS: Mapping[Function, int] = {
    Function.IP: termios.VINTR,
    Function.ABORT: termios.VQUIT,
    Function.EOF: termios.VEOF,
    Function.SUSP: termios.VSUSP,
    Function.EC: termios.VERASE,
    Function.EL: termios.VKILL,
    Function.EW: termios.VWERASE,
    Function.RP: termios.VREPRINT,
    Function.LNEXT: termios.VLNEXT,
    Function.XON: termios.VSTART,
    Function.XOFF: termios.VSTOP,
}
"""Which of the terminal's keys has which of LINEMODE's functions (RFC 1184 §2.4)."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How keys are taken: ``edit`` lines here, ``trap`` signals here, ``echo`` here; ``binary``: bits as they are.

    ``flow``: whether ^S and ^Q work here, where the server has said so (RFC 1372); ``keys``: those that it wants for
    LINEMODE's functions, 0: none.
    """

    edit: bool
    trap: bool
    echo: bool
    binary: bool = False
    flow: Flow | None = None
    keys: tuple[tuple[Function, int], ...] = ()


class Tty:
    """The terminal at ``descriptor``. ``restore`` puts it right; so does any way in which the program ends."""

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._before = termios.tcgetattr(descriptor)
        self._before_signals: dict[signal.Signals, Any] = {}
        self._set = False
        atexit.register(self.restore)
        for number in FATAL:
            self._before_signals[number] = signal.signal(number, self._end)

    def _end(self, number: int, frame: FrameType | None) -> None:
        self.restore()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def set(self, manner: Manner, escape: bytes = b"") -> None:
        """Take keys in this manner. In lines, the ``escape`` character ends one, so that it is seen at once."""
        settings = [list(each) if isinstance(each, list) else each for each in self._before]
        _arrange(settings, manner, escape)
        self._set = True
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, settings)

    def restore(self) -> None:
        """As it was before, at once: to wait for a terminal that was stopped (^S) would take for ever."""
        if self._set:
            self._set = False
            with contextlib.suppress(termios.error):  # it is gone: nobody misses its settings
                termios.tcsetattr(self._descriptor, termios.TCSANOW, self._before)

    def close(self) -> None:
        """As it was before, for good."""
        self.restore()
        atexit.unregister(self.restore)
        for number, before in self._before_signals.items():
            signal.signal(number, before)
        self._before_signals.clear()

    def end(self, number: signal.Signals) -> None:
        """End by this signal, as if nobody had handled it."""
        self._end(number, None)


def characters(descriptor: int = 0) -> tuple[SpecialCharacter, ...]:
    """The keys of the terminal at ``descriptor``, as LINEMODE tells them; none where it is none."""
    try:
        keys = termios.tcgetattr(descriptor)[_CC]
    except termios.error:
        return ()
    return tuple(
        SpecialCharacter(function, Level.VALUE, keys[name][0])
        for function, name in KEYS.items()
        if isinstance(keys[name], bytes) and keys[name] != _NO_CHARACTER
    )


def _arrange(settings: list[Any], manner: Manner, escape: bytes) -> None:
    on_off = {termios.ICANON: manner.edit, termios.ISIG: manner.trap, termios.ECHO: manner.echo}
    for flag, on in on_off.items():
        settings[_LFLAG] = settings[_LFLAG] | flag if on else settings[_LFLAG] & ~flag
    _mind_flow(settings, manner.flow)
    characters = settings[_CC]
    for function, key in manner.keys:
        if function in KEYS and bytes((key,)) != escape:  # nobody takes away the way out
            characters[KEYS[function]] = bytes((key,))
    if manner.edit:
        characters[termios.VEOL] = escape or _NO_CHARACTER
        return
    settings[_LFLAG] &= ~termios.IEXTEN
    settings[_IFLAG] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR)
    settings[_OFLAG] &= ~termios.OPOST
    characters[termios.VMIN], characters[termios.VTIME] = 1, 0
    if manner.binary:
        settings[_IFLAG] &= ~termios.ISTRIP
        settings[_CFLAG] = (settings[_CFLAG] & ~(termios.CSIZE | termios.PARENB)) | termios.CS8


def _mind_flow(settings: list[Any], flow: Flow | None) -> None:
    """Without a word from the server ^S and ^Q are ours in lines, and keys like others elsewhere."""
    if flow is None and settings[_LFLAG] & termios.ICANON:
        return
    settings[_IFLAG] &= ~(termios.IXON | termios.IXANY)
    if flow is not None and flow is not Flow.OFF:
        settings[_IFLAG] |= termios.IXON | (termios.IXANY if flow is Flow.RESTART_ANY else 0)


def window(descriptor: int = 1) -> WindowSize | None:
    """The window of the terminal at ``descriptor``; None where it is none."""
    try:
        size = os.get_terminal_size(descriptor)
    except OSError:
        return None
    return WindowSize(min(size.columns, 65535), min(size.lines, 65535))
