"""Telnet as it passes: negotiation in words, and what is typed and shown line by line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from portside.interfaces import Role
from portside.protocols.explaining import LONGEST_TITLE, Expected, Fact, Said, Switch
from portside.protocols.telnet.explain.directions import Seen
from portside.protocols.telnet.explain.lines import Lines
from portside.protocols.telnet.explain.masking import LINE_ENDS, TYPED, TelnetMask, both_directions
from portside.protocols.telnet.explain.meanings import COMMANDS, SAID, command_name, option_name
from portside.protocols.telnet.explain.secrecy import Secrecy
from portside.protocols.telnet.explain.words import told
from portside.protocols.telnet.messages import Option, Verb
from portside.protocols.telnet.syntax.scanning import Command, Ending, Request, Run, Subnegotiation

_OTHER = {Role.CLIENT: Role.SERVER, Role.SERVER: Role.CLIENT}
_ASKABLE = frozenset({Option.TTYPE, Option.TSPEED, Option.STATUS, Option.NEW_ENVIRON, Option.CHARSET})
"""Options that know a question (their first byte is 1) and its answer."""
UNREADABLE = "compressed bytes that cannot be read"
_QUESTION = b"\x01"
_YES = frozenset({Verb.WILL, Verb.DO})


class TelnetReader:
    """See ``portside.protocols.explaining.Explainer``."""

    __slots__ = ("_asked", "_directions", "_growing", "_lines", "_secrecy")

    def __init__(self) -> None:
        self._directions = both_directions()
        self._secrecy = Secrecy()
        self._lines = {role: Lines(role) for role in Role}
        self._asked: dict[tuple[Role, int, str], Said] = {}  # by who is to act, the option, and the kind
        self._growing: dict[Role, Said | None] = dict.fromkeys(Role)

    @property
    def switch(self) -> Switch | None:
        return None

    @property
    def expected(self) -> Sequence[Expected]:
        return ()

    def read(self, role: Role, data: bytes) -> Sequence[Said]:
        found: list[Said] = []
        for seen in self._directions[role].take(data):
            self._end_growing(role, seen)
            found += self._see(role, seen)
        growing = self._growing[role]
        if growing is not None:
            growing.stop = self._directions[role].at
        return found

    def _see(self, role: Role, seen: Seen) -> Sequence[Said]:
        token = seen.token
        if isinstance(token, Run):
            return self._read_data(role, token.data, seen)
        self._lines[role].close()
        if token is None:
            return self._read_unreadable(role, seen)
        self._secrecy.hear(role, token)
        said = Said(role, "", "", seen.start, seen.stop, complete=True)
        if isinstance(token, Request):
            self._tell_request(said, token)
        elif isinstance(token, Command):
            self._tell(said, "signal", f"{role.value}: {command_name(token.code)}", command=_command(token))
        else:
            self._tell_subnegotiation(said, token)
        if seen.compressed:
            said.facts = {**said.facts, "compressed": 1}
        return (said,)

    # --------------------------------------------------------------------------------------------------- data

    def _read_data(self, role: Role, data: bytes, seen: Seen) -> Sequence[Said]:
        lines, compressed = self._lines[role], seen.compressed
        if role is Role.SERVER:
            self._secrecy.hear_server(data)
            return lines.take(data, seen.start, seen.stop, compressed=compressed)
        found: list[Said] = []
        at = seen.start
        for line in TYPED.findall(data):
            if not line:
                continue
            stop = at + len(line) + line.count(b"\xff")
            found += lines.take(line, at, stop, secret=self._secrecy.hides)
            if line.endswith(LINE_ENDS):
                self._secrecy.hear_line_end()
            at = stop
        return found

    def _read_unreadable(self, role: Role, seen: Seen) -> Sequence[Said]:
        """What should be compressed is not, or its beginning was not captured."""
        self._secrecy.missed(role)
        growing = self._growing[role]
        if growing is not None:
            growing.stop = seen.stop
            return ()
        said = Said(
            role, "data", "compressed bytes that cannot be read", seen.start, seen.stop, facts={"compressed": 1}
        )
        self._growing[role] = said
        return (said,)

    def _end_growing(self, role: Role, seen: Seen) -> None:
        growing = self._growing[role]
        if growing is not None and seen.token is not None:
            growing.stop, growing.complete = seen.start, True
            self._growing[role] = None

    # ----------------------------------------------------------------------------------------------- commands

    def _tell_request(self, said: Said, request: Request) -> None:
        name = option_name(request.option)
        acts = said.role if request.verb in (Verb.WILL, Verb.WONT) else _OTHER[said.role]
        asked = self._asked.pop((acts, request.option, "request"), None)
        title = f"{said.role.value} {SAID[request.verb]} {name}"
        if asked is not None and asked.role is not said.role:
            said.answers = asked
            agreed = (Verb[str(asked.facts["command"])] in _YES) is (request.verb in _YES)
            title += " (agreed)" if agreed else " (refused)"
        else:
            self._asked[acts, request.option, "request"] = said
        self._tell(said, "negotiation", title, command=request.verb.name, option=name)

    def _tell_subnegotiation(self, said: Said, token: Subnegotiation) -> None:
        option = token.option
        name = option_name(option)
        self._tell(said, "subnegotiation", f"{said.role.value}: {told(token)}", command="SB", option=name)
        if option in _ASKABLE and token.payload[:1] == _QUESTION:
            self._asked[said.role, option, "question"] = said
        elif option in _ASKABLE:
            said.answers = self._asked.pop((_OTHER[said.role], option, "question"), None)
        if token.ending is not Ending.WHOLE:
            said.complete = False
            said.notes = ("it is too long",) if token.ending is Ending.TOO_LONG else ("it broke off",)
        if token.ending is Ending.TOO_LONG:
            self._growing[said.role] = said

    @staticmethod
    def _tell(said: Said, kind: str, title: str, **facts: Fact) -> None:
        said.kind, said.title, said.facts = kind, title[:LONGEST_TITLE], facts

    # --------------------------------------------------------------------------------------------- holes, end

    def missed(self, role: Role, count: int) -> Sequence[Said]:
        self._directions[role].missed(count)
        self._lines[role].missed(count)
        self._growing[role] = None
        self._secrecy.missed(role)
        return ()

    def ended(self, role: Role) -> Sequence[Said]:
        self._lines[role].close()
        direction = self._directions[role]
        growing, self._growing[role] = self._growing[role], None
        if growing is not None or direction.between:
            return ()
        said = Said(role, "command", f"{role.value}: a command that broke off", direction.begun, direction.at)
        said.notes = ("it was cut short",)
        return (said,)

    def mask_from_here(self) -> Callable[[], TelnetMask] | None:
        copies = {role: direction.copy() for role, direction in self._directions.items()}
        if None in copies.values():
            return None
        return partial(TelnetMask.after, copies, self._secrecy.copy())


def _command(token: Command) -> str:
    known = COMMANDS.get(token.code)
    return str(token.code) if known is None else known.name
