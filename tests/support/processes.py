"""Processes under test: everything they say is kept, every wait has an end, and none outlives its test.

Each of a process's two outputs is read by a thread of its own, so that the process never stands still
because nobody listens. What it said is also in a file, to be looked at after a failure.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Literal

Output = Literal["stdout", "stderr"]

READY_TIMEOUT = 20.0
"""Seconds for a process to say that it is ready: far more than it takes on a busy machine."""

STOP_TIMEOUT = 30.0
"""Seconds from SIGTERM to SIGKILL: longer than any server lets its visitors finish."""

GRANDCHILDREN = 1.0
"""Seconds in which an output ends after its process, unless somebody whom that started keeps it open."""


class Said:
    """What a process has said on one output, while it is still speaking."""

    def __init__(self, pipe: IO[bytes], file: Path) -> None:
        self.file = file
        self._pipe = pipe
        self._data = bytearray()
        self._ended = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True, name=f"reader of {file.name}")
        self._reader.start()

    def _read(self) -> None:
        with self._pipe, self.file.open("wb", buffering=0) as copy:
            while not self._ended:
                self._take(copy)

    def _take(self, copy: IO[bytes]) -> None:
        """Wait for a piece and keep it. In one step with that it leaves the pipe, so that it is in one of the two."""
        readable = select.poll()
        readable.register(self._pipe)
        readable.poll()
        with self._changed:
            piece = os.read(self._pipe.fileno(), 65536)
            copy.write(piece)
            self._data += piece
            self._ended = not piece
            self._changed.notify_all()

    @property
    def text(self) -> str:
        with self._changed:
            return self._data.decode("utf-8", "backslashreplace")

    def wait_for(self, pattern: str, timeout: float) -> re.Match[str] | None:
        """The first match in what was said; None where the output, or the time, ends without one."""
        compiled = re.compile(pattern, re.MULTILINE)
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                if match := compiled.search(self._data.decode("utf-8", "backslashreplace")):
                    return match
                if self._ended or not self._changed.wait(deadline - time.monotonic()):
                    return None

    def finish(self) -> None:
        """Wait till all is read that was said before. A grandchild may keep the output open; that is no matter."""
        self._reader.join(GRANDCHILDREN)
        with self._changed:
            assert self._changed.wait_for(lambda: self._ended or not self._waits(), READY_TIMEOUT)

    def _waits(self) -> bool:
        """Whether something in the pipe is still to be read."""
        return bool(int.from_bytes(fcntl.ioctl(self._pipe, termios.FIONREAD, bytes(4)), sys.byteorder))


class Running:
    """A started process. ``stdout`` and ``stderr`` are what it has said until now."""

    def __init__(
        self,
        arguments: Sequence[str | Path],
        folder: Path,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        pass_fds: Sequence[int] = (),
        input: bool = False,
    ) -> None:
        """``env`` is added to ours; ``folder`` receives what is said; with ``input``, ``tell`` may be used."""
        self.arguments = [str(argument) for argument in arguments]
        self.popen = subprocess.Popen(
            self.arguments,
            stdin=subprocess.PIPE if input else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            pass_fds=pass_fds,
        )
        assert self.popen.stdout is not None
        assert self.popen.stderr is not None
        stem = f"{Path(self.arguments[0]).name}-{self.popen.pid}"
        self._said = {
            "stdout": Said(self.popen.stdout, folder / f"{stem}.stdout"),
            "stderr": Said(self.popen.stderr, folder / f"{stem}.stderr"),
        }

    def __str__(self) -> str:
        state = "still runs" if self.popen.poll() is None else f"has ended with {self.popen.returncode}"
        return f"{' '.join(self.arguments)} {state}\nstdout: {self.stdout[-4000:]}\nstderr: {self.stderr[-4000:]}"

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def stdout(self) -> str:
        return self._said["stdout"].text

    @property
    def stderr(self) -> str:
        return self._said["stderr"].text

    def wait_for_line(self, pattern: str, timeout: float = READY_TIMEOUT, output: Output = "stdout") -> re.Match[str]:
        """The first match of ``pattern`` (``^`` and ``$`` are a line's) in what the process has said, or will say."""
        match = self._said[output].wait_for(pattern, timeout)
        if match is None:
            raise AssertionError(f"{pattern!r} was not said within {timeout:g} s on {output}: {self}")
        return match

    def tell(self, data: bytes) -> None:
        """Write to its standard input."""
        assert self.popen.stdin is not None, "started without input"
        self.popen.stdin.write(data)
        self.popen.stdin.flush()

    def hang_up(self) -> None:
        """End its standard input."""
        assert self.popen.stdin is not None, "started without input"
        self.popen.stdin.close()

    def signal(self, number: signal.Signals) -> None:
        self.popen.send_signal(number)

    def wait(self, timeout: float = READY_TIMEOUT) -> int:
        """Its exit code; negative is the number of the signal that ended it. All that it said has been read."""
        try:
            code = self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it should have ended within {timeout:g} s: {self}") from None
        self._finish()
        return code

    def stop(self, timeout: float = STOP_TIMEOUT) -> int:
        """End it by SIGTERM, after ``timeout`` seconds by SIGKILL; its exit code."""
        self.popen.terminate()
        try:
            self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self.popen.kill()
        return self.wait()

    def _finish(self) -> None:
        for said in self._said.values():
            said.finish()
        if self.popen.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # what it no longer wanted to read is no matter
                self.popen.stdin.close()


@contextlib.contextmanager
def running(arguments: Sequence[str | Path], folder: Path, **options: object) -> Iterator[Running]:
    """A process for as long as the block runs; options as for ``Running``."""
    process = Running(arguments, folder, **options)  # type: ignore[arg-type]
    try:
        yield process
    finally:
        process.stop()


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not yet waited for does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"
