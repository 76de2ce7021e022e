"""Commands and replies of a control connection as they pass, and what its data connections carry."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence

from portside.errors import RemoteError
from portside.interfaces import Address, Role
from portside.protocols.explaining import LONGEST_TITLE, NO_FACTS, Expected, Fact, NoMask, Said, Switch
from portside.protocols.ftp.explain.masking import SECRET, FtpMask
from portside.protocols.ftp.messages import Command
from portside.protocols.ftp.syntax.addresses import parse_eprt, parse_epsv, parse_pasv, parse_port
from portside.protocols.ftp.syntax.commands import DATA_VERBS, TABLE, row_of
from portside.protocols.ftp.syntax.lines import decode, is_last, parse_command

LONGEST_LINE = 16 * 1024
"""Bytes after which a line is taken for one although it has no end."""
LONGEST_REPLY = 1024 * 1024
"""Bytes after which a reply is taken for whole although its last line has not come."""
MOST_ASKED = 1024
"""Commands that wait for their replies; the oldest is forgotten."""

SHARED = {"AUTH", "HELP", "HOST", "NOOP", "PASS", "QUIT", "STAT", "USER"}
"""Verbs by which FTP can't be told from SMTP, POP3, IRC and others."""
_COMMAND = re.compile(rb"([A-Za-z]{3,4})(?:[ \r\n]|\Z)")
_GREETING = re.compile(rb"220[ -]")


def recognises(role: Role | None, data: bytes) -> bool:
    """A server's greeting, unless it speaks of mail, or a client's command that nobody else has."""
    if role is not Role.CLIENT and _GREETING.match(data):
        return b"SMTP" not in data.upper()
    if role is Role.SERVER:
        return False
    found = _COMMAND.match(data)
    return found is not None and decode(found[1]).upper() in TABLE.keys() - SHARED


class _Growing:
    """A message of one direction that is not whole yet: its first line, and the one that comes in now."""

    __slots__ = ("code", "first", "line", "lines", "lost", "size", "start")

    def __init__(self, start: int = 0) -> None:
        self.start = start
        self.first = b""
        self.line = b""
        self.lines = 0
        self.code = b""
        self.size = 0
        self.lost = 0

    def end_line(self) -> None:
        """The line that comes in has ended."""
        self.lines += 1
        if self.lines == 1:
            self.first = self.line


class FtpReader:
    """See ``portside.protocols.explaining.Explainer``; of a control connection."""

    def __init__(self) -> None:
        self._open = {role: _Growing() for role in Role}
        self._offsets = dict.fromkeys(Role, 0)
        self._asked: deque[tuple[Said, Command | None]] = deque(maxlen=MOST_ASKED)
        self._switch: Switch | None = None
        self._expected: list[Expected] = []
        self._meeting = Meeting()

    @property
    def switch(self) -> Switch | None:
        return self._switch

    @property
    def expected(self) -> Sequence[Expected]:
        return self._expected

    def read(self, role: Role, data: bytes) -> Sequence[Said]:
        self._expected = []
        if self._switch is not None:
            return ()
        found: list[Said] = []
        for piece in data.splitlines(keepends=True):
            said = self._add(role, piece)
            if said is not None:
                found.append(said)
            if self._switch is not None:
                break
        return found

    def _add(self, role: Role, piece: bytes) -> Said | None:
        """One more piece of a line; the message that ends with it, if one does."""
        growing = self._open[role]
        self._offsets[role] += len(piece)
        growing.line += piece
        growing.size += len(piece)
        if not piece.endswith(b"\n") and len(growing.line) < LONGEST_LINE:
            return None
        growing.end_line()
        if role is Role.SERVER and not self._ends_reply(growing):
            return None
        return self._finish(role, growing, complete=True)

    def _ends_reply(self, growing: _Growing) -> bool:
        """Whether a reply ends with the line that just has."""
        line, growing.line = growing.line.rstrip(b"\r\n"), b""
        if growing.code:
            return is_last(line, growing.code) or growing.size >= LONGEST_REPLY
        if line[3:4] == b"-" and line[:3].isdigit():
            growing.code = line[:3]
            return False
        return True

    def _finish(self, role: Role, growing: _Growing, *, complete: bool) -> Said:
        if growing.line and not growing.first:
            growing.first = growing.line
        said = (self._command if role is Role.CLIENT else self._reply)(growing, complete)
        if growing.lost:
            said.notes = (f"{growing.lost:,} bytes were not captured",)
        self._open[role] = _Growing(self._offsets[role])
        return said

    # ------------------------------------------------------------------------------------------ messages

    def _command(self, growing: _Growing, complete: bool) -> Said:
        stop = growing.start + growing.size
        command = _parsed(growing.first)
        if command is None:
            said = Said(Role.CLIENT, "command", _title(growing), growing.start, stop, complete)
        else:
            hidden = bool(SECRET.match(str(command).encode("utf-8", "replace")))
            shown = f"{command.verb} ****" if hidden else str(command)
            facts: dict[str, Fact] = {"command": command.verb}
            if not hidden and command.argument:
                facts["argument"] = command.argument[:LONGEST_TITLE]
            said = Said(Role.CLIENT, "command", shown[:LONGEST_TITLE], growing.start, stop, complete, facts)
            self._meeting.heard(command)
            self._announce(command)
        self._asked.append((said, command))
        return said

    def _reply(self, growing: _Growing, complete: bool) -> Said:
        stop = growing.start + growing.size
        code = growing.first[:3]
        said = Said(Role.SERVER, "reply", _title(growing), growing.start, stop, complete)
        if not code.isdigit():
            return said
        status = int(code)
        said.facts = {"status": status}
        if self._asked:
            asked, command = self._asked[0] if status < 200 else self._asked.popleft()
            said.answers = asked
            self._meet(status, growing.first, command, stop)
        return said

    def _meet(self, status: int, line: bytes, command: Command | None, stop: int) -> None:
        """What a reply says of connections: where the server listens, or that TLS begins."""
        verb = "" if command is None else command.verb
        if status == 234 and verb == "AUTH":
            self._switch = Switch(self._offsets[Role.CLIENT], stop, "tls", "ftp")
        elif status in (227, 229):
            text = decode(line)
            try:
                address = parse_pasv(text) if status == 227 else Address("", parse_epsv(text))
            except RemoteError:
                return
            self._expect(Role.SERVER, address)

    def _announce(self, command: Command) -> None:
        """What a command says of connections: where the client listens."""
        parse: Callable[[str], Address] | None = {"PORT": parse_port, "EPRT": parse_eprt}.get(command.verb)
        if parse is not None:
            try:
                self._expect(Role.CLIENT, parse(command.argument))
            except RemoteError:
                return

    def _expect(self, listener: Role, address: Address) -> None:
        meeting = self._meeting
        self._expected.append(Expected(listener, address.host, address.port, lambda: DataReader(meeting), NoMask))

    # ------------------------------------------------------------------------------------------ the rest

    def missed(self, role: Role, count: int) -> Sequence[Said]:
        self._expected = []
        self._offsets[role] += count
        growing = self._open[role]
        if growing.size:
            growing.size += count
            growing.lost += count
        else:
            growing.start = self._offsets[role]
        return ()

    def ended(self, role: Role) -> Sequence[Said]:
        self._expected = []
        growing = self._open[role]
        return (self._finish(role, growing, complete=False),) if growing.size and self._switch is None else ()

    def mask_from_here(self) -> Callable[[], FtpMask] | None:
        """A mask knows nothing beyond the lines that are open, and who has asked for TLS."""
        waits = any(command is not None and command.verb == "AUTH" for _, command in self._asked)
        between = not any(growing.size for growing in self._open.values())
        return FtpMask if between and not waits and self._switch is None else None


