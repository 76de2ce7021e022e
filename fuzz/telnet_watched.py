"""Invariant: whoever watches Telnet finds the same messages in any pieces, and hides as many bytes as there are.

The reader, the mask, the fields and the contents never raise. Messages lie within what was said, in order; fields lie
within their messages. The reader's titles hide what the mask hides, and a mask that begins where the reader says so
hides what one hides that has seen everything.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence

from fuzz.mutation import pieces
from fuzz.telnet import SEEDS as RULE_SEEDS
from portside.interfaces import Role
from portside.protocols.explaining import LONGEST_TITLE, Field, Mask, Said
from portside.protocols.telnet import explain
from portside.protocols.telnet.explain.lines import title_of

SEEDS = (
    *RULE_SEEDS,
    b"\xff\xfb\x01\xff\xfb\x03login: |jo\r\0|jo\r\nPassword: |hunter2\r\0|\r\nLast login\r\n$ |ls\r\0",
    b"By what name? |jo\r\n|\xff\xfb\x01Secret word: |hunter2\r\n|\xff\xfc\x01\r\nWelcome!\r\n> |north\r\n",
    b"\xff\xfa\x56\xff\xf0" + zlib.compress(b"Welcome\r\nEnter your password: ") + b"|hunter2\r\n|ok",
    b"|\xff\xfb\x27\xff\xfa\x27\x00\x00TOKEN\x01hunter2\x03LANG\x01C\xff\xf0|\xff\xfa\x27\x01\xff\xf0",
    b'|\xff\xfb\xc9\xff\xfa\xc9Char.Login {"name": "jo", "password": "hunter2"}\xff\xf0|ok\r\n',
)
WORDS = (
    b"|", b"\xff", b"\xff\xff", b"\xff\xf0", b"\xff\xfa\x27\x00", b"\xff\xfa\x56\xff\xf0", b"\xff\xfa\xc9", b"\r\n",
    b"\r\0", b"\r", b"\n", b"Password: ", b"login: ", b"$ ", b"hunter2", b"\xff\xfb\x01", b"\xff\xfc\x01",
    b"\xff\xfb\x03", b"\x00PASS\x01", b'"token":"', b'"', b"\\", b"\x1b[31m", b"again: ", b"\x02",
)  # fmt: skip
HOLE = 97
"""One piece of so many is missing, in some of the inputs."""
LONGEST = 8_000
"""Bytes of a conversation here: as many turns take long enough."""
Turn = tuple[Role, bytes]
Found = list[tuple[object, ...]]


def turns(data: bytes) -> list[Turn]:
    """Server and client in turn, the server first."""
    return [((Role.SERVER, Role.CLIENT)[number % 2], part) for number, part in enumerate(data.split(b"|"))]


def read(talk: list[Turn]) -> tuple[list[Said], Mask | None, int]:
    """All messages, a mask that began in the middle, and at which turn."""
    reader = explain.reader()
    found: list[Said] = []
    mask, begun = None, 0
    for number, (role, data) in enumerate(talk):
        found += reader.read(role, data)
        if number >= len(talk) // 2 and mask is None:
            make = reader.mask_from_here()
            mask, begun = (make() if make is not None else None), number + 1
    for role in Role:
        found += reader.ended(role)
    return found, mask, begun


def hide(talk: Sequence[Turn], mask: Mask) -> dict[Role, bytes]:
    shown = dict.fromkeys(Role, b"")
    for role, data in talk:
        hidden = mask.hide(role, data)
        assert len(hidden) == len(data)
        assert all(new in (old, 42) for new, old in zip(hidden, data, strict=True))
        shown[role] += hidden
    return shown


def check(data: bytes, dice: random.Random) -> None:
    data = data[:LONGEST]
    talk = turns(data)
    cut = [(role, piece) for role, part in talk for piece in pieces(part, dice)]
    found, mask, begun = read(talk)
    shown = hide(talk, explain.mask())
    whole = {role: b"".join(part for who, part in talk if who is role) for role in Role}
    assert {role: hide(cut, explain.mask())[role] for role in Role} == shown
    assert comparable(read(cut)[0]) == comparable(found)
    if mask is not None:
        after = hide(talk[begun:], mask)
        assert all(shown[role].endswith(after[role]) for role in Role)
    for said in found:
        _check_message(said, whole[said.role])
        if said.kind == "data" and said.role is Role.CLIENT:
            typed = shown[said.role][said.start : said.stop].replace(b"\xff\xff", b"\xff")
            assert said.title == title_of(typed), "the reader hides what the mask hides"
    if dice.randrange(4) == 0:
        _with_holes(cut, dice)


def comparable(found: list[Said]) -> list[str]:
    """Messages of both directions, in the order of each."""
    return sorted(
        f"{one.role.value} {one.start:9} {one.stop:9} {one.kind} {one.title} {one.complete} {one.facts} {one.notes}"
        for one in found
    )


def _check_message(said: Said, whole: bytes) -> None:
    assert 0 <= said.start < said.stop <= len(whole)
    assert len(said.title) <= LONGEST_TITLE
    data = whole[said.start : said.stop]
    _check_fields(explain.fields(said, data), len(data))
    explain.fields(said, data[: len(data) // 2])
    explain.content(said, data)


def _check_fields(fields: Sequence[Field], size: int) -> None:
    end = 0
    for field in fields:
        assert end <= field.span[0] <= field.span[1] <= size
        end = field.span[1]


def _with_holes(talk: list[Turn], dice: random.Random) -> None:
    reader, mask = explain.reader(), explain.mask()
    for role, part in talk:
        if dice.randrange(3) == 0:
            reader.missed(role, HOLE)
            mask.missed(role, HOLE)
        reader.read(role, part)
        assert len(mask.hide(role, part)) == len(part)
    for role in Role:
        reader.ended(role)
