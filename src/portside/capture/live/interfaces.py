"""The interfaces of this host, as they are named in a capture file."""

from __future__ import annotations

import socket
from fcntl import ioctl
from struct import Struct

from portside.capture.files import pcapng
from portside.capture.live.sightings import link_of

COMMENT = (
    "Live packets, as the kernel sent and received them: of the recorded conversations alone. Checksums that are left "
    "to the hardware may not be filled in, and packets may be larger than the network's, which are divided later."
)
_SIOCGIFFLAGS, _SIOCGIFHWADDR = 0x8913, 0x8927
_IFF_UP = 1
_request = Struct("@16sH22x")
"""struct ifreq as far as it is looked at: a name, and the flags or the kind of hardware."""


class Interfaces:
    """Numbers interfaces as packets are seen on them; those that are up at the beginning come first."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, int], int] = {}
        self._blocks: list[bytes] = []
        for index, hardware in _present():
            self.number(index, link_of(hardware))

    def __len__(self) -> int:
        return len(self._blocks)

    def number(self, index: int, link: int) -> int:
        """The place in every section of the file that interface ``index`` has, for packets of this link type."""
        number = self._numbers.get((index, link))
        if number is None:
            number = self._numbers[index, link] = len(self._blocks)
            self._blocks.append(pcapng.interface(link, name=_name(index), comment=COMMENT))
        return number

    @property
    def blocks(self) -> bytes:
        """All interfaces until now."""
        return b"".join(list(self._blocks))


def _name(index: int) -> str:
    try:
        return socket.if_indextoname(index)
    except OSError:
        return f"interface {index}"  # it has gone meanwhile


def _present() -> list[tuple[int, int]]:
    """Index and kind of hardware of all interfaces that are up."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for index, name in socket.if_nameindex():
            try:
                if _ask(asking, _SIOCGIFFLAGS, name) & _IFF_UP:
                    found.append((index, _ask(asking, _SIOCGIFHWADDR, name)))
            except OSError:
                continue  # it has gone since it was listed
    return found


def _ask(asking: socket.socket, what: int, name: str) -> int:
    return int(_request.unpack(ioctl(asking, what, _request.pack(name.encode(), 0)))[1])
