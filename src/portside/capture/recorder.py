"""A tap that writes what it sees to a capture file, as packets that every program for captures reads.

Packets are made as the bytes pass, and handed to the disk some times a second. Each time the keys of TLS that have
come meanwhile go first: they have to stand before what they decrypt. Whatever goes wrong here ends the record, never
the conversation.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from time import time_ns

from portside import catalog
from portside.capture.disk import Disk
from portside.capture.files import pcapng
from portside.capture.files.items import speaking
from portside.capture.flows import End, Mask, TcpFlow, UdpFlows
from portside.capture.keylog import MemoryKeyLog, ended
from portside.errors import TransportError
from portside.interfaces import Address, Buffer, DatagramTap, Door, Role, StreamTap

EVERY = 0.05
"""Seconds after which what has passed is handed to the disk."""
BATCH = 512 * 1024
"""Bytes that are handed over at once."""
LOOPBACK, LOOPBACK6 = "127.0.0.1", "::1"
FIRST_PORT = 49152
"""The first port that stands for the client of a Unix socket, which has none (RFC 6335 §6)."""
RECONSTRUCTED = (
    "Reconstructed headers: recorded at the program's own sockets. What was said, between whom and when is real; "
    "Ethernet, IP, TCP and UDP headers were made for it, without acknowledgements of their own."
)

INTERFACES = ("", *catalog.names())
"""The interfaces of a record: one for each protocol, so that a reader knows what is spoken, at whatever port."""

_log = logging.getLogger("portside.capture")


class Recorder:
    """Records to ``path``. Raises ``UsageError`` where that can't be written.

    With ``secrets`` nothing is hidden. ``keys`` are those of TLS: they are written, too, or, where there is a pipe
    ``aside``, to that instead, always before the packets that they open. ``size`` and ``files`` as for ``Disk``.
    It has to be closed.
    """

    def __init__(
        self,
        path: Path,
        *,
        program: str = "portside",
        secrets: bool = False,
        keys: MemoryKeyLog | None = None,
        aside: int | None = None,
        size: int = 0,
        files: int = 0,
    ) -> None:
        self.path = path
        self._program = program
        self._keys = keys
        self._aside = aside
        self._secrets = secrets
        self._batch: list[bytes] = []
        self._size = 0
        self._timer: asyncio.TimerHandle | None = None
        self._packets = 0
        self._pairs = 0
        self._failed = False
        self._locals: dict[str, str] = {}
        self._disk = Disk(path, self._head, size=size, files=files, aside=aside)

    @property
    def packets(self) -> int:
        """How many packets were made so far."""
        return self._packets

    def tap(self, mask: Callable[[], Mask] | None = None, port: int = 0, protocol: str = "") -> RecorderTap:
        """A tap for one ``protocol`` of the catalog; ``mask`` makes what hides credentials in its conversations.

        ``port`` stands for a Unix socket's server.
        """
        return RecorderTap(self, None if self._secrets else mask, port, INTERFACES.index(protocol))

    @property
    def key_log(self) -> str | None:
        """See ``Tap``."""
        return None if self._keys is None else self._keys.path

    def close(self) -> None:
        """Write all there is, which takes ``disk.CLOSING`` seconds at most."""
        self.flush()
        if not self._failed:
            self._disk.put(pcapng.statistics(0, time_ns(), received=self._packets, dropped=0))
        self._disk.close()
        if self._keys is not None:
            self._keys.close()

    # ------------------------------------------------------------------------------------------- writing

    def _head(self) -> bytes:
        """What every file begins with."""
        recent = b"" if self._keys is None or self._aside is not None else self._keys.recent
        blocks = [
            pcapng.section_of_ours(self._program),
            *(
                pcapng.interface(1, name="portside", description=speaking(name), comment=RECONSTRUCTED)
                for name in INTERFACES
            ),
        ]
        if recent:
            blocks.append(pcapng.secrets(recent))
        return b"".join(blocks)

    def put(self, block: bytes) -> None:
        """One packet, as a block."""
        if self._failed:
            return
        self._batch.append(block)
        self._size += len(block)
        if self._size > BATCH:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(EVERY, self.flush)

    def flush(self) -> None:
        """Hand to the disk what has passed so far."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch, self._batch, self._size = self._batch, [], 0
        if self._failed or not (batch or self._keys):
            return
        self._packets += len(batch)
        lines = b"" if self._keys is None else self._keys.take()
        if lines and self._aside is None:
            batch.insert(0, pcapng.secrets(lines))
            lines = b""
        if batch or lines:
            self._disk.put(*batch, first=lines)

    def abandon(self) -> None:
        """Record no more, without a word: nobody will read it."""
        self._failed = True
        self._disk.abandon()

    def fail(self, error: Exception) -> None:
        """The recorder itself has gone wrong: it records no more."""
        if not self._failed:
            self._failed = True
            self._disk.put(first=ended("by a mistake of the recorder"))
            _log.warning("%s: the record ends here, by a mistake of the recorder (%r)", self.path, error)

    # --------------------------------------------------------------------------------------------- ends

    def ends(self, door: Door, role: Role, port: int) -> tuple[End, End]:
        """The two ends of a stream as addresses and ports; a Unix socket's are made up."""
        if not (door.local.path or door.remote.path or not door.remote.host):
            return (door.local.host, door.local.port), (door.remote.host, door.remote.port)
        self._pairs += 1
        client, server = (LOOPBACK, FIRST_PORT + self._pairs % (65536 - FIRST_PORT)), (LOOPBACK, port)
        return (client, server) if role is Role.CLIENT else (server, client)

    def local(self, ours: Address, peer: Address) -> End:
        """Which of our addresses ``peer`` speaks with; a socket that is bound to all of them does not tell."""
        if ours.host not in ("0.0.0.0", "::", ""):
            return ours.host, ours.port
        host = self._locals.get(peer.host)
        if host is None:
            if len(self._locals) >= UdpFlows.MOST_PEERS:
                self._locals.clear()
            host = self._locals[peer.host] = _towards(peer)
        return host, ours.port


