"""The command table: every command that is known, in one row each.

A row says how the argument is read, when the command may be said, what HELP tells of it, and where it is specified.
The server's parser, its check of the order, HELP and the documentation are made from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from portside.protocols.smtp.messages import Command
from portside.protocols.smtp.syntax.codes import BAD_ARGUMENT, NOT_BUILT, SYNTAX_ERROR, Refusal
from portside.protocols.smtp.syntax.content import parse_chunk
from portside.protocols.smtp.syntax.lines import parse_base64
from portside.protocols.smtp.syntax.parameters import parse_mail, parse_rcpt

LONGEST_NAME = 255
"""Characters of the name that a client gives itself."""

_NAME = re.compile(r"[A-Za-z0-9_.:\[\]-]+")
_MECHANISM = re.compile(r"[A-Za-z0-9_-]{1,20}")
_TEXT = re.compile(r"[ -~\x80-\ud7ff\ue000-\U0010ffff]*")


class When(Enum):
    """When a command may be said (RFC 5321 §4.1.4)."""

    ALWAYS = auto()
    GREETED = auto()  # after EHLO, HELO or LHLO
    BETWEEN = auto()  # greeted, and no message begun
    BEGUN = auto()  # after MAIL
    ADDRESSED = auto()  # after a RCPT that was accepted

    __hash__ = object.__hash__  # Enum's own is written in Python


Parser = Callable[[str], Any]
"""Reads an argument. Raises ``Refusal`` with the code to answer."""


@dataclass(frozen=True, slots=True)
class Row:
    """One command.

    - ``usage``: its argument in the RFC's words. ``parse``: reads it.
    - ``when``: it may be said. ``help``: what it does. ``source``: where it is specified.
    - ``last``: nothing may be pipelined behind it (RFC 2920 §3.1).
    """

    verb: str
    usage: str
    parse: Parser
    when: When
    help: str
    source: str
    last: bool = False


# --------------------------------------------------------------------------------------------- arguments


@dataclass(frozen=True, slots=True)
class Login:
    """AUTH (RFC 4954 §4): ``mechanism`` in upper case; ``initial`` is what came with it, None where nothing did."""

    mechanism: str
    initial: bytes | None = field(default=None, repr=False)


def _nothing(argument: str) -> None:
    if argument:
        raise Refusal("That command has no argument.", BAD_ARGUMENT, "5.5.4")


def _anything(argument: str) -> str:
    if not _TEXT.fullmatch(argument):
        raise Refusal("That is no text.", BAD_ARGUMENT, "5.5.4")
    return argument


def _text(argument: str) -> str:
    if not argument:
        raise Refusal("An argument is missing.", BAD_ARGUMENT, "5.5.4")
    return _anything(argument)


def parse_name(argument: str) -> str:
    """The name that a client gives itself, or its address literal. Raises ``Refusal`` (501).

    It is not looked at more closely, since many a client does not know its own name (RFC 5321 §4.1.4). One beyond ASCII
    is said in A-labels (RFC 6531 §3.7.1).
    """
    if not _NAME.fullmatch(argument) or len(argument) > LONGEST_NAME:
        raise Refusal("Say your name: a domain, or an address in brackets.", BAD_ARGUMENT, "5.5.4")
    return argument


def parse_login(argument: str) -> Login:
    """AUTH's argument: a mechanism, and perhaps a first response in base64 (``=``: an empty one).

    Raises ``Refusal`` (501).
    """
    mechanism, _, initial = argument.partition(" ")
    initial = initial.strip(" ")
    if not _MECHANISM.fullmatch(mechanism) or not initial.isascii():
        raise Refusal("AUTH is written AUTH mechanism [response].", BAD_ARGUMENT, "5.5.4")
    if not initial:
        return Login(mechanism.upper())
    return Login(mechanism.upper(), b"" if initial == "=" else parse_base64(initial.encode("ascii")))


# ------------------------------------------------------------------------------------------------ the table

_A, _G, _B = When.ALWAYS, When.GREETED, When.BETWEEN

ROWS: tuple[Row, ...] = (
    Row("EHLO", "domain", parse_name, _A, "say who you are, and hear what is offered", "RFC 5321 §4.1.1.1", True),
    Row("HELO", "domain", parse_name, _A, "say who you are, as in the old days", "RFC 5321 §4.1.1.1"),
    Row("LHLO", "domain", parse_name, _A, "say who you are where mail is delivered (LMTP)", "RFC 2033 §4.1", True),
    Row("MAIL", "FROM:<address> [parameters]", parse_mail, _B, "begin a message: its sender", "RFC 5321 §4.1.1.2"),
    Row("RCPT", "TO:<address> [parameters]", parse_rcpt, When.BEGUN, "name a recipient", "RFC 5321 §4.1.1.3"),
    Row("DATA", "", _nothing, When.ADDRESSED, "send the content; a dot alone ends it", "RFC 5321 §4.1.1.4", True),
    Row("BDAT", "octets [LAST]", parse_chunk, When.ADDRESSED, "send a chunk of the content", "RFC 3030 §2"),
    Row("RSET", "", _nothing, _A, "forget the message that was begun", "RFC 5321 §4.1.1.5"),
    Row("VRFY", "name", _text, _A, "is there such a mailbox?", "RFC 5321 §4.1.1.6", True),
    Row("EXPN", "list", _text, _A, "who is on that list?", "RFC 5321 §4.1.1.7", True),
    Row("HELP", "[command]", _anything, _A, "what can I say?", "RFC 5321 §4.1.1.8"),
    Row("NOOP", "[text]", _anything, _A, "do nothing", "RFC 5321 §4.1.1.9", True),
    Row("QUIT", "", _nothing, _A, "leave", "RFC 5321 §4.1.1.10", True),
    Row("STARTTLS", "", _nothing, _B, "begin TLS", "RFC 3207 §4", True),
    Row("AUTH", "mechanism [response]", parse_login, _B, "log in", "RFC 4954 §4", True),
)
"""In the order of the RFCs."""

TABLE: Mapping[str, Row] = {row.verb: row for row in ROWS}
NOT_IMPLEMENTED = frozenset({"ETRN", "SAML", "SEND", "SOML", "TURN", "XCLIENT", "XFORWARD", "BURL", "ATRN"})
"""Known, and answered by 502: obsolete, dangerous, or for others to offer."""
FOREIGN = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"})
"""What a browser says that was led to the wrong port: what follows is not meant for a mail server either."""


def row_of(verb: str) -> Row | None:
    """The row of a command; None where it is not known, or not built."""
    return TABLE.get(verb)


def parse_argument(command: Command) -> tuple[Row, Any]:
    """The row of ``command``, and what its argument means. Raises ``Refusal`` (500, 501, 502, 553, 555).

    MAIL and RCPT are read as if everything were offered; a server that offers less asks ``parse_mail`` and
    ``parse_rcpt`` themselves.
    """
    row = TABLE.get(command.verb)
    if row is not None:
        return row, row.parse(command.argument)
    if command.verb in NOT_IMPLEMENTED:
        raise Refusal(f"{command.verb} is not implemented.", NOT_BUILT, "5.5.1")
    raise Refusal(f"{command.verb} is not known here; HELP tells what is.", SYNTAX_ERROR, "5.5.1")


def help_lines() -> list[str]:
    """HELP without an argument: the commands, eight in a line."""
    known = sorted(TABLE)
    return ["".join(f"{verb:<9}" for verb in known[at : at + 8]).rstrip() for at in range(0, len(known), 8)]


def help_of(row: Row) -> str:
    """HELP for one command, in ASCII."""
    return f"{row.verb} {row.usage}".rstrip() + f": {row.help} ({row.source.replace('§', 'section ')})"
