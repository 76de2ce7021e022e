"""What the client's next octets are, and which of its commands a reply answers: told by both directions together.

After DATA comes content, and after AUTH an answer to each challenge: only what the server replies tells whether. So who
reads passively follows both. Where commands are pipelined, replies come in their order (RFC 2920 §3.2). A client that
goes on without waiting for 354 is believed, until another reply shows that all of it was commands.
"""

from __future__ import annotations

import re
from collections import deque
from copy import copy
from dataclasses import dataclass
from enum import Enum, auto

from portside.errors import RemoteError
from portside.protocols.explaining import Said
from portside.protocols.smtp.syntax.commands import NOT_IMPLEMENTED, TABLE
from portside.protocols.smtp.syntax.content import parse_chunk
from portside.protocols.smtp.syntax.lines import CHALLENGE

MOST_ASKED = 1024
"""Commands that wait for their replies; the oldest is forgotten."""
MOST_RECIPIENTS = 1000
"""Replies to one content that are awaited in LMTP (RFC 2033 §4.2): one for each recipient."""
CONTENT = "content"
"""What stands for the verb where a content is answered."""
KEPT = 64
"""Bytes of a line that tell what command it is, the size of a chunk among them."""
LOST = b"?"
"""The beginning of a line that nobody has seen."""
VERBS = frozenset(TABLE) | NOT_IMPLEMENTED
COMMAND_LINE = re.compile(rb"[ \t]*([A-Za-z][A-Za-z0-9-]{1,19})(?=[ \t\r\n:]|$)[ \t]*([^\r\n]*)")
GO_ON, READY = 354, 220


class Mode(Enum):
    """What the client's next octets are."""

    COMMAND = auto()  # a line
    RESPONSE = auto()  # a line of a login
    CONTENT = auto()  # lines up to a dot
    CHUNK = auto()  # so many octets as were announced

    __hash__ = object.__hash__  # Enum's own is written in Python


