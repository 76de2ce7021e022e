"""What passes over one socket, as the packets that carry it (RFC 9293 §3.5 to §3.10)."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import time_ns
from typing import Protocol

from portside.capture.frames import ACK, FIN, MOST_SEGMENT, PSH, RST, SCALE, SYN, WINDOW, Path, handshake_options
from portside.errors import TransportError
from portside.interfaces import Address, Buffer, Role

MOST_IN_FLIGHT = WINDOW << (SCALE - 1)
"""Bytes of one direction that stay without an acknowledgement: half of the window."""
TLS_RECORD = b"\x16\x03"
"""How a conversation begins that is encrypted: there is nothing to hide in it."""
End = tuple[str, int]
Put = Callable[[bytes], None]


class Mask(Protocol):
    """Hides credentials (see ``portside.protocols.explaining.Mask``)."""

    def hide(self, role: Role, data: bytes) -> bytes: ...


class _Side:
    """What one end of a connection has sent."""

    __slots__ = ("acked", "finished", "path", "role", "seq")

    def __init__(self, role: Role, path: Path) -> None:
        self.role = role
        self.path = path
        self.seq = int.from_bytes(os.urandom(4))
        self.acked = self.seq + 1
        self.finished = False


class TcpFlow:
    """A ``StreamTap`` that writes a connection down as segments. ``put`` takes each as a block of a capture file.

    ``mask`` hides what must not be written; None where nothing has to be hidden.
    """

    __slots__ = ("_mask", "_over", "_ours", "_put", "_role", "_theirs", "_untried")

    def __init__(self, put: Put, local: End, remote: End, role: Role, mask: Mask | None, interface: int = 0) -> None:
        self._put = put
        self._role = role
        self._mask = mask
        self._untried = mask is not None
        self._over = False
        ours = Path(local, remote, from_client=role is Role.CLIENT, interface=interface)
        theirs = Path(remote, local, from_client=role is not Role.CLIENT, interface=interface)
        other = Role.SERVER if role is Role.CLIENT else Role.CLIENT
        self._ours, self._theirs = _Side(role, ours), _Side(other, theirs)
        self._open()

    def _open(self) -> None:
        client, server = (self._ours, self._theirs) if self._role is Role.CLIENT else (self._theirs, self._ours)
        now = time_ns()
        options = handshake_options(four=client.path.four)
        self._put(client.path.segment(now, client.seq, 0, SYN, options=options))
        self._put(server.path.segment(now, server.seq, client.seq + 1, SYN | ACK, options=options))
        client.seq += 1
        server.seq += 1
        self._put(client.path.segment(now, client.seq, server.seq, ACK))

    # ------------------------------------------------------------------------------------------ the tap

    def sent(self, data: Buffer) -> None:
        """See ``StreamTap``."""
        self._say(self._ours, self._theirs, data if type(data) is bytes else bytes(data))

    def came(self, data: bytes) -> None:
        """See ``StreamTap``."""
        self._say(self._theirs, self._ours, data)

    def ended(self) -> None:
        """See ``StreamTap``."""
        self._finish(self._theirs, self._ours)

    def finished(self) -> None:
        """See ``StreamTap``."""
        self._finish(self._ours, self._theirs)

    def lost(self, error: TransportError | None) -> None:
        """See ``StreamTap``."""
        if self._over:
            return
        self._over = True
        ours, theirs = self._ours, self._theirs
        if ours.finished and (theirs.finished or error is None):
            return  # closed in order: whatever the other side still says, the kernel answers without us
        cut, other = (ours, theirs) if error is None else (theirs, ours)
        self._put(cut.path.segment(time_ns(), cut.seq, other.seq, RST | ACK))

    # ------------------------------------------------------------------------------------------ segments

    def _say(self, side: _Side, other: _Side, data: bytes) -> None:
        if side.finished or self._over or not data:
            return
        mask = self._mask
        if mask is not None:
            if self._untried:
                self._untried = False
                if data.startswith(TLS_RECORD):
                    mask = self._mask = None
            if mask is not None:
                data = mask.hide(side.role, data)
        if len(data) <= MOST_SEGMENT:
            self._segment(side, other, data)
        else:
            for start in range(0, len(data), MOST_SEGMENT):
                self._segment(side, other, data[start : start + MOST_SEGMENT])

    def _segment(self, side: _Side, other: _Side, data: bytes) -> None:
        self._put(side.path.segment(time_ns(), side.seq, other.seq, PSH | ACK, data))
        side.seq += len(data)
        other.acked = other.seq
        if side.seq - side.acked > MOST_IN_FLIGHT:
            self._put(other.path.segment(time_ns(), other.seq, side.seq, ACK))
            side.acked = side.seq

    def _finish(self, side: _Side, other: _Side) -> None:
        if side.finished or self._over:
            return
        side.finished = True
        now = time_ns()
        self._put(side.path.segment(now, side.seq, other.seq, FIN | ACK))
        side.seq += 1
        if other.finished:
            self._put(other.path.segment(now, other.seq, side.seq, ACK))


class UdpFlows:
    """A ``DatagramTap`` that writes datagrams down. ``local`` says which of our addresses one peer speaks with."""

    __slots__ = ("_interface", "_local", "_paths", "_put", "_role")

    MOST_PEERS = 4096
    """Peers whose headers are kept ready."""

    def __init__(self, put: Put, local: Callable[[Address], End], role: Role, interface: int = 0) -> None:
        self._interface = interface
        self._put = put
        self._local = local
        self._role = role
        self._paths: dict[Address, tuple[Path, Path]] = {}

    def sent(self, data: Buffer, to: Address) -> None:
        """See ``DatagramTap``."""
        self._put(self._between(to)[0].datagram(time_ns(), bytes(data)))

    def came(self, data: bytes, source: Address) -> None:
        """See ``DatagramTap``."""
        self._put(self._between(source)[1].datagram(time_ns(), data))

    def _between(self, peer: Address) -> tuple[Path, Path]:
        paths = self._paths.get(peer)
        if paths is None:
            if len(self._paths) >= self.MOST_PEERS:
                self._paths.clear()
            ours, theirs = self._local(peer), (peer.host, peer.port)
            client = self._role is Role.CLIENT
            paths = self._paths[peer] = (
                Path(ours, theirs, from_client=client, interface=self._interface),
                Path(theirs, ours, from_client=not client, interface=self._interface),
            )
        return paths
