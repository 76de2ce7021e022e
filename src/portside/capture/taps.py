"""Several taps at one place, as where a record is made and a window looks on."""

from __future__ import annotations

from collections.abc import Sequence

from portside.errors import TransportError
from portside.interfaces import Address, Buffer, DatagramTap, Door, Role, StreamTap, Tap


class Taps:
    """A ``Tap`` that is all of ``taps``, in their order. Those that want keys of TLS share one path for them."""

    def __init__(self, taps: Sequence[Tap]) -> None:
        self._taps = tuple(taps)

    @property
    def key_log(self) -> str | None:
        """See ``Tap``."""
        return next((tap.key_log for tap in self._taps if tap.key_log is not None), None)

    def stream(self, door: Door, role: Role, *, second: bool = False) -> StreamTap:
        """See ``Tap``."""
        return _Streams(tuple(tap.stream(door, role, second=second) for tap in self._taps))

    def datagrams(self, door: Door, role: Role) -> DatagramTap:
        """See ``Tap``."""
        return _Datagrams(tuple(tap.datagrams(door, role) for tap in self._taps))


class _Streams:
    __slots__ = ("_taps",)

    def __init__(self, taps: tuple[StreamTap, ...]) -> None:
        self._taps = taps

    def sent(self, data: Buffer) -> None:
        """See ``StreamTap``."""
        for tap in self._taps:
            tap.sent(data)

    def came(self, data: bytes) -> None:
        """See ``StreamTap``."""
        for tap in self._taps:
            tap.came(data)

    def ended(self) -> None:
        """See ``StreamTap``."""
        for tap in self._taps:
            tap.ended()

    def finished(self) -> None:
        """See ``StreamTap``."""
        for tap in self._taps:
            tap.finished()

    def lost(self, error: TransportError | None) -> None:
        """See ``StreamTap``."""
        for tap in self._taps:
            tap.lost(error)


class _Datagrams:
    __slots__ = ("_taps",)

    def __init__(self, taps: tuple[DatagramTap, ...]) -> None:
        self._taps = taps

    def sent(self, data: Buffer, to: Address) -> None:
        """See ``DatagramTap``."""
        for tap in self._taps:
            tap.sent(data, to)

    def came(self, data: bytes, source: Address) -> None:
        """See ``DatagramTap``."""
        for tap in self._taps:
            tap.came(data, source)
