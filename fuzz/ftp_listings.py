"""Invariant: a line of a listing is an entry, nothing, or refused; a name that leads elsewhere has its fault.

What is told of an entry is read the same again.
"""

from __future__ import annotations

import random
from dataclasses import replace

from portside.errors import RemoteError
from portside.protocols.ftp.syntax.listings import (
    Entry,
    Kind,
    parse_facts,
    parse_list,
    serialise_facts,
    serialise_ls,
)

NOW = 1_772_000_000.0
SEEDS = (
    b"type=file;size=12;modify=20260102030405;perm=adfrw;unique=fd01U7;UNIX.mode=0644; a b.txt",
    b"type=dir;modify=20260102030405.678;perm=cdeflmp; d", b"type=cdir;; .", b"Type=OS.unix=slink:/x;; l",
    b"-rw-r--r--   1 ftp      ftp            12 Jan  2 03:04 a.txt", b"drwxr-xr-x 2 1000 1000 4096 Feb 29  2024 d",
    b"lrwxrwxrwx 1 a b 4 Jan  2 2020 l -> /etc", b"crw-rw---- 1 root tty 4, 64 Jan  2 03:04 ttyS0",
    b"-rw-r--r--+ 1 anna 12 2026-01-02 03:04 x", b"total 12", b"01-02-26  03:04PM       <DIR>          d",
    b"01-02-2026  03:04               12 a b.txt", b"-rw-r--r-- 1 a dom users 12 Jan  2 03:04  x",
)  # fmt: skip
WORDS = (
    b" ", b"  ", b";", b"=", b"; ", b"../", b"/", b"..", b"\0", b"\r", b"\x1b", b" -> ", b"Feb 30", b"99:99", b"<DIR>",
    b"type=", b"size=99999999999999999999", b"size=-1", b"size=+1", b"modify=0", b"1 ", b"\xff", "٣".encode(), b"-rw",
    b"13-32-99", b"Feb 29 12:00", b"modify=00000000000000", b"unix.mode=99999",
)  # fmt: skip


def check(data: bytes, dice: random.Random) -> None:
    text = data.decode("utf-8", "surrogateescape")
    now = dice.choice((NOW, 0.0, 253_370_000_000.0))
    for read in (parse_facts, lambda line: parse_list(line, now)):
        try:
            entry = read(text)
        except RemoteError:
            continue
        if entry is not None:
            _entry(entry)


def _entry(entry: Entry) -> None:
    name = entry.name
    led_away = name in ("", ".", "..") or "/" in name or any(ord(letter) < 32 for letter in name)
    assert bool(entry.fault) or not led_away
    assert entry.size is None or 0 <= entry.size < 10**18
    assert entry.mode is None or 0 <= entry.mode <= 0o7777
    if entry.fault:
        return
    told = parse_facts(serialise_facts(entry))
    assert told is not None
    assert (told.name, told.kind) == (name, entry.kind)
    assert entry.kind is not Kind.FILE or told.size == entry.size
    shown = parse_list(serialise_ls(replace(entry, target="", kind=Kind.FILE), NOW), NOW)
    assert shown is not None
    assert (shown.name, shown.size) == (name, entry.size or 0)
