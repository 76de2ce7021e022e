"""The window of a running server or client: a page of its own, in a process of its own.

What this process says is recorded to a private file, which the other one reads as it grows and shows. So the page costs
the conversation no more than a record does, and nothing that goes wrong with the page reaches the conversation. Keys of
TLS go to the page through a pipe and are written nowhere; they are gone with it.
"""

from __future__ import annotations

import contextlib
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
from portside.errors import TransportError

SIZE = 128 * 1024 * 1024
"""Bytes of the private file after which a new one begins, and the page with it: some 300,000 small messages."""
FILES = 2
"""Private files that stay: the page may lag behind by one."""
STARTING = 20.0
"""Seconds that the page may take until it is there, on a machine that is busy."""
STOPPING = 5.0
"""Seconds that it may take to end."""


class WindowError(TransportError):
    """The page could not be shown."""


class Window:
    """A page at ``port`` of loopback (0: a free one) that shows what goes through ``recorder``; ``url`` is its address.

    With ``secrets`` nothing is hidden on it. Raises ``WindowError`` where it can't be shown. It has to be closed.
    """

    def __init__(self, port: int, *, program: str, secrets: bool, keys: MemoryKeyLog) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="portside-window-"))
        reading, self._pipe = os.pipe()
        try:
            self.recorder = Recorder(
                self._folder / "window.pcapng",
                program=program,
                secrets=secrets,
                keys=keys,
                aside=self._pipe,
                size=SIZE,
                files=FILES,
            )
            self._process = self._start(port, secrets, reading)
        except BaseException:
            os.close(self._pipe)
            self._remove()
            raise
        finally:
            os.close(reading)
        try:
            self.url = self._address()
        except BaseException:
            self.close()
            raise

    def _start(self, port: int, secrets: bool, reading: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "portside", "watch", "--follow", "--until-closed", "--port", str(port)]
        if secrets:
            command.append("--show-secrets")
        return subprocess.Popen(
            [*command, str(self.recorder.path)],
            stdin=reading,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for us; the page ends when we do
        )

    def _address(self) -> str:
        """What the page's process says first. Raises ``WindowError`` with its own words where that is no address."""
        out, err = self._process.stdout, self._process.stderr
        assert out is not None
        assert err is not None
        ready, _, _ = select.select([out], [], [], STARTING)
        said = out.readline().split() if ready else []
        if said[:1] != ["ready"]:
            self._process.kill()
            why = err.read().strip().removeprefix("portside: ").splitlines()
            raise WindowError(f"no window: {why[-1]}" if why else "no window: its page did not start")
        threading.Thread(target=_pass_on, args=(err,), daemon=True).start()
        return said[1]

    def wait(self) -> None:
        """Return once the page is gone, or Ctrl-C asks for it."""
        with contextlib.suppress(KeyboardInterrupt):
            self._process.wait()

    def close(self) -> None:
        """End the page, and leave nothing behind."""
        self.recorder.close()
        os.close(self._pipe)
        try:
            self._process.wait(STOPPING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._remove()

    def _remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def _pass_on(lines: IO[str]) -> None:
    """What the page's process has to say is said by us."""
    with lines:
        for line in lines:
            if sys.stderr is not None:
                sys.stderr.write(line)
