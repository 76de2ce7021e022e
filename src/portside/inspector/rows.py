"""The rows of the ladder as they are found, and where each one came from, so that it can be opened later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portside.inspector.conversations import Conversation, Message
from portside.inspector.packets import Packets
from portside.protocols.explaining import Said

if TYPE_CHECKING:
    from portside.inspector.channels import Spoken
    from portside.inspector.secured import Secured

Origin = tuple["Spoken | Secured | None", object]
"""Who has found a message, and what it was to them; None: TCP itself, whose messages are their packets."""

MOST_MESSAGES = 1_000_000
"""Messages that are kept: about a gigabyte of memory. What comes after them is counted, not shown."""


@dataclass(slots=True)
class Rows:
    """All messages of a story; ``changed`` is set whenever one comes or grows."""

    packets: Packets
    messages: list[Message] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    refused: int = 0
    changed: bool = False
    protocols: dict[str, int] = field(default_factory=dict)
    """In how many conversations each protocol is spoken, TCP and UDP among them."""

    @property
    def found(self) -> int:
        """Messages that were found, be they kept or not."""
        return len(self.messages) + self.refused

    def add(
        self,
        conversation: Conversation,
        protocol: str,
        inside: tuple[str, ...],
        said: Said,
        packets: list[int],
        origin: Origin,
    ) -> Message:
        """A message was found, and ``packets`` have brought of it what is there already."""
        times = self.packets.times
        first = times[packets[0] - 1] if packets else conversation.until
        last = times[packets[-1] - 1] if packets else first
        message = Message(
            len(self.messages) + 1, conversation, said.role, protocol, said.kind, said.title, first, last,
            said.stop - said.start, packets, said.complete, said.facts, said.notes, None, inside,
        )  # fmt: skip
        if len(self.messages) < MOST_MESSAGES:
            self.messages.append(message)
            self.origins.append(origin)
            conversation.messages += 1
        else:
            self.refused += 1
        self.changed = True
        return message

    def speaks(self, protocol: str) -> None:
        """One more conversation speaks ``protocol``."""
        self.protocols[protocol] = self.protocols.get(protocol, 0) + 1

    def note(self, conversation: Conversation, text: str) -> None:
        """Something is odd about the message that was found last, if it is one of ``conversation``."""
        if self.messages and self.messages[-1].conversation is conversation:
            self.messages[-1].notes += (text,)

    def grow(self, message: Message, said: Said, more: Sequence[int]) -> None:
        """``said`` has grown, by what ``more`` packets brought."""
        message.size = said.stop - said.start
        packets = message.packets
        if isinstance(packets, list):
            for number in more:
                if not packets or packets[-1] != number:
                    packets.append(number)
        if more:
            last = self.packets.times[more[-1] - 1]
            if last > message.until:
                message.until = last
        self.changed = True
