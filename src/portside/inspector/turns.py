"""A reader for what nobody here knows: who speaks says one message until the other side answers.

Credentials may stand in it all the same: a capture begins in the middle of HTTP, or the two speak HTTP/2. So its
bytes are taken for lines, and a line that looks like a field with a credential is hidden as HTTP's own are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from portside.interfaces import Role
from portside.protocols.explaining import Expected, Mask, Said, Switch
from portside.protocols.http.explain.credentials import hide_line
from portside.protocols.http.explain.http2 import PREFACE, BothFrames
from portside.protocols.http.explain.masking import Parts

SHOWN = 60
"""Characters of a message that its title shows."""
PREFACE_TITLE = "HTTP/2 connection preface"


class TurnMask:
    """See ``portside.protocols.explaining.Mask``; each datagram stands by itself."""

    __slots__ = ("_datagrams", "_frames", "_lines")

    def __init__(self, *, datagrams: bool = False) -> None:
        self._datagrams = datagrams
        self._frames: BothFrames | None = None if datagrams else BothFrames()
        self._lines = {role: Parts(b"\n", hide_line, folding=True, endless=True) for role in Role}

    def copy(self) -> TurnMask:
        """Another one that goes on from here."""
        other = TurnMask(datagrams=self._datagrams)
        other._frames = None if self._frames is None else self._frames.copy()
        other._lines = {role: lines.copy() for role, lines in self._lines.items()}
        return other

    def hide(self, role: Role, data: bytes) -> bytes:
        if self._frames is not None:
            shown = self._frames.hide(role, data)
            if shown is not None:
                return data if shown == data else shown
            if self._frames.refuted:
                self._frames = None
        lines = self._lines[role]
        if self._datagrams:
            lines.reset()
        if lines.pass_harmless(data):
            return data
        hidden = lines.take(data)
        return data if hidden == data else hidden

    def missed(self, role: Role, count: int) -> None:  # noqa: ARG002
        if self._frames is not None:
            self._frames.missed(role)
        self._lines[role].missed()

    def harmless(self, role: Role) -> int:  # noqa: ARG002
        return 0

    def begun(self, role: Role) -> str:
        """The types of HTTP/2's frames that the last piece of ``role`` has begun; "" where it is something else."""
        return "" if self._frames is None else self._frames.begun(role)


class TurnReader:
    """The bytes of one side up to the other side's next word are one message; a datagram is always one.

    A silence says nothing: two texts that follow each other without an answer are one message in two packets.
    """

    __slots__ = ("_datagrams", "_mask", "_offsets", "_open")

    def __init__(self, *, datagrams: bool = False) -> None:
        self._datagrams = datagrams
        self._offsets = {Role.CLIENT: 0, Role.SERVER: 0}
        self._open: Said | None = None
        self._mask = TurnMask(datagrams=datagrams)

    @property
    def switch(self) -> Switch | None:
        return None

    @property
    def expected(self) -> Sequence[Expected]:
        return ()

    def read(self, role: Role, data: bytes) -> Sequence[Said]:
        shown = self._mask.hide(role, data)
        start = self._offsets[role]
        self._offsets[role] = stop = start + len(data)
        said = self._open
        if said is not None and said.role is role and not self._datagrams:
            said.stop = stop
            return ()
        self._close()
        self._open = said = Said(role, "datagram" if self._datagrams else "data", self._title(role, shown), start, stop)
        if self._datagrams:
            self._close()
        return (said,)

    def missed(self, role: Role, count: int) -> Sequence[Said]:
        self._offsets[role] += count
        self._mask.missed(role, count)
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
        """What has been begun is remembered, so that a mask can begin anywhere."""
        return self._mask.copy().copy

    def _title(self, role: Role, shown: bytes) -> str:
        if role is Role.CLIENT and not self._datagrams and shown.startswith(PREFACE):
            return PREFACE_TITLE
        return self._mask.begun(role) or preview(shown)

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
