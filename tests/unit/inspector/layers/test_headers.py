"""What headers are filled in with, and the checksum of the Internet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.inspector.layers.headers import Form, checksum


def slow(data: bytes) -> int:
    """RFC 1071 §4.1, word by word."""
    total = 0
    for at in range(0, len(data), 2):
        total += int.from_bytes(data[at : at + 2].ljust(2, b"\0"))
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@given(st.binary(max_size=80))
def test_the_checksum_is_that_of_the_rfc(data: bytes) -> None:
    assert checksum(data) % 0xFFFF == slow(data) % 0xFFFF


def test_the_checksum_of_the_rfcs_own_example() -> None:
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0x220D


@pytest.mark.parametrize(("place", "size", "value"), [(0, 2, 0x0102), (2, 4, 0x03000000), (9, 2, 0)])
def test_missing_bytes_count_as_zeros(place: int, size: int, value: int) -> None:
    form = Form(b"##\1\2\3", 2, "RFC 0")
    form.add("x", place, size)
    assert form.number(place, size) == value
    assert form.fields[0].value == f"{value:,}" and form.fields[0].span[1] <= 5
    assert form.fields[0].source == "RFC 0"
