"""The terminal that we sit at, set for each way of typing, and put right again whatever happens.

Three facts decide how keys are taken (RFC 1184 §2.2, and what clients did before): whether lines are edited here,
whether ^C and its like are signals here, and whether what is typed is shown here.
"""

from __future__ import annotations

import atexit
import os
import signal
import termios
from dataclasses import dataclass
from types import FrameType
from typing import Any

from portside.protocols.telnet.messages import WindowSize

FATAL = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""Signals that end us, after the terminal was put right."""
_IFLAG, _OFLAG, _CFLAG, _LFLAG, _CC = 0, 1, 2, 3, 6
_NO_CHARACTER = b"\0"


@dataclass(frozen=True, slots=True)
class Manner:
    """How keys are taken: ``edit`` lines here, ``trap`` signals here, ``echo`` here; ``binary``: bits as they are."""

    edit: bool
    trap: bool
    echo: bool
    binary: bool = False


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
        """As it was before."""
        if self._set:
            self._set = False
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def close(self) -> None:
        """As it was before, for good."""
        self.restore()
        atexit.unregister(self.restore)
        for number, before in self._before_signals.items():
            signal.signal(number, before)
        self._before_signals.clear()

    def suspend(self) -> None:
        """Stop, as the shell's job control has it; returns when we go on, and the terminal has to be set again."""
        self.restore()
        os.kill(0, signal.SIGSTOP)

    def character(self, name: int) -> int:
        """The terminal's own key for a function (``termios.VINTR`` ...); 0: none."""
        key = self._before[_CC][name]
        return key[0] if isinstance(key, bytes) else int(key)


def _arrange(settings: list[Any], manner: Manner, escape: bytes) -> None:
    on_off = {termios.ICANON: manner.edit, termios.ISIG: manner.trap, termios.ECHO: manner.echo}
    for flag, on in on_off.items():
        settings[_LFLAG] = settings[_LFLAG] | flag if on else settings[_LFLAG] & ~flag
    characters = settings[_CC]
    if manner.edit:
        characters[termios.VEOL] = escape or _NO_CHARACTER
        return
    settings[_LFLAG] &= ~termios.IEXTEN
    settings[_IFLAG] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON)
    settings[_OFLAG] &= ~termios.OPOST
    characters[termios.VMIN], characters[termios.VTIME] = 1, 0
    if manner.binary:
        settings[_IFLAG] &= ~termios.ISTRIP
        settings[_CFLAG] = (settings[_CFLAG] & ~(termios.CSIZE | termios.PARENB)) | termios.CS8


def window(descriptor: int = 1) -> WindowSize | None:
    """The window of the terminal at ``descriptor``; None where it is none."""
    try:
        size = os.get_terminal_size(descriptor)
    except OSError:
        return None
    return WindowSize(min(size.columns, 65535), min(size.lines, 65535))
