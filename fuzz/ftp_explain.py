"""Invariant: whatever passes, it is told in messages that lie within their bytes, the same for any pieces.

No byte of a password is shown, a mask hides the same in any pieces, and nothing ever raises.
"""

from __future__ import annotations

import random
import re

from fuzz.talks import Talk, check_within, cut, in_order, said_by, talk_in
from portside.interfaces import Role
from portside.protocols.explaining import LONGEST_TITLE, Said
from portside.protocols.ftp import explain

MOST = 20_000
"""Bytes that are said: each is read and hidden twice, in as many messages as there are lines."""
_SHOWN = re.compile(rb"(?:\A|\n)[ \t]*(?:PASS|ACCT|ADAT|SITE[ \t]+PSWD)[ \t][^\r\n]*[^*\r\n]", re.IGNORECASE)
"""A password that is not hidden."""
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


def check(data: bytes, dice: random.Random) -> None:
    data = data[:MOST]
    talk = talk_in(data)
    parts = cut(talk, dice)
    whole, said = _read(talk), _read(parts)
    assert [_told(one) for one in whole] == [_told(one) for one in said]
    _mask(talk, parts)
    by_role = {role: said_by(talk, role) for role in Role}
    for one in whole[:50]:
        _open(one, by_role[one.role])
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
    return in_order(found)


def _told(said: Said) -> tuple[object, ...]:
    return said.role, said.kind, said.title, said.start, said.stop, said.complete, said.notes, dict(said.facts)


def _open(said: Said, data: bytes) -> None:
    assert 0 <= said.start < said.stop <= len(data)
    assert len(said.title) <= LONGEST_TITLE
    part = data[said.start : said.stop]
    for field in explain.fields(said, part):
        check_within(field, (0, len(part)))
    explain.content(said, part)
    if said.role is Role.CLIENT and part.upper().startswith((b"PASS C4N4RY", b"ACCT C4N4RY")):
        assert "c4n4ry" not in said.title.lower() + repr(said.facts).lower()


def _mask(talk: Talk, parts: Talk) -> None:
    shown = [dict.fromkeys(Role, b"") for _ in range(2)]
    for row, into in ((talk, shown[0]), (parts, shown[1])):
        mask = explain.mask()
        for role, part in row:
            hidden = mask.hide(role, part)
            assert len(hidden) == len(part)
            into[role] += hidden
    assert shown[0] == shown[1]
    said = said_by(talk, Role.CLIENT)
    if b"234" not in b"".join(part for _, part in talk) and not said.startswith(b"\x16"):
        assert not _SHOWN.search(shown[0][Role.CLIENT])


def _data(data: bytes, dice: random.Random) -> None:
    reader = explain.reader()
    reader.read(Role.CLIENT, dice.choice((b"MLSD\r\n", b"LIST\r\n", b"MODE Z\r\nRETR a\r\n", b"STOR b\r\n")))
    reader.read(Role.SERVER, b"227 (1,2,3,4,5,6)\r\n")
    for expected in reader.expected:
        for said in expected.reader().read(Role.SERVER, data):
            for field in explain.fields(said, data):
                check_within(field, (0, len(data)))
            explain.content(said, data)
