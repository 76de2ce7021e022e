"""Inputs from inputs: cut, doubled, spliced, flipped, and stretched. The same dice give the same inputs."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import pairwise

LONGEST = 70_000
"""Bytes of an input; some more than the largest head that is read."""
ODD = b"\x00\t\n\r \"'(),/:;=?@[\\]{}\x7f\x80\xff0aA-+_%."
"""Bytes that mean something to some parser."""

Step = Callable[[bytes, random.Random, Sequence[bytes]], bytes]


def mutate(data: bytes, words: Sequence[bytes], dice: random.Random) -> bytes:
    """``data`` after a few steps."""
    for _ in range(dice.choice((0, 1, 1, 1, 2, 3, 5, 8))):
        data = dice.choice(STEPS)(data, dice, words)[:LONGEST]
    return data


def _place(data: bytes, dice: random.Random) -> int:
    return dice.randint(0, len(data))


def _flip(data: bytes, dice: random.Random, _words: Sequence[bytes]) -> bytes:
    at = _place(data, dice)
    return data[:at] + bytes((dice.choice(ODD) if dice.random() < 0.7 else dice.randrange(256),)) + data[at + 1 :]


def _insert(data: bytes, dice: random.Random, words: Sequence[bytes]) -> bytes:
    at = _place(data, dice)
    return data[:at] + dice.choice(words) + data[at:]


def _cut(data: bytes, dice: random.Random, _words: Sequence[bytes]) -> bytes:
    first, last = sorted((_place(data, dice), _place(data, dice)))
    return data[:first] + data[last:]


def _double(data: bytes, dice: random.Random, _words: Sequence[bytes]) -> bytes:
    first, last = sorted((_place(data, dice), _place(data, dice)))
    return data[:last] + data[first:last] + data[last:]


def _stretch(data: bytes, dice: random.Random, words: Sequence[bytes]) -> bytes:
    """A long run of one thing: what a quadratic search is slow for."""
    at = _place(data, dice)
    what = dice.choice((dice.choice(words), bytes((dice.choice(ODD),)), b" ", data[at : at + 2]))
    return data[:at] + what * dice.choice((2, 10, 100, 1000, 30_000)) + data[at:]


def _swap(data: bytes, dice: random.Random, words: Sequence[bytes]) -> bytes:
    old, new = dice.choice(words), dice.choice(words)
    return data.replace(old, new, 1) if old else data


STEPS: tuple[Step, ...] = (_flip, _flip, _insert, _insert, _cut, _double, _swap, _stretch)


def pieces(data: bytes, dice: random.Random) -> list[bytes]:
    """``data`` in pieces: whole, byte by byte (where it is short), or cut at random."""
    if not data:
        return []
    if len(data) < 300 and dice.random() < 0.3:
        return [data[at : at + 1] for at in range(len(data))]
    cuts = sorted({0, len(data), *(dice.randint(0, len(data)) for _ in range(dice.choice((0, 1, 2, 5))))})
    return [data[first:last] for first, last in pairwise(cuts)]
