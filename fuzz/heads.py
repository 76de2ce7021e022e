"""Invariant: any bytes are a head that is written and read again as the same, or a refusal with its status.

What is read as a request holds no line end, no NUL and no white space in its method, target and names; and where the
end of a head is found does not depend on how the bytes come.
"""

from __future__ import annotations

import random

from fuzz.mutation import pieces
from fuzz.refusals import check_status
from portside.errors import RemoteError
from portside.protocols.http.messages import Request, Response
from portside.protocols.http.syntax.heads import (
    HeadLimits,
    find_end,
    parse_request,
    parse_response,
    serialise_request,
    serialise_response,
)

SEEDS = (
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /a?b HTTP/1.1\r\nHost: a:80\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close, x\r\n\r\n",
    b"PUT http://a/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\nA:\r\nB: c d\t\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\nA: b\r\n c\r\n\r\n",
    b'HTTP/1.0 304\r\nETag: "a"\r\nTransfer-Encoding: chunked\r\n\r\n',
)
WORDS = (
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b": ", b":", b" ", b"\t", b"HTTP/1.1", b"GET", b"HEAD", b"Host: a\r\n",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n", b"chunked", b"gzip, ", b"Expect: x\r\n", b"Connection: close\r\n", b"0", b"+",
    b"_", b"\x00", b"\xff", b" b",
)  # fmt: skip
LIMITS = HeadLimits()
STATUSES = {400, 414, 417, 431, 501, 505}


def check(data: bytes, dice: random.Random) -> None:
    head = data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    _request(head)
    _response(head, dice.choice(("GET", "HEAD")))
    _end(data, dice)


def _request(head: bytes) -> None:
    try:
        parsed = parse_request(head, LIMITS)
    except RemoteError as refused:
        check_status(refused, *STATUSES)
        return
    request = parsed.message
    assert isinstance(request, Request)
    assert parsed.length >= -1
    assert not set(request.method) & set(" \t\r\n\x00:")
    assert not set(request.target) & set(" \t\r\n\x00")
    for name, value in request.headers.lines:
        assert not set(name) & set(b" \t\r\n\x00:")
        assert not set(value) & set(b"\r\n\x00")
        assert value == value.strip(b" \t")
    again = parse_request(serialise_request(request), LIMITS)
    assert isinstance(again.message, Request)
    assert (again.message.method, again.message.target, again.message.headers) == (
        request.method,
        request.target,
        request.headers,
    )
    assert (again.length, again.keep_alive, again.expects) == (parsed.length, parsed.keep_alive, parsed.expects)


def _response(head: bytes, method: str) -> None:
    try:
        parsed = parse_response(head, LIMITS, method)
    except RemoteError:
        return
    response = parsed.message
    assert isinstance(response, Response)
    assert 100 <= response.status <= 999
    again = parse_response(serialise_response(response), LIMITS, method)
    assert (again.length, again.message.headers) == (parsed.length, response.headers)


def _end(data: bytes, dice: random.Random) -> None:
    expected = data.find(b"\r\n\r\n")
    buffer, found, searched = b"", -1, 0
    for piece in pieces(data, dice):
        buffer += piece
        try:
            found = find_end(buffer, searched)
        except RemoteError as refused:
            check_status(refused, 400)
            return
        if found >= 0:
            break
        searched = len(buffer)
    assert found == (expected + 4 if expected >= 0 else -1)
