"""Replies of the rules' own: most are the same each time, so they are made once."""

from __future__ import annotations

from functools import lru_cache

from portside.interfaces import Send
from portside.protocols.ftp.messages import Reply
from portside.protocols.ftp.syntax.lines import serialise_reply

KEPT = 64
"""Replies that are kept as they are sent: hardly more are said often."""


@lru_cache(maxsize=KEPT)
def answer(code: int, text: str) -> Send:
    """One line on the control connection."""
    return Send(serialise_reply(Reply(code, (text,))))
