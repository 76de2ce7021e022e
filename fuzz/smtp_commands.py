"""Invariant: a line is one command, or refused with a code of SMTP's; what is understood is said the same way again.

No argument brings a second line, no address a second parameter, and each mailbox has one spelling. What the parameters
say is within their limits, and nothing in them is a control character.
"""

from __future__ import annotations

import random
import re
from typing import Any

from fuzz.refusals import check_status
from portside.errors import LocalError, RemoteError
from portside.mail.envelope import Envelope, Recipient
from portside.protocols.smtp.messages import Command
from portside.protocols.smtp.syntax.addresses import parse_mailbox, parse_reverse_path, serialise_path
from portside.protocols.smtp.syntax.commands import Login, parse_argument
from portside.protocols.smtp.syntax.content import LARGEST_CHUNK, Chunk
from portside.protocols.smtp.syntax.lines import longest_line, parse_command, parse_response, serialise_command
from portside.protocols.smtp.syntax.parameters import (
    MAIL_PARAMETERS,
    RCPT_PARAMETERS,
    parse_mail,
    parse_rcpt,
    serialise_mail,
    serialise_rcpt,
)

SEEDS = (
    b"EHLO bar.com\r\n", b"MAIL FROM:<a@b.c>\r\n", b"MAIL FROM: <a@b.c> SIZE=500 BODY=8BITMIME SMTPUTF8 REQUIRETLS\r\n",
    b"MAIL FROM:<@x.test,@y.test:a@b.c> RET=HDRS ENVID=QQ+2B AUTH=e+3Dmc2@b.c\r\n", b"MAIL FROM:<>\r\n",
    b"MAIL FROM:<\"a b\\\"c\"@[IPv6:2001:db8::1]>\r\n", b"MAIL FROM:<p\xc3\xa9@\xc3\xa9.test> SMTPUTF8 AUTH=<>\r\n",
    b"RCPT TO:<a@[192.0.2.1]> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Bob+2B@b.c\r\n", b"RCPT TO:<Postmaster>\r\n",
    b"RCPT TO:<a@b.c> NOTIFY=NEVER ORCPT=utf-8;p\\x{E9}@b.c\r\n", b"BDAT 86 LAST\r\n", b"DATA\r\n", b"QUIT \r\n",
    b"AUTH PLAIN dGVzdAB0ZXN0ADEyMzQ=\r\n", b"AUTH LOGIN =\r\n", b"VRFY p\xc3\xa9\r\n", b"TURN\r\n", b"NOOP x\r\n",
    b"*\r\n",
)  # fmt: skip
WORDS = (
    b"\r", b"\n", b"\r\n", b"\0", b" ", b"\t", b"<", b">", b"<>", b"@", b"\"", b"\\", b":", b",", b";", b"=", b"+",
    b"+0D+0A",
    b"\\x{A}", b"\\x{110000}", b"..", b".", b"\xff", b"\xe2\x80\xae", b"\xcc\x81", "٣".encode(), b"SIZE=1",
    b" SMTPUTF8",
    b"[IPv6:", b"]", b"99999999999999999999", b"postmaster", b"FROM:", b"TO:", b"a" * 70, b"AUTH ", b"(x)", b"\x1b[2J",
)  # fmt: skip
CODES = (500, 501, 502, 553, 555)
_CONTROLS = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


def check(data: bytes, dice: random.Random) -> None:
    _response(data)
    text = data.decode("utf-8", "surrogateescape")
    _mailbox(text.strip(), utf8=dice.random() < 0.5)
    try:
        command = parse_command(data)
    except RemoteError as refused:
        check_status(refused, 500)
        return
    assert re.fullmatch("[A-Z][A-Z0-9-]{1,19}", command.verb)
    assert not set(str(command)) & set("\r\n\0")
    assert len(data) <= longest_line(data[:5])
    _again(command)
    try:
        row, value = parse_argument(command)
    except RemoteError as refused:
        check_status(refused, *CODES)
        return
    assert row.verb == command.verb
    _value(value)


def _again(command: Command) -> None:
    """It is said in one line, unless its bytes are no text."""
    try:
        line = serialise_command(command)
    except LocalError:
        assert not str(command).isascii()
        return
    assert line.count(b"\r") == line.count(b"\n") == 1
    assert parse_command(line) == command


def _value(value: Any) -> None:
    match value:
        case Envelope():
            assert not _CONTROLS.search(value.sender + value.envid + (value.auth or ""))
            assert value.utf8 or value.sender.isascii()
            assert parse_mail(serialise_mail(value, MAIL_PARAMETERS).argument) == value
        case Recipient():
            assert not _CONTROLS.search(value.address + value.original)
            said = serialise_rcpt(value, RCPT_PARAMETERS)
            assert parse_rcpt(said.argument) == value
        case Chunk(size):
            assert 0 <= size <= LARGEST_CHUNK
        case Login(mechanism):
            assert re.fullmatch("[A-Z0-9_-]{1,20}", mechanism)
        case str():
            assert not _CONTROLS.search(value)


def _mailbox(text: str, *, utf8: bool) -> None:
    try:
        address = parse_mailbox(text, utf8=utf8)
    except RemoteError as refused:
        check_status(refused, 501, 553)
        return
    assert not _CONTROLS.search(address)
    assert utf8 or address.isascii()
    assert parse_mailbox(address, utf8=utf8) == address
    try:
        path = serialise_path(address)
    except LocalError:
        assert len(address.encode()) > 254
        return
    assert parse_reverse_path(path + " X", utf8=utf8) == (address, " X")


def _response(data: bytes) -> None:
    try:
        parse_response(data)
    except RemoteError as refused:
        check_status(refused, 500, 501)
