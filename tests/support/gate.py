"""A gate between a client and a server, which shuts after so many bytes: moments of a conversation without a clock."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from types import TracebackType
from typing import Literal

Direction = Literal["up", "down"]
"""``up`` goes from the client to the server."""

WAIT = 30.0
"""Seconds for whatever is waited for here."""
PIECE = 64 * 1024
RESET = struct.pack("ii", 1, 0)
"""For SO_LINGER: close by a reset."""


class Gate:
    """Passes connections on to ``address``, which may be changed; its own are ``host`` and ``port`` (0: any).

    ``shut_after`` says when it shuts; from then on nothing passes until ``cut`` ends the connections that are there.
    """

    host = "127.0.0.1"

    def __init__(self, address: tuple[str, int], port: int = 0) -> None:
        self.address = address
        self.passed: dict[Direction, int] = {"up": 0, "down": 0}
        self._watched: Direction = "up"
        self._limit: int | None = None
        self._shut = self._ended = self._over = False
        self._round = 0  # of two connections one after the other, the end of the first says nothing of the second
        self._before: Gate | None = None
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server((self.host, port))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Gate:
        self._run(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over = True
        self.cut()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # this wakes who accepts
        self._listener.close()
        for thread in self._threads:
            thread.join(WAIT)

    # --------------------------------------------------------------------------------------- for the test

    def shut_after(self, direction: Direction, count: int | None) -> None:
        """Shut when ``count`` bytes have passed in that direction (None: never), of connections made from now on."""
        with self._changed:
            self.passed = {"up": 0, "down": 0}
            self._watched, self._limit = direction, count
            self._shut = self._ended = False
            self._round += 1
            self._changed.notify_all()

    def wait(self, *sides: object) -> bool:
        """Wait until it has shut: True; or one side has ended the connection before: False.

        Where neither comes, the error tells of the ``sides``.
        """
        with self._changed:
            come = self._changed.wait_for(lambda: self._shut or self._ended, WAIT)
            assert come, "\n".join([f"after {self.passed} nothing came", *map(str, sides)])
            return self._shut

    def ends_after(self, other: Gate | None) -> None:
        """The server hears that the client has ended a connection here once it has heard so at ``other``, if any.

        Which of its connections a killed process ends first is the kernel's choice, and time may lie between.
        """
        self._before = other

    def cut(self) -> None:
        """End the connections that are there, and let later ones through.

        They are reset, as those of a killed process are: who still has something to send into a window that is shut
        would hear of a mere end only after minutes.
        """
        with self._changed:
            self._limit = None
            self._shut = False
            for sock in self._open:
                with contextlib.suppress(OSError):  # it has ended by itself
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    sock.shutdown(socket.SHUT_RDWR)
            self._changed.notify_all()

    # ------------------------------------------------------------------------------------------- its work

    def _run(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._over:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._run(self._connect, client)

    def _connect(self, client: socket.socket) -> None:
        with client:
            try:
                server = socket.create_connection(self.address, WAIT)
            except OSError:
                return
            with server:
                server.settimeout(None)
                with self._changed:
                    self._open |= {client, server}
                    number = self._round
                back = threading.Thread(target=self._pass, args=(server, client, "down", number), daemon=True)
                back.start()
                self._pass(client, server, "up", number)
                back.join(WAIT)
                with self._changed:
                    self._open -= {client, server}

    def _pass(self, source: socket.socket, sink: socket.socket, direction: Direction, number: int) -> None:
        with contextlib.suppress(OSError):  # one of the two was killed: the other one hears of it
            while data := source.recv(self._room(direction, number)):
                self._count(direction, len(data), number)  # whoever gets it may look at once at what has passed
                sink.sendall(data)
                self._shut_when_due(direction, number)
        if direction == "up" and self._before is not None:
            self._before.wait()
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
        with self._changed:
            if number == self._round:
                self._ended = True
                self._changed.notify_all()

    def _room(self, direction: Direction, number: int) -> int:
        """How many bytes may pass now; at least one, for which this may wait."""
        with self._changed:
            self._changed.wait_for(lambda: not self._shut or number != self._round)
            if self._limit is None or direction != self._watched or number != self._round:
                return PIECE
            return max(1, min(PIECE, self._limit - self.passed[direction]))

    def _count(self, direction: Direction, size: int, number: int) -> None:
        with self._changed:
            if number == self._round:
                self.passed[direction] += size

    def _shut_when_due(self, direction: Direction, number: int) -> None:
        with self._changed:
            if self._limit is None or direction != self._watched or number != self._round:
                return
            if self.passed[direction] >= self._limit:
                self._shut = True
                self._changed.notify_all()
