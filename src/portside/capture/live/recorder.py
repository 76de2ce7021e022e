"""A tap that records the real packets of the conversations it is told about, instead of making some.

The conversations run in their own thread and only announce themselves. A second thread reads what the kernel shows,
picks what was announced, and hands it to the disk's. Whatever goes wrong here ends the record, never the conversation;
and where this is too slow, the kernel loses packets for us, never for whom they are meant.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import weakref
from collections.abc import Callable
from pathlib import Path
from time import time_ns
from typing import TypeVar

from portside.capture.flows import Mask
from portside.capture.keylog import MemoryKeyLog
from portside.capture.live.matching import Matching
from portside.capture.live.packet_socket import PacketSocket
from portside.capture.live.reading import Reading
from portside.capture.live.streams import Conversation
from portside.capture.live.writing import Writing
from portside.errors import TransportError
from portside.interfaces import Address, Buffer, DatagramTap, Door, Role, StreamTap

_log = logging.getLogger("portside.capture")
_T = TypeVar("_T")


class LiveRecorder:
    """Records to ``path``, with all secrets that packets have. It has to be closed.

    Raises ``UsageError`` where the file can't be written, or where this process may not see packets. ``keys`` are
    those of TLS, which are written, too; they are closed with the record.
    """

    def __init__(
        self,
        path: Path,
        *,
        program: str = "portside",
        size: int = 0,
        files: int = 0,
        keys: MemoryKeyLog | None,
    ) -> None:
        self.path = path
        self._keys = keys
        self._loop: asyncio.AbstractEventLoop | None = None
        self._warned = False
        self._failed = False
        self._closed = False
        packets = PacketSocket()
        try:
            self._writing = Writing(path, program=program, size=size, files=files, keys=keys)
        except BaseException:
            packets.close()
            raise
        self._packets = packets
        self._matching = Matching(self._writing.put)
        self._reading = Reading(packets, self._matching, self._writing, self._ask_for_keys, self._fail)

    @property
    def packets(self) -> int:
        """How many packets were written so far."""
        return self._writing.packets

    def tap(  # as Recorder's
        self,
        mask: Callable[[], Mask] | None = None,  # noqa: ARG002
        port: int = 0,  # noqa: ARG002
        protocol: str = "",  # noqa: ARG002
    ) -> LiveTap:
        """A tap for any protocol: nothing is hidden in real packets, and a Unix socket has none."""
        return LiveTap(self, self._matching)

    @property
    def key_log(self) -> str | None:
        """See ``Tap``."""
        return None if self._keys is None else self._keys.path

    def close(self) -> None:
        """Write all there is: waits ``reading.CLOSING`` s for last packets, and ``disk.CLOSING`` s for the disk."""
        if self._closed:
            return
        self._closed = True
        self._writing.take_keys()
        self._reading.stop()
        if self._failed:
            self._writing.abandon()
        else:
            self._writing.finish(time_ns(), self._lost())
        self._packets.close()
        if self._keys is not None:
            self._keys.close()

    def _lost(self) -> int:
        """How many packets did not reach us; says so, too."""
        lost = self._packets.dropped()
        if lost and not self._writing.given_up:
            what = f"{lost:,} packets of this host came faster than they could be looked at"
            _log.warning("%s: %s, so some of the record may be missing", self.path, what)
        return lost

    def _fail(self, error: Exception) -> None:
        """The recorder itself has gone wrong: it records no more."""
        self._failed = True
        _log.warning("%s: the record ends here, by a mistake of the recorder (%r)", self.path, error)

    def _ask_for_keys(self) -> None:
        """The loop's thread takes them, since it is the one that logs them: another one could lose a line."""
        loop = self._loop
        if self._keys is not None and loop is not None:
            with contextlib.suppress(
                RuntimeError
            ):  # it is closed: whoever did that closes the record, which takes them
                loop.call_soon_threadsafe(self._writing.take_keys)

    # ------------------------------------------------------------------------------------ announcements

    def opened(self, door: Door, announce: Callable[[Door], _T]) -> _T | None:
        """What ``announce`` makes of a door; None where it can't be recorded, of which the user is told once."""
        if not self._reading.alive:
            return None
        if self._loop is None:
            with contextlib.suppress(RuntimeError):  # there need not be one
                self._loop = asyncio.get_running_loop()
        if door.local.path or door.remote.path or not door.local.host:
            self._warn("what passes over Unix sockets is no packets; drop 'live:' to record at the sockets")
            return None
        try:
            return announce(door)
        except ValueError:
            self._warn(f"nobody knows the packets of {door.local}; drop 'live:' to record at the sockets")
            return None

    def _warn(self, what: str) -> None:
        if not self._warned:
            self._warned = True
            _log.warning("%s: %s", self.path, what)


class LiveTap:
    """A live recorder's ``Tap``."""

    def __init__(self, recorder: LiveRecorder, matching: Matching) -> None:
        self._recorder = recorder
        self._matching = matching

    @property
    def key_log(self) -> str | None:
        """See ``Tap``."""
        return self._recorder.key_log

    def stream(  # the kernel shows both sides alike, and every stream
        self,
        door: Door,
        role: Role,  # noqa: ARG002
        *,
        second: bool = False,  # noqa: ARG002
    ) -> StreamTap:
        """See ``Tap``."""
        conversation = self._recorder.opened(door, self._matching.stream)
        return _LiveStream(self._matching, conversation)

    def datagrams(self, door: Door, role: Role) -> DatagramTap:  # noqa: ARG002 - as above
        """See ``Tap``."""
        datagrams = self._recorder.opened(door, self._matching.datagrams)
        tap = _LiveDatagrams()
        if datagrams is not None:
            # nobody says when a datagram socket is closed, but nobody keeps its tap then
            weakref.finalize(tap, self._matching.datagrams_ended, datagrams).atexit = False
        return tap


class _LiveStream:
    """A stream's tap that only minds when it is over."""

    __slots__ = ("_conversation", "_matching")

    def __init__(self, matching: Matching, conversation: Conversation | None) -> None:
        self._matching = matching
        self._conversation = conversation

    def sent(self, data: Buffer) -> None:
        """See ``StreamTap``."""

    def came(self, data: bytes) -> None:
        """See ``StreamTap``."""

    def ended(self) -> None:
        """See ``StreamTap``."""

    def finished(self) -> None:
        """See ``StreamTap``."""

    def lost(self, error: TransportError | None) -> None:  # noqa: ARG002 - how it ended is seen in its packets
        """See ``StreamTap``."""
        conversation, self._conversation = self._conversation, None
        if conversation is not None:
            self._matching.stream_ended(conversation)


class _LiveDatagrams:
    """A datagram socket's tap, for as long as the socket is there."""

    __slots__ = ("__weakref__",)

    def sent(self, data: Buffer, to: Address) -> None:
        """See ``DatagramTap``."""

    def came(self, data: bytes, source: Address) -> None:
        """See ``DatagramTap``."""
