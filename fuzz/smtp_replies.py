"""Invariant: what a server sends is replies or refused, the same in any pieces, and none grows without end.

No text of a reply makes it two; what EHLO offers is read, and said the same way again.
"""

from __future__ import annotations

import random
from contextlib import suppress

from fuzz.mutation import pieces
from portside.errors import RemoteError
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.syntax.codes import meaning_of, meaning_of_enhanced
from portside.protocols.smtp.syntax.extensions import parse_extensions, serialise_extensions
from portside.protocols.smtp.syntax.lines import (
    LONGEST_LINE_TAKEN,
    MOST_REPLY_LINES,
    MOST_REPLY_OCTETS,
    Replies,
    parse_challenge,
    serialise_reply,
)

SEEDS = (
    b"220 mx.example.org ESMTP\r\n", b"250-First line\r\n250-Second\r\n250 Last\r\n", b"250 2.1.5 Fine\r\n", b"250\r\n",
    b"250-mx.example.org\r\n250-SIZE 1000\r\n250-AUTH PLAIN LOGIN\r\n250-AUTH=LOGIN\r\n"
    b"250-LIMITS RCPTMAX=20\r\n250 DSN\r\n",
    b"334 VXNlcm5hbWU6\r\n", b"550-5.1.1 a\r\n550 5.1.1 b\r\n250 c\n421 d\r\n", b"354 go\r\n250 2.0.0 p\xc3\xa9\r\n",
)  # fmt: skip
WORDS = (
    b"\r\n", b"\n", b"\r", b"\0", b" ", b"-", b"250", b"250 ", b"250-", b"550-", b"5.1.1 ", b"2.0.0", b"=",
    b"AUTH=", b"SIZE ",
    b"\xff", "٣".encode(), b"999999999999999999999", b"\x1b[2J", b"x" * 600,
)  # fmt: skip
Outcome = tuple[list[Reply], bool]


def check(data: bytes, dice: random.Random) -> None:
    whole = _read([data])
    assert _read(pieces(data, dice)) == whole
    for reply in whole[0]:
        assert 200 <= reply.code < 600
        assert len(reply.lines) <= MOST_REPLY_LINES
        meaning_of(reply.code)
        assert not reply.enhanced or reply.enhanced[0] == str(reply.code)[0]
        meaning_of_enhanced(reply.enhanced)
        _offers(reply)
        with suppress(RemoteError):
            parse_challenge(reply)
    text = data.decode("utf-8", "surrogateescape")
    _said(Reply(dice.choice((220, 250, 354, 421, 550)), tuple(text.split("\n")[:100]), dice.choice(("", "2.0.0"))))


def _read(parts: list[bytes]) -> Outcome:
    replies, found = Replies(), []
    try:
        for part in parts:
            replies.feed(part)
            while (reply := replies.next()) is not None:
                found.append(reply)
            assert len(replies) <= LONGEST_LINE_TAKEN + MOST_REPLY_OCTETS
    except RemoteError:
        return found, True
    return found, False


def _said(reply: Reply) -> None:
    """It is one reply, of as many lines."""
    wire = serialise_reply(reply)
    assert all(len(line) <= 510 for line in wire.split(b"\r\n"))
    (again,), refused = _read([wire])
    assert not refused
    assert (again.code, len(again.lines)) == (reply.code, len(reply.lines))


def _offers(reply: Reply) -> None:
    extensions = parse_extensions(reply.lines)
    assert extensions.size is None or 0 < extensions.size < 10**20
    assert all(value >= 0 for value in extensions.limits.values())
    assert all(mechanism == mechanism.upper() for mechanism in extensions.mechanisms)
    again = parse_extensions(serialise_extensions(extensions))
    assert dict(again.keywords) == dict(extensions.keywords)
