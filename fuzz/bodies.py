"""Invariant: a body in chunks has one outcome, in whatever pieces it comes; what is written is read again."""

from __future__ import annotations

import random

from fuzz.mutation import pieces
from fuzz.refusals import check_status
from portside.errors import RemoteError
from portside.protocols.http.messages import Data, End, Headers
from portside.protocols.http.syntax.bodies import ChunkedReader, serialise_chunk, serialise_last_chunk

SEEDS = (
    b"0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\nGET /", b"a;x=\"y\"\r\n0123456789\r\n00\r\nA: b\r\nC:\r\n\r\n",
    b"1\r\n\r\r\n2\r\n\r\n\r\n0\r\n\r\n",
)  # fmt: skip
WORDS = (
    b"\r\n", b"\n", b"\r", b"0\r\n\r\n", b"5\r\nhello\r\n", b"1\r\nx\r\n", b";e", b" ", b"0x", b"_", b"f", b"A: b\r\n",
    b"\x00", b"\"",
    b"Content-Length: 1\r\n", b"\r\n\r\n",
)  # fmt: skip

Outcome = tuple[bytes, Headers | None, bytes] | tuple[int, str]


def outcome(parts: list[bytes]) -> Outcome:
    reader = ChunkedReader()
    body, trailers, rest = b"", None, b""
    try:
        for part in parts:
            if reader.done:
                rest += part
                continue
            for piece in reader.feed(part):
                match piece:
                    case Data(data):
                        assert data
                        body += data
                    case End(fields):
                        trailers = fields
    except RemoteError as refused:
        return check_status(refused, 400, 431), ""
    return body, trailers, reader.rest + rest


def check(data: bytes, dice: random.Random) -> None:
    whole = outcome([data] if data else [])
    cut = outcome(pieces(data, dice))
    assert cut == whole or (len(data) > 1000 and len(cut) == len(whole) == 2)  # of two faults, either may be told
    parts = [part for part in pieces(data[:2000], dice) if part]
    wire = b"".join(map(serialise_chunk, parts)) + serialise_last_chunk() + b"rest"
    assert outcome(pieces(wire, dice)) == (data[:2000], Headers(), b"rest")
