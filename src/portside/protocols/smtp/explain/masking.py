"""Credentials of a login, overwritten as they pass (see ``portside.protocols.explaining.Mask``).

Secret are what follows the mechanism in a line of AUTH, and each line that answers a challenge, until the reply that
ends the login. Which lines these are is known before they come, so each byte is decided on as it comes, in any split.
Where it is not known (the conversation is seen from its middle on, or the client does not wait), a line that may be
base64 is hidden. Of what the server says, its proof at the end of SCRAM is: who has that and the challenge ahead of it
can try passwords for as long as they like (RFC 5802 §9). Contents pass as they are; after STARTTLS and its 220 the two
speak TLS, or from the first byte on (``smtps``), and nothing is looked for there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum, auto

from portside.interfaces import Role
from portside.protocols.explaining import ALL
from portside.protocols.smtp.explain.dialogue import KEPT, LOST, VERBS, Dialogue, Mode
from portside.protocols.smtp.explain.splitting import ContentEnd, ReplyEnds

TLS_HANDSHAKE = 0x16
"""The first byte of TLS, where it begins with the connection (RFC 8446 §5.1)."""
MECHANISMS = (
    "ANONYMOUS", "CRAM-MD5", "DIGEST-MD5", "EXTERNAL", "GS2-KRB5", "GSSAPI", "KERBEROS_V4", "LOGIN", "NTLM",
    "OAUTHBEARER", "OTP", "PLAIN", "PLAIN-CLIENTTOKEN", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-512-PLUS",
    "SPNEGO", "XOAUTH", "XOAUTH2",
)  # fmt: skip
"""What may stand behind AUTH and be shown; anything else there may be a password that lost its way."""

PROOF = b"334 dj"
"""How the server's proof begins: ``v=``, in base64."""

_STARS = bytes(byte if byte in b"\r\n" else 0x2A for byte in range(256))
_PIECES = re.compile(rb"[^\r\n]+|[\r\n]+")
_LINES = re.compile(rb"[^\n]*\n|[^\n]+")
_BASE64 = re.compile(r"[A-Z0-9+/=]")  # a sign in upper case
_MAY_HOLD = re.compile(rb"AUTH", re.IGNORECASE)


class _Line(Enum):
    """What the line that is being said will turn out to be."""

    VERB = auto()  # its verb is not complete
    BEHIND = auto()  # AUTH was said, and what divides it from its mechanism
    MECHANISM = auto()  # the mechanism is not complete
    SECRET = auto()  # what comes of it is secret
    BASE64 = auto()  # it may be: what is base64 of it is hidden
    OPEN = auto()  # nothing of it is secret


_DECIDED = (_Line.SECRET, _Line.OPEN)


class LineMask:
    """Hides the credentials of the client's lines, one after the other."""

    __slots__ = ("_state", "_word")

    def __init__(self) -> None:
        self._state = _Line.VERB
        self._word = ""

    def hide(self, data: bytes, *, secret: bool = False, unsure: bool = False) -> bytes:
        """The next bytes. ``secret``: a line that begins here is all secret; ``unsure``: it may be an answer."""
        return b"".join([self._hide(piece, secret, unsure) for piece in _PIECES.findall(data)])

    def _hide(self, piece: bytes, secret: bool, unsure: bool) -> bytes:
        """``piece`` of one line, or what ends it."""
        if piece[0] in b"\r\n":
            if b"\n" in piece or self._state is not _Line.SECRET:
                self.begin()
            return piece
        if secret and self._state is _Line.VERB and not self._word:
            self._state = _Line.SECRET
        shown = bytearray(piece)
        for at, byte in enumerate(piece):
            if self._state in _DECIDED:
                break
            self._see(chr(byte).upper(), unsure)
            if self._state is _Line.BASE64 or (self._state is _Line.SECRET and byte not in b" \t"):
                shown[at] = 0x2A
        else:
            return bytes(shown)
        return bytes(shown[:at]) + (piece[at:].translate(_STARS) if self._state is _Line.SECRET else piece[at:])

    def _see(self, sign: str, unsure: bool) -> None:
        """One more sign."""
        match self._state:
            case _Line.VERB:
                self._see_verb(sign, unsure)
            case _Line.BEHIND if sign in " \t:=":
                pass
            case _Line.BEHIND | _Line.MECHANISM:
                self._word += sign
                known = sign not in " \t" and any(name.startswith(self._word) for name in MECHANISMS)
                self._state = _Line.MECHANISM if known else _Line.SECRET
            case _Line.BASE64 if not _BASE64.fullmatch(sign):
                self._state = _Line.OPEN

    def _see_verb(self, sign: str, unsure: bool) -> None:
        if sign in " \t:=" and (self._word or sign in " \t"):
            if self._word:
                self._state, self._word = (_Line.BEHIND if self._word == "AUTH" else _Line.OPEN), ""
            return
        self._word += sign
        if not any(verb.startswith(self._word) for verb in (VERBS if unsure else ("AUTH",))):
            self._state = _Line.BASE64 if unsure and _BASE64.fullmatch(sign) else _Line.OPEN

    def begin(self) -> None:
        """What comes next begins a line."""
        self._state, self._word = _Line.VERB, ""

    def lose(self) -> None:
        """What comes is the rest of a line whose beginning nobody has seen."""
        self._state = _Line.SECRET


