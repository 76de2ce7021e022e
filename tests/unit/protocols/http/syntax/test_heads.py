"""Heads: what is a request, what is a response, and what is neither (RFC 9112 §2 to §6).

The tables go through the cases that every parser of HTTP is tried with; each line stands for itself.
"""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import LimitExceeded, LocalError, RemoteError
from portside.protocols.http.messages import Headers, Request, Response
from portside.protocols.http.syntax import heads
from portside.protocols.http.syntax.heads import (
    CHUNKED,
    LONGEST_REMEMBERED,
    UNTIL_CLOSE,
    HeadLimits,
    connection_options,
    find_end,
    parse_fields,
    parse_request,
    parse_response,
    serialise_fields,
    serialise_request,
    serialise_response,
)

LIMITS = HeadLimits()


def request(head: bytes, limits: HeadLimits = LIMITS) -> heads.Head:
    assert find_end(head, 0) == len(head)
    return parse_request(head, limits)


def get(fields: bytes = b"", start: bytes = b"GET / HTTP/1.1", host: bytes = b"Host: a\r\n") -> bytes:
    return start + b"\r\n" + host + fields + b"\r\n"


def status_of(head: bytes) -> int:
    with pytest.raises(RemoteError) as refused:
        request(head)
    return refused.value.status


# ------------------------------------------------------------------------------------------ the request line

METHODS = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PATCH",
    "ACL",
    "BIND",
    "CHECKOUT",
    "COPY",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MOVE",
    "M-SEARCH",
    "NOTIFY",
    "PROPFIND",
    "PROPPATCH",
    "PURGE",
    "QUERY",
    "REBIND",
    "REPORT",
    "SEARCH",
    "SOURCE",
    "SUBSCRIBE",
    "UNBIND",
    "UNLINK",
    "UNLOCK",
    "UNSUBSCRIBE",
    "PRI",
    "DESCRIBE",
    "ANNOUNCE",
    "SETUP",
    "PLAY",
    "PAUSE",
    "TEARDOWN",
    "GET_PARAMETER",
    "SET_PARAMETER",
    "REDIRECT",
    "RECORD",
    "FLUSH",
    "get",
    "Get",
    "G",
    "!#$%&'*+-.^_`|~0123456789",
]

TARGETS = [
    "/", "/a/b/c", "/with?query=1&b=%20", "/?", "??", "/forums/1/topics/2375?page=1#posts-17408",
    "/with_\"lovely\"_quotes?foo=\"bar\"", "/test.cgi?foo=bar?baz", "*", "host.example:443", "home.example:80",
    "http://a.example/x?y", "http://[::1]:8080/", "https://a:b@c/", "/$;'()<>[]{}|^`\\", "/%00", "//", "///a", "/..",
    "/\x80\xff", "/δ¶/δt/pope?q=1".encode().decode("latin-1"), "/" + "a" * 8000,
]  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_every_token_is_a_method(method: str) -> None:
    assert request(get(start=method.encode() + b" / HTTP/1.1")).message.method == method  # type: ignore[union-attr]


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_stays_as_it_was_written(target: str) -> None:
    assert request(get(start=b"GET %b HTTP/1.1" % target.encode("latin-1"))).message.target == target  # type: ignore[union-attr]


@pytest.mark.parametrize(("version", "minor"), [(b"HTTP/1.0", 0), (b"HTTP/1.1", 1), (b"HTTP/1.2", 1), (b"HTTP/1.9", 1)])
def test_a_version_of_http_1_is_spoken(version: bytes, minor: int) -> None:
    assert request(get(start=b"GET / " + version)).message.minor == minor


@pytest.mark.parametrize("version", [b"HTTP/0.9", b"HTTP/2.0", b"HTTP/3.0", b"HTTP/9.9", b"HTTP/0.0"])
def test_another_version_is_505(version: bytes) -> None:
    assert status_of(get(start=b"GET / " + version)) == 505


