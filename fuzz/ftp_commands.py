"""Invariant: a line is one command, or refused with a code of FTP's; what is understood is said the same way again.

No argument brings a second line, no path climbs above its root, and no address names a port that is none.
"""

from __future__ import annotations

import random
import re
from ipaddress import ip_address

from fuzz.refusals import check_status
from portside.errors import RemoteError
from portside.interfaces import Address
from portside.protocols.ftp.messages import Command
from portside.protocols.ftp.syntax.addresses import parse_eprt, parse_port, serialise_eprt, serialise_port
from portside.protocols.ftp.syntax.commands import (
    LARGEST,
    TimeOf,
    parse_argument,
    parse_list_path,
)
from portside.protocols.ftp.syntax.lines import encode, parse_command, serialise_command
from portside.protocols.ftp.syntax.names import absolute, is_sayable, parse_quoted, quoted, resolve
from portside.protocols.ftp.syntax.times import parse_time, serialise_time

SEEDS = (
    b"USER anonymous", b"PASS a b", b"CWD /a/../b", b"\xff\xf4\xff\xf2ABOR", b"PORT 127,0,0,1,19,136",
    b"EPRT |2|::1|5000|", b"EPRT |1|192.0.2.1|5000|", b"EPSV ALL", b"TYPE L 8", b"MODE Z", b"REST 1234567890",
    b"MFMT 20260102030405.678 a b", b"OPTS MODE Z LEVEL 9", b"OPTS HASH SHA-256", b"OPTS MLST type;size;",
    b"SITE CHMOD 644 a", b"ALLO 100 R 10", b"LIST -la /x", b"HOST [::1]", b"HASH a", b"RNFR \xe4\xff\xff.txt",
    b"AUTH TLS", b"PROT P", b"PBSZ 0", b"STAT", b"LANG en",
)  # fmt: skip
WORDS = (
    b"\r", b"\n", b"\0", b" ", b"\t", b",", b"|", b"..", b"/", b"//", b"-", b"-la ", b'"', b'""', b"\xff", b"\xff\xff",
    b"\xff\xf4", b"\xff\xfb\x01", b"256", b"65536", b"99999999999999999999", b"+1", b"_", b"0x1", "٣".encode(), b"::1",
    b"%eth0", b"1.2.3.4", b"RNTO ", b"SITE CHMOD ", b"7777", b"20260230000000", b"99991231235960.9999999999999999999",
)  # fmt: skip
CODES = (500, 501, 502, 504, 522)


def check(data: bytes, dice: random.Random) -> None:
    try:
        command = parse_command(data)
    except RemoteError as refused:
        check_status(refused, 500)
    else:
        _command(command)
    text = data.decode("utf-8", "surrogateescape")
    _addresses(text)
    _path(text, dice)
    _time(text)


def _command(command: Command) -> None:
    assert re.fullmatch("[A-Z]{1,8}", command.verb)
    assert not set(command.argument) & set("\r\n\0")
    line = serialise_command(command)
    assert line.endswith(b"\r\n")
    assert parse_command(line[:-2]) == command
    try:
        row, argument = parse_argument(command)
    except RemoteError as refused:
        check_status(refused, *CODES)
        return
    assert row.verb
    if isinstance(argument, int):
        assert 0 <= argument <= LARGEST
    elif isinstance(argument, Address):
        _is_address(argument)
    elif isinstance(argument, TimeOf):
        serialise_time(argument.time)


def _is_address(address: Address) -> None:
    assert str(ip_address(address.host))
    assert 0 <= address.port <= 65535


def _addresses(text: str) -> None:
    for parse, serialise in ((parse_port, serialise_port), (parse_eprt, serialise_eprt)):
        try:
            address = parse(text)
        except RemoteError as refused:
            check_status(refused, 501, 522)
            continue
        _is_address(address)
        assert parse(serialise(address)) == address


def _path(text: str, dice: random.Random) -> None:
    start = dice.choice(((), ("a",), ("a", "b")))
    try:
        names = resolve(start, parse_list_path(text) if dice.random() < 0.5 else text)
    except RemoteError as refused:
        check_status(refused, 550)
        return
    assert all(name not in ("", ".", "..") and "/" not in name and is_sayable(name) for name in names)
    path = absolute(names)
    assert resolve((), path) == names
    assert parse_quoted(quoted(path) + " is where you are") == path
    assert encode(path).decode("utf-8", "surrogateescape") == path


def _time(text: str) -> None:
    try:
        seconds = parse_time(text)
    except RemoteError as refused:
        check_status(refused, 501)
        return
    assert parse_time(serialise_time(seconds)) == seconds // 1
