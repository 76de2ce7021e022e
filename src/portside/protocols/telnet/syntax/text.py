"""Text within subnegotiations: UTF-8 where it is that, and any other bytes so that they come back."""

from __future__ import annotations

import re

from portside.errors import RemoteError

LONGEST_NUMBER = 9
"""Digits of a number at most: a speed in bit/s stays far below, and nothing else is a number here."""
_NUMBER = re.compile(rb"[0-9]{1,%d}" % LONGEST_NUMBER)


def parse_text(data: bytes) -> str:
    """Any bytes as text."""
    return data.decode("utf-8", "surrogateescape")


def serialise_text(text: str) -> bytes:
    """Text as the bytes that it was, or would be."""
    return text.encode("utf-8", "surrogateescape")


def parse_number(data: bytes) -> int:
    """A number in ASCII digits. Raises ``RemoteError`` for anything else."""
    if _NUMBER.fullmatch(data) is None:
        raise RemoteError("what should be a number is none")
    return int(data)