class RecorderTap:
    """A recorder's ``Tap`` for one protocol."""

    def __init__(self, recorder: Recorder, mask: Callable[[], Mask] | None, port: int, interface: int = 0) -> None:
        self._interface = interface
        self._recorder = recorder
        self._mask = mask
        self._port = port

    @property
    def key_log(self) -> str | None:
        """See ``Tap``."""
        return self._recorder.key_log

    def stream(self, door: Door, role: Role, *, second: bool = False) -> StreamTap:
        """See ``Tap``. On a second one the protocol itself is not spoken: nothing in it is a login of its."""
        recorder = self._recorder
        flow = None
        try:
            local, remote = recorder.ends(door, role, self._port)
            mask = self._mask() if self._mask and not second else None
            flow = TcpFlow(recorder.put, local, remote, role, mask, 0 if second else self._interface)
        except Exception as error:
            recorder.fail(error)
        return _Guarded(recorder, flow)

    def datagrams(self, door: Door, role: Role) -> DatagramTap:
        """See ``Tap``."""
        recorder = self._recorder
        flows = UdpFlows(recorder.put, functools.partial(recorder.local, door.local), role, self._interface)
        return _GuardedDatagrams(recorder, flows)


class _Guarded:
    """A stream's tap whose failures stay here; without a flow it records nothing."""

    __slots__ = ("_flow", "_recorder")

    def __init__(self, recorder: Recorder, flow: StreamTap | None) -> None:
        self._recorder = recorder
        self._flow = flow

    def sent(self, data: Buffer) -> None:
        """See ``StreamTap``."""
        if self._flow is not None:
            try:
                self._flow.sent(data)
            except Exception as error:
                self._fail(error)

    def came(self, data: bytes) -> None:
        """See ``StreamTap``."""
        if self._flow is not None:
            try:
                self._flow.came(data)
            except Exception as error:
                self._fail(error)

    def ended(self) -> None:
        """See ``StreamTap``."""
        self._try(lambda flow: flow.ended())

    def finished(self) -> None:
        """See ``StreamTap``."""
        self._try(lambda flow: flow.finished())

    def lost(self, error: TransportError | None) -> None:
        """See ``StreamTap``."""
        self._try(lambda flow: flow.lost(error))

    def _try(self, call: Callable[[StreamTap], None]) -> None:
        if self._flow is not None:
            try:
                call(self._flow)
            except Exception as error:
                self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._flow = None
        self._recorder.fail(error)


class _GuardedDatagrams:
    """A datagram socket's tap whose failures stay here."""

    __slots__ = ("_flows", "_recorder")

    def __init__(self, recorder: Recorder, flows: DatagramTap) -> None:
        self._recorder = recorder
        self._flows = flows

    def sent(self, data: Buffer, to: Address) -> None:
        """See ``DatagramTap``."""
        try:
            self._flows.sent(data, to)
        except Exception as error:
            self._recorder.fail(error)

    def came(self, data: bytes, source: Address) -> None:
        """See ``DatagramTap``."""
        try:
            self._flows.came(data, source)
        except Exception as error:
            self._recorder.fail(error)


def _towards(peer: Address) -> str:
    """The address of ours from which the kernel would speak to ``peer``; nothing is sent to find out."""
    six = ":" in peer.host
    try:
        with socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((peer.host, peer.port or 9))
            return str(probe.getsockname()[0])
    except OSError:
        return LOOPBACK6 if six else LOOPBACK
