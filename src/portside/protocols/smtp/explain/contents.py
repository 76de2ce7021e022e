"""The content of a message taken apart: its header fields, the parts of its body, and the dot that ends it.

What is found in the message lies elsewhere on the wire, where dots are stuffed: ``Wire`` tells where.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping

from portside.interfaces import Span
from portside.mail.fields import Header
from portside.mail.mime import Part, parse
from portside.protocols.explaining import Content, Field, Said
from portside.protocols.smtp.explain.arguments import LONGEST_VALUE
from portside.protocols.smtp.syntax.content import END

MOST_FIELDS = 200
"""Header fields of one header that are named."""
MOST_PARTS = 200
"""Parts of one message that are named."""
KINDS = frozenset({"content", "chunk"})
"""What the messages here are called."""

_STUFFED = re.compile(rb"(?:\r\n|\A)\.")
_FIELDS: Mapping[str, tuple[str, str]] = {
    "arc-seal": ("what a forwarder vouches for", "RFC 8617 §4.1.3"),
    "authentication-results": ("what a server has found out about the sender", "RFC 8601 §2.2"),
    "bcc": ("recipients that the others do not see", "RFC 5322 §3.6.3"),
    "cc": ("further recipients", "RFC 5322 §3.6.3"),
    "content-disposition": ("whether it is shown or saved, and under which name", "RFC 2183 §2"),
    "content-id": ("the name by which other parts speak of it", "RFC 2392 §2"),
    "content-transfer-encoding": ("how it is made fit for the way", "RFC 2045 §6"),
    "content-type": ("what it is", "RFC 2045 §5"),
    "date": ("when it was written", "RFC 5322 §3.6.1"),
    "dkim-signature": ("a signature of a domain", "RFC 6376 §3.5"),
    "from": ("who has written it", "RFC 5322 §3.6.2"),
    "in-reply-to": ("the message that it answers", "RFC 5322 §3.6.4"),
    "list-unsubscribe": ("how to leave the list", "RFC 2369 §3.2"),
    "message-id": ("its own name, of which there is one in the world", "RFC 5322 §3.6.4"),
    "mime-version": ("its body is told by MIME", "RFC 2045 §4"),
    "received": ("a host that it has passed", "RFC 5321 §4.4"),
    "received-spf": ("whether the host was allowed to send it", "RFC 7208 §9.1"),
    "references": ("the messages before it", "RFC 5322 §3.6.4"),
    "reply-to": ("where answers go", "RFC 5322 §3.6.2"),
    "return-path": ("the envelope's sender, at the end of its way", "RFC 5321 §4.4"),
    "sender": ("who has sent it off", "RFC 5322 §3.6.2"),
    "subject": ("what it is about", "RFC 5322 §3.6.5"),
    "to": ("whom it is written to", "RFC 5322 §3.6.3"),
}


class Wire:
    """A content as it lies on the wire, and without its stuffed dots. ``end``: where the dot that ends it begins."""

    __slots__ = ("_dots", "data", "end", "plain")

    def __init__(self, data: bytes, *, stuffed: bool) -> None:
        self.data = data
        self.end = _end_of(data) if stuffed else len(data)
        inside = data[: self.end]
        dots = [found.end() - 1 for found in _STUFFED.finditer(inside)] if stuffed else []
        self._dots = [at - number for number, at in enumerate(dots)]  # where each is missing in ``plain``
        self.plain = inside if not dots else _without(inside, dots)

    def span(self, start: int, stop: int) -> Span:
        """Where ``plain[start:stop]`` lies on the wire; a dot that was stuffed ahead of it belongs to it."""
        return start + bisect_left(self._dots, start), stop + bisect_left(self._dots, stop)


def _end_of(data: bytes) -> int:
    if data == END[2:]:
        return 0
    return len(data) - 3 if data.endswith(END) else len(data)


def _without(data: bytes, dots: list[int]) -> bytes:
    edges = [-1, *dots, len(data)]
    return b"".join([data[edges[at] + 1 : edges[at + 1]] for at in range(len(edges) - 1)])


def content_of(said: Said, data: bytes) -> Content:
    """The message as it was before it was sent; a chunk is a piece of one."""
    whole = said.complete and len(data) == said.stop - said.start
    if said.kind == "chunk":
        return Content(data, "", whole)
    wire = Wire(data, stuffed=True)
    return Content(wire.plain, "message/rfc822", whole, "dots" if len(wire.plain) < wire.end else "")


def content_fields(said: Said, data: bytes) -> list[Field]:
    """Header fields and parts in the order of their bytes; of a chunk it is known that it is one."""
    if said.kind == "chunk":
        return [Field("Chunk", (0, len(data)), f"{len(data):,} bytes", "octets of the message", "RFC 3030 §2")]
    wire = Wire(data, stuffed=True)
    found = list(_message(wire))
    if wire.end < len(data):
        span = (wire.end, len(data))
        found.append(Field("End of mail data", span, ". CR LF", "the content ends here", "RFC 5321 §4.1.1.4"))
    return found


def _message(wire: Wire) -> Iterator[Field]:
    whole = parse(wire.plain)
    parts = [part for _, part in zip(range(MOST_PARTS), whole.walk(), strict=False)]
    yield from _header(wire, whole.header)
    yield from _body(wire, whole, frozenset(map(id, parts)))


def _header(wire: Wire, header: Header) -> Iterator[Field]:
    for field in header.fields[:MOST_FIELDS]:
        meaning, source = _FIELDS.get(field.key, ("", "RFC 5322 §2.2"))
        name = field.name.decode("ascii", "replace") or "Unnamed line"
        if not field.name:
            meaning = "a line without a colon: no header field"
        yield Field(name, wire.span(field.start, field.end), field.text[:LONGEST_VALUE], meaning, source)
    further = header.fields[MOST_FIELDS:]
    if further:
        span = wire.span(further[0].start, further[-1].end)
        yield Field("Further fields", span, f"{len(further):,} fields")


def _body(wire: Wire, part: Part, named: frozenset[int]) -> Iterator[Field]:
    """The body of ``part``: the blank line ahead of it, and the parts that are in it."""
    start = part.header.fields[-1].end if part.header.fields else _begin(part)
    if start < part.body:
        title = "Empty line" if part.body - start <= 2 else "Rest of the header"
        yield Field(title, wire.span(start, part.body), "", "the header ends here", "RFC 5322 §2.1")
    if part.body < part.end:
        inner = tuple(field for one in part.parts if id(one) in named for field in _part(wire, one, named))
        size = f"{part.type}, {part.end - part.body:,} bytes"
        span = wire.span(part.body, part.end)
        yield Field("Body", span, size, _told(part), "RFC 2045 §5" if part.content_type.value else "", inner)


def _begin(part: Part) -> int:
    """Where ``part`` begins in its message."""
    return part.header.fields[0].start if part.header.fields else max(0, part.body - 2 if part.body else 0)


def _part(wire: Wire, part: Part, named: frozenset[int]) -> Iterator[Field]:
    parts = (*_header(wire, part.header), *_body(wire, part, named))
    title = f"{part.type} {part.filename}".strip()[:LONGEST_VALUE]
    start = _begin(part)
    if start < part.end:
        yield Field("Body part", wire.span(start, part.end), title, _told(part), "RFC 2046 §5.1", parts)


def _told(part: Part) -> str:
    """How a part is encoded, and for what it is there."""
    words = [part.encoding] if part.encoding != "7bit" else []
    words += [part.disposition.value] if part.disposition.value else []
    words += [f"{len(part.parts):,} parts"] if part.parts else []
    return ", ".join(words)[:LONGEST_VALUE]
