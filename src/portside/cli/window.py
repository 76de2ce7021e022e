"""The window of a running server or client: a page of its own, in a process of its own.

What this process says is recorded to a private file, which the other one reads as it grows and shows. So the
conversation itself pays for a record, and nothing that goes wrong with the page reaches it. To read and explain all of
that is work of its own, done on a processor that is free, or else in second place (``watch.NICE``): where there is but
one, the page slows down what it shows. Keys of TLS go to it through a pipe and are written nowhere; they are gone with
it.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO

from portside.capture.keylog import MemoryKeyLog
from portside.capture.recorder import Recorder
from portside.cli.screen import tell_freely, warn
from portside.errors import TransportError

FILE = "window.pcapng"
SIZE = 128 * 1024 * 1024
"""Bytes of the private file after which a new one begins, and the page with it: some 300,000 small messages."""
FILES = 2
"""Private files that stay: the page may lag behind by one."""
PREFIX = "portside-window-"
"""How private folders begin."""
STARTING = 20.0
"""Seconds that the page may take until it is there, on a machine that is busy."""
LOOK = 0.2
"""Seconds between two looks whether the page is still there, while people look at it."""
STOPPING = 5.0
"""Seconds that it may take to end."""


class WindowError(TransportError):
    """The page could not be shown."""


class Window:
    """A page at ``port`` of loopback (0: a free one) that shows what goes through ``recorder``; ``url`` is its address.

    With ``secrets`` nothing is hidden on it. Raises ``WindowError`` where it can't be shown. It has to be closed.
    """

    def __init__(self, port: int, *, program: str, secrets: bool, keys: MemoryKeyLog) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._passing: threading.Thread | None = None
        self._closing = False
        try:
            self._folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        except OSError as error:
            keys.close()
            raise WindowError(f"no window: {(error.strerror or str(error)).lower()} (TMPDIR says where)") from error
        reading, self._pipe = os.pipe()
        path = self._folder / FILE
        try:
            self.recorder = Recorder(
                path, program=program, secrets=secrets, keys=keys, aside=self._pipe, size=SIZE, files=FILES
            )
        except BaseException:
            os.close(reading)
            os.close(self._pipe)
            keys.close()
            remove(self._folder)
            raise
        try:
            self._process = _start(port, secrets, path, reading)
            self.url = self._address(self._process)
        except OSError as error:
            self.close()
            raise WindowError(f"no window: {(error.strerror or str(error)).lower()}") from error
        except BaseException:
            self.close()
            raise
        finally:
            os.close(reading)

    def _address(self, process: subprocess.Popen[str]) -> str:
        """What the page's process says first. Raises ``WindowError`` with its own words where that is no address."""
        out, err = process.stdout, process.stderr
        assert out is not None
        assert err is not None
        waiting = select.poll()  # select(2) knows no descriptor beyond 1023
        waiting.register(out, select.POLLIN)
        ready = waiting.poll(STARTING * 1000)
        said = out.readline().split() if ready else []
        if said[:1] != ["ready"]:
            process.kill()
            with err:
                why = err.read().strip().splitlines()
            last = why[-1].removeprefix("portside: ") if why else "its page did not start"
            raise WindowError(f"no window: {last.replace('--port', '--window')}")
        self._passing = threading.Thread(target=self._pass_on, args=(err,), name="portside-window", daemon=True)
        self._passing.start()
        return said[1]

    def _pass_on(self, lines: IO[str]) -> None:
        """What the page's process has to say is said by us. Where it ends before us, nothing is recorded for it."""
        with lines:
            for line in lines:
                tell_freely(line)
        if not self._closing:
            self.recorder.abandon()
            warn("the window is gone; what it showed goes on")

    def wait(self, enough: threading.Event) -> None:
        """Return once the page is gone, or people have had ``enough``."""
        while self._process is not None and self._process.poll() is None and not enough.wait(LOOK):
            pass

    def close(self) -> None:
        """End the page, and leave nothing behind."""
        self._closing = True
        self.recorder.close()
        os.close(self._pipe)
        if self._process is not None:
            _end(self._process)
        if self._passing is not None:
            self._passing.join(STOPPING)  # its last words are said before ours
        remove(self._folder)


def _start(port: int, secrets: bool, path: Path, keys: int) -> subprocess.Popen[str]:
    # -P: modules are not looked for in the folder we are in, which may be one that is served, and that others fill
    command = [sys.executable, "-P", "-m", "portside", "watch", "--follow", "--until-closed", "--port", str(port)]
    if secrets:
        command.append("--show-secrets")
    return subprocess.Popen(
        [*command, str(path)],
        stdin=keys,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="backslashreplace",
        start_new_session=True,  # Ctrl-C is for us; the page ends when we do
    )


def _end(process: subprocess.Popen[str]) -> None:
    """Wait for the page's process, which knows that we are gone; kill it where it does not hear."""
    try:
        process.wait(STOPPING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def remove(folder: Path) -> None:
    """Remove the private folder of a window, which both of its processes do: one of them may be killed.

    Any other folder stays, whoever names it.
    """
    if folder.name.startswith(PREFIX) and folder.parent == Path(tempfile.gettempdir()):
        shutil.rmtree(folder, ignore_errors=True)