class ProofMask:
    """Hides what the server proves at the end of SCRAM (``v=``): a line of its own, whose first bytes tell it."""

    __slots__ = ("_begun",)

    def __init__(self) -> None:
        self._begun = b""  # of the line that is being said, as far as it tells

    def hide(self, data: bytes) -> bytes:
        """The next bytes."""
        return b"".join([self._hide(piece) for piece in _LINES.findall(data)])

    def _hide(self, piece: bytes) -> bytes:
        """``piece`` of one line, perhaps with its end."""
        told = len(PROOF) - len(self._begun)
        begun = self._begun + piece[:told]
        self._begun = b"" if piece.endswith(b"\n") else begun
        return piece[:told] + piece[told:].translate(_STARS) if begun == PROOF else piece

    def lose(self) -> None:
        """What comes is the rest of a line whose beginning nobody has seen."""
        self._begun = bytes(len(PROOF))


class SmtpMask:
    """See the top of this module. ``dialogue``: where a conversation stands that this mask begins in."""

    __slots__ = ("_closed", "_dialogue", "_end", "_line", "_lines", "_proof", "_replies", "_started")

    def __init__(self, dialogue: Dialogue | None = None) -> None:
        self._dialogue = Dialogue() if dialogue is None else dialogue.copied()
        self._started = dialogue is not None
        self._closed = False
        self._lines = LineMask()
        self._line = b""  # its beginning
        self._end = ContentEnd()
        self._replies = ReplyEnds()
        self._proof = ProofMask()

    def hide(self, role: Role, data: bytes) -> bytes:
        if self._closed or not data:
            return data
        if role is Role.SERVER:
            self._heed(data)
            return self._proof.hide(data)
        if not self._started:
            self._started, self._closed = True, data[0] == TLS_HANDSHAKE
            if self._closed:
                return data
        shown = self._hide(data)
        return data if shown == data else shown

    def _heed(self, data: bytes) -> None:
        for code in self._replies.read(data):
            self._dialogue.reply(code)
            self._closed = self._closed or self._dialogue.tls

    def _hide(self, data: bytes) -> bytes:
        shown: list[bytes] = []
        at = 0
        while at < len(data):
            stop = _PASSES[self._dialogue.mode](self, data, at, shown)
            at = stop
        return b"".join(shown)

    def _pass_line(self, data: bytes, at: int, shown: list[bytes]) -> int:
        stop = data.find(b"\n", at) + 1
        piece = data[at : stop or len(data)]
        dialogue = self._dialogue
        shown.append(self._lines.hide(piece, secret=dialogue.mode is Mode.RESPONSE, unsure=dialogue.unsure))
        self._line = (self._line + piece)[:KEPT]
        if stop:
            dialogue.line(self._line)
            self._begin()
        return at + len(piece)

    def _begin(self) -> None:
        """What comes next begins a line, or a content."""
        self._line = b""
        self._lines.begin()
        self._end = ContentEnd()

    def _pass_content(self, data: bytes, at: int, shown: list[bytes]) -> int:
        end = self._end.find(data, at)
        piece = data[at : end if end >= 0 else len(data)]
        shown.append(self._lines.hide(piece, unsure=True) if self._dialogue.unsure else piece)
        self._line = b"" if piece.endswith(b"\n") else LOST  # should all of it turn out to be commands
        if end >= 0:
            self._dialogue.content_ended()
            self._begin()
        return at + len(piece)

    def _pass_chunk(self, data: bytes, at: int, shown: list[bytes]) -> int:
        piece = data[at : at + self._dialogue.left]
        shown.append(piece)
        self._dialogue.passed(len(piece))
        return at + len(piece)

    def missed(self, role: Role, count: int) -> None:
        if self._closed or not count:
            return
        if role is Role.SERVER:
            self._replies.lose()
            self._proof.lose()
            self._dialogue.missed_server()
            return
        self._started = True
        if self._dialogue.missed_client(count):
            self._lines.lose()
            self._line = LOST
            self._end.lose()

    def harmless(self, role: Role) -> int:
        if self._closed:
            return ALL
        return self._dialogue.left if role is Role.CLIENT else 0


_PASSES: Mapping[Mode, Callable[[SmtpMask, bytes, int, list[bytes]], int]] = {
    Mode.COMMAND: SmtpMask._pass_line,
    Mode.RESPONSE: SmtpMask._pass_line,
    Mode.CONTENT: SmtpMask._pass_content,
    Mode.CHUNK: SmtpMask._pass_chunk,
}


def hide_line(line: bytes) -> bytes:
    """One whole line of the client, a command, without its credentials."""
    return LineMask().hide(line) if _MAY_HOLD.search(line) else line
