"""Lines: commands, replies, and what a login says (RFC 5321 §2.3.8, §4.1.1, §4.2; RFC 2034; RFC 4954 §4).

A line ends with CR LF and with nothing else: who takes a bare CR or LF for an end reads commands where others read
text, and that is how mail is smuggled. So a command whose line ends otherwise is refused. What is tolerated, because
programs in wide use say it: spaces at the end of a line, and more than one between verb and argument.
"""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import Error as NotBase64
from binascii import a2b_base64
from collections.abc import Sequence
from functools import lru_cache

from portside.errors import LimitExceeded, LocalError, RemoteError
from portside.protocols.smtp.messages import Command, Reply, Response
from portside.protocols.smtp.syntax.codes import BAD_ARGUMENT, SYNTAX_ERROR, Refusal

LONGEST_COMMAND = 2048
"""Octets of a command's line with its end: the 512 of RFC 5321 §4.5.3.1.4, what extensions add to MAIL (SIZE 26, BODY
17, SMTPUTF8 10, DSN 115, AUTH 500, REQUIRETLS 11) or to RCPT (DSN 528), and room to spare."""
LONGEST_AUTH = 12_288
"""Octets of a line of the login with its end, the command AUTH among them (RFC 4954 §4)."""
LONGEST_REPLY_LINE = 512
"""Octets of a reply's line with its end, as we write it (RFC 5321 §4.5.3.1.5)."""
LONGEST_LINE_TAKEN = 12_288
"""Octets of a reply's line that are read: a challenge of the login may have as many (RFC 4954 §4)."""
MOST_REPLY_LINES = 512
"""Lines of one reply: more than any server's HELP has."""
MOST_REPLY_OCTETS = 64 * 1024
"""Octets of one reply in all its lines."""
CHALLENGE = 334

_VERB = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,19}")
_BREAKS = re.compile("[\r\n\0]")
_BREAK_BYTES = re.compile(rb"[\r\n\0]")
_REPLY = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
_ENHANCED = re.compile(r"([245])\.[0-9]{1,3}\.[0-9]{1,3}(?= |$)")
_AUTH = re.compile(rb"AUTH(?:[ \t]|$)", re.IGNORECASE)
_OFTEN = 128
"""Octets of a reply's line up to which it may be one that comes again and again."""


def decode(data: bytes) -> str:
    """An argument or a text as it came; bytes that are no UTF-8 become surrogates."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """An argument or a text as it is sent. Raises ``LocalError`` for what is no text."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise LocalError(f"{text!a} can't be sent: it is no text") from error


# ---------------------------------------------------------------------------------------------- commands


def longest_line(begin: bytes) -> int:
    """Octets that a command's line may have, end included, which begins with ``begin`` (five octets are enough)."""
    return LONGEST_AUTH if _AUTH.match(begin) else LONGEST_COMMAND


def parse_command(line: bytes) -> Command:
    """The command in ``line``, which comes with its end. Raises ``Refusal`` (500).

    Its argument is without the spaces around it.
    """
    if not line.endswith(b"\r\n"):
        raise Refusal("Lines end with CR LF.", SYNTAX_ERROR, "5.5.2")
    if len(line) > longest_line(line[:5]):
        raise too_long(line[:5])
    if _BREAK_BYTES.search(line, 0, len(line) - 2):
        raise Refusal("A command holds no bare CR, no bare LF and no NUL.", SYNTAX_ERROR, "5.5.2")
    verb, _, argument = decode(line[:-2]).rstrip(" \t").partition(" ")
    if not _VERB.fullmatch(verb):
        raise Refusal("That is no command.", SYNTAX_ERROR, "5.5.2")
    return Command(verb.upper(), argument.lstrip(" \t"))


def too_long(begin: bytes) -> Refusal:
    """What a line is refused with that begins with ``begin`` and is longer than ``longest_line`` says."""
    if _AUTH.match(begin):
        return Refusal("That line is too long for a login.", SYNTAX_ERROR, "5.5.6")
    return Refusal(f"A line of more than {LONGEST_COMMAND:,} octets is no command.", SYNTAX_ERROR, "5.5.2")


def serialise_command(command: Command) -> bytes:
    """The line of ``command``. Raises ``LocalError`` for one that would be two lines, or is too long."""
    text = str(command)
    if _BREAKS.search(text):
        raise LocalError(f"a line break can't be said in a command: {text[:80]!a}")
    line = encode(text) + b"\r\n"
    if len(line) > longest_line(line[:5]):
        raise LocalError(f"{command.verb} has {len(line):,} octets: no server takes such a line")
    return line


# ----------------------------------------------------------------------------------------------- replies


def serialise_reply(reply: Reply, *, utf8: bool = False) -> bytes:
    """The lines of ``reply``. What would break a line is written as ``?``, and so is what is beyond ASCII where the
    client has not said SMTPUTF8 (RFC 6531 §3.7.4); a line that is too long is cut, but never a challenge.
    """
    *before, last = reply.lines or ("",)
    head = f"{reply.enhanced} " if reply.enhanced else ""
    lines = [f"{reply.code:03d}-{head}{text}" for text in before]
    most = LONGEST_AUTH if reply.code == CHALLENGE else LONGEST_REPLY_LINE
    return b"".join([_reply_line(line, most, utf8=utf8) for line in (*lines, f"{reply.code:03d} {head}{last}")])


def _reply_line(line: str, most: int, *, utf8: bool) -> bytes:
    data = _BREAKS.sub("?", line).encode("utf-8" if utf8 else "ascii", "replace")
    if len(data) > most - 2:
        data = data[: most - 2].decode("utf-8", "ignore").encode()
    return data + b"\r\n"


