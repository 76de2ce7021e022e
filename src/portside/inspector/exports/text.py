"""The ladder as text, each message with what its head says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from portside.inspector.ladder import rung
from portside.inspector.story import Story
from portside.syntax.visible import visible

MOST_LINES = 60
"""Lines of one message that are shown."""
LONGEST = 4096
"""Bytes of one message that are looked at."""


def pieces(story: Story, numbers: Sequence[int]) -> Iterator[bytes]:
    """Lines of text in UTF-8, piece by piece; no character of them moves a cursor."""
    began = story.messages[0].time if story.messages else 0
    for number in numbers:
        message = story.message(number)
        lines = [rung(message, began)]
        content = story.content(number, LONGEST)
        data = story.message_bytes(number, LONGEST)
        if data and message.protocol != "TLS":
            size = len(data) - len(content.data) if content is not None and data.endswith(content.data) else len(data)
            lines += _shown(data[:size] or data)
        yield ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _shown(data: bytes) -> list[str]:
    text = data.decode("utf-8", "replace")
    if text.count("\ufffd") * 8 > len(text):
        return [f"    {len(data):,} bytes that are no text"]
    return [f"    {visible(line)}" for line in text.splitlines()[:MOST_LINES] if line]
