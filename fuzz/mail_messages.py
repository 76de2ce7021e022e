"""Invariant: whatever a message is, its header and its parts lie within it, in order, and can be read.

Nothing of it raises. What is shown of it is text that can be written as UTF-8, names of its files are no places, and
what is read of its addresses, its report and its signatures holds no line end. It goes on as it is, without who got a
blind copy.
"""

from __future__ import annotations

import random

from portside.mail.addresses import parse_addresses
from portside.mail.composing import prepared
from portside.mail.dates import parse_date
from portside.mail.dkim import verify
from portside.mail.fields import Header, parse_header
from portside.mail.mime import Part, attachments, blocks, html, parse, pictures, text
from portside.mail.mime.parsing import DEEPEST, MOST_PARTS
from portside.mail.report import read
from portside.mail.verdict import author_domain
from tests.support.plain_await import result_of
from tests.support.zones import Zone

SEEDS = (
    b"From: Ann <ann@example.com>\r\nTo: b@c (x), \"q, r\" <d@e>, g: <h@i>;\r\nSubject: =?utf-8?q?=C3=A4?=\r\n b\r\n"
    b"Date: Fri, 21 Nov 1997 09:55:06 -0600\r\n\r\nbody\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\npre\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nYWJj\r\n--b\r\nContent-Type: multipart/related; boundary=\"b c\"\r\n\r\n"
    b"--b c\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>a=3Db</p>"
    b"<img src=3Dcid:x>"
    b"\r\n--b c\r\nContent-Type: image/png; name*0*=utf-8''%C3%A4; name*1=b\r\nContent-ID: <x>\r\n\r\npng"
    b"\r\n--b c--\r\n"
    b"--b\r\nContent-Disposition: attachment; filename=\"../a\"\r\n\r\nx\r\n--b--\r\nepilogue",
    b"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\n1\n--b\nContent-Type: message/rfc822\n\n"
    b"Content-Type: multipart/alternative; boundary=c\n\n--c\n\nplain\n--c\nContent-Type: text/html"
    b"\n\n<b>x\n--c--\n--b--\n",
    b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporti"
    b"ng-MTA: dns; x\n\n"
    b"Final-Recipient: rfc822; a@b\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no\n--b--\n",
    b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=example.com; s=x; h=from:to; l=5; t=1; x=2; "
    b"bh=YWJj; b=YWJj\n"
    b"From: a@example.com\nBcc: secret@example.com\n\nbody\n",
)  # fmt: skip
WORDS = (
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"--b", b"--b--", b"--b c", b"boundary=b", b"multipart/mixed",
    b"message/rfc822",
    b"text/html", b"base64", b"quoted-printable", b"=", b"=\r\n", b";", b":", b"\"", b"(", b")", b"<", b">", b"@", b",",
    b"=?utf-8?q?", b"=?utf-8?b?", b"?=", b"%C3", b"*0*=", b"charset=", b"utf-16", b"iso-2022-jp", b"cid:", b"&#0;",
    b"<!--", b"<style>", b"b=", b"h=", b"l=", b"Content-Type: ", b"Bcc: ", b"\0", b"\xff", b"\xed\xa0\x80",
)  # fmt: skip


def check(data: bytes, dice: random.Random) -> None:
    header = parse_header(data)
    tree = parse(data)
    _check_header(data, header)
    _check_parts(data, tree)
    _check_text(tree)
    for finding in result_of(verify(data, Zone(), now=dice.random() * 10)):
        assert finding.reason
    for recipient in read(tree):
        assert recipient.final.isprintable() or "\n" not in recipient.final
    sent = prepared(data)
    assert b"\n" not in sent.replace(b"\r\n", b"")
    assert not parse_header(sent).first("bcc") or header.is_cut


def _check_header(data: bytes, header: Header) -> None:
    here = 0
    for field in header.fields:
        assert field.start == here < field.end <= header.end <= len(data)
        here = field.end
        field.text.encode("utf-8")
        for address in parse_addresses(field.raw_text):
            assert address.name or address.address
            assert "\n" not in address.name
        parse_date(field.text)
    author_domain(header)


def _check_parts(data: bytes, tree: Part) -> None:
    parts = list(tree.walk())
    assert len(parts) <= MOST_PARTS + DEEPEST
    assert [part.number for part in parts] == list(range(len(parts)))
    for part in parts:
        assert 0 <= part.body <= part.end <= len(data)
        assert all(part.body <= child.body <= child.end <= part.end for child in part.parts)
        assert sum(map(len, blocks(part))) <= len(data)
        assert not set(part.safe_name) & set("/\\\0\n")
        assert part.safe_name not in {"", ".", ".."}


def _check_text(tree: Part) -> None:
    text(tree).encode("utf-8")
    html(tree).encode("utf-8")
    shown = {id(part) for part in attachments(tree)}
    assert not shown & {id(part) for part in pictures(tree).values()}
