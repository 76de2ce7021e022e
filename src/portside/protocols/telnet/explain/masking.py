"""Hiding credentials in Telnet as it passes: what is typed where a password is asked for, and what is told of one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from portside.interfaces import Role
from portside.protocols.telnet.explain.directions import Direction, Seen
from portside.protocols.telnet.explain.payloads import PayloadMask
from portside.protocols.telnet.explain.secrecy import Secrecy
from portside.protocols.telnet.syntax.scanning import Ending, Run, Subnegotiation

TYPED = re.compile(rb"[^\r\n]*+(?:(?:\r\0|[\r\n])++|\Z)")
"""A line that somebody types, with its end."""
LINE_END = frozenset(b"\r\n\0")
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
        for seen in direction.take(data):
            if seen.start > done:
                shown.append(self._hide_passed_over(role, data[done - base : seen.start - base]))
                done = seen.start
            if seen.stop > done:
                shown.append(self._hide_seen(role, seen, data[max(seen.start, done) - base : seen.stop - base]))
                done = seen.stop
            self._hear(role, seen)
        rest = data[done - base :]
        if rest:
            shown.append(rest if direction.between or not direction.plain else self._payloads[role].hide(rest))
        hidden = b"".join(shown)
        return data if hidden == data else hidden

    def _hide_passed_over(self, role: Role, raw: bytes) -> bytes:
        """The rest of a subnegotiation that is too long to be kept."""
        payload, self._payloads[role] = self._payloads[role], PayloadMask()
        return payload.hide(raw)

    def _hide_seen(self, role: Role, seen: Seen, raw: bytes) -> bytes:
        token = seen.token
        if seen.compressed or token is None:
            return raw
        payload = self._payloads[role]
        if not isinstance(token, Subnegotiation) or token.ending is not Ending.TOO_LONG:
            self._payloads[role] = PayloadMask()
        if isinstance(token, Run):
            return self._hide_typed(raw) if role is Role.CLIENT else raw
        return payload.hide(raw) if isinstance(token, Subnegotiation) else raw

    def _hide_typed(self, raw: bytes) -> bytes:
        secrecy, shown = self._secrecy, []
        for line in TYPED.findall(raw):
            if line:
                shown.append(line.translate(STARS) if secrecy.hides else line)
                if line[-1] in LINE_END:
                    secrecy.hear_line_end()
        return b"".join(shown)

    def _hear(self, role: Role, seen: Seen) -> None:
        if seen.token is None:
            self._secrecy.missed(role)
        else:
            self._secrecy.hear(role, seen.token)

    def missed(self, role: Role, count: int) -> None:
        self._directions[role].missed(count)
        self._payloads[role] = PayloadMask()
        self._secrecy.missed(role)

    def harmless(self, role: Role) -> int:
        return 0


def both_directions() -> dict[Role, Direction]:
    """A conversation of which nothing was seen yet."""
    return {role: Direction(may_compress=role is Role.SERVER) for role in Role}
