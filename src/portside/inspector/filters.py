"""Which messages somebody wants to see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portside.inspector.conversations import Message

TRANSPORTS = {"TCP", "UDP"}
"""What carries every message."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Every part that is set has to hold; case does not matter.

    - ``protocol``: whose message it is, or what carries it ("TLS" finds HTTP over TLS), several separated by commas.
      "TCP" and "UDP" carry everything, so they find only rows of their own.
    - ``host``: part of either end's address ("127.0.0.1:8080", "8080") or of the name it was called by.
    - ``text``: part of the title, of a fact's value, or of a note.
    - ``conversation``: its number. ``since``, ``until``: ns; the message's first byte lies between.
    """

    protocol: str = ""
    host: str = ""
    text: str = ""
    conversation: int = 0
    since: int = 0
    until: int = 0

    @property
    def empty(self) -> bool:
        """Whether it lets everything through."""
        return self == EVERYTHING

    def test(self) -> Callable[[Message], bool]:
        """A function that says whether a message passes."""
        protocols = {name.strip().upper() for name in self.protocol.split(",") if name.strip()}
        carriers = protocols - TRANSPORTS
        host, text = self.host.casefold().strip(), self.text.casefold().strip()

        def passes(message: Message) -> bool:
            conversation = message.conversation
            return not (
                (self.conversation and conversation.number != self.conversation)
                or (
                    protocols
                    and message.protocol.upper() not in protocols
                    and carriers.isdisjoint([name.upper() for name in message.inside])
                )
                or (self.since and message.time < self.since)
                or (self.until and message.time > self.until)
                or (host and not _has_host(message, host))
                or (text and not _has_text(message, text))
            )

        return passes


EVERYTHING = Filter()


def _has_host(message: Message, host: str) -> bool:
    conversation = message.conversation
    ends = f"{conversation.client} {conversation.server} {conversation.name}"
    return host in ends.casefold() or host in str(message.facts.get("host", "")).casefold()


def _has_text(message: Message, text: str) -> bool:
    if text in message.title.casefold():
        return True
    for value in message.facts.values():  # a loop, since it is asked for every message while somebody types
        if text in (value.casefold() if type(value) is str else str(value)):
            return True
    return any(text in note.casefold() for note in message.notes)
