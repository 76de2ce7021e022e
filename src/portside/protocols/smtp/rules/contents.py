"""The content of one message as it comes, by DATA or in chunks: counted, looked at, and given up where it must be.

What is given up is passed over to its end, since only there may it be answered (RFC 5321 §4.5.2, RFC 3030 §2).
"""

from __future__ import annotations

from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.hops import Hops
from portside.protocols.smtp.rules.limits import ServerLimits
from portside.protocols.smtp.syntax.codes import Refusal
from portside.protocols.smtp.syntax.content import Chunk, Unstuffer, bare_line, has_bare

TOO_LARGE = Reply(552, ("The message is larger than SIZE says.",), "5.3.4")
ROUND_IN_CIRCLES = Reply(554, ("Too many hops: the message goes round in circles.",), "5.4.6")
BARE = bare_line().reply
ENOUGH = 64 * 1024 * 1024
"""Octets beyond the largest message that are passed over; who sends more has not read SIZE and won't read a reply."""


class Content:
    """- ``size``: octets so far. ``spoilt``: what it will be refused with, None while it is good.
    - ``ended``: it is whole; ``rest``: what came behind its end.
    - ``moved``: octets on the wire, of which ``seen`` had come by the time ``since``.
    - ``begun``: the side above has heard of it, and has to hear what becomes of it.
    """

    __slots__ = ("_hops", "_limits", "begun", "ended", "moved", "rest", "seen", "since", "size", "spoilt")

    def __init__(self, limits: ServerLimits) -> None:
        self.begun = False
        self.seen = 0
        self.since = 0.0
        self._limits = limits
        self._hops = Hops()
        self.size = 0
        self.moved = 0
        self.spoilt: Reply | None = None
        self.ended = False
        self.rest = b""

    @property
    def too_much(self) -> bool:
        """Whether nothing more of it is even passed over."""
        return self.size > self._limits.largest + ENOUGH

    @property
    def wanted(self) -> int | None:
        """Octets that may belong to it; None where only they themselves can tell."""
        return None

    def is_slow(self, now: float) -> bool:
        """Whether too little has come since the last look, which is a whole block's time ago; then it begins anew."""
        slow = self.moved - self.seen < self._limits.least
        self.seen, self.since = self.moved, now
        return slow

    def take(self, data: bytes) -> bytes:
        """What of ``data`` is to be kept; ``ended`` and ``rest`` tell the others."""
        raise NotImplementedError

    def _count(self, data: bytes) -> bytes:
        """``data``, where it may be kept."""
        self.size += len(data)
        if self.spoilt is not None:
            return b""
        if self.size > self._limits.largest:
            self.spoilt = TOO_LARGE
            return b""
        if not self._hops.over:
            self._hops.look(data)
            if self._hops.count > self._limits.hops:
                self.spoilt = ROUND_IN_CIRCLES
        return data if self.spoilt is None else b""


class DataContent(Content):
    """After DATA, to the dot. ``mend``: a bare LF is an end of line."""

    __slots__ = ("_unstuffer",)

    def __init__(self, limits: ServerLimits, *, mend: bool) -> None:
        super().__init__(limits)
        self._unstuffer = Unstuffer(mend=mend)

    def take(self, data: bytes) -> bytes:
        self.moved += len(data)
        unstuffer = self._unstuffer
        content = unstuffer.feed(data)
        if unstuffer.fault is not None and self.spoilt is None:
            self.spoilt = unstuffer.fault.reply
        if unstuffer.ended:
            self.ended, self.rest = True, unstuffer.rest
        return self._count(content)


class ChunkedContent(Content):
    """In chunks. ``binary``: it has no lines (BINARYMIME); else they end as everywhere."""

    __slots__ = ("_binary", "_cr", "_left", "last")

    def __init__(self, limits: ServerLimits, *, binary: bool) -> None:
        super().__init__(limits)
        self._binary = binary
        self._cr = False  # whether the octet before was a CR
        self._left = 0
        self.last = False

    @property
    def wanted(self) -> int:
        return self._left

    def begin(self, chunk: Chunk) -> None:
        """This chunk follows. Raises ``Refusal`` (503) behind the last one."""
        if self.last:
            raise Refusal("The last chunk has come.", 503, "5.5.1")
        self._left, self.last = chunk.size, chunk.last
        self.ended = not chunk.size
        if self.ended and self.last and self._cr and self.spoilt is None:  # nothing follows the CR that came last
            self.spoilt = BARE

    def take(self, data: bytes) -> bytes:
        content, self.rest = data[: self._left], data[self._left :]
        self.moved += len(content)
        self._left -= len(content)
        self.ended = not self._left
        if not self._binary and self.spoilt is None and self._is_bare(content):
            self.spoilt = BARE
        return self._count(content)

    def _is_bare(self, data: bytes) -> bool:
        if not data:
            return False
        looked_at = b"\r" + data if self._cr else data
        self._cr = data.endswith(b"\r")
        if self._cr and self.last and self.ended:
            return True
        return has_bare(looked_at.removesuffix(b"\r"))
