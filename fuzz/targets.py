"""Invariant: no path climbs. Its names are names, and the path that is written of them is read as the same names."""

from __future__ import annotations

import posixpath
import random

from fuzz.refusals import check_status
from portside.errors import RemoteError
from portside.protocols.http.syntax.targets import (
    encode_path,
    parse_authority,
    parse_target,
    segments,
    serialise_authority,
    serialise_target,
)

SEEDS = (
    b"/",
    b"/a/b.html?c=d",
    b"/%61/%2e%2e/b",
    b"http://a.example:80/x?y",
    b"*",
    b"[::1]:80",
    b"/a//b/",
    b"/%c3%bc/%c0%ae",
    b"/..;x/",
)
WORDS = (
    b"/", b"//", b"..", b"%2e", b"%2f", b"%5c", b"\\", b"%00", b"%", b"?", b"#", b";", b":", b"@", b"[", b"]", b"::",
    b"http://", b"%25", b"%c0%af",
    b" ", b"%20", b"c:", b"::$DATA", b"\xff", b"...", b"1.2.3.4", b"%2E%2E%2F",
)  # fmt: skip


def check(data: bytes, dice: random.Random) -> None:
    text = data.decode("latin-1")
    _authority(text)
    try:
        target = parse_target(text, dice.choice(("GET", "OPTIONS", "CONNECT")))
    except RemoteError as refused:
        check_status(refused, 400)
        return
    assert not set(text) & set("\r\n\x00 #")
    assert "\\" not in target.path
    assert parse_target(serialise_target(target), "CONNECT" if target.path == "" else "OPTIONS") is not None
    if target.path.startswith("/"):
        _path(target.path)


def _path(path: str) -> None:
    try:
        names = segments(path)
    except RemoteError as refused:
        check_status(refused, 400, 404)
        return
    for name in names:
        assert name not in ("", ".", "..")
        assert not set(name) & set("/\\\x00\r\n")
    joined = posixpath.normpath("/root/" + "/".join(names))
    assert joined == "/root" + "".join(f"/{name}" for name in names)
    written = encode_path(names)
    assert not written.startswith("//")
    assert segments(written) == names


def _authority(text: str) -> None:
    try:
        authority = parse_authority(text)
    except RemoteError as refused:
        check_status(refused, 400)
        return
    assert authority.host
    assert not set(authority.host) & set("/@#? \t\r\n\\%")
    assert parse_authority(serialise_authority(authority)) == authority