NO_REQUEST_LINES = [
    b"GET / HTTP/01.1", b"GET / HTTP/1.01", b"GET / HTTP/11.1", b"GET / HTTP/1.11", b"GET / HTTP/1", b"GET / HTTP/1.",
    b"GET / HTTP/.1", b"GET / HTTP/", b"GET / HTTP", b"GET / http/1.1", b"GET / Http/1.1", b"GET / HTTP 1.1",
    b"GET / HTTP/1.1 ", b"GET / HTTP/1.1\t", b"GET / HTTP/1.1x", b"GET / HTTP/a.b", b"GET / HTTP/-1.1",
    b"GET / HTTP/1,1", b"GET / HTTPS/1.1", b"GET / HTPP/1.1", b"GET / ICE/1.0", b"GET / RTSP/1.0", b"GET / SIP/2.0",
    b"GET /", b"GET / ", b"GET", b"GET ", b"", b" ", b"GET  / HTTP/1.1", b"GET /  HTTP/1.1", b" GET / HTTP/1.1",
    b"GET\t/ HTTP/1.1", b"GET /\tHTTP/1.1", b"GET\x0b/ HTTP/1.1", b"GET /a b HTTP/1.1", b"GET / x HTTP/1.1",
    b"GET HTTP/1.1", b" / HTTP/1.1", b"/ HTTP/1.1", b"HTTP/1.1 200 OK", b"GET /\x00 HTTP/1.1", b"GET /a\x1f HTTP/1.1",
    b"GET /\x7f HTTP/1.1", b"GE\x00T / HTTP/1.1", b"G\xcbT / HTTP/1.1", b"GET: / HTTP/1.1", b"G(T / HTTP/1.1",
    b"GE T / HTTP/1.1", b"\"GET\" / HTTP/1.1", b"GET,POST / HTTP/1.1", b"G@T / HTTP/1.1", b"{GET} / HTTP/1.1",
    b"GET / HTTP/1.1 HTTP/1.1", b"GET / HTTP/\xb9.1", b"\xff\xfeGET / HTTP/1.1", b"\x16\x03\x01\x02 / HTTP/1.1",
    b"Host: a", b"GET / HTTP/1.\xd9\xa1",
]  # fmt: skip


@pytest.mark.parametrize("line", NO_REQUEST_LINES)
def test_what_is_no_request_line_is_400(line: bytes) -> None:
    with pytest.raises(RemoteError) as refused:
        parse_request(get(start=line), LIMITS)
    assert refused.value.status == 400


def test_a_request_line_that_ends_bare_is_400() -> None:
    for line_end in (b"\n", b"\r", b"\n\r", b"\r\r\n", b"\r \n"):
        assert status_of(b"GET / HTTP/1.1" + line_end + b"Host: a\r\n\r\n") == 400


# ---------------------------------------------------------------------------------------------- field lines

FIELDS = [
    (b"A: b", b"A", b"b"), (b"A:b", b"A", b"b"), (b"A:  b", b"A", b"b"), (b"A:\tb", b"A", b"b"),
    (b"A: \t \tb", b"A", b"b"), (b"A: b ", b"A", b"b"), (b"A: b\t \t", b"A", b"b"), (b"A:", b"A", b""),
    (b"A: ", b"A", b""), (b"A:\t", b"A", b""), (b"A: b c", b"A", b"b c"), (b"A: b  \t c", b"A", b"b  \t c"),
    (b"A::", b"A", b":"), (b"A: : b", b"A", b": b"), (b"A: b:c", b"A", b"b:c"), (b"A: \"b\"", b"A", b"\"b\""),
    (b"A: \x80\xff", b"A", b"\x80\xff"), (b"A: d\xc3\xbcne", b"A", b"d\xc3\xbcne"), (b"A: ;,=()<>", b"A", b";,=()<>"),
    (b"!#$%&'*+-.^_`|~09aZ: x", b"!#$%&'*+-.^_`|~09aZ", b"x"), (b"_: x", b"_", b"x"), (b"1: x", b"1", b"x"),
    (b"Line-1: one two", b"Line-1", b"one two"), (b"A: " + b"x" * 5000, b"A", b"x" * 5000),
    (b"X-SSL-Nonsense: -----BEGIN", b"X-SSL-Nonsense", b"-----BEGIN"), (b"A: ,", b"A", b","), (b"A: %0d%0a", b"A",
    b"%0d%0a"),
]  # fmt: skip

