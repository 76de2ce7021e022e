"""Commands, replies and contents as they pass: where each begins and ends, and which answers which."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

from portside.interfaces import Role
from portside.mail.fields import parse_header
from portside.protocols.explaining import LONGEST_TITLE, Expected, Fact, Said, Switch
from portside.protocols.pieces import Fragments, Piece
from portside.protocols.smtp.explain.dialogue import KEPT, LOST, Dialogue, Mode, parts_of
from portside.protocols.smtp.explain.masking import SmtpMask, hide_line
from portside.protocols.smtp.explain.splitting import Octets, code_of
from portside.protocols.smtp.syntax.addresses import is_domain
from portside.protocols.smtp.syntax.content import END, Unstuffer
from portside.protocols.smtp.syntax.lines import CHALLENGE

MOST_LINES = 10_000
"""Lines of one reply, after which the next line begins another one."""
LONGEST_FACT = 512
"""Characters of a fact at most."""
LONGEST_HEADER = 16 * 1024
"""Bytes of a content in which its subject is looked for."""
MOST_NOTES = 8
"""Notes of one message at most."""

_REPLY = re.compile(rb"([2-5][0-9]{2})[ -]?(?:([245]\.[0-9]{1,3}\.[0-9]{1,3})(?=[ \r\n]|$) ?)?([^\r\n]*)")
_SERVER = re.compile(rb"220[ -]|(?:421|554)[ -][^\n]*[SL]MTP", re.IGNORECASE)
_CLIENT = re.compile(rb"[ \t]*(?:EHLO|HELO|LHLO) +[^ \r\n]+[ \t]*\r\n|(?:MAIL FROM|RCPT TO):[ \t]*<", re.IGNORECASE)


def recognises(role: Role | None, data: bytes) -> bool:
    """Whether a direction that begins with ``data`` speaks SMTP: a greeting, or what a client says first.

    Other protocols greet with 220 as well: whoever asks several begins with the one that is usual at the port.
    """
    if role is not Role.CLIENT and _SERVER.match(data):
        return True
    return role is not Role.SERVER and _CLIENT.match(data) is not None


class SmtpReader:
    """See ``portside.protocols.explaining.Explainer``."""

    __slots__ = ("_dialogue", "_first", "_fragments", "_growing", "_line", "_lines", "_octets", "_subject", "_switch")

    def __init__(self) -> None:
        self._octets = {role: Octets() for role in Role}
        self._fragments = Fragments()
        self._dialogue = Dialogue()
        self._line = b""  # the beginning of the client's
        self._first: Piece | None = None  # of the reply that is being said
        self._lines = 0  # of it, by now
        self._growing: Said | None = None  # a content, or a chunk
        self._subject = Subject()
        self._switch: Switch | None = None

    @property
    def switch(self) -> Switch | None:
        return self._switch

    @property
    def expected(self) -> Sequence[Expected]:
        return ()

    def read(self, role: Role, data: bytes) -> Sequence[Said]:
        found: list[Said] = []
        if self._switch is None:
            self._octets[role].feed(data)
            step = self._step_server if role is Role.SERVER else self._step_client
            while step(found) and self._switch is None:
                pass
        return found

    def _fragment(self, role: Role, piece: Piece, found: list[Said]) -> None:
        """Bytes that are no whole line."""
        if role is Role.SERVER and self._fragments.begins(role, piece):
            self._close_reply(found, piece.start)
        self._fragments.add(role, piece, found)

    # ------------------------------------------------------------------------------------------ the client

    def _step_client(self, found: list[Said]) -> bool:
        """One more piece; False where nothing whole has come."""
        octets, dialogue = self._octets[Role.CLIENT], self._dialogue
        if dialogue.mode is Mode.CONTENT:
            piece = octets.content()
            take = self._content
        elif dialogue.mode is Mode.CHUNK:
            piece = octets.chunk(dialogue.left)
            take = self._chunk
        else:
            piece = octets.line()
            take = self._client_line
        if piece is not None:
            take(piece, found)
        return piece is not None

    def _client_line(self, piece: Piece, found: list[Said]) -> None:
        self._line = (self._line + piece.data[:KEPT])[:KEPT]
        said = None
        if piece.whole:
            said = self._asked(piece)
            found.append(said)
        else:
            self._fragment(Role.CLIENT, piece, found)
        if piece.data.endswith(b"\n"):
            self._dialogue.line(self._line, said)
            self._line = b""
            self._octets[Role.CLIENT].new_content()

    def _asked(self, piece: Piece) -> Said:
        """A command, an answer of the login, or a line that is neither."""
        if self._dialogue.is_response(self._line):
            title = "*" * min(len(piece.data.rstrip(b"\r\n")), LONGEST_TITLE)
            return Said(Role.CLIENT, "response", title or "an empty line", piece.start, piece.stop, True)
        verb, argument = parts_of(piece.data)
        title = _shown(hide_line(piece.data))
        if not verb:
            return Said(Role.CLIENT, "unknown", title or "an empty line", piece.start, piece.stop, True)
        facts: dict[str, Fact] = {"command": verb}
        if argument:
            facts["argument"] = (argument.split()[0] if verb == "AUTH" else argument)[:LONGEST_FACT]
        return Said(Role.CLIENT, "command", title, piece.start, piece.stop, True, facts)

    def _content(self, piece: Piece, found: list[Said]) -> None:
        said = self._grow("content", piece, found)
        self._subject.add(piece.data)
        self._name(said)
        if piece.whole:
            said.complete, self._growing = True, None
            self._dialogue.content_ended(said)

    def _chunk(self, piece: Piece, found: list[Said]) -> None:
        said = self._grow("chunk", piece, found)
        self._name(said)
        self._dialogue.passed(len(piece.data))
        if piece.whole:
            said.complete, self._growing = True, None

    def _grow(self, kind: str, piece: Piece, found: list[Said]) -> Said:
        said = self._growing
        if said is None:
            facts: dict[str, Fact] = {"length": 0}
            said = self._growing = Said(Role.CLIENT, kind, "", piece.start, piece.start, False, facts)
            self._subject = Subject()
            found.append(said)
        said.stop = piece.stop
        return said

    def _name(self, said: Said) -> None:
        """Title and facts of what grows, as far as it has come."""
        size = said.stop - said.start
        said.facts["length"] = size  # type: ignore[index]  # it is ours, and a dict
        said.facts.update(self._subject.facts)  # type: ignore[attr-defined]
        subject = str(said.facts.get("subject", ""))
        tail = f": {size:,} bytes"
        named = f'{said.kind} "{subject}"' if subject else said.kind
        said.title = named[: LONGEST_TITLE - len(tail)] + tail

    # ------------------------------------------------------------------------------------------ the server

    def _step_server(self, found: list[Said]) -> bool:
        """One more line; False where none has come."""
        piece = self._octets[Role.SERVER].line()
        if piece is None:
            return False
        if piece.whole:
            self._reply_line(piece, found)
        else:
            self._fragment(Role.SERVER, piece, found)
        return True

    def _reply_line(self, piece: Piece, found: list[Said]) -> None:
        code = code_of(piece.data)
        if self._first is None and not code:
            note = ("this is no reply of SMTP",)
            said = Said(Role.SERVER, "unknown", _shown(piece.data), piece.start, piece.stop, True, notes=note)
            found.append(said)
            return
        self._first = piece if self._first is None else self._first
        self._lines += 1
        if code and piece.data[3:4] != b"-":
            first, self._first = self._first, None
            lines, self._lines = self._lines, 0
            found.append(self._reply(first, code, piece.stop, lines))
        elif self._lines >= MOST_LINES:
            self._close_reply(found, piece.stop)

    def _close_reply(self, found: list[Said], stop: int) -> None:
        """A reply whose last line never came."""
        first, self._first, self._lines = self._first, None, 0
        if first is not None:
            said = self._told(first, stop, 1)
            said.complete, said.notes = False, ("its last line is missing",)
            found.append(said)

    def _reply(self, first: Piece, code: int, stop: int, lines: int) -> Said:
        said = self._told(first, stop, lines)
        greeting = not self._dialogue.greeted
        asked = self._dialogue.reply(code)
        if asked is not None:
            said.answers = asked.said
            said.facts["command"] = asked.verb  # type: ignore[index]  # it is ours, and a dict
        elif greeting:
            _greets(said)
        if self._dialogue.tls:
            self._switch = Switch(self._octets[Role.CLIENT].at, stop, "tls", "smtp")
        if self._growing is not None and self._dialogue.mode in (Mode.COMMAND, Mode.RESPONSE):
            self._break_off("the server answered before its end")
            self._line = b"" if self._octets[Role.CLIENT].between else LOST
        return said

    def _told(self, first: Piece, stop: int, lines: int) -> Said:
        """The reply that begins with the line ``first``."""
        parts = _REPLY.match(first.data)
        assert parts is not None, "whoever begins a reply has seen its code"
        code, text = int(parts[1]), parts[3].decode("utf-8", "replace").strip()
        enhanced = (parts[2] or b"").decode("ascii")
        more = f" (+{lines - 1} lines)" if lines > 1 else ""
        title = " ".join(word for word in (str(code), enhanced, text) if word)[: LONGEST_TITLE - len(more)] + more
        facts: dict[str, Fact] = {"status": code, "text": text[:LONGEST_FACT]}
        if enhanced:
            facts["enhanced"] = enhanced
        kind = "challenge" if code == CHALLENGE else "reply"
        return Said(Role.SERVER, kind, title, first.start, stop, True, facts)

    def _break_off(self, note: str) -> None:
        """What grows has no end."""
        said, self._growing = self._growing, None
        if said is not None and len(said.notes) < MOST_NOTES:
            said.notes = (*said.notes, note)

    # ------------------------------------------------------------------------------------ holes and ends

    def missed(self, role: Role, count: int) -> Sequence[Said]:
        if self._switch is not None:
            return ()
        found = self._broken(role)
        if role is Role.SERVER:
            self._dialogue.missed_server()
            self._octets[role].miss(count)
        else:
            self._missed_client(count)
        return found

    def _missed_client(self, count: int) -> None:
        within = count if self._dialogue.mode is Mode.CONTENT else min(count, self._dialogue.left)
        anything = self._dialogue.missed_client(count)
        self._octets[Role.CLIENT].miss(count, within_line=anything)
        self._line = LOST if anything else b""
        said = self._growing
        if said is not None:
            said.stop += within
            self._name(said)
            if len(said.notes) < MOST_NOTES:
                said.notes = (*said.notes, f"{within:,} bytes were not captured")
            if self._dialogue.mode is Mode.COMMAND:
                said.complete, self._growing = not anything, None

    def ended(self, role: Role) -> Sequence[Said]:
        if self._switch is not None:
            return ()
        if role is Role.CLIENT:
            self._break_off("its end is missing")
        return self._broken(role)

    def _broken(self, role: Role) -> list[Said]:
        """The line, or the reply, that was begun and will have no end."""
        found: list[Said] = []
        if role is Role.SERVER:
            self._close_reply(found, self._octets[role].at)
        rest = self._octets[role].rest()
        if rest is not None:
            self._fragment(role, rest, found)
        self._fragments.close(role)
        return found

    def mask_from_here(self) -> Callable[[], SmtpMask] | None:
        between = self._first is None and all(octets.between for octets in self._octets.values())
        if not between or not self._dialogue.rests or self._switch is not None:
            return None
        return partial(SmtpMask, self._dialogue.copied())


class Subject:
    """The header fields of a content that name it, as soon as they have come."""

    __slots__ = ("_head", "facts")

    def __init__(self) -> None:
        self._head: bytes | None = b""
        self.facts: dict[str, Fact] = {}

    def add(self, data: bytes) -> None:
        """The content goes on."""
        if self._head is None:
            return
        self._head += data[:LONGEST_HEADER]
        if b"\r\n\r\n" in self._head or self._head.endswith(END) or len(self._head) >= LONGEST_HEADER:
            header = parse_header(Unstuffer().feed(self._head[:LONGEST_HEADER]))
            named = {name: header.text(name)[:LONGEST_FACT] for name in ("subject", "from", "message-id")}
            self.facts = {name: value for name, value in named.items() if value}
            self._head = None


def _greets(said: Said) -> None:
    """The server's first words begin with its name (RFC 5321 §4.2)."""
    name = str(said.facts["text"]).split(" ", 1)[0]
    if "." in name and is_domain(name):
        said.facts["host"] = name  # type: ignore[index]  # it is ours, and a dict


def _shown(line: bytes) -> str:
    """A line as a title."""
    return " ".join(line.decode("utf-8", "replace").split())[:LONGEST_TITLE]
