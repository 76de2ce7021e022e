"""Accept-Encoding and Accept (RFC 9110 §12)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portside.protocols.http.syntax.negotiation import choose_coding, choose_type, parse_weights

steady = settings(derandomize=True, max_examples=300, deadline=None)
CODINGS = ("br", "zstd", "gzip")
TYPES = ("text/html", "application/json")


@pytest.mark.parametrize("value, weights", [
    (b"", {}),
    (b"gzip", {b"gzip": 1.0}),
    (b"GZip;Q=0.5, br ; q=1.000,*;q=0", {b"gzip": 0.5, b"br": 1.0, b"*": 0.0}),
    (b"gzip;q=0., br;q=1.", {b"gzip": 0.0, b"br": 1.0}),
    (b"text/html;level=1;q=0.3", {b"text/html": 0.3}),
    (b"gzip;q=1, gzip;q=0", {b"gzip": 1.0}),
    (b"a;q=2, b;q=-1, c;q=0.1234, d;q=1.001, e;q=, f;q, g;q=.5, h;q=nan, i;q=1e0, j;q=0_1, k;q=+1, ok", {b"ok": 1.0}),
    ("a;q=٠".encode(), {}),
    (b'a;q="0.5"', {b"a": 0.5}),
])  # fmt: skip
def test_weights_are_read_strictly(value: bytes, weights: dict[bytes, float]) -> None:
    assert parse_weights(value) == weights


@pytest.mark.parametrize("value, coding", [
    (None, None),
    (b"", None),
    (b"identity", None),
    (b"gzip", "gzip"),
    (b"GZIP", "gzip"),
    (b"x-gzip", "gzip"),
    (b"x-gzip;q=0, gzip", "gzip"),
    (b"gzip, deflate, br, zstd", "br"),
    (b"gzip, zstd", "zstd"),
    (b"br;q=0.5, gzip;q=0.8", "gzip"),
    (b"br;q=0.5, gzip;q=0.5", "br"),
    (b"*", "br"),
    (b"br;q=0, *", "zstd"),
    (b"gzip, *;q=0", "gzip"),
    (b"gzip;q=0", None),
    (b"*;q=0", None),
    (b"identity;q=0", None),
    (b"gzip;q=0.5, identity", None),
    (b"gzip;q=0.5, identity;q=0.5", "gzip"),
    (b"gzip, identity;q=0.5", "gzip"),
    (b"compress, deflate", None),
    (b"gzip;q=x, zstd;q=0.1", "zstd"),
    (b"br;q=2", None),
    (b"gzip" + b", a" * 1000, "gzip"),
])  # fmt: skip
def test_the_coding_that_is_wanted_most_is_chosen(value: bytes | None, coding: str | None) -> None:
    assert choose_coding(value, CODINGS) == coding


def test_only_what_is_offered_is_chosen() -> None:
    assert choose_coding(b"br, gzip;q=0.1", ("gzip",)) == "gzip"
    assert choose_coding(b"br, gzip", ()) is None


@pytest.mark.parametrize("value, media_type", [
    (None, "text/html"),
    (b"", "text/html"),
    (b"*/*", "text/html"),
    (b"application/json", "application/json"),
    (b"Application/JSON; charset=utf-8", "application/json"),
    (b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
    (b"application/json, text/html;q=0.9", "application/json"),
    (b"application/*, text/html;q=0.9", "application/json"),
    (b"text/*, application/json", "text/html"),
    (b"*/*, text/html;q=0", "application/json"),
    (b"text/*;q=0, */*;q=0.1", "application/json"),
    (b"image/png", None),
    (b"*/*;q=0", None),
    (b"*", "text/html"),
    (b"nonsense", "text/html"),
])  # fmt: skip
def test_the_type_that_is_wanted_most_is_chosen(value: bytes | None, media_type: str | None) -> None:
    assert choose_type(value, TYPES) == media_type


def test_nothing_is_chosen_from_nothing() -> None:
    assert choose_type(None, ()) is None
    assert choose_type(b"*/*", ()) is None


weights = st.dictionaries(st.sampled_from([*CODINGS, "identity", "*", "deflate"]), st.integers(0, 1000), max_size=6)


@steady
@given(weights)
def test_a_refused_coding_is_never_sent_and_no_better_one_is_passed_over(wanted: dict[str, int]) -> None:
    value = ", ".join(f"{name};q={weight / 1000:.3f}" for name, weight in wanted.items()).encode()
    chosen = choose_coding(value, CODINGS)
    of = {coding: wanted.get(coding, wanted.get("*", 0)) for coding in CODINGS}
    if chosen is not None:
        assert of[chosen] == max(of.values()) > 0
        assert of[chosen] >= wanted.get("identity", 0)
    else:
        assert max(of.values()) == 0 or max(of.values()) < wanted.get("identity", 0)


@steady
@given(st.binary() | st.text('gzip*;q=01., "\\').map(str.encode))
def test_nothing_that_comes_in_raises(value: bytes) -> None:
    assert choose_coding(value, CODINGS) in (None, *CODINGS)
    assert choose_type(value, TYPES) in (None, *TYPES)
