"""TCP's urgent data (RFC 9293 §3.8.5, RFC 6093): a mark in the stream, up to which the reader is to hurry.

The byte stays in its place (SO_OOBINLINE, as RFC 6093 §6 asks for), so that nothing gets lost where nobody minds it.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable

from portside.interfaces import Buffer

_PRIORITY = getattr(select, "POLLPRI", 0)


class Urgency:
    """Looks whether urgent data of one connected socket waits to be read, and then calls ``coming``."""

    __slots__ = ("_coming", "_poll", "_told")

    def __init__(self, sock: socket.socket, coming: Callable[[], object]) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
        self._poll = select.poll()
        self._poll.register(sock.fileno(), _PRIORITY)
        self._coming = coming
        self._told = False

    def look(self) -> None:
        """Tell of what has come. To be asked before each read: reading past it takes the mark away."""
        waiting = bool(self._poll.poll(0))
        if waiting and not self._told:
            self._coming()
        self._told = waiting


def send_urgent(sock: socket.socket, data: Buffer) -> int:
    """Send ``data``, its last byte urgent; how much the kernel took (0 where it takes nothing now, or no more)."""
    try:
        return sock.send(data, socket.MSG_OOB)
    except OSError:  # the usual way of writing comes to the same end, and tells it
        return 0
