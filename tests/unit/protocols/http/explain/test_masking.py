"""No credential passes the mask, however the bytes are split; everything else does."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.interfaces import Role
from portside.protocols.http.explain.masking import HttpMask, Parts, hide_line, hide_parameter, holds_secret

CANARY = b"c4n4ryXYZ"
SECRETS = [
    (Role.CLIENT, b"GET / HTTP/1.1\r\nAuthorization: Basic %b\r\n\r\n"),
    (Role.CLIENT, b"GET / HTTP/1.1\r\nauthorization:Bearer  %b\r\nHost: a\r\n\r\n"),
    (Role.CLIENT, b"GET / HTTP/1.1\r\nPROXY-AUTHORIZATION: Digest username=\"%b\"\r\n\r\n"),
    (Role.CLIENT, b"GET / HTTP/1.1\r\nAuthorization: %b\r\n\r\n"),
    (Role.CLIENT, b"GET / HTTP/1.1\r\nAuthorization: Basic\r\n\t%b\r\n\r\n"),
    (Role.CLIENT, b"GET / HTTP/1.1\r\nCookie: a=b; sid=%b\r\n\r\n"),
    (Role.CLIENT, b"GET / HTTP/1.1\r\nX-Api-Key: %b\r\n\r\n"),
    (Role.CLIENT, b"GET /?a=b&access_token=%b&c=d HTTP/1.1\r\nHost: a\r\n\r\n"),
    (Role.CLIENT, b"GET / HTTP/1.1\r\nReferer: http://a/?token=%b\r\n\r\n"),
    (Role.SERVER, b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=%b; Path=/\r\nContent-Length: 0\r\n\r\n"),
    (Role.SERVER, b"HTTP/1.1 302 Found\r\nLocation: /?access_token=%b\r\nContent-Length: 0\r\n\r\n"),
    (Role.CLIENT, b"POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                  b"Content-Length: 36\r\n\r\nuser=me&password=%b&more=xx1234"),
    (Role.CLIENT, b"POST / HTTP/1.1\nContent-Type: application/x-www-form-urlencoded\nTransfer-Encoding: chunked\n\n"
                  b"5\r\npassw\r\nd\r\nord=%b\r\n0\r\n\r\n"),
    (Role.CLIENT, b"what was lost\r\nAuthorization: Basic %b\r\n"),
]  # fmt: skip


def split(mask: HttpMask, role: Role, data: bytes, places: list[int]) -> bytes:
    cuts = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return b"".join(mask.hide(role, data[low:high]) for low, high in itertools.pairwise(cuts))


@pytest.mark.parametrize(("role", "pattern"), SECRETS)
def test_no_secret_survives_any_split(role: Role, pattern: bytes) -> None:
    data = pattern % CANARY
    whole = HttpMask().hide(role, data)
    assert len(whole) == len(data) and CANARY not in whole and b"*" in whole
    for step in (1, 2, 3, 5, 8):
        mask = HttpMask()
        assert b"".join(mask.hide(role, data[at : at + step]) for at in range(0, len(data), step)) == whole
    for place in range(len(data)):
        assert split(HttpMask(), role, data, [place]) == whole


@pytest.mark.parametrize(("role", "pattern"), SECRETS)
def test_it_hides_again_and_again_what_comes_again(role: Role, pattern: bytes) -> None:
    data = pattern % CANARY
    if b"lost" in data:
        return
    mask = HttpMask()
    shown = {mask.hide(role, data) for _ in range(5)}
    assert len(shown) == 1 and CANARY not in shown.pop()


@given(
    st.lists(st.sampled_from([pattern % CANARY for _, pattern in SECRETS[:9]]), min_size=1, max_size=4),
    st.lists(st.integers(0, 400), max_size=12),
)
def test_any_split_of_any_row_is_hidden_as_the_whole(requests: list[bytes], places: list[int]) -> None:
    data = b"".join(requests)
    assert split(HttpMask(), Role.CLIENT, data, places) == HttpMask().hide(Role.CLIENT, data)
    assert CANARY not in HttpMask().hide(Role.CLIENT, data)


@given(st.lists(st.tuples(st.sampled_from(list(Role)), st.binary(max_size=60))))
def test_noise_keeps_its_length(said: list[tuple[Role, bytes]]) -> None:
    mask = HttpMask()
    for role, data in said:
        hidden = mask.hide(role, data)
        assert len(hidden) == len(data)
        assert all(one == other or one == ord("*") for one, other in zip(hidden, data, strict=True))
        mask.missed(role, 3)


@pytest.mark.parametrize(
    "data",
    [
        b"GET /page?x=1 HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 20\r\n\r\nCookie: no secret\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\n&password=12",
    ],
)
def test_what_is_no_secret_is_the_same_object(data: bytes) -> None:
    mask = HttpMask()
    for _ in range(4):
        assert mask.hide(Role.CLIENT, data) is data


def test_an_answer_to_head_is_not_taken_for_one_to_get() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n" + b"x" * 30
    mask = HttpMask()
    for _ in range(3):
        mask.hide(Role.CLIENT, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        mask.hide(Role.SERVER, answer)
    mask.hide(Role.CLIENT, b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
    head = answer[:-30]
    cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=" + CANARY + b"\r\nContent-Length: 0\r\n\r\n"
    assert CANARY not in mask.hide(Role.SERVER, head) + mask.hide(Role.SERVER, cookie)


def test_behind_a_switch_nothing_is_touched() -> None:
    mask = HttpMask()
    mask.hide(Role.CLIENT, b"CONNECT a:1 HTTP/1.1\r\n\r\n")
    mask.hide(Role.SERVER, b"HTTP/1.1 200 OK\r\n\r\n")
    inside = b"Cookie: x\r\n"
    assert mask.hide(Role.CLIENT, inside) is inside


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b"Authorization: Basic abc\r\n", b"Authorization: Basic ***\r\n"),
        (b"Authorization: Unheard of\r\n", b"Authorization: **********\r\n"),
        (b"Set-Cookie: a=b; HttpOnly\r\n", b"Set-Cookie: ***; HttpOnly\r\n"),
        (b"GET /?a=1&token=2 HTTP/1.1\r\n", b"GET /?a=1&token=* HTTP/1.1\r\n"),
        (b"Host: a\r\n", b"Host: a\r\n"),
    ],
)
def test_lines(line: bytes, shown: bytes) -> None:
    assert hide_line(line) == shown
    assert holds_secret(line) is (line != shown)


def test_parameters_of_a_form() -> None:
    assert hide_parameter(b"password=abc&") == b"password=***&"
    assert hide_parameter(b"user=abc") == b"user=abc"


def test_an_endless_line_costs_no_endless_memory() -> None:
    parts = Parts(b"\n", hide_line)
    for _ in range(100):
        parts.take(b"x" * 1024)
    assert len(parts._begun) < 20 * 1024


def test_chunks_are_left_as_they_are_unless_an_extension_holds_a_secret() -> None:
    mask = HttpMask()
    mask.hide(Role.CLIENT, b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    many = b"1\r\na\r\n" * 1000
    assert mask.hide(Role.CLIENT, many) is many
    assert mask.hide(Role.CLIENT, b"1;token=abc\r\na\r\n1;x=y\r\nb\r\n") == b"1;token=***\r\na\r\n1;x=y\r\nb\r\n"
