"""A reader for what nobody here knows: who speaks says one message until the other side answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from portside.interfaces import Role
from portside.protocols.explaining import Mask, Said, Switch

SHOWN = 60
"""Characters of a message that its title shows."""


class TurnReader:
    """The bytes of one side up to the other side's next word are one message; a datagram is always one.

    A silence says nothing: two texts that follow each other without an answer are one message in two packets.
    """

    __slots__ = ("_datagrams", "_offsets", "_open")

    def __init__(self, *, datagrams: bool = False) -> None:
        self._datagrams = datagrams
        self._offsets = {Role.CLIENT: 0, Role.SERVER: 0}
        self._open: Said | None = None

    @property
    def switch(self) -> Switch | None:
        return None

    def read(self, role: Role, data: bytes) -> Sequence[Said]:
        start = self._offsets[role]
        self._offsets[role] = stop = start + len(data)
        said = self._open
        if said is not None and said.role is role and not self._datagrams:
            said.stop = stop
            return ()
        self._close()
        self._open = said = Said(role, "datagram" if self._datagrams else "data", preview(data), start, stop)
        if self._datagrams:
            self._close()
        return (said,)

    def missed(self, role: Role, count: int) -> Sequence[Said]:
        self._offsets[role] += count
        said = self._open
        if said is not None and said.role is role:
            said.stop += count
            said.notes = (*said.notes[:3], f"{count:,} bytes were not captured")
        return ()

    def ended(self, role: Role) -> Sequence[Said]:
        if self._open is not None and self._open.role is role:
            self._close()
        return ()

    def mask_from_here(self) -> Callable[[], Mask] | None:
        """Nobody knows what is secret in it."""
        return None

    def _close(self) -> None:
        if self._open is not None:
            self._open.complete = True
            self._open = None


def preview(data: bytes) -> str:
    """The beginning of ``data`` as one line: as text where it is text, else in hexadecimal."""
    head = data[: 4 * SHOWN]
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        text = head[: error.start].decode("utf-8") if error.start >= len(head) - 3 else ""
    line = " ".join(text.split())
    if not line or sum(not character.isprintable() for character in line) * 8 > len(line):
        return "" if not data else data[: SHOWN // 3].hex(" ") + ("..." if len(data) > SHOWN // 3 else "")
    shortened = len(line) > SHOWN or len(data) > len(head)
    return line[:SHOWN] + ("..." if shortened else "")
