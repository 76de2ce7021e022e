"""Hiding credentials in HTTP as it passes: equal length, any split, nothing held back.

What has to be hidden stands in lines: fields that carry a login, cookies, tokens in a request's target. A line's name
comes before its value, so by the time that a secret begins it is known to be one, even where the line comes byte by
byte. Bodies are left alone, but for forms; so the framing is followed. Where it is lost, lines are lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from portside.interfaces import Role
from portside.protocols.explaining import ALL
from portside.protocols.http.explain.credentials import (
    hide_line,
    hide_parameter,
    secret_field,
    starred,
    suspect,
    suspect_fields,
)
from portside.protocols.http.explain.direction import Kind, State
from portside.protocols.http.explain.framing import Framing
from portside.protocols.http.explain.http2 import BothFrames
from portside.protocols.http.explain.multipart import MultipartMask
from portside.syntax.recall import Recall

HIDDEN = b"*"
LONGEST_LINE = 16 * 1024
"""Bytes of an unfinished line that are looked at again with each further byte; beyond them, all of it is hidden."""

WINDOW = 4096
"""Bytes of what may be no line that are looked at together."""
KEPT = 64
"""Those of them that the next window begins with: names are shorter."""
LONGEST_REMEMBERED = 4096
"""Bytes of a message that is known again when it comes again."""
MOST_REMEMBERED = 1024
_BODILESS = (b"HEAD", b"CONNECT")
"""Requests whose answers are framed in another way than their heads say (RFC 9112 §6.3)."""
_harmless_messages: dict[Role, Recall[bytes, bytes]] = {role: Recall(MOST_REMEMBERED) for role in Role}
"""Whole messages without secrets, and a request's method: programs say the same ones again and again."""
_FORM = re.compile(
    rb"\ncontent-type[ \t]*:[ \t]*(?:application/x-www-form-urlencoded|(multipart/form-data))", re.IGNORECASE
)


class Parts:
    """A row of parts that end with ``separator``, each hidden by ``hide`` as far as it has come.

    Beyond ``LONGEST_LINE`` bytes all of a part is hidden. Where parts may be ``endless``, since nobody knows whether
    they are lines at all, it is looked at in windows instead.
    """

    __slots__ = ("_begun", "_endless", "_fold", "_folding", "_hide", "_rest", "_secret", "_separator")

    def __init__(
        self, separator: bytes, hide: Callable[[bytes], bytes], *, folding: bool = False, endless: bool = False
    ) -> None:
        self._separator = separator
        self._hide = hide
        self._folding = folding
        self._endless = endless
        self.reset()

    def reset(self) -> None:
        """What comes next begins a part."""
        self._begun = b""
        self._secret = False
        self._fold = False
        self._rest = 0

    def missed(self) -> None:
        """What comes next may be the end of a credential; in a row of endless parts, so many bytes at most."""
        self.reset()
        self._rest = LONGEST_LINE if self._endless else ALL
        self._secret = self._folding

    @property
    def hiding(self) -> bool:
        """Whether what comes next is hidden, whatever it is."""
        return self._rest > 0 or self._secret or self._fold

    def copy(self) -> Parts:
        """Another one that goes on from here."""
        other = Parts(self._separator, self._hide, folding=self._folding, endless=self._endless)
        other._begun, other._secret, other._fold, other._rest = self._begun, self._secret, self._fold, self._rest
        return other

    def take(self, data: bytes) -> bytes:
        """The next bytes, hidden."""
        shown = []
        start = 0
        while start < len(data):
            end = data.find(self._separator, start) + 1
            stop = end or len(data)
            if self._endless:
                room = start + (self._rest or WINDOW - len(self._begun))
                if room < stop:
                    stop, end = room, 0
            shown.append(self._take(data[start:stop], bool(end)))
            start = stop
        return b"".join(shown)

    def pass_harmless(self, data: bytes) -> bool:
        """Whether nothing of ``data`` is hidden, as is told at a glance; then it has been taken."""
        last = data.rfind(self._separator) + 1
        if self.hiding or len(self._begun) + len(data) - last >= WINDOW or suspect_fields(self._begun + data):
            return False
        self._begun = data[last:] if last else self._begun + data
        return True

    def _take(self, part: bytes, ends: bool) -> bytes:
        if self._rest:
            return self._take_rest(part, ends)
        before = len(self._begun)
        begun = self._begun + part
        self._begun = begun
        if before > LONGEST_LINE:
            hidden = starred(part, 0, len(part))
            self._begun = begun[:before]
        elif self._folding and self._secret and begun[:1] in (b" ", b"\t"):  # RFC 9112 §5.2: the line above goes on
            hidden = starred(part, 0, len(part))
            self._fold = True
        else:
            hidden = self._hide(begun)[before:]
        if ends:
            self._secret = self._folding and (self._fold or secret_field(begun))
            self._fold = False
            self._begun = b""
        elif self._endless and len(begun) >= WINDOW:
            self._slide(begun, hidden)
        return hidden

    def _slide(self, begun: bytes, hidden: bytes) -> None:
        """A window is full: what it ends with decides how the next one begins."""
        if hidden.rstrip(b"\r")[-1:] in (b"", HIDDEN):
            self._rest = ALL
            self._begun = b""
        else:
            self._begun = b"\0" + begun[-KEPT:]  # no name of a field begins there

    def _take_rest(self, part: bytes, ends: bool) -> bytes:
        self._rest = 0 if ends else max(0, self._rest - len(part))
        separator = len(self._separator) if ends else 0
        return starred(part, 0, len(part) - separator) if part else part


