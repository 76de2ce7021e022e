"""A conversation as one input: what the two sides say in turn, the server first."""

from __future__ import annotations

import random

from fuzz.mutation import pieces
from portside.interfaces import Role
from portside.protocols.explaining import Field, Said

TURN = b"\x01"
"""Stands between what the two sides say."""
Talk = list[tuple[Role, bytes]]


def talk_in(data: bytes) -> Talk:
    """What is said in an input."""
    return [(tuple(Role)[1 - number % 2], part) for number, part in enumerate(data.split(TURN)) if part]


def cut(talk: Talk, dice: random.Random) -> Talk:
    """The same in pieces."""
    return [(role, piece) for role, part in talk for piece in pieces(part, dice)]


def said_by(talk: Talk, role: Role) -> bytes:
    """All that one side says."""
    return b"".join(part for who, part in talk if who is role)


def in_order(found: list[Said]) -> list[Said]:
    """Messages in an order that no split changes: side by side."""
    return sorted(found, key=lambda one: (one.role is Role.CLIENT, one.start))


def check_within(field: Field, span: tuple[int, int]) -> None:
    """A field lies within its bytes, and its parts within it."""
    assert span[0] <= field.span[0] <= field.span[1] <= span[1], (field.name, field.span, span)
    for part in field.parts:
        check_within(part, field.span)
