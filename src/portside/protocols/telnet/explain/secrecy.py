"""When what a client types is a secret, as far as somebody can tell who only watches.

Telnet has no word for it. What there is:

- *A prompt.* The last line that the server has said asks for a password. All that the client says is hidden until
  the server has said something else: then the answer has been given.
- *Echo without keys.* A server that echoes though it reads whole lines (it does not suppress go ahead, or the client
  edits lines by LINEMODE) shows nothing of them: that is how game worlds and servers hide a password. All that the
  client says is hidden meanwhile.
- *Typing ahead.* Behind the answer to a prompt for a name, the password may follow before it is asked for. It is
  hidden until the server has said more than the name. Before the server's first word, the first line is such an answer.
- *A hole.* Where bytes of the server were not captured, nobody knows what it asked for: hidden until it speaks.

What a shell reads with its echo off, behind a prompt that says none of the words below, is not recognised.
"""

from __future__ import annotations

import re

from portside.interfaces import Role
from portside.protocols.telnet.messages import Option, Verb
from portside.protocols.telnet.syntax.linemode import EDIT, MODE
from portside.protocols.telnet.syntax.scanning import Request, Run, Subnegotiation, Token

KEPT = 256
"""Bytes of the server's last line that are looked at: a prompt is short."""
_WORDS = (
    rb"pass(?:word|wd|phrase|code|wort)|passwort|kennwort|mot de passe|contrase|senha|parola|wachtwoord"
    rb"|l\xc3\xb6senord|has\xc5\x82o|\xe5\xaf\x86\xe7\xa0\x81|\xe3\x83\x91\xe3\x82\xb9\xe3\x83\xaf\xe3\x83\xbc\xe3\x83\x89"
    rb"|secret|token|\bpin\b|\botp\b|one.time|verification code|private key|api.key"
)
_END = rb"[^\r\n]{0,80}[:?>)\]] *\Z"
_SECRET = re.compile(
    rb"(?:%b)%b|\A(?:enter |type |your |new |old |current |the |a )*(?:%b)\W*\Z" % (_WORDS, _END, _WORDS), re.IGNORECASE
)
"""A line that the server has begun, and that asks for one."""
_SECRET_ABOVE = re.compile(rb"(?:%b)%b" % (_WORDS, _END), re.IGNORECASE)
"""A line that asks for one though it has been ended."""
_AGAIN = re.compile(rb"(?:again|retype|re-enter|repeat|confirm|verify)%b" % _END, re.IGNORECASE)
_NAMES = rb"(?:login|user|name|account|benutzer|utilisateur)[^\r\n]{0,40}[:?>]"
_NAME = re.compile(_NAMES + rb" *\Z", re.IGNORECASE)
_NAME_ANSWERED = re.compile(_NAMES + rb"[^\r\n]{0,80}\Z", re.IGNORECASE)
_ESCAPES = re.compile(rb"\x1b\[[0-9;:?]*[ -/]*[@-~]|\x1b[ -/]*[0-Z\\-~]|\x00|\x07")


class Secrecy:
    """Hears both sides, and says whether the client's next byte is secret."""

    __slots__ = (
        "_ahead",
        "_blind",
        "_echo",
        "_edit",
        "_last",
        "_line",
        "_looked",
        "_naming",
        "_secret",
        "_sga",
        "_told",
    )

    def __init__(self) -> None:
        self._line = b""  # the server's last line, as far as it has come
        self._last = b""  # the one before
        self._looked = True  # what follows from these two is known
        self._secret = False  # they ask for a password
        self._told = False  # one was asked for before: "again" means it
        self._naming = True  # the client answers a prompt for a name
        self._ahead = False  # it has answered it
        self._blind = False
        self._echo = self._sga = self._edit = False

    def copy(self) -> Secrecy:
        """Another one that goes on from here."""
        other = Secrecy()
        for name in self.__slots__:
            setattr(other, name, getattr(self, name))
        return other

    # ------------------------------------------------------------------------------------------------ hearing

    def hear(self, role: Role, token: Token) -> None:
        """The next token of ``role``, if it is not the client's data."""
        if isinstance(token, Request):
            self._hear_request(role, token)
        elif isinstance(token, Subnegotiation):
            self._hear_mode(token)
        elif role is Role.SERVER and isinstance(token, Run):
            self.hear_server(token.data)

    def _hear_request(self, role: Role, request: Request) -> None:
        if request.option == Option.LINEMODE:
            self._edit = self._edit and request.verb in (Verb.WILL, Verb.DO)
        if role is Role.SERVER and request.verb in (Verb.WILL, Verb.WONT):
            on = request.verb is Verb.WILL
        elif role is Role.CLIENT and request.verb is Verb.DONT:
            on = False
        else:
            return
        if request.option == Option.ECHO:
            self._echo = on
        elif request.option == Option.SGA:
            self._sga = on

    def _hear_mode(self, token: Subnegotiation) -> None:
        """LINEMODE's mode says whether the client edits lines (RFC 1184 §2.2)."""
        if token.option == Option.LINEMODE and token.payload[:1] == bytes((MODE,)) and len(token.payload) > 1:
            self._edit = bool(token.payload[1] & EDIT)

    def hear_server(self, data: bytes) -> None:
        """The server has said this."""
        if not data:
            return
        self._blind = self._looked = False
        end = data.rfind(b"\n")
        self._naming = self._naming and bool(self._line)
        if end < 0:
            self._line = (self._line + data[-KEPT:])[-KEPT:]
            return
        before = data.rfind(b"\n", 0, end) + 1
        self._last = (data[before:end] if before else self._line + data[:end])[-KEPT:]
        self._line = data[end + 1 :][-KEPT:]
        self._naming = False

    def hear_line_end(self) -> None:
        """The client has ended a line."""
        self._ahead = self._ahead or self._naming
        self._naming = False

    def missed(self, role: Role) -> None:
        """Bytes of ``role`` were not captured, or cannot be read."""
        if role is Role.SERVER:
            self._blind, self._line, self._last = True, b"", b""

    # ------------------------------------------------------------------------------------------------- asking

    @property
    def hides(self) -> bool:
        """Whether what the client says next is secret. To be asked before each line of it."""
        if not self._looked:
            self._look()
        return self._secret or self._ahead or self._blind or (self._echo and (self._edit or not self._sga))

    def _look(self) -> None:
        """What follows from the server's last words."""
        line, last = _bare(self._line), _bare(self._last)
        words = line or last
        asks = _SECRET if line else _SECRET_ABOVE
        self._secret = asks.search(words) is not None or (self._told and _AGAIN.search(words) is not None)
        self._told = self._secret or (self._told and not line)
        self._naming = self._naming or _NAME.search(line) is not None
        if words and _NAME_ANSWERED.search(words) is None:
            self._ahead = False
        self._looked = True


def _bare(line: bytes) -> bytes:
    """A line without what moves the cursor, and without what a lone CR has overwritten."""
    return _ESCAPES.sub(b"", line).rstrip(b"\r").rpartition(b"\r")[2].strip()
