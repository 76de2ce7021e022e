"""The client against a server that says whatever it is told to: good, cut, lying, stalling."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from portside.errors import (
    BrokenPromise,
    ConnectError,
    ConnectionLost,
    LimitExceeded,
    LoginFailed,
    PortsideError,
    RemoteError,
    TimedOut,
    UsageError,
)
from portside.protocols.http.client.client import Client
from portside.protocols.http.client.settings import Settings
from tests.unit.protocols.http.client.scripted import Asked, Says, Script, Scripted, ok, scripted

Story = Callable[[Client, Scripted], Awaitable[None]]
QUICK = Settings(timeout=20.0)


def play(script: Script, story: Story, settings: Settings = QUICK) -> Scripted:
    """``story`` with a client and a server; afterwards no place of the pool is taken but by idle connections."""

    async def run() -> Scripted:
        async with scripted(script) as server, Client(settings, draw=lambda: 0.0) as client:
            await story(client, server)
            assert client._pool.taken == client._pool.idle, "a place of the pool was lost"
        return server

    return asyncio.run(run())


def fails(
    script: Script, error: type[PortsideError], settings: Settings = QUICK, match: str = ".", **how: object
) -> Scripted:
    async def story(client: Client, server: Scripted) -> None:
        with pytest.raises(error, match=match) as caught:
            await client.request("GET", server.url, **how)  # type: ignore[arg-type]
        assert type(caught.value) is error
        assert "\n" not in str(caught.value)

    return play(script, story, settings)


# ------------------------------------------------------------------------------------------- plain things


def test_a_page_comes_with_its_head_and_body() -> None:
    async def story(client: Client, server: Scripted) -> None:
        answer = await client.get(server.url + "page?x=1")
        assert (answer.status, answer.content, answer.text()) == (200, b"caf\xe9", "café")
        assert answer.headers["x-a"] == "1" and answer.ok and answer.complete
        assert str(answer.url) == server.url + "page?x=1" and answer.history == ()

    server = play([ok(b"caf\xe9", "Content-Type: text/plain; charset=iso-8859-1", "X-A: 1")], story)
    assert server.asked[0].line == "GET /page?x=1 HTTP/1.1"
    assert server.asked[0].field("host") == f"127.0.0.1:{server.port}"
    assert server.asked[0].field("accept-encoding") == "gzip, deflate, br, zstd"


def test_json_is_read_and_what_is_none_is_told() -> None:
    async def story(client: Client, server: Scripted) -> None:
        assert (await client.get(server.url)).json() == {"a": 1}
        with pytest.raises(BrokenPromise):
            (await client.get(server.url)).json()

    play([ok(b'{"a": 1}'), ok(b"{")], story)


def test_a_connection_is_kept_for_the_next_request() -> None:
    async def story(client: Client, server: Scripted) -> None:
        for _ in range(5):
            await client.get(server.url)

    assert play([ok(b"x")], story).connections == 1


def test_requests_at_once_take_several_connections_and_no_more_than_allowed() -> None:
    async def story(client: Client, server: Scripted) -> None:
        answers = await asyncio.gather(*(client.get(server.url) for _ in range(50)))
        assert all(answer.status == 200 for answer in answers)

    assert play([ok(b"x")], story, replace(QUICK, per_origin=3)).connections <= 3


def test_the_callers_fields_replace_the_usual_ones() -> None:
    async def story(client: Client, server: Scripted) -> None:
        await client.get(server.url, headers={"user-agent": "mine", "X-B": "2", "Accept": "\0"})

    asked = play([ok()], story).asked[0]
    assert asked.head.lower().count("user-agent") == 1
    assert (asked.field("user-agent"), asked.field("x-b"), asked.field("accept")) == ("mine", "2", None)


@pytest.mark.parametrize("fields", [{"X": "a\r\nY: b"}, {"X\r\nY": "b"}, {"X": "a\0"}, {"": "a"}])
def test_a_field_that_would_break_out_of_its_line_is_not_sent(fields: dict[str, str]) -> None:
    async def story(client: Client, server: Scripted) -> None:
        with pytest.raises(PortsideError):
            await client.get(server.url, headers=fields)
        await client.get(server.url)

    server = play([ok()], story)
    assert len(server.asked) == 1 and server.connections == 1


@pytest.mark.parametrize("fields", [{"Content-Length": "5"}, {"Transfer-Encoding": "chunked"}])
def test_the_framing_is_not_the_callers(fields: dict[str, str]) -> None:
    async def story(client: Client, server: Scripted) -> None:
        with pytest.raises(UsageError):
            await client.post(server.url, b"x", headers=fields)

    play([ok()], story)


# ------------------------------------------------------------------------------------------------ bodies


class Again:
    """A body in pieces that can be said again."""

    def __init__(self, *pieces: bytes, length: int | None = None) -> None:
        self.pieces = pieces
        self.length = length

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece


async def once(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


BODIES = [
    (lambda: b"hello", b"hello", None),
    (lambda: b"", b"", None),
    (lambda: b"x" * 3_000_000, b"x" * 3_000_000, None),
    (lambda: once(b"he", b"", b"llo"), b"hello", "chunked"),
    (lambda: Again(b"he", b"llo"), b"hello", "chunked"),
    (lambda: Again(b"he", b"llo", length=5), b"hello", None),
    (lambda: once(*[b"y" * 70_000] * 50), b"y" * 3_500_000, "chunked"),
]


@pytest.mark.parametrize(("make", "sent", "coding"), BODIES)
def test_a_body_arrives_whole_whatever_it_comes_from(
    make: Callable[[], bytes], sent: bytes, coding: str | None
) -> None:
    async def story(client: Client, server: Scripted) -> None:
        assert (await client.post(server.url, make())).status == 200

    server = play([ok()], story)
    assert server.asked[0].body == sent
    assert server.asked[0].field("transfer-encoding") == coding
    assert (server.asked[0].field("content-length") is None) == (coding is not None)


def test_a_body_of_the_wrong_length_is_our_own_error() -> None:
    async def story(client: Client, server: Scripted) -> None:
        for pieces in ((b"x" * 9,), (b"x",)):
            with pytest.raises(PortsideError, match=r"shorter|longer"):
                await client.post(server.url, Again(*pieces, length=5))

    play([ok()], story)


def test_an_error_of_the_bodys_source_reaches_the_caller() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x"
        raise RuntimeError("no more")

    async def story(client: Client, server: Scripted) -> None:
        with pytest.raises(RuntimeError, match="no more"):
            await client.post(server.url, broken())

    play([ok()], story)


def test_a_large_body_is_asked_for_first_and_stays_unsaid_where_it_is_refused() -> None:
    async def story(client: Client, server: Scripted) -> None:
        answer = await client.put(server.url, b"x" * 2_000_000)
        assert answer.status == 413 and answer.content == b"no"

    refusal = replace(ok(b"no", "Connection: close", status="413 Too Large"), read_body=False, close=True)
    server = play([refusal], story)
    assert server.asked[0].field("expect") == "100-continue"


def test_417_makes_it_try_without_asking_first() -> None:
    async def story(client: Client, server: Scripted) -> None:
        assert (await client.put(server.url, b"x" * 2_000_000)).status == 201

    server = play([replace(ok(status="417 No"), read_body=False, close=True), ok(status="201 Created")], story)
    assert server.asked[1].field("expect") is None and len(server.asked[1].body) == 2_000_000


def test_an_endless_body_stops_where_the_answer_comes_first() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1000
            await asyncio.sleep(0)

    async def story(client: Client, server: Scripted) -> None:
        answer = await client.request("POST", server.url, body=endless())
        assert answer.status == 403

    play([replace(ok(b"stop", status="403 Forbidden"), read_body=False, close=True)], story)


# --------------------------------------------------------------------------------------- streams of pieces


def test_a_long_body_streams_in_bounded_memory() -> None:
    size = 20_000_000

    async def story(client: Client, server: Scripted) -> None:
        async with client.stream("GET", server.url) as answer:
            while not answer._exchange._held:  # nobody reads: what waits has a bound, and then the server waits
                await answer._exchange.change()
            assert answer._exchange._size <= 3 * 1024 * 1024
            got = 0
            async for piece in answer.iter_bytes():
                got += len(piece)
            assert got == size
        assert (await client.get(server.url)).status == 200

    play(lambda asked: ok(b"x" * (size if asked.turn == 0 else 1)), story)


def test_leaving_a_stream_early_closes_the_connection_and_loses_no_place() -> None:
    async def story(client: Client, server: Scripted) -> None:
        for _ in range(5):
            async with client.stream("GET", server.url) as answer:
                async for piece in answer.iter_bytes():
                    assert piece
                    break
        assert client._pool.taken == 0

    play([ok(b"x" * 5_000_000)], story, replace(QUICK, per_origin=1))


def test_cancelling_anywhere_loses_no_place() -> None:
    async def story(client: Client, server: Scripted) -> None:
        for steps in range(60):
            task = asyncio.ensure_future(client.post(server.url, once(b"x" * 1000, b"y" * 1000)))
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert (await client.get(server.url)).status == 200

    play([ok(b"x" * 100)], story, replace(QUICK, per_origin=1))


def test_an_error_of_the_sink_reaches_the_caller() -> None:
    def full(data: bytes) -> None:
        raise OSError(28, "No space left on device")

    async def story(client: Client, server: Scripted) -> None:
        with pytest.raises(OSError, match="No space"):
            async with client.stream("GET", server.url) as answer:
                await answer.pour(full)

    play([ok(b"x" * 3_000_000)], story)


def test_a_body_too_long_for_memory_is_refused() -> None:
    fails([ok(b"x" * 100_000)], LimitExceeded, replace(QUICK, in_memory=1000), "stream it")


# ----------------------------------------------------------------------------------------------- codings


def test_a_compressed_body_is_unfolded_where_it_was_asked_for() -> None:
    coded = ok(gzip.compress(b"hello"), "Content-Encoding: gzip")

    async def story(client: Client, server: Scripted) -> None:
        assert (await client.get(server.url)).content == b"hello"
        async with client.stream("GET", server.url) as answer:
            assert b"".join([piece async for piece in answer.iter_bytes()]) == b"hello"
        raw = await client.request("GET", server.url, compressed=False)
        assert gzip.decompress(raw.content) == b"hello"

    server = play([coded], story)
    assert server.asked[-1].field("accept-encoding") == "identity"


def test_a_coded_body_without_its_end_breaks_the_promise() -> None:
    fails([ok(gzip.compress(b"hello" * 100)[:-9], "Content-Encoding: gzip")], BrokenPromise, match="cut short")


def test_a_bomb_is_refused() -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 200_000_000, 6), 6)
    fails([ok(bomb, "Content-Encoding: gzip, gzip")], LimitExceeded, match="bomb")


def test_a_head_may_name_a_coding_without_a_body() -> None:
    async def story(client: Client, server: Scripted) -> None:
        assert (await client.head(server.url)).status == 200

    play([Says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Encoding: gzip\r\n\r\n")], story)


# -------------------------------------------------------------------------------------- broken connections

CUT = [
    Says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell", close=True),
    Says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhell\r\n", close=True),
    Says(b"HTTP/1.1 200 OK\r\nContent-Le", close=True),
]


@pytest.mark.parametrize("says", CUT)
def test_a_cut_answer_is_a_broken_promise(says: Says) -> None:
    fails([says], BrokenPromise, match="cut short")


def test_a_close_without_a_word_is_a_lost_connection() -> None:
    fails([Says(close=True)], ConnectionLost)


@pytest.mark.parametrize("data", [b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n", b"\0" * 100])
def test_what_is_not_http_is_told(data: bytes) -> None:
    fails([Says(data)], RemoteError, match="malformed")


def test_a_silent_server_times_out() -> None:
    fails([Says()], TimedOut, replace(QUICK, timeout=0.05))


def test_a_server_that_stalls_in_the_body_times_out() -> None:
    fails([Says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell")], TimedOut, replace(QUICK, timeout=0.05))


def test_an_endless_head_is_cut_off() -> None:
    fails([Says(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1_000_000)], LimitExceeded)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_kept_connection_that_they_closed_is_replaced_at_once(method: str) -> None:
    def script(asked: Asked) -> Says:
        return Says(close=True) if asked.turn else ok(b"x")

    async def story(client: Client, server: Scripted) -> None:
        for _ in range(4):
            assert (await client.request(method, server.url)).status == 200

    assert play(script, story).connections == 4


def test_a_408_meant_for_the_idle_connection_is_not_taken_for_the_answer() -> None:
    def script(asked: Asked) -> Says:
        return replace(ok(b"", status="408 Request Timeout"), close=True) if asked.turn else ok(b"x")

    async def story(client: Client, server: Scripted) -> None:
        for _ in range(3):
            assert (await client.get(server.url)).status == 200

    assert play(script, story).connections == 3


def test_what_may_not_be_said_twice_is_not() -> None:
    async def story(client: Client, server: Scripted) -> None:
        await client.post(server.url, b"x")
        with pytest.raises(ConnectionLost):
            await client.post(server.url, b"x")

    server = play(lambda asked: Says(close=True) if asked.turn else ok(), story)
    assert len(server.asked) == 2


def test_a_connection_with_something_left_over_is_not_used_again() -> None:
    async def story(client: Client, server: Scripted) -> None:
        assert (await client.get(server.url)).content == b"x"
        assert (await client.get(server.url)).content == b"x"

    poison = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
    assert play([Says(ok(b"x").data + poison)], story).connections == 2


# --------------------------------------------------------------------------------------------- redirects


def to(place: str, status: int = 302, body: bytes = b"moved") -> Says:
    return ok(body, f"Location: {place}", status=f"{status} Moved")


def test_redirects_are_followed_and_remembered() -> None:
    answers = {"/a": to("b?x=1"), "/b?x=1": to("/c d", 301), "/c%20d": ok(b"here")}

    async def story(client: Client, server: Scripted) -> None:
        answer = await client.get(server.url + "a")
        assert answer.content == b"here" and answer.url.target == "/c%20d"
        assert [one.status for one in answer.history] == [302, 301]

    assert play(lambda asked: answers[asked.target], story).connections == 1


@pytest.mark.parametrize(
    ("status", "method", "after", "body"),
    [
        (301, "POST", "GET", b""), (302, "POST", "GET", b""), (303, "POST", "GET", b""), (303, "PUT", "GET", b""),
        (307, "POST", "POST", b"data"), (308, "POST", "POST", b"data"), (301, "PUT", "PUT", b"data"),
        (302, "DELETE", "DELETE", b"data"), (303, "HEAD", "HEAD", b""),
    ],
)  # fmt: skip
def test_the_method_after_a_redirect(status: int, method: str, after: str, body: bytes) -> None:
    head = b"HTTP/1.1 %d X\r\nContent-Length: 0\r\nLocation: /b\r\n\r\n" % status

    async def story(client: Client, server: Scripted) -> None:
        await client.request(
            method, server.url, body=None if method == "HEAD" else b"data", headers={"Content-Type": "x"}
        )

    server = play(lambda asked: Says(head) if asked.target == "/" else ok(), story)
    assert (server.asked[1].method, server.asked[1].body) == (after, body)
    assert (server.asked[1].field("content-type") is None) == (after == "GET" and method != "HEAD")


def test_a_loop_ends() -> None:
    server = fails([to("/")], RemoteError, match="20 redirects")
    assert len(server.asked) == 21


@pytest.mark.parametrize("place", ["ftp://a/", "http://", "//", "http://a:0/", "\x01", "javascript:alert(1)"])
def test_a_redirect_to_nowhere_is_told(place: str) -> None:
    fails([to(place)], RemoteError)


def test_without_redirects_the_redirect_is_the_answer() -> None:
    async def story(client: Client, server: Scripted) -> None:
        assert (await client.get(server.url)).status == 302

    play([to("/b")], story, replace(QUICK, redirects=0))


def test_a_redirect_without_a_place_is_an_answer() -> None:
    async def story(client: Client, server: Scripted) -> None:
        assert (await client.get(server.url)).status == 304

    play([Says(b"HTTP/1.1 304 Not Modified\r\nLocation: /x\r\n\r\n")], story)


def test_a_body_that_cannot_be_said_again_stops_a_redirect() -> None:
    async def story(client: Client, server: Scripted) -> None:
        with pytest.raises(RemoteError, match="again"):
            await client.post(server.url, once(b"x"))
        assert (await client.post(server.url + "303", once(b"x"))).status == 200

    answers = {"/": to("/b", 307), "/303": to("/b", 303), "/b": ok()}
    play(lambda asked: answers[asked.target], story)


def test_secrets_do_not_follow_a_redirect_to_another_origin() -> None:
    async def story(client: Client, server: Scripted) -> None:
        async with scripted([ok(b"there")]) as other:
            server.script = [to(other.url)]
            fields = {"Authorization": "Bearer s", "Cookie": "a=s", "X-Api-Key": "s", "Accept": "text/html"}
            answer = await client.get(server.url, headers=fields)
            assert answer.content == b"there"
            assert server.asked[0].field("x-api-key") == "s"
            for name in ("authorization", "cookie", "x-api-key"):
                assert other.asked[0].field(name) is None, name
            assert other.asked[0].field("accept") == "text/html"
            assert other.asked[0].field("host") == f"127.0.0.1:{other.port}"

    play([ok()], story)


def test_secrets_follow_a_redirect_within_the_origin() -> None:
    async def story(client: Client, server: Scripted) -> None:
        await client.get(server.url, headers={"Authorization": "Bearer s"})

    server = play(lambda asked: to("/b") if asked.target == "/" else ok(), story)
    assert server.asked[1].field("authorization") == "Bearer s"


def test_a_large_body_of_a_redirect_is_not_read() -> None:
    async def story(client: Client, server: Scripted) -> None:
        assert (await client.get(server.url)).content == b"x"

    server = play(lambda asked: to("/b", body=b"z" * 20_000_000) if asked.target == "/" else ok(b"x"), story)
    assert server.connections == 2


# -------------------------------------------------------------------------------------------------- logins

BASIC = ok(b"who?", 'WWW-Authenticate: Basic realm="here"', status="401 Unauthorized")
ME = replace(QUICK, login=("me", "secret"))


def test_basic_is_said_when_it_is_asked_for_and_then_at_once() -> None:
    async def story(client: Client, server: Scripted) -> None:
        for _ in range(2):
            assert (await client.get(server.url)).status == 200

    server = play(lambda asked: ok() if asked.field("authorization") else BASIC, story, ME)
    assert [asked.field("authorization") for asked in server.asked] == [None, *["Basic bWU6c2VjcmV0"] * 2]


def test_the_login_in_a_url_is_for_that_url() -> None:
    async def story(client: Client, server: Scripted) -> None:
        url = server.url.replace("//", "//you:pw@")
        answer = await client.get(url)
        assert answer.status == 200 and "pw" not in str(answer.url)

    server = play(lambda asked: ok() if asked.field("authorization") else BASIC, story)
    assert server.asked[1].field("authorization") == "Basic eW91OnB3"


def test_a_refused_login_is_an_error_of_its_own_and_tried_once() -> None:
    assert len(fails([BASIC], LoginFailed, ME, "'me'").asked) == 2


def test_without_a_login_a_401_is_an_answer() -> None:
    async def story(client: Client, server: Scripted) -> None:
        assert (await client.get(server.url)).status == 401

    play([BASIC], story)


def test_an_unknown_scheme_is_a_refusal() -> None:
    fails([ok(b"", "WWW-Authenticate: Negotiate", status="401 No")], LoginFailed, ME)


def _digest(nonce: str, more: str = "") -> Says:
    fields = f'WWW-Authenticate: Digest realm="here", qop="auth", algorithm=SHA-256, nonce="{nonce}"{more}'
    return ok(b"who?", fields, 'WWW-Authenticate: Basic realm="here"', status="401 Unauthorized")


def test_digest_is_preferred_counts_its_uses_and_takes_a_fresh_nonce() -> None:
    nonces = iter(["two"])

    def script(asked: Asked) -> Says:
        said = asked.field("authorization")
        if said is None:
            return _digest("one")
        if 'nonce="one"' in said and "nc=00000003" in said:
            return _digest(next(nonces), ", stale=true")
        return ok()

    async def story(client: Client, server: Scripted) -> None:
        for _ in range(3):
            assert (await client.get(server.url)).status == 200

    server = play(script, story, ME)
    said = [asked.field("authorization") or "" for asked in server.asked]
    assert [("one" in one, one.partition("nc=")[2][:8]) for one in said] == [
        (False, ""), (True, "00000001"), (True, "00000002"), (True, "00000003"), (False, "00000001"),
    ]  # fmt: skip
    assert not any("secret" in one or one.startswith("Basic") for one in said)


def test_a_nonce_that_is_stale_for_ever_ends() -> None:
    assert len(fails([_digest("x", ", stale=true")], LoginFailed, ME).asked) == 3


def test_a_login_is_not_told_to_another_origin() -> None:
    async def story(client: Client, server: Scripted) -> None:
        async with scripted([BASIC]) as other:
            server.script = lambda asked: to(other.url) if asked.field("authorization") else BASIC
            assert (await client.get(server.url)).status == 401
            assert [asked.field("authorization") for asked in other.asked] == [None]

    play([ok()], story, ME)


def test_a_body_that_cannot_be_said_again_stops_a_login() -> None:
    async def story(client: Client, server: Scripted) -> None:
        with pytest.raises(LoginFailed):
            await client.post(server.url, once(b"x"))

    play([BASIC], story, ME)


# ------------------------------------------------------------------------------------------------- cookies


def test_cookies_come_back_to_where_they_are_from_and_nowhere_else() -> None:
    async def story(client: Client, server: Scripted) -> None:
        async with scripted([ok()]) as other:
            await client.get(server.url)
            await client.get(server.url + "b")
            await client.get(other.url.replace("127.0.0.1", "localhost"))
            assert other.asked[0].field("cookie") is None

    server = play([ok(b"", "Set-Cookie: a=1", "Set-Cookie: b=2; Max-Age=0"), ok()], story)
    assert [asked.field("cookie") for asked in server.asked] == [None, "a=1"]


# ------------------------------------------------------------------------------------------------- retries

THRICE = replace(QUICK, retries=3)


def test_a_failure_that_may_pass_is_tried_again() -> None:
    async def story(client: Client, server: Scripted) -> None:
        assert (await client.get(server.url)).content == b"at last"

    busy = ok(b"busy", "Retry-After: 0", status="503 Busy")
    assert len(play([busy, Says(close=True), CUT[2], ok(b"at last")], story, THRICE).asked) == 4


def test_retries_end() -> None:
    async def story(client: Client, server: Scripted) -> None:
        assert (await client.get(server.url)).status == 503

    assert len(play([ok(b"", status="503 Busy")], story, THRICE).asked) == 4


def test_a_server_that_asks_for_too_long_a_wait_is_not_waited_for() -> None:
    async def story(client: Client, server: Scripted) -> None:
        assert (await client.get(server.url)).status == 429

    assert len(play([ok(b"", "Retry-After: 86400", status="429 Slow")], story, THRICE).asked) == 1


@pytest.mark.parametrize("status", ["404 No", "500 Oops", "501 No"])
def test_a_failure_that_stays_is_not_tried_again(status: str) -> None:
    async def story(client: Client, server: Scripted) -> None:
        await client.get(server.url)

    assert len(play([ok(status=status)], story, THRICE).asked) == 1


def test_a_post_is_not_tried_again() -> None:
    async def story(client: Client, server: Scripted) -> None:
        assert (await client.post(server.url, b"x")).status == 503

    assert len(play([ok(b"", status="503 Busy")], story, THRICE).asked) == 1


# ------------------------------------------------------------------------------------------------- nobody


def test_nobody_there_is_told() -> None:
    async def run() -> None:
        async with scripted([ok()]) as gone:
            pass
        async with Client(QUICK) as client:
            with pytest.raises(ConnectError):
                await client.get(gone.url)
            assert client._pool.taken == 0

    asyncio.run(run())


def test_an_answer_names_itself() -> None:
    async def story(client: Client, server: Scripted) -> None:
        assert repr(await client.get(server.url)) == f"<Answer 200 OK: {server.url}>"

    play([ok(json.dumps({}).encode())], story)
