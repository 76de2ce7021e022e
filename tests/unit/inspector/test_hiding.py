"""Masks begin at marks and pass over bodies; what they hide is what one mask hides that sees everything."""

from __future__ import annotations

import random

import pytest

from portside.inspector.hiding import BETWEEN_MARKS, Hiding
from portside.inspector.strands import Strand
from portside.interfaces import Role
from portside.protocols.http.explain.masking import HttpMask
from portside.protocols.http.explain.reading import HttpReader

EXCHANGES = 4 * BETWEEN_MARKS


class Log:
    """Carriers in memory that count how often they are read."""

    def __init__(self) -> None:
        self.held: list[bytes] = [b""]
        self.reads = 0

    def part(self, number: int, at: int, size: int) -> bytes:
        self.reads += 1
        return self.held[number][at : at + size]

    def packets(self, number: int) -> list[int]:
        return [number]


class Conversation:
    """HTTP as a channel of the inspector keeps it, and beside it what one mask makes of all of it."""

    def __init__(self) -> None:
        self.log = Log()
        self.hiding = Hiding(HttpMask)
        self.strands = {role: Strand(self.log, role, self.hiding) for role in Role}
        self.shown = dict.fromkeys(Role, b"")
        self._reader = HttpReader()
        self._mask = HttpMask()

    def says(self, role: Role, data: bytes) -> None:
        self.log.held.append(data)
        self.strands[role].add(len(self.log.held) - 1, 0, len(data))
        self._reader.read(role, data)
        self.shown[role] += self._mask.hide(role, data)
        begin = self._reader.mask_from_here()
        if begin is not None and len(self.hiding.order) >= self.hiding.due:
            self.hiding.mark(begin)

    def misses(self, role: Role, count: int) -> None:
        self.strands[role].miss(count)
        self._reader.missed(role, count)
        self._mask.missed(role, count)
        self.shown[role] += bytes(count)


def request(number: int, dice: random.Random) -> bytes:
    form = b"user=me&password=c4n4ry%d" % number
    return dice.choice(
        (
            b"GET /%d?token=c4n4ry HTTP/1.1\r\nHost: a\r\nCookie: c4n4ry=%d\r\n\r\n" % (number, number),
            b"HEAD / HTTP/1.1\r\nAuthorization: Basic c4n4ry\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%b"
            % (len(form), form),
        )
    )


def response(ask: bytes, number: int) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=c4n4ry%d\r\nContent-Length: 3000\r\n\r\n" % number
    return head if ask.startswith(b"HEAD") else head + b"Cookie: body\r\n" * 214 + b"1234"


def conversed(seed: int) -> Conversation:
    dice = random.Random(seed)
    found = Conversation()
    for number in range(EXCHANGES):
        asks = [request(number, dice) for _ in range(dice.choice((1, 1, 2)))]
        for ask in asks:
            found.says(Role.CLIENT, ask)
        answer = b"".join(response(ask, number) for ask in asks)
        for start in range(0, len(answer), 1000):
            found.says(Role.SERVER, answer[start : start + 1000])
    return found


@pytest.mark.parametrize("seed", range(4))
def test_any_part_in_any_order_is_as_one_mask_shows_it(seed: int) -> None:
    found = conversed(seed)
    dice = random.Random(seed)
    for _ in range(100):
        role = dice.choice(list(Role))
        strand = found.strands[role]
        start = dice.randrange(strand.size)
        stop = min(strand.size, start + dice.choice((1, 100, 5000, 200_000)))
        assert strand.read(start, stop) == found.shown[role][start:stop]


def test_behind_a_gap_it_is_the_same() -> None:
    found = conversed(9)
    found.misses(Role.SERVER, 5000)
    found.says(Role.CLIENT, request(1, random.Random(1)))
    found.says(Role.SERVER, response(b"GET", 7) * 3)
    strand = found.strands[Role.SERVER]
    assert strand.read(strand.size - 9000, strand.size) == found.shown[Role.SERVER][-9000:]


def test_the_last_message_is_read_without_those_before_it() -> None:
    found = conversed(5)
    strand = found.strands[Role.SERVER]
    strand.secrets(strand.size - 10, strand.size)
    assert found.log.reads < 3 * BETWEEN_MARKS < len(found.log.held) / 4


def test_a_body_of_known_length_is_not_read_for_its_end() -> None:
    found = Conversation()
    found.says(Role.CLIENT, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    found.says(Role.SERVER, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    for _ in range(1000):
        found.says(Role.SERVER, b"Cookie: no field of HTTP" + bytes(976))
    found.says(Role.SERVER, b"HTTP/1.1 200 OK\r\nSet-Cookie: c4n4ry\r\n")
    strand = found.strands[Role.SERVER]
    assert strand.secrets(strand.size - 20, strand.size) == [(strand.size - 8, strand.size - 2)]
    assert found.log.reads < 10
