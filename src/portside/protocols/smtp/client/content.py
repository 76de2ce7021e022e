"""What is sent: a content in memory, or one in a file that is read while it is sent; and what it is like.

What it is like decides how a server may be told of it: whether it has bytes beyond seven bits, and where (in its
header, or in its body), how many octets it has once each line ends in CR LF, and whether it consists of lines at all.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from portside.errors import BrokenPromise, LocalError, UsageError
from portside.mail.envelope import Body
from portside.mail.mime.seven_bit import seven_bit
from portside.protocols.smtp.syntax.content import has_bare, whole_lines

Message = bytes | Path | BinaryIO
"""A content: lines may end in CRLF or LF, and leave with CRLF. A file is read while it is sent."""

IN_MEMORY = 1024 * 1024
"""Octets of a file up to which it is read at once, and sent in one piece."""
PIECE = 256 * 1024
"""Octets of a file that are read and said at once."""
LONGEST_HEADER = 1024 * 1024
"""Octets of a header that are looked at for UTF-8: a longer one is no header that anybody reads."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a content is like: ``size`` in octets, as it travels; ``utf8_fields``: its header holds UTF-8."""

    size: int
    body: Body
    utf8_fields: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """A content in memory, as it travels."""

    shape: Shape
    data: bytes


class Filed:
    """A content in a file, which stays open until it is sent."""

    def __init__(self, file: BinaryIO, shape: Shape, *, ours: bool) -> None:
        """``ours``: the file is closed by ``close``."""
        self.shape = shape
        self._file = file
        self._ours = ours
        self._length = file.seek(0, os.SEEK_END)
        self._alone = Lock()  # several servers may be sent the same file at the same time

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Its pieces. Raises ``BrokenPromise`` where the file became shorter, ``OSError`` where it can't be read."""
        at = 0
        while at < self._length:
            piece = await asyncio.to_thread(self._read, at, min(PIECE, self._length - at))
            if not piece:
                raise BrokenPromise("the file became shorter while it was sent")
            at += len(piece)
            yield piece

    def whole(self) -> bytes:
        """All of it, for who has to change it."""
        return self._read(0, self._length)

    def _read(self, offset: int, count: int) -> bytes:
        with self._alone:
            return _read_at(self._file, offset, count)

    def close(self) -> None:
        """Nothing more is read."""
        if self._ours:
            self._file.close()


LARGEST_CONVERTED = 64 * 1024 * 1024
"""Octets of a message that is brought into seven bits: it has to be in memory for that."""


async def in_seven_bits(ready: Whole | Filed) -> Whole | None:
    """The same for a server that takes seven bits only; None where it can't be changed without harm."""
    if ready.shape.size > LARGEST_CONVERTED:
        return None
    return await asyncio.to_thread(_in_seven_bits, ready)


def _in_seven_bits(ready: Whole | Filed) -> Whole | None:
    data = ready.data if isinstance(ready, Whole) else in_memory(ready.whole(), ready.shape.body).data
    made = seven_bit(data)
    return None if made is None or has_bare(made) else in_memory(made)


def _read_at(file: BinaryIO, offset: int, count: int) -> bytes:
    file.seek(offset)
    return file.read(count)


# ------------------------------------------------------------------------------------------------ in memory


def in_memory(data: bytes, said: Body = Body.SEVEN_BIT) -> Whole:
    """``data`` as it travels; ``said`` is what is known of it. Raises ``UsageError`` for what can't travel."""
    if said is Body.BINARY:
        return Whole(Shape(len(data), Body.BINARY, _has_utf8_fields(data)), data)
    try:
        lines = whole_lines(data)
    except LocalError as error:
        raise UsageError(str(error)) from error
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    if lines.isascii() and b"\0" not in lines:
        return Whole(Shape(len(lines), said), lines)
    body = Body.BINARY if b"\0" in lines else Body.EIGHT_BIT
    return Whole(Shape(len(lines), body, _has_utf8_fields(lines)), lines)


def _has_utf8_fields(data: bytes) -> bool:
    """Whether the header holds UTF-8 beyond ASCII (bytes that are none are of the time before)."""
    end = data.find(b"\r\n\r\n", 0, LONGEST_HEADER)
    header = data[: end if end >= 0 else LONGEST_HEADER]
    if header.isascii():
        return False
    try:
        header.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


# -------------------------------------------------------------------------------------------------- in a file


async def prepared(message: Message, said: Body = Body.SEVEN_BIT) -> Whole | Filed:
    """``message``, ready to be sent. Raises ``UsageError``, and ``OSError`` where a file can't be read."""
    if isinstance(message, bytes):
        return in_memory(message, said)
    return await asyncio.to_thread(_from_file, message, said)


def _from_file(message: Path | BinaryIO, said: Body) -> Whole | Filed:
    file = message.open("rb") if isinstance(message, Path) else message
    ours = isinstance(message, Path)
    try:
        if not file.seekable():
            return in_memory(_all_of(file), said)
        if file.seek(0, os.SEEK_END) <= IN_MEMORY:
            return in_memory(_read_at(file, 0, IN_MEMORY), said)
        found = Filed(file, _survey(file, said), ours=ours)
        ours = False
    finally:
        if ours:
            file.close()
    return found


LARGEST_PIPE = 64 * 1024 * 1024
"""Octets that are taken from what can't be read twice: all of it has to be looked at before the first word is said."""


def _all_of(file: BinaryIO) -> bytes:
    data = file.read(LARGEST_PIPE + 1)
    if len(data) > LARGEST_PIPE:
        raise UsageError(f"a message from a pipe has {LARGEST_PIPE:,} octets at most; save it to a file first")
    return data


def _survey(file: BinaryIO, said: Body) -> Shape:
    """What the content of a long file is like: one pass over it."""
    size = bare = returns = 0
    ascii_only = lines_only = True
    before = last = b""
    file.seek(0)
    while piece := file.read(PIECE):
        size += len(piece)
        bare += piece.count(b"\n") - (before + piece).count(b"\r\n")
        returns += piece.count(b"\r") - (before + piece).count(b"\r\n")
        ascii_only = ascii_only and piece.isascii()
        lines_only = lines_only and b"\0" not in piece
        before = b"\r" if piece.endswith(b"\r") else b""
        last = piece[-1:]
    if said is Body.BINARY:
        return Shape(size, said, _has_utf8_fields(_read_at(file, 0, LONGEST_HEADER)))
    if returns:
        raise UsageError("the message holds a bare CR, which no line may (RFC 5321 §2.3.8): encode that part (base64)")
    size += bare + (0 if last == b"\n" else 2)
    if ascii_only and lines_only:
        return Shape(size, said)
    body = Body.EIGHT_BIT if lines_only else Body.BINARY
    return Shape(size, body, _has_utf8_fields(whole_lines(_read_at(file, 0, LONGEST_HEADER).rstrip(b"\r"))))
