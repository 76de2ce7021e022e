"""A program at a pseudo terminal, with its screen as a person would see it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyte

PATIENCE = 20.0
"""Seconds within which something appears."""


@dataclass
class Terminal:
    """What runs there, and what is shown. ``before`` are the terminal's settings as the program found them."""

    process: subprocess.Popen[bytes]
    master: int
    before: list[object]
    screen: pyte.Screen
    stream: pyte.ByteStream
    raw: bytearray = field(default_factory=bytearray)

    @property
    def lines(self) -> list[str]:
        """The screen's lines, without spaces at their ends."""
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self) -> str:
        """All that is shown."""
        return "\n".join(self.lines)

    @property
    def picture(self) -> tuple[list[str], int, int]:
        """What is shown above the last line, and where the cursor is."""
        return self.lines[:-1], self.screen.cursor.x, self.screen.cursor.y

    def _read(self, wait: float) -> bool:
        """Show what has come within ``wait`` seconds; False where nothing comes any more."""
        ready, _, _ = select.select([self.master], [], [], wait)
        if not ready:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:  # nobody holds the other end any more
            return False
        self.raw += data
        self.stream.feed(data)
        return bool(data)

    def wait_for(self, pattern: str) -> None:
        """Return once ``pattern`` (a regular expression; ``^`` and ``$`` are those of lines) is on the screen."""
        end = time.monotonic() + PATIENCE
        while not re.search(pattern, self.text, re.MULTILINE):
            assert time.monotonic() < end and self._read(0.1), f"{pattern!r} did not appear:\n{self.text}"

    def wait_for_same(self, other: Terminal) -> None:
        """Return once both show the same picture: what is shown last may still be on its way to either."""
        end = time.monotonic() + PATIENCE
        while self.picture != other.picture:
            assert time.monotonic() < end, f"{self.picture}\nis not\n{other.picture}"
            self._read(0.05)
            other._read(0.05)

    def type(self, text: str | bytes) -> None:
        """Press these keys."""
        data = text.encode() if isinstance(text, str) else text
        while data:
            data = data[os.write(self.master, data) :]

    def resize(self, rows: int, columns: int) -> None:
        """Give the window another size."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)
        self.process.send_signal(signal.SIGWINCH)

    def wait(self) -> int:
        """Return its exit code once it has ended; what it still shows is read."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < end, f"it does not end:\n{self.text}"
            self._read(0.05)
        while self._read(0.0) and select.select([self.master], [], [], 0)[0]:
            pass
        return self.process.returncode

    def settings(self) -> list[object]:
        """The terminal's own."""
        return termios.tcgetattr(self.master)


@contextlib.contextmanager
def sitting_at(
    command: Sequence[str | Path], *, rows: int = 24, columns: int = 80, environment: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """``command`` at a terminal of its own while the block runs."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    before = termios.tcgetattr(master)

    def take() -> None:
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        [str(word) for word in command],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm", **(environment or {})},
        preexec_fn=take,
    )
    screen = pyte.Screen(columns, rows)
    terminal = Terminal(process, master, before, screen, pyte.ByteStream(screen))
    try:
        yield terminal
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)
        os.close(master)
        os.close(slave)
