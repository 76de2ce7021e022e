"""The ladder as lines of text: when, who, which way, what; and as records for programs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from portside.inspector.conversations import Message
from portside.interfaces import Role
from portside.syntax.visible import visible

NS = 1_000_000_000
TITLE = 100
"""Characters of a title in one line."""
CUT = "..."
"""What stands where something was left out."""


def rung(message: Message, began: int, width: int = 0) -> str:
    """One message as one line; ``began`` is the time that all are counted from, in ns.

    Whatever stands in the message, the line moves no cursor. ``width`` cuts it, 0 does not.
    """
    conversation = message.conversation
    arrow = "-->" if message.role is Role.CLIENT else "<--"
    ends = f"{conversation.client} {arrow} {conversation.server}"
    words = " ".join((_cut(visible(message.title), TITLE), *_remarks(message)))
    line = f"{(message.time - began) / NS:12.6f}  #{conversation.number:<4} {ends}  {layers(message):<9} {words}"
    return _cut(line, width) if width else line


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: max(0, width - len(CUT))] + CUT[:width]


def layers(message: Message) -> str:
    """Whose message it is, within what: "HTTP", "TLS/HTTP", "UDP"; "TLS", too, for what nobody knows within it."""
    names = [*(name for name in message.inside if name not in ("TCP", "UDP")), message.protocol]
    return "/".join(dict.fromkeys(names))


def _remarks(message: Message) -> list[str]:
    found = []
    if message.size:
        found.append(f"{message.size:,} B")
    if len(message.packets) > 1:
        found.append(f"{len(message.packets)} packets")
    if message.answers is not None:
        found.append(f"{span(message.time - message.answers.time)} after its question")
    said = f"({', '.join(found)})" if found else ""
    return [part for part in (said, *(f"[{visible(note)}]" for note in message.notes)) if part]


def span(ns: int) -> str:
    """A time as people say it: "830 us", "1.2 ms", "3.4 s"."""
    if abs(ns) < 999_500:  # what would be rounded to 1000 is one of the next unit
        return f"{ns / 1000:.0f} us"
    return f"{ns / 1_000_000:.1f} ms" if abs(ns) < 999_950_000 else f"{ns / NS:.1f} s"


def record(message: Message) -> dict[str, Any]:
    """The same for programs; ``time`` is ISO 8601 in UTC, ``time_ns`` counts from 1970."""
    conversation = message.conversation
    seconds, rest = divmod(message.time, NS)
    when = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return {
        "number": message.number,
        "time": f"{when}.{rest:09d}Z",
        "time_ns": message.time,
        "until_ns": message.until,
        "conversation": conversation.number,
        "transport": conversation.transport,
        "client": str(conversation.client),
        "server": str(conversation.server),
        "from": message.role.value,
        "protocol": message.protocol,
        "inside": list(message.inside),
        "kind": message.kind,
        "title": message.title,
        "size": message.size,
        "packets": list(message.packets),
        "complete": message.complete,
        "facts": dict(message.facts),
        "notes": list(message.notes),
        "answers": None if message.answers is None else message.answers.number,
    }
