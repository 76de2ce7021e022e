"""Invariant: what a jar takes it gives back only to where it came from, and never breaks out of its line."""

from __future__ import annotations

import random

from portside.errors import LocalError
from portside.protocols.http.syntax.cookies import (
    Jar,
    Origin,
    parse_cookie_date,
    parse_cookies,
    parse_set_cookie,
    serialise_cookies,
)

SEEDS = (
    b"a=b", b"a=b; Path=/; Domain=a.example; Max-Age=10; Secure; HttpOnly; SameSite=Lax",
    b"__Host-a=b; Secure; Path=/", b"a=b; c=d; e=\"f\"",
    b"a=b; Expires=Sun, 06 Nov 1994 08:49:37 GMT", b"Sunday, 06-Nov-94 08:49:37 GMT",
)  # fmt: skip
WORDS = (
    b"=", b";", b"; ", b",", b"Domain=", b".example", b"Path=", b"/", b"Max-Age=-1", b"Expires=", b"Secure",
    b"__Secure-", b"__Host-", b"\x00", b"\r\n",
    b"\xff", b" ", b"\t", b'"', b"9999", b"a.example", b"b.example", b"Nov", b"99:99:99",
)  # fmt: skip
HOME = Origin("www.a.example", "/here/page", True)
ELSEWHERE = Origin("www.b.example", "/here/page", True)


def check(data: bytes, _dice: random.Random) -> None:
    said = parse_set_cookie(data)
    assert said is None or not set(said.name + said.value) & set(b"\r\n\x00;")
    seconds = parse_cookie_date(data)
    assert seconds is None or -2e10 < seconds < 3e11
    try:
        line = serialise_cookies(parse_cookies(data))
    except LocalError:
        line = b""
    assert not set(line) & set(b"\r\n\x00")
    jar = Jar()
    jar.store(HOME, data.split(b"\n"), 1000.0)
    given = jar.matching(HOME, 1000.0)
    assert given is None or not set(given) & set(b"\r\n\x00")
    assert jar.matching(ELSEWHERE, 1000.0) is None
