"""A message's body: its pieces, and what it carries once chunks and codings are off (RFC 9112 §7.1, RFC 9110 §8.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from portside.errors import LimitExceeded, RemoteError
from portside.protocols.explaining import Content, Said
from portside.protocols.http.explain.heads import HEAD_END, Head
from portside.protocols.http.syntax.decoding import decoder_for

MOST_CONTENT = 1024 * 1024
"""Bytes of content that are freed of their coding at most; a bomb ends here."""
MOST_CHUNKS = 500
"""Chunks that are shown one by one."""

_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(;[^\r\n]*)?\r?\n")
_CODING = re.compile(rb"\ncontent-encoding[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE)


class Chunk(NamedTuple):
    """One chunk: where its size line begins, its data begin and end, and where it ends; its extension."""

    start: int
    data: int
    stop: int
    end: int
    extension: bytes


def split_head(data: bytes) -> int:
    """How many bytes of a message are its head, the empty line included."""
    found = HEAD_END.search(data, max(0, data.find(b"\n") - 1))
    return found.end() if found else len(data)


def chunks(data: bytes, at: int) -> Iterator[Chunk]:
    """The chunks of a body from ``at`` on, the last and empty one included, as far as they go."""
    while True:
        found = _SIZE.match(data, at)
        if found is None:
            return
        size = int(found[1], 16)
        stop = min(found.end() + size, len(data))
        end = stop + (2 if data[stop : stop + 2] == b"\r\n" else 1 if data[stop : stop + 1] == b"\n" else 0)
        yield Chunk(at, found.end(), stop, end if size else found.end(), found[2] or b"")
        if not size or end >= len(data):
            return
        at = end


def content(said: Said, data: bytes) -> Content | None:
    """The body of a message freed from what it was wrapped in; None where there is none."""
    if said.kind == "data":
        return Content(data, whole=len(data) == said.stop - said.start)
    size = split_head(data)
    head, body = data[:size], data[size:]
    if not body:
        return None
    whole = said.complete and len(data) == said.stop - said.start
    wrapping = []
    if Head(head).chunked:
        wrapping.append("chunked")
        body = b"".join(data[chunk.data : chunk.stop] for chunk in chunks(data, size))
    kind = str(said.facts.get("type", ""))
    coding = _CODING.search(head)
    if coding is not None and body:
        unfolded, ended = _unfold(coding[1], body)
        if unfolded is not None:
            wrapping.append(coding[1].decode("latin-1").strip().lower())
            body, whole = unfolded, whole and ended
    return Content(body, kind, whole, ", ".join(wrapping))


class _EnoughError(Exception):
    """As much was unfolded as is wanted."""


def _unfold(coding: bytes, body: bytes) -> tuple[bytes | None, bool]:
    """``body`` without its codings, and whether that is all of it; None where nothing can be made of it."""
    unfolded = bytearray()

    def take(piece: bytes) -> None:
        unfolded.extend(piece[: MOST_CONTENT - len(unfolded)])
        if len(unfolded) >= MOST_CONTENT:
            raise _EnoughError

    try:
        decoder = decoder_for(coding, take)
        if decoder is None:
            return None, True
        decoder.feed(body)
        decoder.end()
    except _EnoughError:
        return bytes(unfolded), False
    except (RemoteError, LimitExceeded):
        return (bytes(unfolded) if unfolded else None), False
    return bytes(unfolded), True