def _parsed(part: bytes) -> Command | None:
    try:
        return parse_command(part.rstrip(b"\r\n").lstrip(b" "))
    except RemoteError:
        return None


def _title(growing: _Growing) -> str:
    """The first line of a reply; of what is no command, what can be shown without fear."""
    first = growing.first.rstrip(b"\r\n")
    found = SECRET.match(first)
    text = decode(first) if found is None else decode(first[: found.end()]) + "****"
    if text[3:4] == "-" and text[:3].isdigit():
        text = f"{text[:3]} {text[4:]}"
    more = f" (+{growing.lines - 1} lines)" if growing.lines > 1 else ""
    return text[: LONGEST_TITLE - len(more)] + more


# --------------------------------------------------------------------------------------------------- data


class Meeting:
    """What the control connection has said last about data: the readers of data connections look here."""

    __slots__ = ("command", "mode")

    def __init__(self) -> None:
        self.command: Command | None = None
        self.mode = "S"

    def heard(self, command: Command) -> None:
        """The client has said ``command``."""
        row = row_of(command.verb)
        if row is not None and row.verb in DATA_VERBS:
            self.command = command
        elif command.verb == "MODE":
            self.mode = command.argument.strip().upper()


class DataReader:
    """What one data connection carries: one message in each direction, in which a file or a listing travels."""

    __slots__ = ("_begun", "_meeting", "_offsets")

    def __init__(self, meeting: Meeting) -> None:
        self._meeting = meeting
        self._offsets = dict.fromkeys(Role, 0)
        self._begun: dict[Role, Said | None] = dict.fromkeys(Role)

    @property
    def switch(self) -> Switch | None:
        return None

    @property
    def expected(self) -> Sequence[Expected]:
        return ()

    def read(self, role: Role, data: bytes) -> Sequence[Said]:
        return self._grow(role, len(data))

    def _grow(self, role: Role, count: int) -> Sequence[Said]:
        begin = self._offsets[role]
        self._offsets[role] = stop = begin + count
        said = self._begun[role]
        if said is not None:
            said.stop = stop
            return ()
        command = self._meeting.command
        title = "data" if command is None else f"data of {command}"
        facts = NO_FACTS if command is None else {"command": command.verb, "argument": command.argument}
        if self._meeting.mode == "Z":
            facts = {**facts, "mode": "Z"}
        self._begun[role] = said = Said(role, "data", title[:LONGEST_TITLE], begin, stop, facts=facts)
        return (said,)

    def missed(self, role: Role, count: int) -> Sequence[Said]:
        found = self._grow(role, count)
        said = self._begun[role]
        if said is not None:
            said.notes = (*said.notes[:3], f"{count:,} bytes were not captured")
        return found

    def ended(self, role: Role) -> Sequence[Said]:
        said = self._begun[role]
        if said is not None:
            said.complete = True
        return ()

    def mask_from_here(self) -> Callable[[], NoMask] | None:
        return NoMask
