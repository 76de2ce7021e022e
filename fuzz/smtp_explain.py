"""Invariant: whoever watches SMTP finds the same messages in any split, each within its bytes, and no credential.

What a reader tells opens: its fields lie within its bytes, its content can be had. A mask hides as many bytes as came,
the same in any split; a password after AUTH, and each answer to a challenge, never comes out.
"""

from __future__ import annotations

import random
import re

from fuzz.talks import TURN, Talk, check_within, cut, in_order, said_by, talk_in
from portside.interfaces import Role
from portside.protocols.explaining import LONGEST_TITLE, Said
from portside.protocols.smtp import explain
from portside.protocols.smtp.explain.masking import SmtpMask

MOST = 8192
"""Bytes of an input that are read, whole and in pieces."""
CANARY = b"YzRuNHJ5"
"""A password in base64."""
_SHOWN = re.compile(rb"(?:^|\n)[ \t]*AUTH[ \t:=]+[A-Za-z0-9_-]+[ \t]+[^\r\n]*YzRuNHJ5", re.IGNORECASE)
_MESSAGE = re.compile(rb"DATA|BDAT", re.IGNORECASE)
SEEDS = (
    b"220 a.test ESMTP\r\n\x01EHLO b\r\n\x01250-a.test\r\n250-AUTH PLAIN\r\n250 DSN\r\n\x01AUTH PLAIN YzRuNHJ5\r\n"
    b"\x01235 2.7.0 in\r\n\x01MAIL FROM:<a@b.c> SIZE=9\r\nRCPT TO:<d@e.f>\r\nDATA\r\n\x01250 a\r\n250 b\r\n354 c\r\n"
    b"\x01Subject: x\r\n\r\n..hi\r\n.\r\nQUIT\r\n\x01250 2.0.0 kept\r\n221 bye\r\n",
    b"220 x\r\n\x01auth login\r\n\x01334 VXNlcm5hbWU6\r\n\x01YzRuNHJ5\r\n\x01334 UGFzc3dvcmQ6\r\n\x01YzRuNHJ5\r\n"
    b"\x01535 no\r\n\x01AUTH LOGIN YzRuNHJ5\r\n\x01334 \r\n\x01*\r\n\x01501 ok\r\n\x01NOOP\r\n\x01250 a\r\n",
    b"220 x LMTP\r\n\x01LHLO b\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n\x01250 a\r\n250 b\r\n"
    b"250 c\r\n250 d\r\n354 e\r\n\x01x\r\n.\r\n\x01250 f\r\n452 g\r\n",
    b"220 x\r\n\x01EHLO b\r\nSTARTTLS\r\n\x01250 a\r\n220 go\r\n\x01\x16\x03\x01\0\x05hello",
    b"220 x\r\n\x01BDAT 5\r\nhelloBDAT 3 LAST\r\nabcNOOP\r\nBDAT 0 LAST\r\n\x01250 a\r\n250 b\r\n250 c\r\n250 d\r\n",
    b"\x01From: a\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x--\r\n.\r\n\x01250 a\r\n",
    b"220 x\r\n\x01MAIL FROM:<@r:\"a b\"@c> BODY=8BITMIME\r\nRCPT TO:<p\xc3\xa9@x> ORCPT=rfc822;a\r\n"
    b"DATA\r\n\x01503 no\r\n",
)  # fmt: skip
WORDS = (
    b"\r\n", b"\n", b"\r", b" ", b"\t", b"\0", TURN, b".\r\n", b"\r\n.\r\n", b"\n.\n", b"AUTH PLAIN YzRuNHJ5\r\n",
    b"AUTH ", b"YzRuNHJ5\r\n", b"334 \r\n", b"354 go\r\n", b"250 ok\r\n", b"250-", b"535 no\r\n", b"DATA\r\n",
    b"BDAT 9\r\n", b"NOOP\r\n", b"BDAT 99999999999999999999 LAST\r\n", b"STARTTLS\r\n", b"220 go\r\n",
    b"\x16\x03\x01", b"LHLO a\r\n", b"RCPT TO:<a@b>\r\n", b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Type: multipart/x; boundary=x\r\n", b"--x\r\n", b"--x--\r\n",
)  # fmt: skip


def check(data: bytes, dice: random.Random) -> None:
    data = data[:MOST]
    talk = talk_in(data)
    parts = cut(talk, dice)
    whole, said = _read(talk), _read(parts)
    assert [_told(one) for one in whole] == [_told(one) for one in said]
    _mask(talk, parts)
    _resume(parts)
    by_role = {role: said_by(talk, role) for role in Role}
    for one in whole[:50]:
        _open(one, by_role[one.role])


def _read(talk: Talk) -> list[Said]:
    reader = explain.reader()
    found: list[Said] = []
    for role, part in talk:
        some = reader.read(role, part)
        assert all(one.role is role for one in some)
        found += some
    for role in Role:
        found += reader.ended(role)
    return in_order(found)


def _told(said: Said) -> tuple[object, ...]:
    answers = None if said.answers is None else said.answers.start
    return said.role, said.kind, said.title, said.start, said.stop, said.complete, said.notes, dict(said.facts), answers


def _open(said: Said, data: bytes) -> None:
    assert 0 <= said.start < said.stop <= len(data)
    assert len(said.title) <= LONGEST_TITLE
    part = data[said.start : said.stop]
    for field in explain.fields(said, part):
        check_within(field, (0, len(part)))
    explain.content(said, part)
    if said.role is Role.CLIENT and said.kind not in ("content", "chunk") and _SHOWN.match(part):
        assert CANARY.decode() not in said.title + repr(said.facts)


def _mask(talk: Talk, parts: Talk) -> None:
    whole = _hidden(talk)
    assert whole == _hidden(parts)
    said, replies = said_by(talk, Role.CLIENT), said_by(talk, Role.SERVER)
    if said.startswith(b"\x16") or b"220" in replies[3:] or _MESSAGE.search(said) or b"354" in replies[:100]:
        return  # TLS, or a message: what stands in it is shown
    assert not _SHOWN.search(whole)


def _hidden(talk: Talk) -> bytes:
    mask, shown = explain.mask(), b""
    for role, part in talk:
        hidden = mask.hide(role, part)
        assert len(hidden) == len(part)
        shown += hidden if role is Role.CLIENT else b""
    return shown


def _resume(talk: Talk) -> None:
    """A mask that begins where the reader says so hides the same as one that has seen everything."""
    reader, first = explain.reader(), explain.mask()
    second: SmtpMask | None = None
    if said_by(talk, Role.CLIENT).startswith(b"\x16"):
        return  # TLS from the first byte on, which is no reader's of SMTP
    for role, part in talk:
        hidden = first.hide(role, part)
        assert second is None or second.hide(role, part) == hidden
        reader.read(role, part)
        begin = reader.mask_from_here()
        second = begin() if begin is not None else second