class HttpMask:
    """See ``portside.protocols.explaining.Mask``."""

    __slots__ = ("_at", "_forms", "_framing", "_in_form", "_inside", "_lines", "_opening")

    def __init__(self, asked: Sequence[bytes] = ()) -> None:
        """``asked``: methods of requests that were said before, and whose answers are to come."""
        self._framing = Framing(asked)
        self._at = dict.fromkeys(Role, 0)
        self._lines = {role: Parts(b"\n", hide_line, folding=True) for role in Role}
        self._forms: dict[Role, Parts | MultipartMask] = {}
        self._in_form = dict.fromkeys(Role, False)
        self._opening: BothFrames | None = BothFrames()
        self._inside: BothFrames | None = None

    def hide(self, role: Role, data: bytes) -> bytes:
        """The next bytes of ``role``, as long as they were."""
        if self._opening is not None:
            frames = self._opening.hide(role, data)
            if frames is not None:
                return frames
            if self._opening.refuted:
                self._opening = None
        framing = self._framing
        direction = framing.direction(role)
        base = self._at[role]
        self._at[role] = base + len(data)
        idle = direction.idle
        asked = framing.asked()
        if idle:
            method = _harmless_messages[role].known.get(data)
            if method is not None and (role is Role.CLIENT or asked not in _BODILESS):
                framing.passed(role, len(data), method)
                return data
        if direction.state is State.SWITCHED:
            return self._beyond(role, data)
        whole = direction.at == base and not self._in_form[role] and not self._lines[role].hiding
        pieces = framing.read(role, data)
        if whole and direction.at == base + len(data) and all(_harmless(piece, data, base) for piece in pieces):
            self._lines[role].reset()
            if idle and direction.idle and len(data) <= LONGEST_REMEMBERED:
                self._remember(role, data, asked, pieces)
            return data
        return self._by_pieces(role, data, base, pieces)

    @staticmethod
    def _remember(role: Role, data: bytes, asked: bytes, pieces: list[tuple[Kind, int, int, bytes]]) -> None:
        """``data`` is one or more whole messages; if one that hides nothing, it need not be looked at again."""
        heads = [head for kind, _, _, head in pieces if kind is Kind.HEAD]
        if len(heads) == 1 and pieces[0][0] is Kind.HEAD and pieces[-1][0] is Kind.END:
            if role is Role.CLIENT:
                _harmless_messages[role].keep(data, heads[0][: heads[0].find(b" ")])
            elif asked not in _BODILESS and heads[0][9:10] != b"1":
                _harmless_messages[role].keep(data, b"")

    def missed(self, role: Role, count: int) -> None:
        """``count`` bytes of ``role`` will never come."""
        if self._opening is not None:
            self._opening.missed(role)
        direction = self._framing.direction(role)
        if direction.state is State.SWITCHED and not self.harmless(role):
            self._frames_inside().missed(role)
        self._framing.miss(role, count)
        self._at[role] += count
        self._lines[role].reset()
        if direction.state is State.LOST:
            self._lines[role].missed()
            self._in_form[role] = False
        elif self._in_form[role]:
            self._forms[role].missed()

    def harmless(self, role: Role) -> int:
        """How many of the next bytes of ``role`` are shown as they are, whatever they are."""
        if self._in_form[role] or (self._opening is not None and not self._opening.refuted_for(role)):
            return 0
        direction = self._framing.direction(role)
        if direction.state is State.SWITCHED and not self._frames_inside().refuted_for(role):
            return 0
        return direction.left

    def _beyond(self, role: Role, data: bytes) -> bytes:
        """What is said behind a switch: it may be HTTP/2 (RFC 7540 §3.2); nothing else is known of it here."""
        frames = self._frames_inside().hide(role, data)
        return data if frames is None else frames

    def _frames_inside(self) -> BothFrames:
        if self._inside is None:
            self._inside = BothFrames()
        return self._inside

    def _by_pieces(self, role: Role, data: bytes, base: int, pieces: list[tuple[Kind, int, int, bytes]]) -> bytes:
        shown = []
        done = base
        for kind, start, stop, head in pieces:
            if stop > done:
                shown.append(self._piece(role, kind, data[max(start, done) - base : stop - base]))
                done = stop
            if kind is Kind.HEAD:
                self._begin_body(role, head)
                self._lines[role].reset()
            elif kind is Kind.END:
                self._in_form[role] = False
        rest = data[done - base :]
        if rest:
            switched = self._framing.direction(role).state is State.SWITCHED
            shown.append(self._beyond(role, rest) if switched else self._lines[role].take(rest))
        hidden = b"".join(shown)
        return data if hidden == data else hidden

    def _begin_body(self, role: Role, head: bytes) -> None:
        form = _FORM.search(head)
        self._in_form[role] = form is not None
        if form is not None:
            self._forms[role] = MultipartMask(head) if form[1] else Parts(b"&", hide_parameter)

    def _piece(self, role: Role, kind: Kind, data: bytes) -> bytes:
        if kind is not Kind.BODY:
            return self._lines[role].take(data)
        self._lines[role].reset()
        return self._forms[role].take(data) if self._in_form[role] else data


def _harmless(piece: tuple[Kind, int, int, bytes], data: bytes, base: int) -> bool:
    """Whether nothing has to be hidden in a piece of ``data``, which begins at offset ``base``."""
    kind, start, stop, head = piece
    if kind is Kind.HEAD or kind is Kind.TRAILER:
        return not (suspect if kind is Kind.HEAD else suspect_fields)(head) and _FORM.search(head) is None
    if kind is Kind.BETWEEN:  # a chunk's extension without a value
        return data.find(b"=", start - base, stop - base) < 0 and data.find(b":", start - base, stop - base) < 0
    return kind is Kind.BODY or kind is Kind.END