NO_FIELDS = [
    (b"A : b", "before its colon"), (b"A\t: b", "before its colon"), (b"A  : b", "before its colon"),
    (b" A: b", "folded"), (b"\tA: b", "folded"), (b" ", "folded"), (b"\t", "folded"),
    (b"A", "no colon"), (b"A b", "no colon"), (b"A=b", "no colon"), (b"\xff", "no colon"),
    (b": b", "not a token"), (b":", "not a token"), (b"A B: c", "not a token"), (b"A(: b", "not a token"),
    (b"A\x00: b", "not a token"), (b"A\x7f: b", "not a token"), (b"A\x80: b", "not a token"), (b"A/B: c",
    "not a token"),
    (b"A[]: b", "not a token"), (b"\"A\": b", "not a token"), (b"A@: b", "not a token"), (b"A,B: c", "not a token"),
    (b"A;B: c", "not a token"), (b"A{: b", "not a token"), (b"\x0bA: b", "not a token"), (b"A\\: b", "not a token"),
    (b"A: b\x00", "control"), (b"A: \x00b", "control"), (b"A: b\x01c", "control"), (b"A: b\x0bc", "control"),
    (b"A: b\x0cc", "control"), (b"A: b\x1f", "control"), (b"A: \x7f", "control"), (b"A: b\x08", "control"),
    (b"A: b\nc", "control"), (b"A: b\rc", "control"), (b"A: b\r", "control"), (b"A:\x0bb", "control"),
    (b"A: b\nB: c", "control"), (b"A: b\r\r", "control"), (b"A:\x00", "control"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "name", "value"), FIELDS)
def test_a_field_line_gives_its_name_and_its_bare_value(line: bytes, name: bytes, value: bytes) -> None:
    headers = request(get(line + b"\r\n")).message.headers
    assert headers.lines == ((b"Host", b"a"), (name, value))
    assert headers.get(name.lower()) == value


@pytest.mark.parametrize(("line", "reason"), NO_FIELDS)
def test_what_is_no_field_line_is_400_and_says_why(line: bytes, reason: str) -> None:
    with pytest.raises(RemoteError, match=reason) as refused:
        parse_request(get(line + b"\r\n"), LIMITS)
    assert refused.value.status == 400


@pytest.mark.parametrize("fold", [b" b", b"\tb", b"  b", b" ", b" B: c"])
def test_a_request_with_a_folded_line_is_400(fold: bytes) -> None:
    assert status_of(get(b"A: a\r\n" + fold + b"\r\n")) == 400


def test_lines_of_one_name_are_combined_in_order_and_kept_apart() -> None:
    headers = request(get(b"Cookie: a\r\nX: 1\r\ncookie: b\r\nCOOKIE:\r\n")).message.headers
    assert headers.get(b"cookie") == b"a, b, "
    assert headers.all(b"cookie") == [b"a", b"b", b""]
    assert [name for name, _ in headers.lines] == [b"Host", b"Cookie", b"X", b"cookie", b"COOKIE"]


# ------------------------------------------------------------------------------------------------- the host


@pytest.mark.parametrize("host", [
    b"a", b"a.example", b"a.example:80", b"127.0.0.1", b"127.0.0.1:8080", b"[::1]", b"[::1]:8080", b"", b"a:",
    b"A_b~!$",
    b"a:00080", b"xn--bcher-kva.example",
])  # fmt: skip
def test_a_host_is_taken(host: bytes) -> None:
    assert request(get(host=b"Host: " + host + b"\r\n")).message.headers.get(b"host") == host


@pytest.mark.parametrize("host", [
    b"a b", b"a/b", b"a@b", b"http://a", b"a:b", b"a:-1", b"a:123456", b"a:80:80", b"[::1", b"::1", b"[g]", b"[]x",
    b"a?b",
    b"a#b", b"a\\b", b"a, b", b"a\tb", b"\"a\"", b"<a>", b"a|b", b"a^b",
])  # fmt: skip
def test_what_is_no_host_is_400(host: bytes) -> None:
    assert status_of(get(host=b"Host: " + host + b"\r\n")) == 400


@pytest.mark.parametrize("fields", [
    b"", b"Host: a\r\nHost: a\r\n", b"Host: a\r\nHost: b\r\n", b"Host: a\r\nHost:\r\n", b"Host:\r\nHost:\r\n",
    b"Host: a\r\nhost: a\r\nHOST: a\r\n", b"X-Host: a\r\n",
])  # fmt: skip
def test_http_1_1_needs_just_one_host(fields: bytes) -> None:
    assert status_of(get(host=fields)) == 400


def test_http_1_0_needs_no_host_and_takes_no_two() -> None:
    assert request(get(start=b"GET / HTTP/1.0", host=b"")).message.minor == 0
    assert status_of(get(start=b"GET / HTTP/1.0", host=b"Host: a\r\nHost: b\r\n")) == 400


# ------------------------------------------------------------------------------------ the length of the body

