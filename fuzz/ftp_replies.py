"""Invariant: lines are a reply or refused, and a reply that is understood is read the same when it is said again.

No text of a reply makes it end early, and a place where data is to meet is a place.
"""

from __future__ import annotations

import random

from portside.errors import RemoteError
from portside.protocols.ftp.messages import Reply
from portside.protocols.ftp.syntax.addresses import parse_epsv, parse_pasv, serialise_epsv, serialise_port
from portside.protocols.ftp.syntax.lines import is_last, parse_reply, serialise_reply
from portside.protocols.ftp.syntax.names import parse_quoted

SEEDS = (
    b"220 ready\r\n",
    b"220-Welcome\r\n here\r\n220 ready\r\n",
    b"211-Features:\r\n MDTM\r\n SIZE\r\n211 End\r\n",
    b"227 Entering Passive Mode (127,0,0,1,19,136).\r\n",
    b"227 Entering Passive Mode 127,0,0,1,19,136\r\n",
    b"229 Entering Extended Passive Mode (|||5000|)\r\n",
    b'257 "/a ""b""" is the current directory\r\n',
    b"213 20260102030405.678\r\n",
    b"250-Listing\r\n type=file;size=3; a\r\n250 End\r\n",
    b"123-First\r\n 234 inner\r\n123-x\r\n123 Last\r\n",
)
WORDS = (
    b"\r\n", b"\n", b"\r", b"\0", b" ", b"-", b"220", b"220 ", b"220-", b"999", b"\xff", b"\xff\xff", b"\xff\xf4", b",",
    b"|", b"(", b")", b"256", b"65536", b"+", b"_", b'"', "٣".encode(), b"\x1b[2J",
)  # fmt: skip


def check(data: bytes, dice: random.Random) -> None:
    lines = [line.removesuffix(b"\r") for line in data.split(b"\n")]
    _told(lines)
    text = data.decode("utf-8", "surrogateescape")
    _places(text)
    parse_quoted(text)
    _said(Reply(dice.choice((120, 220, 331, 421, 550)), tuple(text.split("\n"))))


def _told(lines: list[bytes]) -> None:
    try:
        reply = parse_reply(lines)
    except RemoteError:
        return
    assert 100 <= reply.code < 700
    assert len(reply.lines) == len(lines)
    _said(reply)


def _said(reply: Reply) -> None:
    """It is one reply, and its last line is the one that ends it."""
    wire = serialise_reply(reply)
    assert wire.endswith(b"\r\n")
    lines = wire[:-2].split(b"\r\n")
    code = lines[0][:3]
    assert [is_last(line, code) for line in lines] == [False] * (len(lines) - 1) + [True]
    assert not any(byte in line for line in lines for byte in (b"\r", b"\n", b"\0"))
    again = parse_reply(lines)
    assert (again.code, len(again.lines)) == (reply.code, max(1, len(reply.lines)))
    assert parse_reply(serialise_reply(again)[:-2].split(b"\r\n")).code == again.code


def _places(text: str) -> None:
    try:
        address = parse_pasv(text)
    except RemoteError:
        pass
    else:
        assert 0 <= address.port <= 65535
        assert parse_pasv(f"227 ({serialise_port(address)})") == address
    try:
        port = parse_epsv(text)
    except RemoteError:
        return
    assert 0 <= port <= 65535
    assert parse_epsv(f"229 ({serialise_epsv(port)})") == port
