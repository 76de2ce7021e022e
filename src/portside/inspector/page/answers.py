"""What a story tells, as the JSON that the page asks for. Every text in it is fit to be shown.

Times are ns since the first packet, which was captured at ``began`` (ns since 1970, written as text): numbers of a
browser have 53 bits, and ns since 1970 need 61.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from portside.inspector.conversations import Conversation, Layer, Message
from portside.inspector.filters import Filter
from portside.inspector.ladder import layers as wrapping
from portside.inspector.story import Story
from portside.interfaces import Role
from portside.protocols.explaining import Field
from portside.syntax.visible import visible

MOST_ROWS = 1000
"""Rows of one answer at most."""
MOST_BYTES = 64 * 1024
"""Bytes of one layer that are sent."""
MOST_PACKETS = 50
"""Packets of a message that are listed one by one."""
LONGEST = 4096
"""Characters of one value."""
MOST_FIELDS = 2000
"""Fields of one layer, parts included."""
Json = dict[str, Any]


def text(value: str) -> str:
    """``value`` as it may be shown."""
    return visible(value[:LONGEST]) + ("..." if len(value) > LONGEST else "")


def state(story: Story) -> Json:
    """How far a story has been read, and what it is about."""
    read, size = story.progress
    return {
        "version": story.version,
        "live": story.live,
        "files": [text(name.rpartition("/")[2]) for name in story.files],
        "read": read,
        "size": size,
        "packets": story.packets,
        "messages": len(story.messages),
        "conversations": len(story.conversations),
        "protocols": {text(name): count for name, count in story.protocols.items()},
        "remarks": [text(remark) for remark in story.remarks],
        "began": str(story.began),
        "secrets": story.show_secrets,
    }


def conversations(story: Story, offset: int, limit: int) -> Json:
    """Some of the conversations."""
    found = story.conversations[offset : offset + min(limit, MOST_ROWS)]
    return {"total": len(story.conversations), "rows": [_conversation(one, story.began) for one in found]}


def _conversation(one: Conversation, began: int) -> Json:
    return {
        "number": one.number,
        "client": text(str(one.client)),
        "server": text(str(one.server)),
        "name": text(one.name),
        "protocols": [one.transport, *(name for name in one.protocols if name != one.transport)],
        "state": one.state,
        "began": one.began - began,
        "until": one.until - began,
        "packets": one.packets,
        "messages": one.messages,
        "up": one.bytes_up,
        "down": one.bytes_down,
        "roundTrip": one.round_trip,
        "repeated": one.repeated,
        "missing": one.missing,
    }


def messages(story: Story, wanted: Filter, offset: int, limit: int) -> Json:
    """Some of the messages that ``wanted`` finds, and how many there are in all."""
    found = story.find(wanted)
    rows = [row(story, story.message(number)) for number in found[offset : offset + min(limit, MOST_ROWS)]]
    return {"total": len(found), "version": story.version, "rows": rows}


def row(story: Story, message: Message) -> Json:
    """One rung of the ladder."""
    conversation = message.conversation
    answers = message.answers
    return {
        "number": message.number,
        "conversation": conversation.number,
        "client": text(str(conversation.client)),
        "server": text(str(conversation.server)),
        "from": "client" if message.role is Role.CLIENT else "server",
        "protocol": message.protocol,
        "layers": wrapping(message),
        "kind": message.kind,
        "title": text(message.title),
        "status": message.facts.get("status"),
        "time": message.time - story.began,
        "until": message.until - story.began,
        "size": message.size,
        "complete": message.complete,
        "notes": [text(note) for note in message.notes],
        "answers": None if answers is None else answers.number,
        "after": None if answers is None else message.time - answers.time,
        "count": len(message.packets),
        "packets": [
            [number, story.time(number) - story.began, story.length(number)]
            for number in message.packets[:MOST_PACKETS]
        ],
    }


def opened(story: Story, number: int, packet: int) -> Json:
    """A message with all its layers."""
    envelope = story.open(number, packet)
    message = envelope.message
    return {
        "message": row(story, message),
        "chosen": envelope.chosen,
        "facts": {text(name): text(str(value)) for name, value in message.facts.items()},
        "layers": [_layer(layer) for layer in envelope.layers],
    }


def _layer(layer: Layer) -> Json:
    budget = [MOST_FIELDS]
    return {
        "name": text(layer.name),
        "protocol": text(layer.protocol),
        "size": layer.size,
        "bytes": b64encode(layer.data[:MOST_BYTES]).decode("ascii"),
        "inner": layer.inner,
        "fields": _fields(layer.fields, budget),
        "part": text(layer.part),
        "note": text(layer.note),
        "packet": layer.packet,
    }


def _fields(fields: Sequence[Field], budget: list[int]) -> list[Json]:
    found = []
    for field in fields:
        if budget[0] <= 0:
            break
        budget[0] -= 1
        found.append(
            {
                "name": text(field.name),
                "span": field.span,
                "value": text(field.value),
                "meaning": text(field.meaning),
                "source": text(field.source),
                "secret": field.secret,
                "parts": _fields(field.parts, budget),
            }
        )
    return found


def plot(story: Story, wanted: Filter, buckets: int) -> Json:
    """Throughput and round trips over time."""
    drawn = story.plot(wanted, buckets)
    return {
        "since": drawn.since - story.began,
        "until": drawn.until - story.began,
        "width": drawn.width,
        "up": list(drawn.up),
        "down": list(drawn.down),
        "roundTrips": [[time - story.began, took] for time, took in drawn.round_trips],
    }
