"""Invariant: whatever passes, it is told in messages that lie within their bytes, the same for any pieces.

No byte of a password is shown, a mask hides the same in any pieces, and nothing ever raises.
"""

from __future__ import annotations

import random
import re

from fuzz.mutation import pieces
from portside.interfaces import Role
from portside.protocols.explaining import LONGEST_TITLE, Field, Said
from portside.protocols.ftp import explain

MOST = 20_000
"""Bytes that are said: each is read and hidden twice, in as many messages as there are lines."""
_SHOWN = re.compile(rb"(?:\A|\n)[ \t]*(?:PASS|ACCT|ADAT|SITE[ \t]+PSWD)[ \t][^\r\n]*[^*\r\n]", re.IGNORECASE)
"""A password that is not hidden."""
TALK = b"\x01"
"""Between what the two sides say, the server first."""
SEEDS = (
    b"220 ready\r\n\x01USER a\r\n\x01331 ?\r\n\x01PASS c4n4ry\r\n\x01230 in\r\n\x01EPSV\r\n\x01229 (|||1|)\r\n",
    b"220-a\r\n b\r\n220 c\r\n\x01AUTH TLS\r\n\x01234 go\r\n\x01\x16\x03\x01\0\x05hello",
    b"\x01PORT 127,0,0,1,4,1\r\nMODE Z\r\nREST 5\r\nRETR a\r\n\x01200 a\r\n200 b\r\n350 c\r\n150 d\r\n226 e\r\n",
    b"\x01\xff\xf4\xff\xf2ABOR\r\nSITE PSWD old c4n4ry\r\nACCT c4n4ry\r\n\x01426 a\r\n226 b\r\n",
    b"211-x\r\n MDTM\r\n211 y\r\n\x01MFMT 20260102030405 a\r\n\x01213 20260102030405\r\n\x01PWD\r\n\x01257 \"/\"\r\n",
    b"type=file;size=1; a\r\n-rw-r--r-- 1 a b 1 Jan  1 12:00 x\r\n",
)  # fmt: skip
WORDS = (
    b"\r\n", b"\n", b"\r", b" ", b"\t", b"\0", b"\x01", b"\xff\xf4", b"\xff\xff", b"PASS c4n4ry\r\n", b"PASS ",
    b"SITE ", b"AUTH TLS\r\n", b"234 x\r\n", b"234-", b"220-", b"150 \r\n", b"227 (1,2,3,4,5,6)\r\n", b"PASV\r\n",
    b"99999999999999", b"STOR a\r\n", b"\x16\x03\x01",
)  # fmt: skip
Talk = list[tuple[Role, bytes]]


def check(data: bytes, dice: random.Random) -> None:
    data = data[:MOST]
    talk = [(tuple(Role)[1 - number % 2], part) for number, part in enumerate(data.split(TALK)) if part]
    cut = [(role, piece) for role, part in talk for piece in pieces(part, dice)]
    whole, said = _read(talk), _read(cut)
    assert [_told(one) for one in whole] == [_told(one) for one in said]
    _mask(talk, cut)
    said_by = {role: b"".join(part for who, part in talk if who is role) for role in Role}
    for one in whole[:50]:
        _open(one, said_by[one.role])
    _data(data, dice)


def _read(talk: Talk) -> list[Said]:
    reader = explain.reader()
    found: list[Said] = []
    for role, part in talk:
        found += reader.read(role, part)
        for expected in reader.expected:
            assert 0 <= expected.port <= 65535
            expected.reader()
    for role in Role:
        found += reader.ended(role)
    return sorted(found, key=lambda one: (one.role is Role.CLIENT, one.start))


def _told(said: Said) -> tuple[object, ...]:
    return said.role, said.kind, said.title, said.start, said.stop, said.complete, said.notes, dict(said.facts)


def _open(said: Said, data: bytes) -> None:
    assert 0 <= said.start < said.stop <= len(data)
    assert len(said.title) <= LONGEST_TITLE
    part = data[said.start : said.stop]
    for field in explain.fields(said, part):
        _within(field, (0, len(part)))
    explain.content(said, part)
    if said.role is Role.CLIENT and part.upper().startswith((b"PASS C4N4RY", b"ACCT C4N4RY")):
        assert "c4n4ry" not in said.title.lower() + repr(said.facts).lower()


def _within(field: Field, span: tuple[int, int]) -> None:
    assert span[0] <= field.span[0] <= field.span[1] <= span[1]
    for part in field.parts:
        _within(part, field.span)


def _mask(talk: Talk, cut: Talk) -> None:
    shown = [dict.fromkeys(Role, b"") for _ in range(2)]
    for row, into in ((talk, shown[0]), (cut, shown[1])):
        mask = explain.mask()
        for role, part in row:
            hidden = mask.hide(role, part)
            assert len(hidden) == len(part)
            into[role] += hidden
    assert shown[0] == shown[1]
    said = b"".join(part for role, part in talk if role is Role.CLIENT)
    if b"234" not in b"".join(part for _, part in talk) and not said.startswith(b"\x16"):
        assert not _SHOWN.search(shown[0][Role.CLIENT])


def _data(data: bytes, dice: random.Random) -> None:
    reader = explain.reader()
    reader.read(Role.CLIENT, dice.choice((b"MLSD\r\n", b"LIST\r\n", b"MODE Z\r\nRETR a\r\n", b"STOR b\r\n")))
    reader.read(Role.SERVER, b"227 (1,2,3,4,5,6)\r\n")
    for expected in reader.expected:
        for said in expected.reader().read(Role.SERVER, data):
            for field in explain.fields(said, data):
                _within(field, (0, len(data)))
            explain.content(said, data)
