"""Invariant: a field's value is understood or not, without an error; what is understood is written and read the same.

Lists, parameters, quoted strings, dates, tags, ranges, negotiation, credentials, content types.
"""

from __future__ import annotations

import random

from portside.errors import LocalError
from portside.protocols.http.messages import Headers
from portside.protocols.http.syntax.conditions import (
    ANY,
    ETag,
    evaluate,
    if_range_holds,
    parse_etag,
    parse_etags,
    serialise_etag,
)
from portside.protocols.http.syntax.credentials import (
    parse_basic,
    parse_challenges,
    parse_credentials,
    serialise_challenge,
    verify_basic,
    verify_digest,
)
from portside.protocols.http.syntax.dates import parse_date, serialise_date
from portside.protocols.http.syntax.lists import is_token, parse_parameters, quote, split_list, unquote
from portside.protocols.http.syntax.negotiation import choose_coding, choose_type
from portside.protocols.http.syntax.ranges import RangeFault, parse_content_range, parse_range
from portside.protocols.http.syntax.types import content_type, is_compressible

SEEDS = (
    b'"a", W/"b", *', b"bytes=0-9,20-,-5", b"bytes 0-9/100", b"gzip;q=0.5, br, *;q=0",
    b"text/html, application/json;q=0.9, */*;q=0.1",
    b"Sun, 06 Nov 1994 08:49:37 GMT", b"Sunday, 06-Nov-94 08:49:37 GMT", b"Sun Nov  6 08:49:37 1994",
    b'text/html; charset="utf-8"; x=y',
    b"Basic dXNlcjpwYXNz",
    b'Digest username="user", realm="r", nonce="n", uri="/", response="00", qop=auth, nc=00000001, cnonce="c"',
    b'Basic realm="x", Digest realm="y", qop="auth"',
    b"index.html.gz",
)  # fmt: skip
WORDS = (
    b",", b", ", b";", b"=", b'"', b"\\", b'W/"', b"*", b"bytes=", b"-", b"0-", b"-1", b"9999999999", b"q=", b"q=1.0",
    b"/", b"*/*", b" ", b"\t", b"\x00",
    b"\xff", b"Nov", b"GMT", b"00", b"Basic ", b"Digest ", b"realm=", b'nonce="', b"_", b"+", b".gz",
)  # fmt: skip


def check(data: bytes, dice: random.Random) -> None:
    _lists(data)
    _conditions(data, dice)
    _ranges(data, dice)
    _credentials(data)
    assert choose_coding(data, ("br", "zstd", "gzip")) in (None, "br", "zstd", "gzip")
    assert choose_type(data, ("text/html", "application/json")) in (None, "text/html", "application/json")
    assert not set(content_type(data.decode("latin-1"))) & set(b"\r\n\x00")
    assert isinstance(is_compressible(data), bool)
    seconds = parse_date(data, 784111777.0)
    assert seconds is None or parse_date(serialise_date(seconds), 784111777.0) == seconds


def _lists(data: bytes) -> None:
    split_list(data)
    parse_parameters(data)
    unquote(data)
    assert not is_token(data) or not set(data) & set(b' \t\r\n,;="\x00')
    try:
        quoted = quote(data)
    except LocalError:
        return
    assert unquote(quoted) == data
    assert not set(quoted) & set(b"\r\n\x00")


def _conditions(data: bytes, dice: random.Random) -> None:
    tag = parse_etag(data)
    assert tag is None or parse_etag(serialise_etag(tag)) == tag
    tags = parse_etags(data)
    assert tags is None or tags is ANY or all(isinstance(one, ETag) for one in tags)  # type: ignore[union-attr]
    name = dice.choice((b"If-Match", b"If-None-Match", b"If-Modified-Since", b"If-Unmodified-Since"))
    evaluate(dice.choice(("GET", "PUT")), Headers([(name, data)]), b'"a"', 784111777.0, now=784111778.0)
    if_range_holds(data, b'"a"', 784111777.0, 784111779.0)


def _ranges(data: bytes, dice: random.Random) -> None:
    size = dice.choice((0, 1, 100, 10**12))
    ranges = parse_range(data, size)
    if not isinstance(ranges, RangeFault):
        assert ranges
        assert all(0 <= part.first <= part.last < size for part in ranges)
        assert sum(part.count for part in ranges) <= size
    part = parse_content_range(data)
    assert part is None or part.part is None or part.part.first <= part.part.last


def _credentials(data: bytes) -> None:
    for challenge in parse_challenges([data]):
        try:
            line = serialise_challenge(challenge)
        except LocalError:
            continue
        assert not set(line) & set(b"\r\n\x00")
        assert parse_challenges([line])
    credentials = parse_credentials(data)
    parse_basic(credentials)
    assert not verify_basic(credentials, "nobody", "knows this 7f3a")
    assert not verify_digest(credentials, "GET", "/", "r", "nobody", "knows this 7f3a")