def parts_of(line: bytes) -> tuple[str, str]:
    """Verb and argument of a line, or of its beginning; both empty where it is no command."""
    found = COMMAND_LINE.match(line)
    if found is None:
        return "", ""
    return found[1].decode("ascii").upper(), found[2].decode("utf-8", "replace").rstrip()


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What waits for a reply: a command by its verb, or ``CONTENT``. ``said`` is None where nobody keeps it."""

    verb: str
    said: Said | None = None


class Dialogue:
    """- ``mode``: what comes next from the client. ``left``: octets of the chunk that are to come.
    - ``sure``: the server has said that the content may come. ``tls``: both speak TLS from here on.
    - ``greeted``: the server has said its first words. ``challenged``: it waits for an answer of the login.
    - ``lost``: nothing that the server has said yet tells what comes from the client.
    """

    __slots__ = ("_asked", "_lmtp", "_recipients", "challenged", "greeted", "left", "lost", "mode", "sure", "tls")

    def __init__(self) -> None:
        self._asked: deque[Asked] = deque(maxlen=MOST_ASKED)
        self._lmtp = False
        self._recipients = 0
        self.mode = Mode.COMMAND
        self.left = 0
        self.sure = self.tls = self.greeted = self.challenged = False
        self.lost = True

    @property
    def rests(self) -> bool:
        """Whether nothing waits for a reply, and a command may come."""
        return not self._asked and self.mode is Mode.COMMAND and not self.lost

    @property
    def unsure(self) -> bool:
        """Whether the client's next line may as well be an answer of a login."""
        return self.lost or (self.mode is Mode.CONTENT and not self.sure)

    def copied(self) -> Dialogue:
        """Another one that stands where this one does; only for one that ``rests``."""
        other = copy(self)
        other._asked = deque(maxlen=MOST_ASKED)
        return other

    # ------------------------------------------------------------------------------------------ the client

    def is_response(self, line: bytes) -> bool:
        """Whether ``line`` answers a challenge rather than being a command; its beginning is enough."""
        if self.mode is not Mode.RESPONSE:
            return False
        return self.challenged or parts_of(line)[0] not in VERBS

    def line(self, line: bytes, said: Said | None = None) -> None:
        """The client has said a line: a command, an answer of the login, or what is neither, and is answered as well.

        Its beginning is enough, with the size of a chunk in it (``KEPT`` bytes).
        """
        if self.is_response(line):
            self.challenged = False
        else:
            self._command(*parts_of(line), said)

    def _command(self, verb: str, argument: str, said: Said | None) -> None:
        asked = Asked(verb, said)
        if verb == "DATA":
            self.mode, self.sure = Mode.CONTENT, False
        elif verb == "AUTH":
            self.mode = Mode.RESPONSE
        elif verb in ("MAIL", "RSET", "EHLO", "HELO", "LHLO"):
            self._recipients = 0
        if verb == "BDAT":
            self._chunk(argument, asked)
        else:
            self._asked.append(asked)

    def _chunk(self, argument: str, asked: Asked) -> None:
        try:
            chunk = parse_chunk(argument)
        except RemoteError:
            self._asked.append(asked)
            return
        self._asked.extend([asked] * (self._replies_to_content if chunk.last else 1))
        self._octets(chunk.size)

    def _octets(self, left: int) -> None:
        self.left = left
        self.mode = Mode.CHUNK if left else Mode.COMMAND

    @property
    def _replies_to_content(self) -> int:
        return max(1, min(self._recipients, MOST_RECIPIENTS)) if self._lmtp else 1

    def passed(self, count: int) -> None:
        """So many octets of the chunk have come."""
        self._octets(max(0, self.left - count))

    def content_ended(self, said: Said | None = None) -> None:
        """The dot has come."""
        self._asked.extend([Asked(CONTENT, said)] * self._replies_to_content)
        self.mode = Mode.COMMAND

    # ------------------------------------------------------------------------------------------ the server

    def reply(self, code: int) -> Asked | None:
        """The server has said this: what it answers, None where that is not known (and for its greeting)."""
        first, self.greeted = not self.greeted, True
        lost, self.lost = self.lost, False
        asked = self._asked[0] if self._asked else None
        if first and code == READY and (asked is None or asked.verb != "STARTTLS"):
            return None
        if code == CHALLENGE:
            self.mode, self.challenged = Mode.RESPONSE, True
            return asked if asked is not None and asked.verb == "AUTH" else None
        if asked is not None:
            self._asked.popleft()
        self._heed(asked, code, lost=lost)
        return asked

    def _heed(self, asked: Asked | None, code: int, *, lost: bool) -> None:
        verb = asked.verb if asked is not None else None
        if code == GO_ON:
            self.sure = True
            if verb is None and lost:
                self.mode = Mode.CONTENT  # nobody has seen the command
        elif self.mode is Mode.CONTENT and verb in ("DATA", None):
            self.mode = Mode.COMMAND
        elif self.mode is Mode.RESPONSE and verb in ("AUTH", None):
            self.challenged = False
            self.mode = Mode.RESPONSE if any(other.verb == "AUTH" for other in self._asked) else Mode.COMMAND
        self._note(verb, good=200 <= code < 300, tls=code == READY)

    def _note(self, verb: str | None, *, good: bool, tls: bool) -> None:
        """What this reply means for those that follow."""
        if verb == "STARTTLS":
            self.tls = tls
        elif verb == "LHLO":
            self._lmtp = good
        elif verb == "RCPT":
            self._recipients += good

    # ---------------------------------------------------------------------------------------------- holes

    def missed_server(self) -> None:
        """A reply is missing: nobody knows what the next one answers, but that a login goes on."""
        login = self.mode is Mode.RESPONSE
        self._asked.clear()
        if login:
            self._asked.append(Asked("AUTH"))
        self.sure, self.greeted = self.sure or self.mode is Mode.CONTENT, True

    def missed_client(self, count: int) -> bool:
        """Octets are missing. Whether that may have been anything: those of a chunk are counted."""
        if self.mode is Mode.CHUNK:
            passed = min(count, self.left)
            self.passed(passed)
            if passed == count:
                return False
        self.lost = True
        self._asked.clear()
        if self.mode is Mode.RESPONSE:
            self._asked.append(Asked("AUTH"))
        return True
