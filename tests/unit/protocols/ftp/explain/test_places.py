"""Where data is to meet, part by part."""

from __future__ import annotations

import pytest

from portside.protocols.ftp.explain.places import between_bars, six_numbers


@pytest.mark.parametrize(
    ("data", "at", "parts"),
    [
        (b"PORT 127,0,0,1,19,136", 5, [("Host", (5, 14), "127.0.0.1"), ("Port", (15, 21), "19,136")]),
        (b"227 here (10,1,2,3,0,21).", 4, [("Host", (10, 18), "10.1.2.3"), ("Port", (19, 23), "0,21")]),
        (b"227 =1,2,3,4,5,6", 4, [("Host", (5, 12), "1.2.3.4"), ("Port", (13, 16), "5,6")]),
        (b"227 1,2,3,4,5", 4, []),
        (b"227 1234,5,6,7,8,9", 4, []),
        (b"PORT x", 5, []),
    ],
)
def test_six_numbers_are_host_and_port(data: bytes, at: int, parts: list[tuple[str, tuple[int, int], str]]) -> None:
    assert [(field.name, field.span, field.value) for field in six_numbers(data, at)] == parts


def test_the_port_is_told_in_words() -> None:
    assert list(six_numbers(b"1,2,3,4,19,136", 0))[1].meaning == "19 times 256 and 136: port 5000"


@pytest.mark.parametrize(
    ("data", "at", "parts"),
    [
        (b"EPRT |1|10.0.0.1|5000|", 5, [("1", "IPv4"), ("10.0.0.1", ""), ("5000", "")]),
        (b"EPRT !2!::1!5000!", 5, [("2", "IPv6"), ("::1", ""), ("5000", "")]),
        (b"229 here (|||5000|)", 4, [("5000", "")]),
        (b"229 here", 4, []),
    ],
)
def test_what_stands_between_bars(data: bytes, at: int, parts: list[tuple[str, str]]) -> None:
    found = list(between_bars(data, at))
    assert [(field.value, field.meaning) for field in found] == parts
    assert all(data[slice(*field.span)].decode() == field.value for field in found)
