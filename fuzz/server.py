"""Invariant: whatever comes, in whatever pieces, a server hears requests or refuses, once, and then it closes.

It never raises, answers in the order of the requests, sends nothing after its end, and its answers do not depend on
the pieces, nor on what it remembers of earlier connections.
"""

from __future__ import annotations

import random
import re

from fuzz.mutation import pieces
from portside.errors import RemoteError
from portside.interfaces import Close, Fault, Heard, Send
from portside.protocols.http.messages import Request, Response
from portside.protocols.http.rules.limits import ServerLimits
from portside.protocols.http.rules.memory import ServerMemory
from portside.protocols.http.rules.server import ServerRules, State

_GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
_POST = b"POST /x HTTP/1.1\r\nHost: a\r\n"
SEEDS = (
    _GET, _GET * 3, b"\r\n" + _GET, _POST + b"Content-Length: 5\r\n\r\nhello" + _GET,
    _POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n" + _GET,
    b"HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + _GET,
    _POST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello" + _GET,
    _GET[:-2] + b"Connection: close\r\n\r\n" + _GET,
)  # fmt: skip
WORDS = (
    _GET, b"\r\n", b"\n", b"\r", b"\r\n\r\n", b" ", b"HTTP/1.0", b"HTTP/2.0", b"Content-Length: 5\r\n",
    b"Content-Length: 0\r\n", b"hello",
    b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", b"5\r\nhello\r\n", b"Connection: close\r\n",
    b"Expect: 100-continue\r\n", b"Host: a\r\n", b"\x00", b"HEAD",
)  # fmt: skip
PAGE = Response(200, body=b"page", lasting=True)
MEMORY = ServerMemory(lambda: 784111777.0)
ALLOWED = {200, 400, 408, 413, 414, 417, 431, 501, 505}


def talk(parts: list[bytes], memory: ServerMemory) -> tuple[bytes, list[str], int | None, State]:
    rules = ServerRules(ServerLimits(), memory)
    sent, asked, status, closed = b"", [], None, False
    todo = list(rules.opened(None, 0.0))
    for part in [*parts, None]:
        todo += rules.ended(None, 0.0) if part is None else rules.received(part, None, 0.0)
        while todo or rules.state is State.ANSWERING:
            if not todo:
                todo += rules.say(PAGE, 0.0)
                continue
            output = todo.pop(0)
            if isinstance(output, Send):
                assert not closed, "something is sent after the end"
                sent += bytes(output.data)
            elif isinstance(output, Close):
                assert not closed, "closed twice"
                closed = True
            elif isinstance(output, Fault):
                assert isinstance(output.error, RemoteError)
                assert status is None, "refused twice"
                status = output.error.status
            elif isinstance(output, Heard) and isinstance(output.message, Request):
                asked.append(f"{output.message.method} {output.message.target}")
    assert closed, "it waits, though nothing more comes"
    if status is not None and rb"HTTP/1.1 %d " % status in sent:
        sent = sent[: sent.rindex(b"HTTP/1.1 %d " % status)]  # of two mistakes, either may be told
    return sent, asked, status, rules.state


def check(data: bytes, dice: random.Random) -> None:
    whole = talk([data] if data else [], ServerMemory(lambda: 784111777.0))
    assert {int(found) for found in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", whole[0])} <= {200}
    assert whole[2] in {None, *ALLOWED}
    if len(data) < 5000:  # beyond that, which limit is met first depends on the pieces
        assert talk(pieces(data, dice), MEMORY) == whole
    else:
        talk(pieces(data, dice), MEMORY)
