"""Invariant: a form has one outcome in whatever pieces it comes, and no more parts than its limit."""

from __future__ import annotations

import random

from fuzz.mutation import pieces
from fuzz.refusals import check_status
from portside.errors import RemoteError
from portside.protocols.http.syntax.forms import FormParser, PartBegin, PartData, base_name, boundary_of

_PART = (
    b'--x\r\nContent-Disposition: form-data; name="a"; filename="b.txt"\r\nContent-Type: text/plain\r\n\r\nhello\r\n'
)
SEEDS = (
    _PART + b"--x--\r\n",
    _PART * 3 + b"--x--",
    b"preamble\r\n" + _PART + b"--x--\r\nepilogue",
    b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--x--",
)
WORDS = (
    b"\r\n", b"--x", b"--x--", b"\r\n--x\r\n", b"\r\n--", b"-", b"\r", b"\n", b'"', b";", b"\\", b"%22", b"filename",
    b'filename="', b"name=", b"../",
    b"Content-Disposition: form-data; name=a\r\n", b"\x00", b" ", b"filename*=utf-8''a",
    b"multipart/form-data; boundary=x", b"boundary=",
)  # fmt: skip

Outcome = list[object] | int


def outcome(parts: list[bytes]) -> Outcome:
    parser = FormParser(b"x")
    seen: list[object] = []
    try:
        for part in parts:
            for event in parser.feed(part):
                if isinstance(event, PartData) and seen and isinstance(seen[-1], bytes):
                    seen[-1] += event.data
                else:
                    seen.append(event.data if isinstance(event, PartData) else event)
        parser.finish()
    except RemoteError as refused:
        check_status(refused, 400, 413, 431)
        return 0
    return seen


def check(data: bytes, dice: random.Random) -> None:
    whole = outcome([data] if data else [])
    assert outcome(pieces(data, dice)) == whole
    for event in whole if isinstance(whole, list) else ():
        if isinstance(event, PartBegin) and event.filename is not None:
            assert "/" not in base_name(event.filename)
    try:
        boundary = boundary_of(data)
    except RemoteError as refused:
        check_status(refused, 400, 415)
        return
    assert 0 < len(boundary) <= 70
    assert not set(boundary) & set(b"\r\n\x00")
