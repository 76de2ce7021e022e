"""HTTP/2 without its header blocks: frames are told by their headers, and what may hold credentials is hidden.

There is no room for HTTP/2 yet. But it is met within TLS that was opened, and behind an upgrade (RFC 9113 §3), and a
block of fields carries logins and cookies as HTTP/1.x does, compressed at most (RFC 7541). So all of HEADERS,
PUSH_PROMISE and CONTINUATION but their frame headers is overwritten.
"""

from __future__ import annotations

from portside.interfaces import Role

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What a client says first (RFC 9113 §3.4)."""
HEADER = 9
"""Bytes of a frame's header (RFC 9113 §4.1)."""
MOST_SETTINGS = 64
"""Settings of a server's first frame; seven are registered."""
TYPES = {
    0: "DATA", 1: "HEADERS", 2: "PRIORITY", 3: "RST_STREAM", 4: "SETTINGS", 5: "PUSH_PROMISE", 6: "PING", 7: "GOAWAY",
    8: "WINDOW_UPDATE", 9: "CONTINUATION", 10: "ALTSVC", 12: "ORIGIN", 16: "PRIORITY_UPDATE",
}  # fmt: skip
"""Types of frames (RFC 9113 §6, and IANA's registry)."""
_BLOCKS = (1, 5, 9)
"""Those that carry fragments of header blocks."""
_SETTINGS = 4
HIDDEN = b"*"


def opens(role: Role, data: bytes) -> bool | None:
    """Whether a direction that begins with ``data`` speaks HTTP/2; None while that can't be said."""
    if role is Role.CLIENT:
        begins = data[: len(PREFACE)] == PREFACE[: len(data)]
        return (True if len(data) >= len(PREFACE) else None) if begins else False
    size = int.from_bytes(data[:3], "big")
    if (len(data) >= 3 and (size % 6 or size > 6 * MOST_SETTINGS)) or not b"\x04\0\0\0\0\0".startswith(data[3:HEADER]):
        return False
    return True if len(data) >= HEADER else None


class Frames:
    """One direction from its beginning: whether it is HTTP/2, and then its frames.

    ``spoken``: whether it is; None while that can't be said. ``begun``: the types of the frames that the last
    piece has begun.
    """

    __slots__ = ("_first", "_header", "_hides", "_left", "_lost", "_role", "begun", "spoken")

    def __init__(self, role: Role) -> None:
        self._role = role
        self._first = b""
        self._header = b""
        self._left = 0
        self._hides = False
        self._lost = False
        self.begun: list[str] = []
        self.spoken: bool | None = None

    def copy(self) -> Frames:
        """Another one that goes on from here."""
        other = Frames(self._role)
        other._first, other._header, other._left = self._first, self._header, self._left
        other._hides, other._lost, other.spoken = self._hides, self._lost, self.spoken
        return other

    def take(self, data: bytes) -> bytes:
        """The next bytes, hidden if they are HTTP/2's."""
        if self.spoken is False:
            return data
        self.begun = []
        if self.spoken:
            return self._take(data)
        before = len(self._first)
        self._first += data[: len(PREFACE)]
        self.spoken = opens(self._role, self._first)
        if not self.spoken:
            return data
        head = max(0, len(PREFACE) - before) if self._role is Role.CLIENT else 0
        if self._role is Role.SERVER:
            self._take(self._first[:before])
        self._first = b""
        return data[:head] + self._take(data[head:])

    def missed(self) -> None:
        """Some bytes will never come: nobody knows any more where frames begin."""
        self._lost = True
        if self.spoken is None:
            self.spoken = len(self._first) >= HEADER

    def _take(self, data: bytes) -> bytes:
        if self._lost:
            return HIDDEN * len(data)
        shown = []
        at = 0
        while at < len(data):
            if self._left:
                piece = data[at : at + self._left]
                self._left -= len(piece)
                shown.append(HIDDEN * len(piece) if self._hides else piece)
            else:
                piece = data[at : at + HEADER - len(self._header)]
                self._header += piece
                shown.append(piece)
                if len(self._header) == HEADER:
                    self._begin()
            at += len(piece)
        return b"".join(shown)

    def _begin(self) -> None:
        kind = self._header[3]
        self._left = int.from_bytes(self._header[:3], "big")
        self._hides = kind in _BLOCKS
        self._header = b""
        if len(self.begun) < len(TYPES):
            self.begun.append(TYPES.get(kind, f"frame type {kind}"))


class BothFrames:
    """Both directions of what may be HTTP/2."""

    __slots__ = ("_both",)

    def __init__(self) -> None:
        self._both = {role: Frames(role) for role in Role}

    def copy(self) -> BothFrames:
        """Another one that goes on from here."""
        other = BothFrames()
        other._both = {role: frames.copy() for role, frames in self._both.items()}
        return other

    @property
    def refuted(self) -> bool:
        """Whether neither direction is HTTP/2."""
        return all(frames.spoken is False for frames in self._both.values())

    def refuted_for(self, role: Role) -> bool:
        """Whether what ``role`` says is not HTTP/2, whatever follows."""
        return self._both[role].spoken is False and not self._both[Role.CLIENT].spoken

    def hide(self, role: Role, data: bytes) -> bytes | None:
        """The next bytes of ``role``, hidden; None where they are not HTTP/2's as far as can be said."""
        frames = self._both[role]
        shown = frames.take(data)
        if frames.spoken:
            return shown
        if frames.spoken is False and self._both[Role.CLIENT].spoken:  # it answers in something that we can't read
            return HIDDEN * len(data)
        return None

    def missed(self, role: Role) -> None:
        """Some bytes of ``role`` will never come."""
        self._both[role].missed()

    def begun(self, role: Role) -> str:
        """The types of the frames that the last piece of ``role`` has begun, as a title; "" where there are none."""
        frames = self._both[role]
        return ", ".join(frames.begun) if frames.spoken else ""