LENGTHS = [
    (b"", 0), (b"Content-Length: 0\r\n", 0), (b"Content-Length: 5\r\n", 5), (b"CONTENT-LENGTH:5\r\n", 5),
    (b"Content-Length:  5 \t\r\n", 5), (b"Content-Length: 005\r\n", 5), (b"Content-Length: 123456789012345678\r\n",
    123456789012345678), (b"Transfer-Encoding: chunked\r\n", CHUNKED), (b"transfer-encoding: CHUNKED\r\n", CHUNKED),
    (b"Transfer-Encoding:\tChunked \r\n", CHUNKED), (b"X-Content-Length: 5\r\n", 0), (b"Content-Length-X: 5\r\n", 0),
]  # fmt: skip

NO_LENGTHS = [
    b"+5", b"-5", b"-0", b"0x5", b"5_0", b"5, 5", b"5,5", b"5, 6", b"5;", b"5 5", b"", b" ", b"a", b"5a", b"1e3",
    b"5.0",
    b"5,", b",5", b"\xb2", b"\xd9\xa5", b"1234567890123456789", b"9" * 100, b"9" * 5000, b"0" * 19, b"\"5\"", b"0b1",
    b"0o5",
    b"five", b"5\t5", b"18446744073709551616", b"Infinity", b"nan", b"None",
]  # fmt: skip

NO_CODINGS = [
    (b"identity", 400), (b"gzip", 400), (b"xchunked", 400), (b"chunkedx", 400), (b"chunked, identity", 400),
    (b"chunked, gzip", 400), (b"chunked, chunked", 400), (b"chunked,chunked", 400), (b"chunked,", 400), (b",chunked",
    400),
    (b", chunked", 400), (b"", 400), (b"\"chunked\"", 400), (b"chunked;q=1", 400), (b"chunked foo", 400),
    (b"chunke", 400), (b"'chunked'", 400), (b"chunked\t,", 400), (b"deflate", 400), (b"c hunked", 400),
    (b"chunked, gzip, chunked", 400), (b"gzip, , chunked", 400), (b"gzip, chunked", 501), (b"identity, chunked", 501),
    (b"foo,chunked", 501), (b"gzip;q=1, chunked", 501),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "length"), LENGTHS)
def test_the_length_of_a_body_follows_from_the_fields(fields: bytes, length: int) -> None:
    head = request(get(fields, b"POST / HTTP/1.1"))
    assert head.length == length
    assert isinstance(head.message, Request)
    assert head.message.body is (length != 0)


@pytest.mark.parametrize("value", NO_LENGTHS)
@pytest.mark.parametrize("minor", [0, 1])
def test_a_length_in_doubt_is_400(value: bytes, minor: int) -> None:
    assert status_of(get(b"Content-Length: " + value + b"\r\n", b"POST / HTTP/1.%d" % minor)) == 400


@pytest.mark.parametrize("fields", [
    b"Content-Length: 5\r\nContent-Length: 5\r\n", b"Content-Length: 5\r\nContent-Length: 6\r\n",
    b"Content-Length: 5\r\ncontent-length: 5\r\n", b"Content-Length:\r\nContent-Length: 5\r\n",
    b"Content-Length: 5\r\nContent-Length:\r\n", b"Content-Length: 0\r\nX: y\r\nContent-Length: 0\r\n",
    b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", b"Transfer-Encoding: identity\r\nContent-Length: 5\r\n",
    b"Transfer-Encoding:\r\nContent-Length: 5\r\n", b"Transfer-Encoding: chunked\r\nContent-Length:\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n", b"Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n",
])  # fmt: skip
def test_two_opinions_on_the_length_are_400(fields: bytes) -> None:
    assert status_of(get(fields, b"POST / HTTP/1.1")) == 400


@pytest.mark.parametrize(("value", "status"), NO_CODINGS)
def test_a_transfer_coding_that_is_not_chunked_alone_is_refused(value: bytes, status: int) -> None:
    assert status_of(get(b"Transfer-Encoding: " + value + b"\r\n", b"POST / HTTP/1.1")) == status


