"""inetutils' telnetd with a shell behind it: it wants its connection as inetd gives it."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator

from tests.support.peers import need

SHELL = "/bin/sh"


@contextlib.contextmanager
def telnetd(*options: str, host: str = "127.0.0.1") -> Iterator[int]:
    """Its port on loopback while the block runs: each connection gets a process, with ``SHELL`` instead of a login."""
    program = need("telnetd")
    children: list[subprocess.Popen[bytes]] = []
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, 0), family=family)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # the block has ended
                return
            with connection:
                children.append(
                    subprocess.Popen(
                        [program, "-E", SHELL, "-h", *options],
                        stdin=connection,
                        stdout=connection,
                        stderr=connection,
                        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # we may run in the background
                    )
                )

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(10)
        for child in children:
            child.kill()
            child.wait(10)
