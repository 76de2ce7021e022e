"""Invariant: nothing but CR LF, a dot and CR LF ends a message, in whatever pieces it comes.

What is kept has no bare line end; what goes out has none either, ends once, and is read as what it was.
"""

from __future__ import annotations

import random
import re

from fuzz.mutation import pieces
from portside.errors import LocalError
from portside.protocols.smtp.syntax.content import Stuffer, Unstuffer, has_bare, stuff

SEEDS = (
    b".\r\n", b"Subject: a\r\n\r\nhello\r\n.\r\nQUIT\r\n", b"..\r\n...a\r\n.b\r\n.\r\n", b"a\n.\nb\r\n.\r\n",
    b"a\r.\rb\r\n.\r\n",
    b"a\r\n.\nMAIL FROM:<a@b>\r\n.\r\n", b"a\n.\r\nb\r\n.\r\n", b"x" * 3000 + b"\r\n.\r\n", b"\xff\0\r\n\r\n.\r\n",
)  # fmt: skip
WORDS = (
    b"\r", b"\n", b"\r\n", b".", b"..", b".\r\n", b"\r\n.", b"\r\n.\r", b"\r\n.\r\n", b"\n.\n", b"\n.\r\n",
    b"\r.\r", b"\r\r\n",
    b"\0", b"\x85", b"MAIL FROM:<a@b>\r\n",
)  # fmt: skip
Outcome = tuple[bytes, bool, bytes, bool]
_END = re.compile(rb"(?:\A|\r\n)\.\r\n")


def check(data: bytes, dice: random.Random) -> None:
    data = data[:20_000]
    for mend in (False, True):
        whole = _unstuff([data], mend=mend)
        assert _unstuff(pieces(data, dice), mend=mend) == whole
        _holds(data, whole, mend=mend)
    _out(data, dice)


def _unstuff(parts: list[bytes], *, mend: bool) -> Outcome:
    unstuffer, content, behind = Unstuffer(mend=mend), b"", b""
    for part in parts:
        if unstuffer.ended:
            behind += part
        else:
            content += unstuffer.feed(part)
    return content, unstuffer.ended, unstuffer.rest + behind, unstuffer.fault is not None


def _holds(data: bytes, outcome: Outcome, *, mend: bool) -> None:
    content, ended, behind, fault = outcome
    end = _END.search(data)
    assert ended is (end is not None)
    wire = data if end is None else data[: end.end()]
    assert data == wire + behind
    bare = re.search(rb"\r(?!\n)" if mend else rb"\r(?!\n)|(?<!\r)\n", wire)
    assert not ended or fault is (bare is not None)
    if fault or not ended:
        return
    assert not has_bare(content)
    assert _unstuff([stuff(content)], mend=False) == (content, True, b"", False)


def _out(data: bytes, dice: random.Random) -> None:
    stuffer = Stuffer()
    try:
        wire = b"".join(map(stuffer.feed, pieces(data, dice))) + stuffer.end()
    except LocalError:
        assert re.search(rb"\r(?!\n)", data)
        return
    assert wire == stuff(data)
    end = _END.search(wire)
    assert end is not None and end.end() == len(wire)
    lines = re.sub(rb"(?<!\r)\n", rb"\r\n", data)
    lines += b"" if not lines or lines.endswith(b"\r\n") else b"\r\n"
    assert _unstuff([wire], mend=False) == (lines, True, b"", False)
