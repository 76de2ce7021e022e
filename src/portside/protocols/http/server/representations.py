"""What of a file is sent: all of it, some of it, or just the news that it has not changed.

A ``Representation`` is one form of one file (as it is, or coded) with its validators; ``answer`` holds a request's
conditions and ranges against it (RFC 9110 §13, §14).
"""

from __future__ import annotations

import io
import os
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from portside.protocols.http.messages import FieldLine, FileBody, Headers, Request, Response
from portside.protocols.http.syntax.conditions import Precondition, evaluate, if_range_holds
from portside.protocols.http.syntax.dates import serialise_date
from portside.protocols.http.syntax.ranges import (
    ByteRange,
    Multipart,
    RangeFault,
    frame_parts,
    parse_range,
    serialise_content_range,
)

CONDITIONAL = frozenset({b"range", b"if-none-match", b"if-modified-since", b"if-match", b"if-unmodified-since"})
"""The fields that make another answer than the whole file possible."""
_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Representation:
    """One form of a file. ``content`` holds its bytes where they are few, else ``file`` is open (and is closed by
    whoever sends the answer). ``modified`` is seconds since the epoch, ``extra`` fields come with every answer.
    """

    content_type: bytes
    etag: bytes
    modified: float
    size: int
    content: bytes | None = None
    file: BinaryIO | None = None
    coding: str | None = None
    extra: tuple[FieldLine, ...] = ()

    def body(self, part: ByteRange | None = None) -> bytes | FileBody:
        """All of it, or one part."""
        first, count = (0, self.size) if part is None else (part.first, part.count)
        if self.content is not None:
            return self.content if part is None else self.content[first : first + count]
        assert self.file is not None
        return FileBody(self.file, first, count)

    def close(self) -> None:
        """Close the file, where the answer does not send it."""
        if self.file is not None:
            self.file.close()


def whole(representation: Representation, *, lasting: bool = False) -> Response:
    """The answer with everything."""
    lines = [(b"Content-Type", representation.content_type), *_validators(representation)]
    return Response(200, Headers(lines), representation.body(), lasting=lasting)


def answer(request: Request, representation: Representation) -> Response:
    """What ``request`` (GET or HEAD) gets of ``representation``."""
    headers = request.headers
    now = time.time()
    match evaluate(request.method, headers, representation.etag, representation.modified, now=now):
        case Precondition.FAILED:
            representation.close()
            return Response(412)
        case Precondition.NOT_MODIFIED:
            representation.close()
            return Response(304, Headers(_validators(representation)))
        case Precondition.PROCEED:
            pass
    wanted = headers.get(b"range") if request.method == "GET" else None
    validators = (representation.etag, representation.modified)
    if wanted is None or not if_range_holds(headers.get(b"if-range"), *validators, now=now):
        return whole(representation)
    return _answer_range(wanted, representation)


def _answer_range(wanted: bytes, representation: Representation) -> Response:
    ranges = parse_range(wanted, representation.size)
    if ranges is RangeFault.IGNORED:
        return whole(representation)
    if ranges is RangeFault.UNSATISFIABLE:
        representation.close()
        return Response(416, Headers([(b"Content-Range", serialise_content_range(None, representation.size))]))
    assert not isinstance(ranges, RangeFault)
    if len(ranges) > 1:
        return _answer_parts(ranges, representation)
    lines = [
        (b"Content-Type", representation.content_type),
        (b"Content-Range", serialise_content_range(ranges[0], representation.size)),
        *_validators(representation),
    ]
    return Response(206, Headers(lines), representation.body(ranges[0]))


def _answer_parts(ranges: Sequence[ByteRange], representation: Representation) -> Response:
    boundary = secrets.token_hex(16).encode("ascii")
    framing = frame_parts(tuple(ranges), representation.size, boundary, representation.content_type)
    lines = [
        (b"Content-Type", framing.content_type),
        (b"Content-Length", b"%d" % framing.length),
        *_validators(representation),
    ]
    return Response(206, Headers(lines), _parts(framing, ranges, representation))


async def _parts(
    framing: Multipart, ranges: Sequence[ByteRange], representation: Representation
) -> AsyncIterator[bytes]:
    content = representation.content
    file = representation.file if content is None else io.BytesIO(content)
    assert file is not None
    with file:
        for head, part in zip(framing.heads, ranges, strict=True):
            yield head
            file.seek(part.first)
            left = part.count
            while left:
                piece = file.read(min(left, _PIECE))
                if not piece:
                    raise EOFError("the file became shorter while it was sent")
                left -= len(piece)
                yield piece
        yield framing.tail


def _validators(representation: Representation) -> list[FieldLine]:
    lines = [
        (b"Last-Modified", serialise_date(representation.modified)),
        (b"ETag", representation.etag),
        (b"Accept-Ranges", b"bytes"),
        *representation.extra,
    ]
    if representation.coding is not None:
        lines.append((b"Content-Encoding", representation.coding.encode("ascii")))
    return lines


def signature(status: os.stat_result) -> tuple[int, int, int, int, int]:
    """What changes when a file changes."""
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size
