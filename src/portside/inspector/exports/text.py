"""The ladder as text, each message with what its head says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from portside.inspector.conversations import Message
from portside.inspector.ladder import rung
from portside.inspector.story import Story
from portside.syntax.visible import visible

MOST_LINES = 60
"""Lines of one message that are shown."""
LONGEST = 4096
"""Bytes of one message that are looked at."""
INDENT = "    "
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
"""Behind it a body begins, also one that had to be freed of its wrapping (RFC 5322 §2.1, RFC 9112 §2.1)."""


def pieces(story: Story, numbers: Sequence[int]) -> Iterator[bytes]:
    """Lines of text in UTF-8, piece by piece; no character of them moves a cursor."""
    began = story.messages[0].time if story.messages else 0
    for number in numbers:
        message = story.message(number)
        data = b"" if message.protocol == "TLS" else _head(story, message)
        lines = [rung(message, began), *(INDENT + line for line in _shown(data))]
        yield ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _head(story: Story, message: Message) -> bytes:
    """The beginning of a message as far as it is no content; all of it where it has no head."""
    data = story.message_bytes(message.number, LONGEST)
    content = story.content(message.number, LONGEST)
    if content is None or not content.data:
        return data
    if not content.wrapping and data.endswith(content.data):
        return data[: len(data) - len(content.data)] or data
    found = _EMPTY_LINE.search(data)
    return data[: found.end()] if found else data


def _shown(data: bytes) -> list[str]:
    text = data.decode("utf-8", "replace")
    odd = sum(not character.isprintable() and character not in "\r\n\t" for character in text) + text.count("\ufffd")
    if odd * 8 > len(text):
        return [f"{len(data):,} bytes that are no text"]
    lines = [line for line in (line.rstrip("\r") for line in text.split("\n")) if line]
    more = [f"... and {len(lines) - MOST_LINES:,} more"] if len(lines) > MOST_LINES else []
    return [*map(visible, lines[:MOST_LINES]), *more]
