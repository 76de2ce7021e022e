"""A tap that writes down."""

from __future__ import annotations

from portside.errors import TransportError
from portside.interfaces import Buffer, DatagramTap, Door, Role


class Ledger:
    """Keeps all that its streams carry, below TLS, in one book."""

    key_log = None

    def __init__(self) -> None:
        self.sent_bytes = bytearray()
        self.came_bytes = bytearray()
        self.log: list[tuple[str, bytes]] = []
        self.opened: list[tuple[Door, Role]] = []
        self.events: list[object] = []

    def stream(self, door: Door, role: Role, *, second: bool = False) -> Ledger:
        self.opened.append((door, role))
        return self

    def datagrams(self, door: Door, role: Role) -> DatagramTap:
        raise AssertionError("there are no datagrams here")

    def sent(self, data: Buffer) -> None:
        self.sent_bytes += data
        self.log.append(("sent", bytes(data)))

    def came(self, data: bytes) -> None:
        self.came_bytes += data
        self.log.append(("came", data))

    def ended(self) -> None:
        self.events.append("ended")

    def finished(self) -> None:
        self.events.append("finished")

    def lost(self, error: TransportError | None) -> None:
        self.events.append(error)
