"""Strands: where the bytes of one direction arrived, and that no credential comes out of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portside.inspector.hiding import Hiding
from portside.inspector.strands import NOWHERE, Strand
from portside.interfaces import Role


class Box:
    """Carriers in memory."""

    def __init__(self) -> None:
        self.held: dict[int, bytes] = {}

    def part(self, number: int, at: int, size: int) -> bytes:
        return self.held[number][at : at + size]

    def packets(self, number: int) -> list[int]:
        return [number]


class Vowels:
    """A mask that hides every vowel."""

    def hide(self, role: Role, data: bytes) -> bytes:
        return data if not set(data) & set(b"aeiou") else bytes(42 if byte in b"aeiou" else byte for byte in data)

    def missed(self, role: Role, count: int) -> None:
        """Vowels stand for themselves."""

    def harmless(self, role: Role) -> int:
        return 0


def filled(pieces: list[bytes], mask: Vowels | None = None, numbers: list[int] | None = None) -> Strand:
    """A strand whose pieces stand behind a header of three bytes each."""
    box = Box()
    strand = Strand(box, Role.CLIENT, None if mask is None else Hiding(lambda: mask))
    for number, piece in zip(numbers or range(1, len(pieces) + 1), pieces, strict=True):
        box.held[number] = b"###" + piece
        strand.add(number, 3, len(piece))
    return strand


def test_a_message_is_found_in_the_pieces_that_brought_it() -> None:
    strand = filled([b"hello", b" wor", b"ld"])
    assert strand.read(3, 10) == b"lo world"[:7]
    assert strand.packets(3, 10) == [1, 2, 3]
    assert strand.packets(5, 9) == [2]
    assert [tuple(one) for one in strand.stretches(4, 6)] == [(4, 5, 1, 7), (5, 6, 2, 3)]
    assert strand.read(0, 1000) == b"hello world"
    assert strand.packets(50, 60) == []


def test_what_is_missing_is_nowhere_and_reads_as_zeros() -> None:
    strand = filled([b"ab"])
    strand.miss(3)
    assert (strand.size, strand.read(0, 5), strand.packets(0, 5)) == (5, b"ab\0\0\0", [1])
    assert [one.carrier for one in strand.stretches(0, 5)] == [1, NOWHERE]


def test_what_came_out_of_order_is_found_by_its_carrier() -> None:
    strand = filled([b"ab", b"cd", b"ef"], numbers=[1, 5, 3])
    assert [tuple(one) for one in strand.carried(5)] == [(2, 4, 5, 3)]
    assert [tuple(one) for one in strand.carried(3)] == [(4, 6, 3, 3)]
    assert strand.carried(4) == []
    assert strand.packets(0, 6) == [1, 5, 3]


def test_a_credential_stays_hidden_however_it_is_asked_for() -> None:
    strand = filled([b"xyzaei", b"oubcd"], Vowels())
    assert strand.read(0, 11) == b"xyz*****bcd"
    assert strand.read(4, 7) == b"***"
    assert strand.hide(b"aeioub", 3) == b"*****b"
    assert strand.secrets(0, 11) == [(3, 6), (6, 8)]
    assert strand.masked and not filled([b"a"]).masked


@given(st.lists(st.text("abcdefxyz*", min_size=1, max_size=600), min_size=1, max_size=8), st.data())
def test_any_part_of_any_split_is_the_masked_part(texts: list[str], data: st.DataObject) -> None:
    pieces = [text.encode() for text in texts]
    whole = Vowels().hide(Role.CLIENT, b"".join(pieces))
    strand = filled(pieces, Vowels())
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, len(whole)))
    assert strand.read(start, stop) == whole[start:stop]
