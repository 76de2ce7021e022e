"""A packet socket (packet(7)) that sees what passes on every interface.

Packets come through a ring of blocks that is shared with the kernel (PACKET_MMAP's third version): it fills one block
after the other and says when one may be read, we give each back. Nobody waits for us: when all blocks are full, the
kernel counts what it has to leave out.
"""

from __future__ import annotations

import mmap
import socket
from collections.abc import Generator
from struct import Struct

from portside.capture.live import bpf
from portside.capture.live.sightings import Sighting
from portside.errors import UsageError

BLOCK = 512 * 1024
"""Bytes of a block: at least one packet of ``bpf.SNAP_LENGTH`` fits."""
BLOCKS = 64
"""Blocks of the ring: 32 MB hold a tenth of a second of what loopback carries at its fastest."""
RETIRE = 20
"""Milliseconds after which a block may be read that is not full."""

_ETH_P_ALL = 3
_SO_ATTACH_FILTER, _SOL_PACKET = 26, 263
_PACKET_RX_RING, _PACKET_STATISTICS, _PACKET_VERSION = 5, 6, 10
_TPACKET_V3 = 2
_FRAME = 2048
"""What the kernel wants to hear of frames; in this version they have the size they need."""
_OURS, _KERNELS = 1, 0
_STATUS, _COUNT = 2, 3
"""The words of a block that say whose it is, and how many packets it has."""
_VLAN, _VLAN_TYPE = 1 << 4, 1 << 6
"""What a packet's status says: a tag was taken out, and its type is known."""
_ring = Struct("@7I")
_block = Struct("@5I")
_packet = Struct("@6I2H2I2H8xH2xiHBB")
"""struct tpacket3_hdr, and the struct sockaddr_ll behind it."""
_statistics = Struct("@3I")


class PacketSocket:
    """Sees TCP and UDP of this host from now on. Raises ``UsageError`` where this process may not, or nobody can."""

    def __init__(self) -> None:
        self._sock = _opened()
        try:
            program = bpf.Program(bpf.assemble())
            self._sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program.pointer)
            self._sock.setsockopt(_SOL_PACKET, _PACKET_VERSION, _TPACKET_V3)
            ring = _ring.pack(BLOCK, BLOCKS, _FRAME, BLOCK // _FRAME * BLOCKS, RETIRE, 0, 0)
            self._sock.setsockopt(_SOL_PACKET, _PACKET_RX_RING, ring)  # what came before the filter is gone with it
            self._memory = mmap.mmap(self._sock.fileno(), BLOCK * BLOCKS)
        except OSError as error:
            self._sock.close()
            raise UsageError(f"cannot record live packets: {(error.strerror or str(error)).lower()}") from error
        self._words = memoryview(self._memory).cast("I")
        self._next = 0
        self._dropped = 0
        self.dropped()
        self._dropped = 0

    def fileno(self) -> int:
        """Readable when a block may be read."""
        return self._sock.fileno()

    @property
    def waits(self) -> bool:
        """Whether a block may be read."""
        return bool(self._words[self._next * BLOCK // 4 + _STATUS] & _OURS)

    def block(self) -> Generator[Sighting, None, None]:
        """The packets of the next block, if there is one. Each is there until the next is asked for."""
        if not self.waits:
            return
        at = self._next * BLOCK
        try:
            yield from sightings(self._memory, at)
        finally:
            self._words[at // 4 + _STATUS] = _KERNELS
            self._next = (self._next + 1) % BLOCKS

    def dropped(self) -> int:
        """How many packets were left out until now: by the kernel, or since this was closed before they were read."""
        if self._sock.fileno() >= 0:  # asking sets the kernel's count to zero
            counted = self._sock.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, _statistics.size)
            self._dropped += _statistics.unpack(counted)[1]
        return self._dropped

    def close(self) -> None:
        """See nothing more."""
        if self._sock.fileno() < 0:
            return
        self._dropped = self.dropped() + self._unread()
        self._words.release()
        self._memory.close()
        self._sock.close()

    def _unread(self) -> int:
        blocks = (self._words[at : at + 4] for at in range(0, len(self._words), BLOCK // 4))
        return sum(block[_COUNT] for block in blocks if block[_STATUS] & _OURS)


def sightings(memory: bytes | mmap.mmap, at: int) -> Generator[Sighting, None, None]:
    """The packets of the block at ``at``."""
    _, _, _, count, first = _block.unpack_from(memory, at)
    at += first
    for _ in range(count):
        (
            following, seconds, nanoseconds, captured, length, status, link, network,
            _, tag, tag_type, _, _, interface, hardware, kind, _,
        ) = _packet.unpack_from(memory, at)  # fmt: skip
        start = at + link
        vlan = b""
        if status & _VLAN:
            vlan = (tag_type if status & _VLAN_TYPE else bpf.VLAN).to_bytes(2) + tag.to_bytes(2)
        yield Sighting(
            seconds * 1_000_000_000 + nanoseconds, interface, hardware, kind,
            memory, start, at + network, start + captured, length, vlan,
        )  # fmt: skip
        at += following


def _opened() -> socket.socket:
    if not hasattr(socket, "AF_PACKET"):
        raise UsageError("only Linux hands out live packets: drop 'live:' to record at the sockets")
    try:
        return socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
    except PermissionError as error:
        raise UsageError(
            "cannot record live packets: only root, or a process with CAP_NET_RAW, may see them; "
            "run as root, or drop 'live:' to record at the sockets"
        ) from error
    except OSError as error:
        raise UsageError(f"cannot record live packets: {(error.strerror or str(error)).lower()}") from error
