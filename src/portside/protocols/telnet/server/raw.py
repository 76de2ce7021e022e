"""For applications that want what comes in as it is: a login shell, a gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from portside.errors import PortsideError
    from portside.protocols.telnet.messages import Message
    from portside.protocols.telnet.server.wire import Wire


class Raw(Protocol):
    """Whom a visitor was handed over to."""

    def begin(self, wire: Wire) -> None:
        """Speak by ``wire`` from now on."""
        ...

    def heard(self, message: Message) -> None:
        """Bytes, signals, options, the window: whatever they say."""
        ...

    def drained(self) -> None:
        """What was said has left: more may be said."""
        ...

    def lost(self, error: PortsideError | None) -> None:
        """They are gone, or are being sent away. Called once."""
        ...
