"""The thread that reads what the kernel shows, and hands on what belongs to the record."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable

from portside.capture.live.matching import Matching
from portside.capture.live.packet_socket import RETIRE, PacketSocket
from portside.capture.live.writing import Writing

EVERY = 0.1
"""Seconds after which what has waited long enough is written, and what is too old let go."""
IDLE = 1.0
"""Seconds after which it looks though nothing was said: the kernel may say it before a block can be read."""
BLOCKS_AT_ONCE = 16
"""Blocks that are read before that: 8 MB of a fast conversation."""
CLOSING = 0.5
"""Seconds that the last packets of the streams may take: some round trips through the world."""
FRESH = 3 * RETIRE / 1000
"""Seconds after which the kernel has shown what had passed before: it looks twice before it gives a block away."""


class Reading:
    """Runs until ``stop``, until the disk has given up, or until it fails, which ``fail`` is told."""

    def __init__(
        self,
        packets: PacketSocket,
        matching: Matching,
        writing: Writing,
        ask_for_keys: Callable[[], None],
        fail: Callable[[Exception], None],
    ) -> None:
        self._packets = packets
        self._matching = matching
        self._writing = writing
        self._ask_for_keys = ask_for_keys
        self._fail = fail
        self._stopped: float | None = None
        self._written = 0.0
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._poll = select.poll()
        for descriptor in (packets.fileno(), self._wake):
            self._poll.register(descriptor, select.POLLIN)
        self._thread = threading.Thread(target=self._run, name="portside-live", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it still reads."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Read what has passed, wait ``CLOSING`` seconds at most for the streams' last packets, and end."""
        self._stopped = time.monotonic()
        os.eventfd_write(self._wake, 1)
        self._thread.join()
        os.close(self._wake)

    # ------------------------------------------------------------------------------------- in the thread

    def _run(self) -> None:
        try:
            while not self._done():
                self._poll.poll(self._patience())
                self._turn()
        except Exception as error:
            self._fail(error)
        finally:
            self._packets.close()

    def _done(self) -> bool:
        if self._writing.given_up:
            return True
        if self._stopped is None:
            return False
        passed = time.monotonic() - self._stopped
        return passed >= CLOSING or (passed >= FRESH and self._matching.settled and not self._packets.waits)

    def _patience(self) -> int:
        """Milliseconds to wait for a packet."""
        if self._stopped is not None:
            self._poll.modify(self._wake, 0)
            return RETIRE
        return int((EVERY if self._matching.waits or self._writing.waits else IDLE) * 1000)

    def _turn(self) -> None:
        newest = self._read()
        self._matching.heed()
        now = time.monotonic()
        if now - self._written < EVERY and self._writing.has_room:
            return
        self._written = now
        clock = time.time_ns()
        self._matching.expire(newest or clock)
        if self._writing.waits:
            self._ask_for_keys()
            self._writing.write(clock)
            if not self._writing.has_room:
                time.sleep(RETIRE / 1000)  # for the disk; meanwhile the ring fills, and then the kernel counts

    def _read(self) -> int:
        """Some blocks; the time (ns) of the newest packet where further ones wait, else 0."""
        newest = 0
        for _ in range(BLOCKS_AT_ONCE):
            if not self._packets.waits:
                return 0
            if not self._writing.has_room:
                break
            self._matching.heed()  # now, when all packets of the block have passed: who they belong to was said before
            with contextlib.closing(self._packets.block()) as block:
                for seen in block:
                    self._matching.take(seen)
                    newest = seen.time
        return newest
