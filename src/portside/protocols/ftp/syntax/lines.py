"""Lines of the control connection: commands and replies (RFC 959 §4.2, §5.3; RFC 1123 §4.1; RFC 2640 §3).

The control connection speaks Telnet. So a byte 255 of a name is doubled, and what else begins with it is an
order to the terminal: clients send ``IAC IP IAC DM`` before ABOR. Lines end with CR LF; a bare LF is taken for an end
too, as every server does, but a CR within a line is refused: who reads it as an end would see another command there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from portside.errors import LocalError, RemoteError
from portside.protocols.ftp.messages import Command, Reply

LONGEST_COMMAND = 4096 + 256
"""Bytes of a command's line: the longest path of Linux, and a verb with room to spare."""
SYNTAX_ERROR = 500

_VERB = re.compile(r"[A-Za-z]{1,8}")
_REPLY = re.compile(rb"([1-6][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
_ORDERS = re.compile(rb"\xff(?:[\xfb-\xfe].|[\xf0-\xfa]|(\xff))", re.DOTALL)
_BREAKS = re.compile("[\r\n\0]")


def undo_telnet(line: bytes) -> bytes:
    """``line`` without Telnet's orders, and a doubled 255 as one byte (RFC 854)."""
    if b"\xff" not in line:
        return line
    return _ORDERS.sub(lambda found: found[1] or b"", line)


def decode(data: bytes) -> str:
    """A name or a text as it came."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """A name or a text as it is sent. Raises ``LocalError`` for what no bytes stand for."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise LocalError(f"{text!a} can't be sent: it is no text") from error


def parse_command(line: bytes) -> Command:
    """The command in ``line``, which comes without its end. Raises ``RemoteError`` (500).

    One space divides verb and argument; further ones belong to the argument, since names may begin with them.
    """
    text = decode(undo_telnet(line))
    if _BREAKS.search(text):
        raise RemoteError("a command holds no CR and no NUL", SYNTAX_ERROR)
    verb, _, argument = text.partition(" ")
    if not _VERB.fullmatch(verb):
        raise RemoteError("that is no command", SYNTAX_ERROR)
    return Command(verb.upper(), argument)


def serialise_command(command: Command) -> bytes:
    """The line of ``command``. Raises ``LocalError`` for an argument that would end it early (RFC 959 §5.3.1)."""
    text = str(command)
    if _BREAKS.search(text):
        raise LocalError(f"a name with a line break can't be said in FTP: {command.argument!a}")
    return encode(text).replace(b"\xff", b"\xff\xff") + b"\r\n"


def serialise_reply(reply: Reply) -> bytes:
    """The lines of ``reply``. What would break a line is written as ``?``, and what looks like its end is indented."""
    *before, last = [_BREAKS.sub("?", line) for line in reply.lines] or [""]
    code = f"{reply.code:03d}"
    whole = [f"{code}-{line}" if at == 0 else _inner(line, code) for at, line in enumerate(before)]
    return encode("".join(f"{line}\r\n" for line in [*whole, f"{code} {last}"])).replace(b"\xff", b"\xff\xff")


def _inner(line: str, code: str) -> str:
    """A line between the first and the last: it must not begin as the last one does (RFC 959 §4.2)."""
    return f" {line}" if line.startswith(code) else line


def parse_reply(lines: Sequence[bytes]) -> Reply:
    """The reply in ``lines``, which come without their ends. Raises ``RemoteError`` for what is none.

    The last line begins with the code of the first and a space; whoever collects the lines has seen to that.
    """
    first = _REPLY.fullmatch(undo_telnet(lines[0])) if lines else None
    if first is None:
        shown = ascii(decode(lines[0][:60])) if lines else "nothing"
        raise RemoteError(f"the server answered {shown}: that is no reply of FTP")
    code = first[1]
    texts = [first[3] or b"", *(_text(undo_telnet(line), code) for line in lines[1:])]
    return Reply(int(code), tuple(decode(text).rstrip("\r") for text in texts))


def _text(line: bytes, code: bytes) -> bytes:
    """A further line's text: some servers repeat the code on every line, others indent."""
    return line[4:] if line[:3] == code and line[3:4] in (b" ", b"-", b"") else line


def is_last(line: bytes, code: bytes) -> bool:
    """Whether ``line`` ends the reply that begins with ``code-``."""
    return line[:3] == code and line[3:4] in (b" ", b"")
