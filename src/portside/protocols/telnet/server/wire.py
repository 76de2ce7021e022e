"""The way to one visitor: what is said is bounded, for some never read."""

from __future__ import annotations

import asyncio
import logging

from portside.engine.conversation import Conversation
from portside.interfaces import Address
from portside.protocols.telnet.messages import Data, Message, Option, Party, Want
from portside.protocols.telnet.rules.conversation import TelnetRules

MOST_UNREAD = 1024 * 1024
"""Bytes that wait for a visitor who does not read: hundreds of full windows, of which they would read the last."""
FAREWELL = 10.0
"""Seconds that the last words have to be read before the connection goes."""
JOINED = 32 * 1024
"""Bytes that leave at once: a call of the kernel for each line takes longer than all else about it."""
STALLED = 60.0
"""Seconds that an application waits for a visitor to read: whoever sits at a terminal has read by then."""

_log = logging.getLogger("portside.telnet")


class Wire:
    """Says things to one visitor. Nothing is said, and nothing raised, once they are gone."""

    __slots__ = ("_conversation", "_drained", "_rules", "_waiting", "address", "cut_off", "secure")

    def __init__(
        self, conversation: Conversation[Message], rules: TelnetRules, address: Address, *, secure: bool = False
    ) -> None:
        self._conversation = conversation
        self._rules = rules
        self._drained = asyncio.Event()
        self._waiting = bytearray()
        self.address = address
        self.secure = secure
        self.cut_off = ""  # why we closed the connection at once

    # ---------------------------------------------------------------------------------------------- saying

    def say(self, message: Message) -> None:
        """Say ``message``. Whoever leaves more than ``MOST_UNREAD`` bytes unread is cut off."""
        if self._waiting:
            self.flush()
        self._say(message)

    def _say(self, message: Message) -> None:
        conversation = self._conversation
        if conversation.over:
            return
        conversation.say(message)
        if conversation.pending() > MOST_UNREAD:
            self.abort(f"{MOST_UNREAD:,} bytes were not read")

    def send(self, data: bytes) -> None:
        """Say bytes of text. What is said in one turn of the loop leaves together."""
        if not self._waiting and data:
            asyncio.get_running_loop().call_soon(self.flush)
        self._waiting += data
        if len(self._waiting) > JOINED:
            self.flush()

    def flush(self) -> None:
        """Let go of the text that waits for this turn's end."""
        if self._waiting:
            data, self._waiting = bytes(self._waiting), bytearray()
            self._say(Data(data))

    def want(self, option: Option, party: Party, on: bool = True) -> None:
        """Ask for an option to be on or off, unless it is so already; then what waits goes on waiting."""
        if self._rules.on(option, party) is not on or self._rules.negotiating(option, party):
            self.say(Want(option, party, on))

    def on(self, option: Option, party: Party) -> bool:
        """Whether an option is on, on our side (US) or on theirs (THEM)."""
        return self._rules.on(option, party)

    def negotiating(self, option: Option, party: Party) -> bool:
        """Whether what we asked for has not been answered."""
        return self._rules.negotiating(option, party)

    # -------------------------------------------------------------------------------------------- pressure

    @property
    def over(self) -> bool:
        """Whether they are gone."""
        return self._conversation.over

    @property
    def slow(self) -> bool:
        """Whether more was said than they have read."""
        return self._conversation.slow

    @property
    def pending(self) -> int:
        """Bytes that were said and wait to leave."""
        return self._conversation.pending() + len(self._waiting)

    async def drain(self) -> None:
        """Wait while it is slow. Whoever reads nothing for ``STALLED`` seconds is cut off."""
        if not self.slow or self._conversation.over:
            return
        self.flush()
        self._drained.clear()
        try:
            async with asyncio.timeout(STALLED):
                await self._drained.wait()
        except TimeoutError:
            self.abort(f"nothing was read for {STALLED:g} s")

    def drained(self) -> None:
        """They have read, or are gone."""
        self._drained.set()

    def hold(self) -> None:
        """Hear no more for now."""
        self._conversation.hold()

    def release(self) -> None:
        """Hear again."""
        self._conversation.release()

    # ------------------------------------------------------------------------------------------------- end

    def finish(self) -> None:
        """Close, once what was said has left."""
        self.flush()
        if not self._conversation.over:
            self._conversation.stop()
            asyncio.get_running_loop().call_later(FAREWELL, self.abort, "the last words were not read")

    def abort(self, why: str) -> None:
        """Close at once; the log says why."""
        if self._conversation.over:
            return
        self.cut_off = why
        _log.warning("%s was cut off: %s", self.address, why)
        self._conversation.abort()
