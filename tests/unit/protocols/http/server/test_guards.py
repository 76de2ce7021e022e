"""Which hosts a server answers to, and whom."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from portside.accounts.throttle import FREE, PATIENCE, Throttle
from portside.errors import RemoteError
from portside.interfaces import Address, Door
from portside.protocols.http.messages import Headers, Request, Response
from portside.protocols.http.server.application import Answer, Application, Arrival
from portside.protocols.http.server.guards import HostGuard, LoginGuard, Sites, requested_host

LOOPBACK = Door(Address("127.0.0.1", 8080), Address("127.0.0.1", 50000))
LAN = Door(Address("192.0.2.1", 8080), Address("192.0.2.7", 50000))
UNIX = Door(Address("", path="/run/portside.sock"), Address("", path="(unnamed)"))


class Came:
    """An arrival through ``door``, with no body."""

    def __init__(self, door: Door = LOOPBACK) -> None:
        self.door = door

    async def body(self) -> AsyncIterator[bytes]:
        for piece in ():
            yield piece


def naming(status: int) -> Application:
    return lambda request, arrival: Response(status)


def asking(host: str | None, target: str = "/", *, method: str = "GET") -> Request:
    lines = [] if host is None else [(b"Host", host.encode("latin-1"))]
    return Request(method, target, Headers(lines))


def status_of(answer: Answer) -> int:
    assert isinstance(answer, Response)
    return answer.status


# ---------------------------------------------------------------------------------------------- which host


@pytest.mark.parametrize("host", [
    "localhost", "localhost:8080", "localhost:1", "LOCALHOST", "LocalHost.", "localhost.:8080", "a.localhost",
    "a.b.localhost:99", "127.0.0.1", "127.0.0.1:8080", "127.8.9.1", "[::1]", "[::1]:8080", "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]", "site.test", "SITE.test:8080", "site.test.", "[2001:db8::5]:8080", "", None,
])  # fmt: skip
def test_on_loopback_our_own_names_pass(host: str | None) -> None:
    guard = HostGuard(naming(200), ("Site.test", "2001:db8::5"))
    assert [status_of(guard(asking(host), Came())) for _ in range(2)] == [200, 200]


@pytest.mark.parametrize("host", [
    "evil.example", "evil.example:8080", "localhost.evil.example", "evil-localhost", "xlocalhost", "localhost.x",
    "127.0.0.1.evil.example", "128.0.0.1", "0.0.0.0", "[::]", "[::2]", "[::ffff:8.8.8.8]", "site.test.evil.example",
    "sub.site.test", "127.1", "2130706433", "0x7f.0.0.1", "127.0.0.01",
])  # fmt: skip
def test_on_loopback_any_other_host_is_misdirected(host: str) -> None:
    guard = HostGuard(naming(200), ("site.test",))
    assert [status_of(guard(asking(host), Came())) for _ in range(2)] == [421, 421]


@pytest.mark.parametrize(
    "host", ["local host", "localhost:x", "localhost:99999", "[::1", "a@localhost", "a, localhost"]
)
def test_what_is_no_host_is_a_bad_request(host: str) -> None:
    assert status_of(HostGuard(naming(200))(asking(host), Came())) == 400


@pytest.mark.parametrize("local", ["127.0.0.1", "127.5.5.5", "::1", "::ffff:127.0.0.1"])
def test_every_loopback_address_is_guarded(local: str) -> None:
    door = Door(Address(local, 8080), LOOPBACK.remote)
    assert status_of(HostGuard(naming(200))(asking("evil.example"), Came(door))) == 421


@pytest.mark.parametrize("door", [LAN, UNIX])
def test_elsewhere_any_host_passes_and_is_not_remembered_for_loopback(door: Door) -> None:
    guard = HostGuard(naming(200))
    assert status_of(guard(asking("files.example"), Came(door))) == 200
    assert status_of(guard(asking("files.example"), Came())) == 421


@pytest.mark.parametrize("host, target, status", [
    ("evil.example", "http://localhost/", 200),
    ("localhost", "http://evil.example/", 421),
    ("localhost", "HTTP://evil.example:8080/", 421),
    ("localhost", "http://user@localhost/", 400),
])  # fmt: skip
def test_the_absolute_form_counts_before_the_host_field(host: str, target: str, status: int) -> None:
    assert status_of(HostGuard(naming(200))(asking(host, target), Came())) == status


def test_what_a_guard_remembers_is_bounded() -> None:
    guard = HostGuard(naming(200))
    hosts = [f"h{number}.localhost" for number in range(3000)]
    assert {status_of(guard(asking(host), Came())) for host in hosts} == {200}
    assert status_of(guard(asking("evil.example"), Came())) == 421
    assert len(guard._passed) <= 1024


@pytest.mark.parametrize("request_, host", [
    (asking("a:80"), "a:80"), (asking(None), ""), (asking("a", "*", method="OPTIONS"), "a"),
    (asking("a", "http://B:1/x"), "b:1"), (asking("a", "http://[::1]:1/x"), "[::1]:1"), (asking("a", "https://b"), "b"),
    (asking("a", "c:443", method="CONNECT"), "c:443"),
])  # fmt: skip
def test_the_host_that_a_request_is_for(request_: Request, host: str) -> None:
    assert requested_host(request_) == host


@pytest.mark.parametrize("host, status", [
    ("a.test", 201), ("A.TEST:8080", 201), ("a.test.", 201), ("[2001:DB8::1]:80", 202), ("b.test", 200), ("", 200),
    (None, 200), ("x.a.test", 200), ("a..test", 200), ("a b", 400),
])  # fmt: skip
def test_a_site_is_chosen_by_its_host(host: str | None, status: int) -> None:
    sites = Sites(naming(200), {"A.test.": naming(201), "[2001:db8::1]": naming(202)})
    assert [status_of(sites(asking(host), Came())) for _ in range(2)] == [status, status]


def test_the_sites_that_were_asked_for_are_remembered_within_bounds() -> None:
    sites = Sites(naming(200), {"a.test": naming(201)})
    for number in range(3000):
        assert status_of(sites(asking(f"h{number}.test"), Came())) == 200
    assert len(sites._known) <= 1024
    assert status_of(sites(asking("a.test"), Came())) == 201


# ------------------------------------------------------------------------------------------------ who asks


def basic(text: str | bytes) -> bytes:
    return b"Basic " + base64.b64encode(text.encode() if isinstance(text, str) else text)


def with_login(value: bytes, method: str = "GET") -> Request:
    return Request(method, "/", Headers([(b"Host", b"localhost"), (b"Authorization", value)]))


def guarded(sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> LoginGuard:
    throttle = Throttle(clock=lambda: 1000.0, sleep=sleep)
    return LoginGuard(naming(200), "anna", "pa:ss wörd", realm='the "realm"', throttle=throttle)


GOOD = basic("anna:pa:ss wörd")


@pytest.mark.parametrize("value", [GOOD, GOOD.replace(b"Basic", b"bAsIC"), GOOD.replace(b" ", b"   ")])
@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS", "BREW"])
def test_the_right_login_passes_whatever_the_method(value: bytes, method: str) -> None:
    assert status_of(guarded()(with_login(value, method), Came())) == 200


@pytest.mark.parametrize("value", [
    b"", b"Basic", b"Basic ", b"Basic !!!!", b"Basic " + base64.b64encode(b"anna"), basic("anna:"),
    basic(":pa:ss wörd"), basic("anna:pa:ss word"), basic("ANNA:pa:ss wörd"), basic("anna:pa:ss wörd "),
    basic("anna:pa:ss wörd\0"),
    basic("anna:pa:ss wörd".encode("latin-1")), GOOD.replace(b"Basic", b"Bearer"), GOOD + b", " + GOOD,
    GOOD + b"=", GOOD[:-1], b"Basic " + b"A" * 60000, b"Basic \xff\xfe",
])  # fmt: skip
def test_anything_else_is_refused(value: bytes) -> None:
    assert status_of(guarded()(with_login(value), Came())) == 401


def test_the_challenge_names_the_realm_and_the_charset() -> None:
    answer = guarded()(asking("localhost"), Came())
    assert isinstance(answer, Response)
    assert answer.headers.all(b"www-authenticate") == [b'Basic realm="the \\"realm\\"", charset="UTF-8"']


def test_nothing_of_the_login_stands_in_the_answer() -> None:
    answer = guarded()(with_login(basic("anna:secret-guess")), Came())
    assert isinstance(answer, Response) and isinstance(answer.body, bytes)
    shown = answer.body + repr(answer.headers).encode()
    assert b"secret" not in shown and basic("anna:secret-guess")[6:] not in shown and b"anna" not in shown


def test_guesses_wait_for_their_turn_and_so_does_the_right_one() -> None:
    async def run() -> None:
        waits: list[float] = []
        gate = asyncio.Event()

        async def sleep(seconds: float) -> None:
            waits.append(seconds)
            await gate.wait()

        guard = guarded(sleep)
        for _ in range(FREE):
            assert status_of(guard(with_login(basic("anna:x")), Came())) == 401
        wrong = asyncio.ensure_future(later(guard(with_login(basic("anna:x")), Came())))
        right = asyncio.ensure_future(later(guard(with_login(GOOD), Came())))
        assert status_of(guard(with_login(GOOD), Came(LAN))) == 200, "another address does not wait"
        assert status_of(guard(asking("localhost"), Came())) == 401, "who does not guess does not wait"
        await asyncio.wait([wrong, right], timeout=0, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0)
        assert not wrong.done() and not right.done() and len(waits) == 2
        gate.set()
        assert ((await wrong).status, (await right).status) == (401, 200)
        assert status_of(guard(with_login(GOOD), Came())) == 200, "and then the slate is clean"

    asyncio.run(run())


async def later(answer: Answer) -> Response:
    assert not isinstance(answer, Response)
    return await answer


def test_an_application_that_waits_is_waited_for() -> None:
    async def slowly(request: Request, arrival: Arrival) -> Response:
        return Response(204)

    async def run() -> None:
        async def sleep(seconds: float) -> None: ...

        guard = LoginGuard(slowly, "anna", "x", throttle=Throttle(sleep=sleep))
        for _ in range(FREE):
            guard(with_login(basic("anna:y")), Came())
        assert (await later(guard(with_login(basic("anna:x")), Came()))).status == 204
        assert (await later(guard(with_login(basic("anna:x")), Came()))).status == 204

    asyncio.run(run())


def test_a_row_that_is_too_long_is_told_to_come_back() -> None:
    async def run() -> None:
        async def sleep(seconds: float) -> None: ...

        guard = guarded(sleep)
        for _ in range(FREE):
            guard(with_login(basic("anna:x")), Came())
        answers = [guard(with_login(basic("anna:x")), Came()) for _ in range(int(PATIENCE) + 3)]
        full = [answer for answer in answers if isinstance(answer, Response)]
        assert [answer.status for answer in full] == [429] * 3
        assert full[0].headers["Retry-After"] == "10"
        for answer in answers:
            if not isinstance(answer, Response):
                assert (await answer).status == 401

    asyncio.run(run())


def test_a_target_that_is_none_is_told_so() -> None:
    with pytest.raises(RemoteError) as caught:
        requested_host(asking("a", "nonsense"))
    assert caught.value.status == 400
