"""What the index knows of a message, read from its file alone: so the index can be made anew at any time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from portside.mail.addresses import parse_addresses
from portside.mail.fields import Header
from portside.mail.maildir.traces import Traced, read_received
from portside.mail.mime import attachments, parse, text

MOST_READ = 16 * 1024 * 1024
"""Octets of a file that are read: what is attached behind them is not counted."""
MOST_TEXT = 64 * 1024
"""Octets of each text that can be searched: more than people write, and what a list of figures has is not wanted."""
MOST_FIELD = 1000
"""Characters of a field that are shown or searched."""
MOST_SHOWN = 200
"""Characters of the beginning that a list shows."""
MOST_PEOPLE = 1000
"""Addresses of one message that are listed; a server takes as many recipients (RFC 5321 §4.5.3.1.8)."""
MOST_FILES = 100
"""Attachments whose names can be searched."""

_named = re.compile(r"([0-9]{1,11})\.(?:M([0-9]{1,6})P)?", re.ASCII).match
_white = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Description:
    """One message: what a list shows, then the words that are searched."""

    sender: str
    return_path: str
    recipients: tuple[str, ...]
    subject: str
    attachments: int
    snippet: str
    conversation: Traced
    from_words: str
    to_words: str
    text: str
    files: str


def describe(message: bytes, box: str = "") -> Description:
    """Read a message; ``message`` is its file, or its first ``MOST_READ`` octets, in the folder of a recipient."""
    whole = parse(message)
    header, server = whole.header, _traces(whole.header)
    body = text(whole, MOST_TEXT)[:MOST_TEXT]
    attached = attachments(whole)
    to, sender = _people(header, "to", "cc", "bcc"), header.text("from")[:MOST_FIELD]
    delivered = _values(server, "delivered-to") or ((unquote(box),) if box else ())
    return_path = server.raw_text("return-path").strip("<> ")[:MOST_FIELD]
    return Description(
        sender=sender or return_path,
        return_path=return_path,
        recipients=delivered or to,
        subject=header.text("subject")[:MOST_FIELD],
        attachments=len(attached),
        snippet=_white.sub(" ", body[: 10 * MOST_SHOWN]).strip()[:MOST_SHOWN],
        conversation=read_received(server.raw_text("received")),
        from_words=f"{sender} {return_path} {header.text('reply-to')[:MOST_FIELD]}",
        to_words=" ".join((header.text("to")[:MOST_FIELD], header.text("cc")[:MOST_FIELD], *to, *delivered)),
        text=body,
        files=" ".join(part.filename[:MOST_FIELD] for part in attached[:MOST_FILES]),
    )


def _traces(header: Header) -> Header:
    """The fields that the last server put ahead: down to the first ``Received``. Others may be the sender's own."""
    at = next((at for at, field in enumerate(header.fields, 1) if field.key == "received"), 0)
    return Header(header.fields[:at])


def _people(header: Header, *names: str) -> tuple[str, ...]:
    found = (address.address for name in names for address in parse_addresses(header.raw_text(name)))
    return tuple(dict.fromkeys(address for address in found if address))[:MOST_PEOPLE]


def _values(header: Header, name: str) -> tuple[str, ...]:
    found = (field.raw_text.strip("<> ")[:MOST_FIELD] for field in header.all(name)[:MOST_PEOPLE])
    return tuple(dict.fromkeys(value for value in found if value))


def time_of(id: str) -> float | None:
    """When the message came, as its name tells; None where it does not."""
    found = _named(id)
    return None if found is None else int(found[1]) + int(found[2] or 0) / 1_000_000