def test_codings_over_two_lines_are_one_list() -> None:
    assert status_of(get(b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n")) == 501


def test_http_1_0_knows_no_chunks() -> None:
    assert status_of(get(b"Transfer-Encoding: chunked\r\n", b"POST / HTTP/1.0")) == 400


# ----------------------------------------------------------------------------------- staying, and expecting


@pytest.mark.parametrize(("minor", "fields", "stays"), [
    (1, b"", True), (1, b"Connection: keep-alive\r\n", True), (1, b"Connection: close\r\n", False),
    (1, b"Connection: Close\r\n", False), (1, b"CONNECTION: CLOSE\r\n", False), (1, b"Connection: closed\r\n", True),
    (1, b"Connection: keep-alive, close\r\n", False), (1, b"Connection: close, keep-alive\r\n", False),
    (1, b"Connection: keep-alive\r\nConnection: close\r\n", False), (1, b"Connection: foo,\tclose \r\n", False),
    (1, b"Connection:\r\n", True), (1, b"Connection: upgrade, TE\r\n", True), (1, b"Connection: \"close\"\r\n", True),
    (1, b"Connection: , close ,\r\n", False), (1, b"Proxy-Connection: close\r\n", True),
    (0, b"", False), (0, b"Connection: keep-alive\r\n", True), (0, b"Connection: Keep-Alive\r\n", True),
    (0, b"Connection: foo, KEEP-ALIVE\r\n", True), (0, b"Connection: close\r\n", False),
    (0, b"Connection: keep-alive, close\r\n", False), (0, b"Proxy-Connection: keep-alive\r\n", False),
    (0, b"Keep-Alive: 300\r\n", False),
])  # fmt: skip
def test_a_connection_stays_as_version_and_field_say(minor: int, fields: bytes, stays: bool) -> None:
    assert request(get(fields, b"GET / HTTP/1.%d" % minor)).keep_alive is stays


@pytest.mark.parametrize(("minor", "fields", "expects"), [
    (1, b"Expect: 100-continue\r\nContent-Length: 5\r\n", True), (1, b"expect: 100-Continue\r\nContent-Length: 5\r\n",
    True),
    (1, b"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", True), (1, b"Expect: 100-continue\r\n", False),
    (1, b"Expect: 100-continue\r\nContent-Length: 0\r\n", False), (0, b"Expect: 100-continue\r\nContent-Length: 5\r\n",
    False),
    (0, b"Expect: anything\r\n", False),
])  # fmt: skip
def test_who_expects_is_told_to_go_on(minor: int, fields: bytes, expects: bool) -> None:
    assert request(get(fields, b"POST / HTTP/1.%d" % minor)).expects is expects


@pytest.mark.parametrize("value", [b"", b"200-ok", b"100-continue, 100-continue", b"100-continue;x", b"100"])
def test_another_expectation_is_417(value: bytes) -> None:
    assert status_of(get(b"Expect: " + value + b"\r\n")) == 417


# -------------------------------------------------------------------------------------------------- limits


def test_a_long_target_is_414_and_one_of_the_limit_passes() -> None:
    limits = HeadLimits(target=100)
    assert request(get(start=b"GET /%b HTTP/1.1" % (b"a" * 99)), limits)
    for length in (100, 600, 5000):
        with pytest.raises(LimitExceeded) as refused:
            request(get(start=b"GET /%b HTTP/1.1" % (b"a" * length)), limits)
        assert refused.value.status == 414


def test_many_fields_are_431_and_as_many_as_the_limit_pass() -> None:
    limits = HeadLimits(fields=10)
    assert request(get(b"A: b\r\n" * 9), limits)
    with pytest.raises(LimitExceeded) as refused:
        request(get(b"A: b\r\n" * 10), limits)
    assert refused.value.status == 431


def test_a_limit_counts_for_a_line_that_is_remembered_too() -> None:
    line = b"GET /%b HTTP/1.1" % (b"a" * 200)
    assert request(get(start=line))
    with pytest.raises(LimitExceeded):
        request(get(start=line), HeadLimits(target=100))


@pytest.mark.parametrize("line", [
    b"A:" + b" " * 60_000 + b"\x00", b"A:" + b" \t" * 30_000 + b"\x7f", b"A: b" + b" " * 60_000 + b"\x00",
    b"A: " + b"b " * 30_000 + b"\x00", b"A" * 60_000, b"A: " + b"b" * 60_000 + b"\x00",
])  # fmt: skip
def test_a_long_run_of_anything_is_refused_in_one_pass(line: bytes) -> None:
    """The square of 60,000 steps would not end within this test's time."""
    for _ in range(20):
        with pytest.raises(RemoteError):
            parse_request(get(line + b"\r\n"), LIMITS)


@pytest.mark.parametrize("known", ["_known_serialised_line", "_is_known_host", "_known_options"])
def test_no_long_value_is_remembered(known: str) -> None:
    remembered = getattr(heads, known)
    long = b"a" * (LONGEST_REMEMBERED + 1)
    before = remembered.cache_info()
    serialise_fields([(b"X", long)])
    connection_options(long)
    request(get(b"X: %b\r\nConnection: %b\r\n" % (long, long), host=b"Host: %b\r\n" % long))
    after = remembered.cache_info()
    assert (after.currsize, after.misses) == (before.currsize, before.misses)


def test_no_long_line_is_remembered_and_a_short_one_is() -> None:
    long = b"X: " + b"a" * LONGEST_REMEMBERED
    for _ in range(3):
        request(get(long + b"\r\nX: seen thrice\r\n"))
    assert b"X: seen thrice" in heads._FIELD_LINES.known
    assert long not in heads._FIELD_LINES.known


# ------------------------------------------------------------------------------------------------- responses

RESPONSES = [
    (b"HTTP/1.1 200 OK", (200, "OK", 1)), (b"HTTP/1.1 200 ", (200, "", 1)), (b"HTTP/1.1 200", (200, "", 1)),
    (b"HTTP/1.0 200 OK", (200, "OK", 0)), (b"HTTP/1.5 200 OK", (200, "OK", 1)), (b"HTTP/1.1 404 No  Page", (404,
    "No  Page", 1)),
    (b"HTTP/1.1 500 Oriental \xc3\xa9", (500, "Oriental Ã©", 1)), (b"HTTP/1.1 999 x", (999, "x", 1)),
    (b"HTTP/1.1 301 MovedPermanently", (301, "MovedPermanently", 1)), (b"HTTP/1.1 200 \tOK", (200, "\tOK", 1)),
]  # fmt: skip

NO_RESPONSES = [
    b"", b"HTTP/1.1", b"HTTP/1.1 ", b"HTTP/1.1 2", b"HTTP/1.1 20", b"HTTP/1.1 2000", b"HTTP/1.1 2000 OK",
    b"HTTP/1.1 20a OK",
    b"HTTP/1.1 -20 OK", b"HTTP/1.1 +20 OK", b"HTTP/1.1 099 OK", b"HTTP/1.1 000 OK", b"HTTP/1.1  200 OK",
    b"HTTP/1.1\t200 OK",
    b"HTTP/1.1 200OK", b"HTTP/1.1 200\tOK", b"HTTP/2.0 200 OK", b"HTTP/0.9 200 OK", b"http/1.1 200 OK",
    b"HTTP/1 200 OK",
    b"HTTP/11.1 200 OK", b"HTTP/1.11 200 OK", b"HTTP/1.x 200 OK", b"HTPP/1.1 200 OK", b"ICY 200 OK", b"RTSP/1.0 200 OK",
    b"<html>", b"GET / HTTP/1.1", b" HTTP/1.1 200 OK", b"HTTP/1.1 200 O\x00K", b"HTTP/1.1 200 O\x7fK",
    b"HTTP/1.1 200 O\rK",
    b"HTTP/1.1 200 O\nK", b"HTTP/1.1 \xb2\xb2\xb2 OK", b"200 OK", b"HTTP 200 OK", b"HTTP/1.1 200 OK\x0b",
    b"\xffHTTP/1.1 200 OK",
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), RESPONSES)
def test_a_status_line_gives_its_parts(line: bytes, expected: tuple[int, str, int]) -> None:
    response = parse_response(line + b"\r\n\r\n", LIMITS, "GET").message
    assert isinstance(response, Response)
    assert (response.status, response.reason, response.minor) == expected


@pytest.mark.parametrize("line", NO_RESPONSES)
def test_what_is_no_status_line_is_refused(line: bytes) -> None:
    with pytest.raises(RemoteError):
        parse_response(line + b"\r\n\r\n", LIMITS, "GET")


@pytest.mark.parametrize(("status", "method", "fields", "length"), [
    (200, "GET", b"", UNTIL_CLOSE), (200, "GET", b"Content-Length: 5\r\n", 5), (200, "GET", b"Content-Length: 0\r\n",
    0),
    (200, "GET", b"Content-Length: 5, 5\r\n", 5), (200, "GET", b"Content-Length: 5\r\nContent-Length: 5\r\n", 5),
    (200, "GET", b"Transfer-Encoding: chunked\r\n", CHUNKED), (200, "GET", b"Transfer-Encoding: Chunked\r\n", CHUNKED),
    (200, "HEAD", b"Content-Length: 5\r\n", 0), (200, "HEAD", b"Transfer-Encoding: chunked\r\n", 0), (200, "HEAD", b"",
    0),
    (204, "GET", b"", 0), (204, "GET", b"Content-Length: 5\r\n", 0), (304, "GET", b"Content-Length: 5\r\n", 0),
    (304, "GET", b"Transfer-Encoding: chunked\r\n", 0), (100, "POST", b"", 0), (101, "GET", b"Content-Length: 5\r\n",
    0),
    (103, "GET", b"Link: x\r\n", 0), (404, "GET", b"", UNTIL_CLOSE), (206, "GET", b"Content-Length: 1\r\n", 1),
])  # fmt: skip
def test_the_length_of_an_answer_follows_from_status_method_and_fields(
    status: int, method: str, fields: bytes, length: int
) -> None:
    head = parse_response(b"HTTP/1.1 %d x\r\n%b\r\n" % (status, fields), LIMITS, method)
    assert head.length == length


@pytest.mark.parametrize("fields", [
    b"Content-Length: 5\r\nContent-Length: 6\r\n", b"Content-Length: 5, 6\r\n", b"Content-Length: +5\r\n",
    b"Content-Length: 0x5\r\n", b"Content-Length: -1\r\n", b"Content-Length: 5_0\r\n", b"Content-Length: a\r\n",
    b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip\r\n",
    b"Transfer-Encoding: chunked, identity\r\n", b"Transfer-Encoding: gzip, chunked\r\n", b"Content-Length : 5\r\n",
    b"Transfer-Encoding: chunked, chunked\r\n", b"A: b\x00\r\n", b"A\r\n", b": b\r\n",
])  # fmt: skip
def test_an_answer_in_doubt_is_refused(fields: bytes) -> None:
    with pytest.raises(RemoteError):
        parse_response(b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n", LIMITS, "GET")


@pytest.mark.parametrize(("lines", "value"), [
    (b"A: b\r\n c\r\n", b"b c"), (b"A: b\r\n\tc\r\n", b"b c"), (b"A: b \r\n   c \r\n  d\r\n", b"b  c d"),
    (b"A:\r\n c\r\n", b"c"), (b"A: b\r\n \r\n", b"b"), (b"A: b\r\n B: c\r\n", b"b B: c"),
])  # fmt: skip
def test_an_answers_folded_lines_are_read_as_spaces(lines: bytes, value: bytes) -> None:
    response = parse_response(b"HTTP/1.1 200 OK\r\n" + lines + b"Z: z\r\n\r\n", LIMITS, "GET").message
    assert response.headers.get(b"a") == value
    assert response.headers.get(b"z") == b"z"


def test_a_fold_has_no_first_line_to_continue() -> None:
    with pytest.raises(RemoteError):
        parse_response(b"HTTP/1.1 200 OK\r\n A: b\r\n\r\n", LIMITS, "GET")


@pytest.mark.parametrize(("line", "stays"), [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", True), (b"HTTP/1.1 200 OK\r\n", False),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n", False), (b"HTTP/1.1 204 x\r\n", True),
    (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n", False),
    (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n", True),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", True),
])  # fmt: skip
def test_an_answer_says_whether_the_connection_stays(line: bytes, stays: bool) -> None:
    assert parse_response(line + b"\r\n", LIMITS, "GET").keep_alive is stays


# ------------------------------------------------------------------------------------------------- the end


def test_the_end_of_a_head_is_found_wherever_the_pieces_break() -> None:
    head = get(b"A: b\r\n")
    data = head + b"GET /next"
    for first in range(len(data)):
        searched = first
        found = find_end(data[:first], 0)
        assert found == (len(head) if first >= len(head) else -1)
        if found < 0:
            assert find_end(data, searched) == len(head)


@pytest.mark.parametrize("line_end", [b"\n", b"\rx", b"\r\r\n", b"\n\n", b"\r\n\n", b"\n\r\n"])
def test_a_head_that_could_never_end_is_refused_at_once(line_end: bytes) -> None:
    with pytest.raises(RemoteError) as refused:
        find_end(b"GET / HTTP/1.1\r\nHost: a" + line_end, 0)
    assert refused.value.status == 400


def test_a_lone_cr_at_the_end_may_still_become_a_line_end() -> None:
    assert find_end(b"GET / HTTP/1.1\r", 0) == -1
    with pytest.raises(RemoteError):
        find_end(b"GET / HTTP/1.1\rX", 15)


# ---------------------------------------------------------------------------------------------- round trips

tokens = st.text(st.sampled_from("!#$%&'*+-.^_`|~" + string.digits + string.ascii_letters), min_size=1, max_size=12)
visible = st.sampled_from([chr(octet) for octet in (*range(0x21, 0x7F), *range(0x80, 0x100))])
targets = st.text(visible, min_size=1, max_size=40)
inner = st.text(st.one_of(visible, st.sampled_from(" \t")), max_size=40).map(lambda text: text.strip(" \t"))
fields = st.lists(
    st.tuples(tokens.filter(lambda name: name.lower() not in RESERVED), inner).map(
        lambda pair: (pair[0].encode("latin-1"), pair[1].encode("latin-1"))
    ),
    max_size=8,
)
RESERVED = {"host", "content-length", "transfer-encoding", "expect", "connection"}


@given(tokens, targets, fields, st.integers(0, 1))
def test_a_request_that_is_written_is_read_again(
    method: str, target: str, lines: list[tuple[bytes, bytes]], minor: int
) -> None:
    headers = Headers([(b"Host", b"a"), *lines])
    data = serialise_request(Request(method, target, headers, minor))
    read = request(data).message
    assert isinstance(read, Request)
    assert (read.method, read.target, read.headers, read.minor) == (method, target, headers, minor)
    assert serialise_request(read) == data


@given(st.integers(100, 999), inner, fields)
def test_a_response_that_is_written_is_read_again(status: int, reason: str, lines: list[tuple[bytes, bytes]]) -> None:
    data = serialise_response(Response(status, Headers(lines), reason=reason))
    read = parse_response(data, LIMITS, "GET").message
    assert isinstance(read, Response)
    assert (read.status, read.headers) == (status, Headers(lines))
    assert serialise_response(read) == data


@given(fields)
def test_fields_that_are_written_are_read_again(lines: list[tuple[bytes, bytes]]) -> None:
    assert parse_fields(serialise_fields(lines), LIMITS) == Headers(lines)


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_no_field_breaks_out_of_its_line(name: bytes, value: bytes) -> None:
    try:
        data = serialise_fields([(name, value)])
    except LocalError:
        return
    assert parse_fields(data, LIMITS).lines == ((name, value),)


@pytest.mark.parametrize(("name", "value"), [
    (b"A", b"b\r\nC: d"), (b"A", b"b\n"), (b"A", b"\r"), (b"A", b"\x00"), (b"A\r\nB", b"c"), (b"A:", b"b"), (b"", b"b"),
    (b"A ", b"b"), (b"A", b" b"), (b"\xff", b"b"),
])  # fmt: skip
def test_a_field_that_would_break_out_is_never_sent(name: bytes, value: bytes) -> None:
    for long in (b"", b"x" * LONGEST_REMEMBERED):
        with pytest.raises(LocalError):
            serialise_fields([(name, value + long)])


@pytest.mark.parametrize(("method", "target"), [
    ("GET", "/ HTTP/1.1\r\nX: y"), ("GET", "/a b"), ("GET", ""), ("", "/"), ("G T", "/"), ("GET\r\n", "/"), ("GET",
    "/\x00"),
    ("GET", "/\u20ac"), ("G\u20acT", "/"),
])  # fmt: skip
def test_a_request_line_that_would_break_out_is_never_sent(method: str, target: str) -> None:
    with pytest.raises(LocalError):
        serialise_request(Request(method, target))


@pytest.mark.parametrize(("status", "reason"), [
    (200, "OK\r\nX: y"), (200, "a\nb"), (200, "\x00"), (200, "\u20ac"), (99, "x"), (1000, "x"), (0, "x"), (-200, "x"),
])  # fmt: skip
def test_a_status_line_that_would_break_out_is_never_sent(status: int, reason: str) -> None:
    with pytest.raises(LocalError):
        serialise_response(Response(status, reason=reason))


# ------------------------------------------------------------------------------------------------ invariants


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_a_refusal_with_a_status(data: bytes) -> None:
    status = None
    try:
        parse_request(data + b"\r\n\r\n", LIMITS)
    except RemoteError as refused:
        status = refused.status
    assert status in (None, 400, 414, 417, 431, 501, 505)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_response_or_a_refusal(data: bytes) -> None:
    try:
        head = parse_response(data + b"\r\n\r\n", LIMITS, "GET")
    except RemoteError:
        return
    assert 100 <= head.message.status <= 999  # type: ignore[union-attr]
