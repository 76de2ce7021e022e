"""Pieces of no known line, as a passive reader tells them."""

from __future__ import annotations

from portside.interfaces import Role
from portside.protocols.explaining import Said
from portside.protocols.pieces import Fragments, Piece

CLIENT, SERVER = Role.CLIENT, Role.SERVER


def added(fragments: Fragments, *pieces: tuple[Role, Piece]) -> list[Said]:
    found: list[Said] = []
    for role, piece in pieces:
        fragments.add(role, piece, found)
    return found


def test_what_follows_a_piece_up_to_the_end_of_the_line_belongs_to_it() -> None:
    fragments = Fragments()
    one, other = added(
        fragments,
        (CLIENT, Piece(5, b"ab", False)),
        (CLIENT, Piece(7, b"c\n", False)),
        (CLIENT, Piece(9, b"d", False)),
    )
    assert (one.start, one.stop, one.complete) == (5, 9, True)
    assert (other.start, other.stop, other.complete) == (9, 10, False)


def test_each_direction_has_its_own() -> None:
    found = added(Fragments(), (CLIENT, Piece(0, b"a", False)), (SERVER, Piece(1, b"b", False)))
    assert [(said.role, said.start, said.stop) for said in found] == [(CLIENT, 0, 1), (SERVER, 1, 2)]


def test_a_hole_or_an_end_in_between_begins_another_one() -> None:
    fragments = Fragments()
    assert fragments.begins(CLIENT, Piece(0, b"a", False))
    added(fragments, (CLIENT, Piece(0, b"a", False)))
    assert not fragments.begins(CLIENT, Piece(1, b"b", False))
    assert fragments.begins(CLIENT, Piece(2, b"b", False))
    fragments.close(CLIENT)
    assert fragments.begins(CLIENT, Piece(1, b"b", False))