def parse_reply(lines: Sequence[bytes]) -> Reply:
    """The reply in ``lines``, which come without their ends. Raises ``RemoteError`` for what is none.

    All lines have the same code, and only the last one has no ``-`` behind it (RFC 5321 §4.2.1).
    """
    parts = [_REPLY.fullmatch(line) for line in lines]
    codes = {part[1] for part in parts if part is not None}
    if len(codes) != 1 or None in parts or _hyphens(parts) != [True] * (len(parts) - 1) + [False]:
        shown = ascii(decode(lines[0][:60])) if lines else "nothing"
        raise RemoteError(f"the server answered {shown}: that is no reply of SMTP")
    return _reply(codes.pop(), [decode(part[3] or b"") for part in parts if part is not None])


def _hyphens(parts: Sequence[re.Match[bytes] | None]) -> list[bool]:
    return [part is not None and part[2] == b"-" for part in parts]


def _reply(code: bytes, texts: list[str]) -> Reply:
    """The reply of ``texts``; an enhanced code counts where its class is the code's, and is taken off (RFC 2034 §4)."""
    found = _ENHANCED.match(texts[0])
    if found is None or ord(found[1]) != code[0]:
        return Reply(int(code), tuple(texts))
    enhanced = found[0]
    return Reply(int(code), tuple(_without(text, enhanced) for text in texts), enhanced)


def _without(text: str, enhanced: str) -> str:
    rest = text.removeprefix(enhanced)
    return rest[1:] if rest.startswith(" ") else rest if rest != text and not rest else text


@lru_cache(maxsize=512)
def _known(line: bytes) -> Reply:
    """A reply of one line, remembered: servers say the same ones again and again."""
    return parse_reply((line,))


class Replies:
    """Takes replies out of what a server sends, in whatever pieces it comes.

    A bare LF ends a line as well: nothing of ours is behind it that could be smuggled.
    """

    __slots__ = ("_at", "_buffer", "_lines", "_octets")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._at = 0  # where the next line begins
        self._lines: list[bytes] = []
        self._octets = 0  # of the lines that wait for their last one

    def __len__(self) -> int:
        """Octets that wait: of a reply that has not come whole, or of further ones."""
        return len(self._buffer) - self._at + self._octets

    def feed(self, data: bytes) -> None:
        """This has come."""
        if self._at:
            del self._buffer[: self._at]
            self._at = 0
        self._buffer += data

    def clear(self) -> None:
        """Forget what waits: it was said in the clear, and TLS begins (RFC 3207 §4.2)."""
        self._buffer.clear()
        self._lines.clear()
        self._at = self._octets = 0

    def next(self) -> Reply | None:
        """The next reply; None where it has not come yet. Raises ``RemoteError``, ``LimitExceeded``."""
        while (line := self._line()) is not None:
            if line[3:4] == b"-":
                self._keep(line)
            elif self._lines:
                self._keep(line)
                lines, self._lines, self._octets = self._lines, [], 0
                return parse_reply(lines)
            else:
                return _known(line) if len(line) <= _OFTEN else parse_reply((line,))
        return None

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\n", self._at)
        if (end if end >= 0 else len(self._buffer)) - self._at >= LONGEST_LINE_TAKEN:
            raise LimitExceeded(f"the server's reply has a line of more than {LONGEST_LINE_TAKEN:,} octets")
        if end < 0:
            return None
        begin, self._at = self._at, end + 1
        return bytes(self._buffer[begin : end - 1 if self._buffer[end - 1 : end] == b"\r" else end])

    def _keep(self, line: bytes) -> None:
        self._lines.append(line)
        self._octets += len(line)
        if len(self._lines) > MOST_REPLY_LINES or self._octets > MOST_REPLY_OCTETS:
            raise LimitExceeded(f"the server's reply goes on and on: {len(self._lines):,} lines by now")
        if line[:3] != self._lines[0][:3]:
            raise RemoteError(f"the server's reply changes its code from {decode(self._lines[0][:3])!a}")


# ------------------------------------------------------------------------------------------------- login


def parse_response(line: bytes) -> Response:
    """A client's answer to a challenge; ``line`` comes with its end. Raises ``Refusal`` (500, 501; RFC 4954 §4)."""
    if not line.endswith(b"\r\n"):
        raise Refusal("Lines end with CR LF.", SYNTAX_ERROR, "5.5.2")
    if len(line) > LONGEST_AUTH:
        raise too_long(b"AUTH ")
    text = line[:-2].rstrip(b" \t")
    return Response(None if text == b"*" else parse_base64(text))


def parse_base64(text: bytes) -> bytes:
    """What ``text`` says in base64 (RFC 4648 §4). Raises ``Refusal`` (501)."""
    try:
        return a2b_base64(text, strict_mode=True)
    except NotBase64 as error:
        raise Refusal("That is no base64.", BAD_ARGUMENT, "5.5.2") from error


def serialise_response(response: Response) -> bytes:
    """The line of ``response``."""
    return b"*\r\n" if response.data is None else b64encode(response.data) + b"\r\n"


def parse_challenge(reply: Reply) -> bytes:
    """What a 334 asks. Raises ``RemoteError`` for what is no base64."""
    try:
        return a2b_base64(reply.lines[0].strip().encode("ascii"), strict_mode=True)
    except (NotBase64, UnicodeEncodeError) as error:
        raise RemoteError("the server's challenge is no base64: the login can't go on", reply.code) from error


def serialise_challenge(data: bytes) -> Reply:
    """The 334 that asks ``data``."""
    return Reply(CHALLENGE, (b64encode(data).decode("ascii"),))
