"""Hiding credentials in Telnet as it passes: what is typed where a password is asked for, and what is told of one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from portside.interfaces import Role
from portside.protocols.telnet.explain.directions import Direction, Seen
from portside.protocols.telnet.explain.payloads import PayloadMask
from portside.protocols.telnet.explain.secrecy import Secrecy
from portside.protocols.telnet.syntax.scanning import Run

TYPED = re.compile(rb"[^\r\n]*+(?:(?:\r\0|[\r\n])++|\Z)")
"""A line that somebody types, with its end."""
LINE_ENDS = (b"\r", b"\n", b"\r\0")
_SHOWN = b"\r\n\0\xff"
"""What of a secret line is no secret: its end, and IAC, which keeps the framing."""
STARS = bytes(byte if byte in _SHOWN else 42 for byte in range(256))


class TelnetMask:
    """See ``portside.protocols.explaining.Mask``."""

    __slots__ = ("_directions", "_payloads", "_secrecy")

    def __init__(self) -> None:
        self._directions = both_directions()
        self._secrecy = Secrecy()
        self._payloads = {role: PayloadMask() for role in Role}

    @classmethod
    def after(cls, directions: Mapping[Role, Direction | None], secrecy: Secrecy) -> TelnetMask:
        """One that has seen all that these have seen, which stay as they are. They are between two commands."""
        mask = cls()
        for role, direction in directions.items():
            copy = None if direction is None else direction.copy()
            assert copy is not None, "a mask begins between two commands"
            mask._directions[role] = copy
        mask._secrecy = secrecy.copy()
        return mask

    def hide(self, role: Role, data: bytes) -> bytes:
        direction = self._directions[role]
        if role is Role.SERVER and direction.pass_plain(data):
            self._secrecy.hear_server(data)
            return data
        base, shown = direction.at, []
        done = base
        payload = self._payloads[role]
        for seen in direction.take(data):
            if seen.start > done:  # the rest of a subnegotiation that is too long to be kept
                shown.append(payload.hide(data[done - base : seen.start - base]))
                done = seen.start
            if seen.stop > done:
                shown.append(self._hide_seen(role, seen, data[done - base : seen.stop - base]))
                done = seen.stop
            self._hear(role, seen)
        rest = data[done - base :]
        if rest:
            shown.append(payload.hide(rest) if direction.plain else rest)
        hidden = b"".join(shown)
        return data if hidden == data else hidden

    def _hide_seen(self, role: Role, seen: Seen, raw: bytes) -> bytes:
        if seen.compressed or seen.token is None:
            return raw
        if not isinstance(seen.token, Run):
            return self._payloads[role].hide(raw)
        self._payloads[role].reset()  # an IAC before it was data
        return self._hide_typed(raw) if role is Role.CLIENT else raw

    def _hide_typed(self, raw: bytes) -> bytes:
        secrecy, shown = self._secrecy, []
        for line in TYPED.findall(raw):
            if line:
                shown.append(line.translate(STARS) if secrecy.hides else line)
                if line.endswith(LINE_ENDS):
                    secrecy.hear_line_end()
        return b"".join(shown)

    def _hear(self, role: Role, seen: Seen) -> None:
        if seen.token is None:
            self._secrecy.missed(role)
        else:
            self._secrecy.hear(role, seen.token)

    def missed(self, role: Role, count: int) -> None:
        self._directions[role].missed(count)
        self._payloads[role].reset()
        self._secrecy.missed(role)

    def harmless(self, role: Role) -> int:
        return 0


def both_directions() -> dict[Role, Direction]:
    """A conversation of which nothing was seen yet."""
    return {role: Direction(may_compress=role is Role.SERVER) for role in Role}
