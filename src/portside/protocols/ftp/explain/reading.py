"""Commands and replies as they pass: where each begins and ends, which answers which, and what they announce.

A reply answers the first command that has none yet; a preliminary one (1yz) leaves it waiting. While data passes, STAT
and NOOP are answered before the transfer is (RFC 959 §4.1.3), by codes that no transfer ends with.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from portside.errors import RemoteError
from portside.interfaces import Address, Role
from portside.protocols.explaining import LONGEST_TITLE, Expected, NoMask, Said, Switch
from portside.protocols.ftp.explain.data import DataReader, Transfer
from portside.protocols.ftp.explain.masking import FtpMask, begins_tls, hide_line, holds_secret
from portside.protocols.ftp.explain.splitting import Lines, ReplyGroups
from portside.protocols.ftp.messages import Command
from portside.protocols.ftp.syntax.addresses import parse_epsv, parse_pasv
from portside.protocols.ftp.syntax.commands import DATA_VERBS, parse_argument, parse_number, row_of
from portside.protocols.ftp.syntax.lines import decode, undo_telnet
from portside.protocols.pieces import Fragments, Piece

MOST_ASKED = 1024
"""Commands that wait for their answer; the oldest is forgotten."""
LONGEST_FACT = 512
"""Characters of a fact at most."""
PASSIVE, EXTENDED_PASSIVE, TLS_ACCEPTED = 227, 229, 234
ASIDE = frozenset({200, 211, 212, 213, 214})
"""Codes by which a command is answered that came while data passes; no transfer ends with them."""

_COMMAND = re.compile(rb"([A-Za-z]{1,8})(?:[ \t]([^\r\n]*))?\r?\n?$")
_REPLY = re.compile(rb"([1-6][0-9]{2})([ -]?)([^\r\n]*)")
_FIRST = re.compile(rb"(?:220|120)(?=[ -])(?!.*[SL]MTP)[^\n]*\n?", re.IGNORECASE)
_MEETS = re.compile(rb"227 [^\n]*[0-9](?:,[0-9]{1,3}){5}|229 [^\n]*\(\|\|\|[0-9]{1,5}\|\)")
"""What nobody else answers, where the beginning was not captured."""
_OTHERS_TOO = frozenset({"HELP", "LIST", "MODE", "NOOP", "QUIT", "STAT"})
"""Commands that other protocols of lines begin with as well: they tell nothing."""


def recognises(role: Role | None, data: bytes) -> bool:
    """Whether a direction that begins with ``data`` speaks FTP: a greeting, or a command as programs write them."""
    if role is not Role.CLIENT and (_FIRST.match(data) or _MEETS.match(data)):
        return True
    if role is Role.SERVER or b"\r\n" not in data:
        return False
    line = data[: data.find(b"\r\n") + 2]
    found = _COMMAND.match(line)
    if found is None or found[1] != found[1].upper() or found[1].decode() in _OTHERS_TOO:
        return False
    return begins_tls(line) if found[1] == b"AUTH" else _is_sound(line)


def _is_sound(line: bytes) -> bool:
    verb, argument = _command(line)
    try:
        parse_argument(Command(verb, argument))
    except RemoteError:
        return False
    return True


def _command(line: bytes) -> tuple[str, str]:
    """Verb and argument of a line; both empty where it is no command."""
    found = _COMMAND.match(undo_telnet(line))
    return (found[1].decode().upper(), decode(found[2] or b"")) if found else ("", "")


@dataclass(slots=True, eq=False)
class _Asked:
    """A command that waits: ``begun`` once a preliminary reply has come."""

    said: Said
    verb: str
    transfer: Transfer | None = None
    begun: bool = False


class FtpReader:
    """See ``portside.protocols.explaining.Explainer``."""

    __slots__ = (
        "_asked", "_expected", "_first", "_fragments", "_groups", "_lines", "_packed", "_rest", "_switch", "_tls",
        "_transfer",
    )  # fmt: skip

    def __init__(self) -> None:
        self._lines = {role: Lines() for role in Role}
        self._fragments = Fragments()
        self._groups = ReplyGroups()
        self._first: Piece | None = None
        self._asked: deque[_Asked] = deque(maxlen=MOST_ASKED)
        self._expected: list[Expected] = []
        self._transfer = Transfer()
        self._packed = self._tls = False
        self._rest = 0
        self._switch: Switch | None = None

    @property
    def switch(self) -> Switch | None:
        return self._switch

    @property
    def expected(self) -> Sequence[Expected]:
        return self._expected

    def read(self, role: Role, data: bytes) -> Sequence[Said]:
        self._expected = []
        found: list[Said] = []
        if self._switch is not None:
            return found
        for piece in self._lines[role].read(data):
            self._take(role, piece, found)
            if self._switch is not None:
                break
        return found

    def _take(self, role: Role, piece: Piece, found: list[Said]) -> None:
        if not piece.whole:
            self._fragment(role, piece, found)
        elif role is Role.CLIENT:
            found.append(self._ask(piece))
        else:
            self._reply_line(piece, found)

    def _fragment(self, role: Role, piece: Piece, found: list[Said]) -> None:
        """Bytes that are no whole line."""
        if role is Role.SERVER and self._fragments.begins(role, piece):
            self._close_reply(found, piece.start)
        self._fragments.add(role, piece, found)

    # ---------------------------------------------------------------------------------------- commands

    def _ask(self, piece: Piece) -> Said:
        """A command, or a line that is none: the server answers that as well."""
        verb, argument = _command(piece.data)
        title = _shown(hide_line(piece.data))
        self._tls = verb == "AUTH" and begins_tls(piece.data)
        if not verb:
            said = Said(Role.CLIENT, "unknown", title or "an empty line", piece.start, piece.stop, True)
            self._asked.append(_Asked(said, ""))
            return said
        said = Said(Role.CLIENT, "command", title, piece.start, piece.stop, True, {"command": verb})
        if argument and not holds_secret(piece.data):
            said.facts["argument"] = _readable(argument)[:LONGEST_FACT]  # type: ignore[index]  # it is ours, and a dict
        row = row_of(verb)
        asked = _Asked(said, row.verb if row is not None else verb)
        self._asked.append(asked)
        self._follow(asked, argument)
        return said

    def _follow(self, asked: _Asked, argument: str) -> None:
        """What this command means for the connections and transfers to come."""
        verb = asked.verb
        if verb in ("PASV", "EPSV"):
            self._transfer = asked.transfer = Transfer()
        elif verb in ("PORT", "EPRT"):
            self._transfer = Transfer()
            self._listens_there(verb, argument)
        elif verb == "MODE":
            self._packed = argument.strip().upper() == "Z"
        elif verb == "REST":
            self._rest = _offset(argument)
        elif verb in DATA_VERBS:
            self._name(verb, argument, asked.said)

    def _listens_there(self, verb: str, argument: str) -> None:
        try:
            address = parse_argument(Command(verb, argument))[1]
        except RemoteError:
            return
        if isinstance(address, Address):
            self._expect(Role.CLIENT, address.host, address.port, self._transfer)

    def _name(self, verb: str, argument: str, said: Said) -> None:
        """The transfer that was announced last is this one."""
        transfer = self._transfer
        transfer.verb, transfer.command, transfer.path = verb, said.title, _readable(argument)
        transfer.offset, transfer.packed = self._rest, self._packed
        self._rest = 0

    def _expect(self, listener: Role, host: str, port: int, transfer: Transfer) -> None:
        self._expected.append(Expected(listener, host, port, partial(DataReader, transfer), NoMask))

    # ----------------------------------------------------------------------------------------- replies

    def _reply_line(self, piece: Piece, found: list[Said]) -> None:
        if self._first is None:
            self._first = piece
        if self._groups.ends(piece.data):
            first, self._first = self._first, None
            found.append(self._reply(first, piece.stop, self._groups.count))

    def _close_reply(self, found: list[Said], stop: int) -> None:
        """A reply whose last line never came."""
        first, self._first = self._first, None
        self._groups.lose()
        if first is not None:
            said = self._reply(first, stop, 1)
            said.complete, said.notes = False, ("its last line is missing",)
            found.append(said)

    def _reply(self, first: Piece, stop: int, lines: int) -> Said:
        parts = _REPLY.match(undo_telnet(first.data))
        if parts is None:
            note = ("this is no reply of FTP",)
            return Said(Role.SERVER, "unknown", _shown(first.data), first.start, stop, True, notes=note)
        code = int(parts[1])
        kind = "preliminary reply" if code < 200 else "reply"
        text = _readable(decode(parts[3]))
        more = f" (+{lines - 1} lines)" if lines > 1 else ""
        title = f"{code} {text}".rstrip()[: LONGEST_TITLE - len(more)] + more
        said = Said(Role.SERVER, kind, title, first.start, stop, True)
        said.facts = {"status": code, "text": text[:LONGEST_FACT]}
        asked = self._answered(code)
        if asked is not None:
            said.answers = asked.said
            said.facts["command"] = asked.verb
        self._heed(code, text, asked, stop)
        return said

    def _answered(self, code: int) -> _Asked | None:
        """The command that a reply with ``code`` answers."""
        if not self._asked:
            return None
        asked = self._asked[0]
        if asked.begun and code in ASIDE and len(self._asked) > 1:
            asked = self._asked[1]
        if code < 200:
            asked.begun = True
        else:
            self._asked.remove(asked)
        return asked

    def _heed(self, code: int, text: str, asked: _Asked | None, stop: int) -> None:
        """What this reply means for what comes."""
        if code in (PASSIVE, EXTENDED_PASSIVE):
            transfer = asked.transfer if asked is not None and asked.transfer is not None else self._transfer
            self._waits_there(code, text, transfer)
        elif code == TLS_ACCEPTED and asked is not None and asked.verb == "AUTH":
            self._switch = Switch(self._lines[Role.CLIENT].at, stop, "tls", "ftp")
        elif asked is not None and asked.verb == "MODE" and code >= 400:
            self._packed = False

    def _waits_there(self, code: int, text: str, transfer: Transfer) -> None:
        try:
            address = parse_pasv(text) if code == PASSIVE else Address("", parse_epsv(text))
        except RemoteError:
            return
        self._expect(Role.SERVER, address.host, address.port, transfer)

    # ------------------------------------------------------------------------------------ holes and ends

    def missed(self, role: Role, count: int) -> Sequence[Said]:
        self._expected = []
        found = self._broken(role)
        self._lines[role].miss(count)
        self._asked.clear()
        if role is Role.CLIENT:
            self._tls = False
        return found

    def ended(self, role: Role) -> Sequence[Said]:
        self._expected = []
        return self._broken(role)

    def _broken(self, role: Role) -> list[Said]:
        """What was begun and will have no end."""
        found: list[Said] = []
        if self._switch is not None:
            return found
        if role is Role.SERVER:
            self._close_reply(found, self._lines[role].at)
        rest = self._lines[role].rest()
        if rest is not None:
            self._fragment(role, rest, found)
        self._fragments.close(role)
        return found

    def mask_from_here(self) -> Callable[[], FtpMask] | None:
        between = self._groups.between and all(lines.between for lines in self._lines.values())
        return partial(FtpMask, asked=self._tls, started=True) if between and self._switch is None else None


def _offset(argument: str) -> int:
    try:
        return parse_number(argument)
    except RemoteError:
        return 0


def _shown(line: bytes) -> str:
    """A line as a title."""
    return " ".join(undo_telnet(line).decode("utf-8", "replace").split())[:LONGEST_TITLE]


def _readable(text: str) -> str:
    """``text`` with a sign in place of bytes that are no text."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
