"""A stream taken apart into data and commands."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.protocols.telnet.messages import Verb
from portside.protocols.telnet.syntax.scanning import Command, Ending, Request, Run, Scanner, Subnegotiation, Token
from tests.support.telnet import wire

LIMIT = 8


def scan(*pieces: bytes) -> list[Token]:
    scanner = Scanner(LIMIT)
    return [token for piece in pieces for token in scanner.scan(piece)]


def joined(tokens: list[Token]) -> list[Token]:
    found: list[Token] = []
    for token in tokens:
        last = found[-1] if found else None
        if isinstance(token, Run) and isinstance(last, Run) and last.stop == token.start:
            found[-1] = Run(last.data + token.data, last.start, token.stop)
        else:
            found.append(token)
    return found


TABLE: list[tuple[str, list[Token]]] = [
    ("'hello'", [Run(b"hello", 0, 5)]),
    ("'a' IAC IAC IAC IAC 'b'", [Run(b"a\xff\xffb", 0, 6)]),
    ("IAC NOP", [Command(241, 0, 2)]),
    ("'a' IAC DO ECHO 'b'", [Run(b"a", 0, 1), Request(Verb.DO, 1, 1, 4), Run(b"b", 4, 5)]),
    ("IAC WILL 255", [Request(Verb.WILL, 255, 0, 3)]),
    ("IAC SB NAWS 0 80 0 24 IAC SE", [Subnegotiation(31, b"\0P\0\x18", Ending.WHOLE, 0, 9)]),
    ("IAC SB 255 IAC SE", [Subnegotiation(255, b"", Ending.WHOLE, 0, 5)]),
    ("IAC SB 1 IAC IAC IAC SE", [Subnegotiation(1, b"\xff", Ending.WHOLE, 0, 7)]),
    ("IAC SB 1 'x' IAC NOP 'y'", [Subnegotiation(1, b"x", Ending.BROKEN_OFF, 0, 4), Command(241, 4, 6),
                                  Run(b"y", 6, 7)]),
    ("IAC SB 1 'x' IAC SB 2 IAC SE", [Subnegotiation(1, b"x", Ending.BROKEN_OFF, 0, 4),
                                      Subnegotiation(2, b"", Ending.WHOLE, 4, 9)]),
    ("IAC SB 1 '12345678' IAC SE 'a'", [Subnegotiation(1, b"12345678", Ending.WHOLE, 0, 13), Run(b"a", 13, 14)]),
    ("IAC SB 1 '1234567' IAC IAC IAC SE", [Subnegotiation(1, b"1234567\xff", Ending.WHOLE, 0, 14)]),
]  # fmt: skip


@pytest.mark.parametrize(("words", "tokens"), TABLE, ids=[words for words, _ in TABLE])
def test_tokens_have_their_place(words: str, tokens: list[Token]) -> None:
    assert scan(wire(words)) == tokens
    assert joined(scan(*(bytes((byte,)) for byte in wire(words)))) == tokens


def test_what_is_too_long_is_told_once_and_passed_over() -> None:
    tokens = scan(wire("IAC SB 1 '123456789' IAC IAC 'more' IAC SE 'a' IAC NOP"))
    assert isinstance(tokens[0], Subnegotiation)
    assert (tokens[0].ending, len(tokens[0].payload)) == (Ending.TOO_LONG, LIMIT + 1)
    assert [type(token) for token in tokens[1:]] == [Run, Command]


def test_a_command_ends_even_what_is_too_long() -> None:
    tokens = scan(wire("IAC SB 1 '123456789 and so on' IAC DO ECHO"))
    assert tokens[1:] == [Request(Verb.DO, 1, 22, 25)]


def test_scanning_may_be_left_after_any_token() -> None:
    scanner = Scanner(LIMIT)
    data = wire("'a' IAC NOP 'b'")
    for token in scanner.scan(data):
        if isinstance(token, Command):
            break
    assert scanner.between
    assert list(scanner.scan(data[token.stop :])) == [Run(b"b", len(data), len(data) + 1)]


def test_what_has_begun_is_known_and_can_be_forgotten() -> None:
    scanner = Scanner(LIMIT)
    assert list(scanner.scan(b"abc\xff\xfa")) == [Run(b"abc", 0, 3)]
    assert not scanner.between
    assert scanner.began == 3
    scanner.reset()
    assert list(scanner.scan(b"d")) == [Run(b"d", 5, 6)]


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_any_split_finds_the_same_tokens(data: bytes, cuts: list[int]) -> None:
    data = data.replace(b"a", b"\xff").replace(b"b", b"\xff\xfa").replace(b"c", b"\xff\xf0")
    places = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    pieces = [data[first:last] for first, last in pairwise(places)]
    scanner = Scanner(1000)
    found = [token for piece in pieces for token in scanner.scan(piece)]
    assert joined(found) == joined(list(Scanner(1000).scan(data)))
