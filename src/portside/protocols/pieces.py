"""Lines of one direction, as a passive reader has them who can refuse nothing: whole, or in pieces of no known line."""

from __future__ import annotations

from dataclasses import dataclass

from portside.interfaces import Role
from portside.protocols.explaining import Said


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes from ``start`` on. ``whole``: they are all of what was looked for (a line with its end, a content's rest);
    or they belong to something whose beginning or end nobody knows."""

    start: int
    data: bytes
    whole: bool

    @property
    def stop(self) -> int:
        """The offset behind the last byte."""
        return self.start + len(self.data)


class Fragments:
    """Pieces that are no whole line: what follows one up to its end belongs to it."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: dict[Role, Said | None] = dict.fromkeys(Role)

    def begins(self, role: Role, piece: Piece) -> bool:
        """Whether ``piece`` goes on with no other one."""
        return self._before(role, piece) is None

    def _before(self, role: Role, piece: Piece) -> Said | None:
        """What ``piece`` goes on with."""
        said = self._open[role]
        return said if said is not None and said.stop == piece.start else None

    def add(self, role: Role, piece: Piece, found: list[Said]) -> None:
        """It has come; one that begins is told in ``found``."""
        said = self._before(role, piece)
        if said is None:
            said = self._open[role] = Said(role, "unknown", "part of a line", piece.start, piece.stop)
            found.append(said)
        said.stop = piece.stop
        if piece.data.endswith(b"\n"):
            said.complete = True
            self._open[role] = None

    def close(self, role: Role) -> None:
        """What comes next goes on with none of them."""
        self._open[role] = None
