"""What a story tells, in tshark's words, so that the two can be compared."""

from __future__ import annotations

from hashlib import sha256

from portside.inspector.story import Story
from portside.interfaces import Role
from tests.support.tshark import HttpMessage, TlsRecord

WHOLE = 1 << 30
"""Bytes of a body that are looked at: all of them."""
RECORD_HEADER = 5
"""Bytes before the content of a record of TLS (RFC 8446 §5.1)."""


def http_messages(story: Story) -> list[HttpMessage]:
    """Its messages of HTTP, in the order in which they began."""
    found = []
    for message in story.messages:
        if message.protocol == "HTTP" and message.kind != "data":
            facts = message.facts
            asked = message.role is Role.CLIENT
            what = f"{facts['method']} {facts['target']}" if asked else str(facts["status"])
            content = story.content(message.number, WHOLE)
            body = b"" if content is None else content.data
            size = int(facts["length"])
            stream = message.conversation.number - 1
            found.append(HttpMessage(stream, not asked, what, size, sha256(body).hexdigest()))
    return found


def tls_records(story: Story) -> list[TlsRecord]:
    """Its records of TLS, as far as they have rows of their own."""
    found = []
    for message in story.messages:
        if message.protocol == "TLS":
            kinds = str(message.facts.get("handshake", ""))
            found.append(
                TlsRecord(
                    message.conversation.number - 1,
                    message.role is Role.SERVER,
                    story.message_bytes(message.number, 1)[0],
                    message.size - RECORD_HEADER,
                    tuple(int(kind) for kind in kinds.split(",") if kind),
                )
            )
    return found
