"""A shell as a process with a terminal of its own (a pty), and how it ends.

Closing our end of the terminal hangs it up: the kernel sends SIGHUP to the shell and to what runs in front. Whatever
does not end by that is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import pty
import signal
import struct
import termios
import threading
from collections.abc import Mapping

from portside.apps.shell.environment import Owner
from portside.errors import LocalError

AFTER_HANGUP = 3.0
"""Seconds from SIGHUP to SIGKILL: editors write their recovery files in them."""
TAKEN_AT_ONCE = 64 * 1024
"""Bytes of one read."""

_ENTER = 'cd "$HOME" 2>/dev/null; exec "$SHELL" -l'
"""What the first process does: it stands at home, and becomes the user's own shell. It holds no word of a visitor."""
_DEFAULTS = [number for number in signal.valid_signals() if number not in (signal.SIGKILL, signal.SIGSTOP)]
_IUTF8 = getattr(termios, "IUTF8", 0o40000)
_log = logging.getLogger("portside.shell")


class Child:
    """One shell. ``terminal`` is our end of its pty, in packet mode: each read says what it is in its first byte."""

    def __init__(self, user: Owner, environment: Mapping[str, str], columns: int, rows: int) -> None:
        """Start it. Raises ``LocalError`` where the system gives neither a terminal nor a process."""
        try:
            self.terminal, theirs = pty.openpty()
        except OSError as error:
            raise LocalError(f"the system has no terminal left for a shell: {error.strerror}") from error
        try:
            self._prepare(columns, rows)
            self.pid = _spawn(os.ttyname(theirs), environment)
        except OSError as error:
            os.close(self.terminal)
            raise LocalError(f"the shell {user.shell} cannot be started: {error.strerror}") from error
        finally:
            os.close(theirs)
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[int] = self._loop.create_future()
        threading.Thread(target=self._watch, daemon=True, name=f"waits for shell {self.pid}").start()

    def _prepare(self, columns: int, rows: int) -> None:
        os.set_blocking(self.terminal, False)
        fcntl.ioctl(self.terminal, termios.TIOCPKT, struct.pack("i", 1))
        settings = termios.tcgetattr(self.terminal)
        settings[0] |= _IUTF8
        termios.tcsetattr(self.terminal, termios.TCSANOW, settings)
        self.resize(columns, rows)

    # ----------------------------------------------------------------------------------------- its terminal

    def resize(self, columns: int, rows: int) -> None:
        """The window has another size; what runs in front is told by SIGWINCH."""
        with contextlib.suppress(OSError):
            fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def special(self, which: int) -> bytes:
        """The character that has a meaning of its own there, such as ``termios.VINTR``; empty where it is off."""
        try:
            character = termios.tcgetattr(self.terminal)[6][which]
        except termios.error:
            return b""
        return character if isinstance(character, bytes) and character != b"\0" else b""

    def forget_output(self) -> None:
        """What was printed and has not been read is thrown away."""
        with contextlib.suppress(termios.error):
            termios.tcflush(self.terminal, termios.TCIFLUSH)

    # ------------------------------------------------------------------------------------------------- end

    def _watch(self) -> None:
        """In a thread: wait until it has ended, and leave it to the loop to take it, so that no number is reused."""
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        with contextlib.suppress(RuntimeError):  # the loop is gone, and we with it
            self._loop.call_soon_threadsafe(self._take)

    def _take(self) -> None:
        _, status = os.waitpid(self.pid, 0)
        self._ended.set_result(os.waitstatus_to_exitcode(status))

    async def ended(self) -> int:
        """Its exit status; below 0 the signal that ended it."""
        return await asyncio.shield(self._ended)

    async def hang_up(self) -> None:
        """Close its terminal, and see to it that it ends.

        The kernel's SIGHUP has to be the only one: at a second one bash ends before it has told its jobs of the first.
        """
        in_front = self._in_front()
        os.close(self.terminal)
        if self._ended.done():
            return
        try:
            async with asyncio.timeout(AFTER_HANGUP):
                await self.ended()
        except TimeoutError:
            _log.warning("the shell %d did not end by itself, and is killed", self.pid)
            self._kill(in_front)
            await self.ended()
        except asyncio.CancelledError:  # nobody has the time
            self._kill(in_front)
            raise

    def _kill(self, in_front: int) -> None:
        self._signal(signal.SIGKILL, self.pid)
        if in_front > 0 and in_front != self.pid:
            self._signal(signal.SIGKILL, in_front)

    def _in_front(self) -> int:
        try:
            return os.tcgetpgrp(self.terminal)
        except OSError:
            return 0

    def _signal(self, number: signal.Signals, group: int) -> None:
        """To a process group of the shell's session; while the shell has not been taken, its number is its own."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def _spawn(terminal: str, environment: Mapping[str, str]) -> int:
    """The process: a session of its own, whose terminal is the first that it opens."""
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, terminal, os.O_RDWR, 0),
        (os.POSIX_SPAWN_DUP2, 0, 1),
        (os.POSIX_SPAWN_DUP2, 0, 2),
    ]
    return os.posix_spawn(
        "/bin/sh", ["sh", "-c", _ENTER], environment,
        file_actions=actions, setsid=True, setsigmask=[], setsigdef=_DEFAULTS,
    )  # fmt: skip
