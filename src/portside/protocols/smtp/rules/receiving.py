"""What is read between commands: the content of a message, and chunks that are passed over."""

from __future__ import annotations

from portside.interfaces import Heard, Output
from portside.protocols.smtp.messages import Content as Piece
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.contents import ChunkedContent, Content, DataContent
from portside.protocols.smtp.rules.intake import Intake
from portside.protocols.smtp.rules.limits import ServerLimits
from portside.protocols.smtp.rules.turns import Dropped
from portside.protocols.smtp.syntax.content import Chunk


class Receiving:
    """``content`` is that of the message at hand. ``passing`` octets of a refused chunk come, and then ``passed``."""

    __slots__ = ("_intake", "_limits", "content", "passed", "passing")

    def __init__(self, intake: Intake, limits: ServerLimits) -> None:
        self._intake = intake
        self._limits = limits
        self.content: Content | None = None
        self.passing = 0
        self.passed: Reply | None = None

    # ------------------------------------------------------------------------------------------ contents

    def open_data(self, now: float, *, mend: bool) -> None:
        """The content follows, to its dot; ``mend``: a bare LF is an end of line."""
        self.content = DataContent(self._limits, mend=mend)
        self.content.since = now

    def open_chunk(self, chunk: Chunk, now: float, *, binary: bool) -> None:
        """A chunk follows; ``binary``: the content has no lines. Raises ``Refusal`` (503) behind the last one."""
        content = self.content
        if not isinstance(content, ChunkedContent):
            content = self.content = ChunkedContent(self._limits, binary=binary)
        content.begin(chunk)
        content.seen, content.since = content.moved, now

    def take(self, content: Content, data: bytes) -> list[Output]:
        """``data`` has come for ``content``; what is behind its end waits in the intake."""
        kept = content.take(data)
        if content.rest:
            self._intake.put_back(content.rest)
            content.rest = b""
        if kept:
            return [Heard(Piece(kept))]
        return [] if content.spoilt is None else self.give_up()

    def give_up(self) -> list[Output]:
        """Nothing of the content stays; the side above hears it once."""
        if self.content is None or not self.content.begun:
            return []
        self.content.begun = False
        return [Heard(Dropped())]

    def forget(self) -> list[Output]:
        """No message is at hand."""
        outputs = self.give_up()
        self.content = None
        return outputs

    # --------------------------------------------------------------------------------------- passed over

    def pass_over(self, size: int, reply: Reply) -> None:
        """``size`` octets of a chunk come, for all that it was refused: ``reply`` is said behind them (RFC 3030 §2)."""
        self.passing, self.passed = size, reply

    def pass_some(self) -> Reply | None:
        """Pass over what waits; the reply, once it has all come."""
        self.passing -= len(self._intake.take(self.passing))
        return None if self.passing else self.passed
