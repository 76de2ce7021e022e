"""Queued messages, for a person and for a program."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from portside.apps.outbox.entries import Happening, QueuedMessage, QueuedRecipient
from portside.apps.outbox.schedule import serialise_span
from portside.apps.outbox.states import OPEN, State

_SIZES = (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10))


def lines(message: QueuedMessage, now: float) -> Iterator[str]:
    """A message in a list, with a line for each recipient."""
    sender = message.envelope.sender or "(a report)"
    relay = f"  by {_without_fragment(message.relay)}" if message.relay else ""
    yield f"{message.id}  {serialise_span(now - message.born):>4}  {_size(message.size):>8}  {sender}{relay}"
    for each in message.recipients:
        yield f"    {each.state.value:<9}  {each.recipient.address}{_when(each, now)}{_why(each)}"


def history_lines(history: Iterable[Happening]) -> Iterator[str]:
    """What happened to a message."""
    for each in history:
        yield f"    {datetime.fromtimestamp(each.at):%Y-%m-%d %H:%M:%S}  {each.address}: {each.said}"


def down_lines(down: Iterable[tuple[str, float, str]], now: float) -> Iterator[str]:
    """Destinations that are down."""
    for name, until, said in down:
        if until > now:
            where = _without_fragment(name)
            yield f"{where} takes nothing now; it is asked again in {serialise_span(until - now)}: {said}"


def summary(messages: Sequence[QueuedMessage]) -> str:
    """All of them in one line."""
    counts = Counter(each.state for message in messages for each in message.recipients)
    states = ", ".join(f"{counts[state]:,} {state.value}" for state in State if counts[state])
    many = "1 message" if len(messages) == 1 else f"{len(messages):,} messages"
    return f"{many}, recipients: {states}"


def serialise(message: QueuedMessage, history: Iterable[Happening] | None = None) -> str:
    """A message as one JSON object; times are UTC (RFC 3339)."""
    facts: dict[str, object] = {
        "id": message.id,
        "from": message.envelope.sender,
        "size": message.size,
        "queued": _time(message.born),
        "relay": _without_fragment(message.relay) or None,
        "recipients": [_facts(each) for each in message.recipients],
    }
    if history is not None:
        facts["history"] = [{"time": _time(each.at), "to": each.address, "said": each.said} for each in history]
    return json.dumps(facts, ensure_ascii=False)


def _facts(each: QueuedRecipient) -> dict[str, object]:
    return {
        "to": each.recipient.address,
        "state": each.state.value,
        "next": _time(each.due) if each.state is State.WAITING else None,
        "attempts": each.attempts,
        "said": each.said or None,
        "status": each.status or None,
        "server": each.server or None,
        "changed": _time(each.changed),
    }


def _when(each: QueuedRecipient, now: float) -> str:
    if each.state is not State.WAITING:
        return ""
    return f"  in {serialise_span(each.due - now)}" if each.due > now else "  now"


def _why(each: QueuedRecipient) -> str:
    if not each.said:
        return ""
    tries = f"{each.attempts} tries, " if each.attempts > 1 and each.state in OPEN else ""
    where = f"{each.server}: " if each.server else ""
    return f"  ({tries}{where}{each.said})"


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _size(octets: int) -> str:
    for unit, size in _SIZES:
        if octets >= size:
            return f"{octets / size:.1f} {unit}"
    return f"{octets} B"


def _without_fragment(relay: str) -> str:
    """A relay without what only the queue reads."""
    return relay.partition("#")[0]
