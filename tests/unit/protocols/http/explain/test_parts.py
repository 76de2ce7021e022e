"""A message taken apart: every part named, every span in its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.interfaces import Role, Span
from portside.protocols.explaining import Field, Said
from portside.protocols.http.explain.parts import fields

REQUEST = (
    b"GET /a/b?x=1&token=abc HTTP/1.1\r\nHost: example.org\r\nAccept: text/html, */*;q=0.1\r\n"
    b"Cookie: a=b; c=d\r\nX-Folded: one\r\n two\r\nno field\r\n\r\n"
)
CHUNKED = b"HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n\r\n3;e=1\r\nabc\r\n0\r\nX-End: yes\r\n\r\n"


def opened(data: bytes, role: Role = Role.CLIENT, kind: str = "request") -> list[Field]:
    return fields(Said(role, kind, "", 0, len(data), complete=True, facts={"length": 3}), data)


def every(found: Sequence[Field]) -> Iterator[Field]:
    for field in found:
        yield field
        yield from every(field.parts)


def check(found: Sequence[Field], around: Span) -> None:
    at = around[0]
    for field in found:
        assert at <= field.span[0] <= field.span[1] <= around[1]
        at = field.span[0]
        check(field.parts, field.span)


def test_a_request() -> None:
    found = opened(REQUEST)
    check(found, (0, len(REQUEST)))
    values = {field.name: (field.value, field.meaning, field.source, field.secret) for field in every(found)}
    assert values["Method"][:3] == ("GET", "give me what the target names", "RFC 9110 §9.3.1")
    assert values["Path"][0] == "/a/b" and values["token"][3] and not values["x"][3]
    assert values["Host"][:2] == ("example.org", "which of the server's sites is meant")
    assert values["Cookie"][3] and values["a"][3]
    assert values["X-Folded"][0] == "one\r\n two"
    assert values["Line"][1].startswith("no field") and "Empty line" in values
    for field in every(found):
        if field.name in ("Host", "Accept"):
            assert REQUEST[slice(*field.span)].startswith(field.name.encode())


def test_a_chunked_answer() -> None:
    found = opened(CHUNKED, Role.SERVER, "response")
    check(found, (0, len(CHUNKED)))
    names = [field.name for field in found[-1].parts]
    assert found[-1].name == "Body"
    assert names == ["Chunk size", "Chunk data", "Chunk size", "X-End", "Empty line"]
    assert found[-1].parts[0].meaning == "3 bytes follow; extension e=1"
    assert {field.name: field.meaning for field in every(found)}["Status code"] == "here it is"


@pytest.mark.parametrize(
    ("line", "meaning"),
    [(b"HTTP/1.1 299 Odd", "success (not registered)"), (b"HTTP/1.1 999 Odd", "no class of status codes")],
)
def test_unknown_status_codes_have_a_class(line: bytes, meaning: str) -> None:
    found = opened(line + b"\r\n\r\n", Role.SERVER, "response")
    assert found[0].parts[1].meaning == meaning


def test_a_quote_without_end_is_one_item() -> None:
    found = opened(b'GET / HTTP/1.1\r\nIf-None-Match: "a", "b, c\r\n\r\n')
    assert [part.value for part in found[1].parts] == ['"a"', '"b, c']


@given(st.binary(max_size=200), st.sampled_from(list(Role)), st.integers(0, 300))
def test_noise_never_raises(noise: bytes, role: Role, at: int) -> None:
    for whole in (REQUEST, CHUNKED):
        data = whole[:at] + noise + whole[at:]
        check(opened(data, role), (0, len(data)))
        check(opened(whole[:at], role), (0, min(at, len(whole))))
