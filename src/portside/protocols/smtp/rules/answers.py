"""Replies of the rules' own: most are the same each time, so they are made once."""

from __future__ import annotations

from functools import lru_cache

from portside.interfaces import Send
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.syntax.lines import serialise_reply

KEPT = 256
"""Replies that are kept as they are sent: hardly more are said often."""


@lru_cache(maxsize=KEPT)
def answer(code: int, enhanced: str, text: str) -> Send:
    """A reply of one line."""
    return Send(serialise_reply(Reply(code, (text,), enhanced)))


def reply_sent(reply: Reply, *, utf8: bool = False) -> Send:
    """``reply`` as it is sent; ``utf8``: the client reads more than ASCII (RFC 6531 §3.7.4)."""
    return Send(serialise_reply(reply, utf8=utf8))
