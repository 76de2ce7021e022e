"""No credential passes the mask, however the bytes are split; everything else does."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.interfaces import Role
from portside.protocols.http.explain.credentials import hide_line
from portside.protocols.http.explain.http2 import PREFACE
from portside.protocols.http.explain.masking import HttpMask, Parts

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
    (Role.CLIENT, b"P / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nAuthorization: DPoP %b\r\n\r\n"),
    (Role.SERVER, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nSet-Cookie: a=%b\r\n\r\n"),
    (Role.CLIENT, b"POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked\r\n"
                  b"\r\n36\r\n--x\r\nContent-Disposition: form-data; name=password\r\n\r\n\r\n9\r\n%b\r\n0\r\n\r\n"),
    (Role.CLIENT, b"GET / HTTP/1.1\r\nAuthorization: Basic\r\n x\r\n %b\r\n\r\n"),
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


def test_the_rest_of_a_line_behind_a_gap_is_hidden() -> None:
    mask = HttpMask()
    mask.hide(Role.CLIENT, b"GET / HTTP/1.1\r\nCook")
    mask.missed(Role.CLIENT, 10)
    shown = mask.hide(Role.CLIENT, b"SEKRIT\r\n SEKRIT\r\nAccept: a\r\n\r\nGET /a HTTP/1.1\r\n\r\n")
    assert shown == b"******\r\n*******\r\nAccept: a\r\n\r\nGET /a HTTP/1.1\r\n\r\n"


def test_behind_a_gap_any_split_shows_the_same() -> None:
    data = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\n\r\n"
    masks = [HttpMask() for _ in range(len(data))]
    for mask in masks:
        mask.missed(Role.CLIENT, 10)
    shown = {split(mask, Role.CLIENT, data, [place]) for place, mask in enumerate(masks)}
    assert shown == {b"*" * 15 + data[15:]}


def test_a_gap_in_a_body_hides_nothing_unless_it_is_a_form() -> None:
    mask = HttpMask()
    mask.hide(Role.SERVER, b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n")
    mask.missed(Role.SERVER, 10)
    assert mask.hide(Role.SERVER, b"0123456789") == b"0123456789"
    kind = b"Content-Type: application/x-www-form-urlencoded\r\n"
    mask.hide(Role.CLIENT, b"POST / HTTP/1.1\r\n" + kind + b"Content-Length: 30\r\n\r\npassw")
    mask.missed(Role.CLIENT, 10)
    assert mask.hide(Role.CLIENT, b"SEKRIT&a=234567") == b"******&a=234567"


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_http2_is_shown_without_its_header_blocks(step: int) -> None:
    data = PREFACE + b"\0\0\0\4\0\0\0\0\0" + b"\0\0\6\1\4\0\0\0\1SEKRIT"
    mask = HttpMask()
    assert split(mask, Role.CLIENT, data, list(range(0, len(data), step))) == data.replace(b"SEKRIT", b"******")
    assert mask.hide(Role.SERVER, data[24:]) == data[24:].replace(b"SEKRIT", b"******")
    assert mask.harmless(Role.CLIENT) == 0


def test_http2_behind_an_upgrade_too() -> None:
    frames = b"\0\0\0\4\0\0\0\0\0" + b"\0\0\6\1\4\0\0\0\1SEKRIT"
    switch = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n"
    mask = HttpMask()
    mask.hide(Role.CLIENT, b"GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n")
    assert mask.hide(Role.SERVER, switch + frames) == (switch + frames).replace(b"SEKRIT", b"******")
    assert mask.hide(Role.CLIENT, PREFACE + frames) == PREFACE + frames.replace(b"SEKRIT", b"******")
    mask.missed(Role.SERVER, 5)
    assert mask.hide(Role.SERVER, b"SEKRIT") == b"******"


@given(st.text("ab\n\r :?=;token#@/", max_size=60), st.lists(st.integers(0, 60), max_size=6), st.booleans())
def test_rows_of_lines_are_hidden_alike_at_any_split(text: str, places: list[int], gap: bool) -> None:
    data = b"x" * 4070 + text.encode() + b"&token=" + b"y" * 20_000 + b"\n cookie: a\n b\n c"
    shown = set()
    for cuts in ([], [4070 + place for place in places], [4096, 8192]):
        parts = Parts(b"\n", hide_line, folding=True, endless=True)
        if gap:
            parts.missed()
        edges = sorted({0, len(data), *cuts})
        pieces = [data[low:high] for low, high in itertools.pairwise(edges)]
        shown.add(
            b"".join(
                piece if parts.pass_harmless(piece) else parts.copy().take(piece) and parts.take(piece)
                for piece in pieces
            )
        )
    if "://" not in text:
        assert len(shown) == 1
