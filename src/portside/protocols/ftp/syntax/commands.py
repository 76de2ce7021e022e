"""The command table: every command that is known, in one row each.

A row says how the argument is read, which right the command needs, when it may be said, what HELP and FEAT tell of it,
and where it is specified. The server's parser, its check of rights, HELP, FEAT and the documentation are made from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from portside.errors import RemoteError
from portside.interfaces import Address
from portside.protocols.ftp.messages import Command
from portside.protocols.ftp.syntax.addresses import parse_eprt, parse_port
from portside.protocols.ftp.syntax.times import parse_time

BAD_ARGUMENT = 501
NOT_BUILT = 502
NOT_FOR_THAT = 504
LARGEST = 10**15
"""The largest offset and size that is taken: a petabyte."""

_NUMBER = re.compile(r"[0-9]{1,16}")


class Right(Enum):
    """What a user may do."""

    LIST = "list"
    READ = "read"
    WRITE = "write"
    APPEND = "append"
    DELETE = "delete"
    RENAME = "rename"
    MKDIR = "mkdir"
    CHMOD = "chmod"
    TIMES = "times"


class When(Enum):
    """When a command may be said."""

    ALWAYS = auto()
    LOGGED_IN = auto()
    IN_TRANSFER = auto()  # after the login, and while data passes


Parser = Callable[[str], Any]
"""Reads an argument. Raises ``RemoteError`` with the code to answer."""


@dataclass(frozen=True, slots=True)
class Row:
    """One command.

    - ``usage``: its argument in the RFC's words. ``parse``: reads it.
    - ``right``: what it takes, beyond the login. ``data``: it uses a data connection.
    - ``feature``: its line in FEAT, or "". ``source``: where it is specified. ``help``: what it does.
    - ``names``: its argument is a path that the login's folder is the root of.
    """

    verb: str
    usage: str
    parse: Parser
    when: When
    help: str
    source: str
    right: Right | None = None
    data: bool = False
    feature: str = ""
    names: bool = False


# --------------------------------------------------------------------------------------------- arguments


def _nothing(argument: str) -> None:
    if argument.strip():
        raise RemoteError("that command has no argument", BAD_ARGUMENT)


def _anything(argument: str) -> str:
    return argument


def _text(argument: str) -> str:
    if not argument:
        raise RemoteError("an argument is missing", BAD_ARGUMENT)
    return argument


def parse_number(argument: str, largest: int = LARGEST) -> int:
    """A number of decimal digits up to ``largest``. Raises ``RemoteError`` (501)."""
    if not _NUMBER.fullmatch(argument) or int(argument) > largest:
        raise RemoteError("that is no number that makes sense here", BAD_ARGUMENT)
    return int(argument)


def _allocation(argument: str) -> int:
    size, _, rest = argument.partition(" ")
    if rest and not re.fullmatch(r"[Rr] [0-9]{1,16}", rest):
        raise RemoteError("ALLO is written ALLO size [R record]", BAD_ARGUMENT)
    return parse_number(size)


@dataclass(frozen=True, slots=True)
class TypeCode:
    """TYPE (RFC 959 §3.1.1): ``code`` "A" or "I"."""

    code: str


_TYPES = {"A": "A", "A N": "A", "I": "I", "L 8": "I", "L8": "I"}


def _type(argument: str) -> TypeCode:
    code = " ".join(argument.upper().split())
    if code in _TYPES:
        return TypeCode(_TYPES[code])
    if re.fullmatch(r"E( [NTC])?|A [TC]|L ?[0-9]{1,3}", code):
        raise RemoteError("only the types A, I and L 8 are known here", NOT_FOR_THAT)
    raise RemoteError("TYPE is written TYPE A or TYPE I", BAD_ARGUMENT)


def _one_of(known: str, others: str) -> Parser:
    def parse(argument: str) -> str:
        code = argument.strip().upper()
        if len(code) == 1 and code in known:
            return code
        if len(code) == 1 and code in others:
            raise RemoteError(f"{code} is not known here", NOT_FOR_THAT)
        raise RemoteError(f"that is none of {', '.join(known + others)}", BAD_ARGUMENT)

    return parse


def _epsv(argument: str) -> str:
    """ "" (the same protocol), "1", "2" or "ALL" (RFC 2428 §3, §4)."""
    code = argument.strip().upper()
    if code in ("", "1", "2", "ALL"):
        return code
    if _NUMBER.fullmatch(code):
        raise RemoteError("Network protocol not supported, use (1,2)", 522)
    raise RemoteError("EPSV is written EPSV, EPSV 1, EPSV 2 or EPSV ALL", BAD_ARGUMENT)


@dataclass(frozen=True, slots=True)
class TimeOf:
    """MFMT: the time that ``path`` is to have, in seconds since 1970 UTC."""

    time: float
    path: str


def _time_of(argument: str) -> TimeOf:
    time, _, path = argument.partition(" ")
    if not path:
        raise RemoteError("MFMT is written MFMT YYYYMMDDHHMMSS path", BAD_ARGUMENT)
    return TimeOf(parse_time(time), path)


@dataclass(frozen=True, slots=True)
class Setting:
    """OPTS and SITE: a word in upper case, and what follows it."""

    name: str
    value: str


def _setting(argument: str) -> Setting:
    name, _, value = argument.strip().partition(" ")
    if not name:
        raise RemoteError("an argument is missing", BAD_ARGUMENT)
    return Setting(name.upper(), value.strip(" "))


@dataclass(frozen=True, slots=True)
class ModeOf:
    """SITE CHMOD: the permissions that ``path`` is to have."""

    mode: int
    path: str


def parse_chmod(value: str) -> ModeOf:
    """What follows SITE CHMOD: three or four octal digits and a path; no setuid, setgid or sticky bit."""
    mode, _, path = value.partition(" ")
    if not re.fullmatch(r"0?[0-7]{3}", mode) or not path:
        raise RemoteError("SITE CHMOD is written SITE CHMOD 644 path", BAD_ARGUMENT)
    return ModeOf(int(mode, 8), path)


def parse_list_path(argument: str) -> str:
    """The path in LIST's or NLST's argument, which many clients begin with flags of ``ls`` (``-la``)."""
    words = argument.lstrip(" ")
    while re.match(r"-[A-Za-z0-9]*( |$)", words):
        words = words.partition(" ")[2].lstrip(" ")
    return words


def _address(parse: Callable[[str], Address]) -> Parser:
    return parse


# ------------------------------------------------------------------------------------------------ the table


def _row(verb: str, usage: str, parse: Parser, when: When, source: str, help_text: str, **more: Any) -> Row:
    return Row(verb, usage, parse, when, help_text, source, **more)


_A, _L, _T = When.ALWAYS, When.LOGGED_IN, When.IN_TRANSFER
_LIST = {"right": Right.LIST, "names": True}

ROWS: tuple[Row, ...] = (
    # access control (RFC 959 §4.1.1)
    _row("USER", "name", _text, _A, "RFC 959 §4.1.1", "say who you are"),
    _row("PASS", "password", _anything, _A, "RFC 959 §4.1.1", "prove it"),
    _row("ACCT", "account", _text, _A, "RFC 959 §4.1.1", "name an account; not needed here"),
    _row("CWD", "path", _text, _L, "RFC 959 §4.1.1", "go into a folder", **_LIST),
    _row("CDUP", "", _nothing, _L, "RFC 959 §4.1.1", "go to the folder above", right=Right.LIST),
    _row("SMNT", "path", _text, _L, "RFC 959 §4.1.1", "mount a file system; not built"),
    _row("REIN", "", _nothing, _A, "RFC 959 §4.1.1", "begin anew, without a login"),
    _row("QUIT", "", _nothing, _A, "RFC 959 §4.1.1", "leave"),
    _row("HOST", "name", _text, _A, "RFC 7151 §3", "say which host is meant", feature="HOST"),
    _row("CLNT", "name", _text, _A, "in use", "say which program you are", feature="CLNT"),
    _row("LANG", "[tag]", _anything, _A, "RFC 2640 §4", "choose the language of replies", feature="LANG EN*"),
    # transfer parameters (RFC 959 §4.1.2)
    _row("PORT", "h1,h2,h3,h4,p1,p2", parse_port, _L, "RFC 959 §4.1.2", "connect to me there (IPv4)"),
    _row("PASV", "", _nothing, _L, "RFC 959 §4.1.2", "wait for my data connection (IPv4)"),
    _row("EPRT", "|family|host|port|", parse_eprt, _L, "RFC 2428 §2", "connect to me there", feature="EPRT"),
    _row("EPSV", "[1|2|ALL]", _epsv, _L, "RFC 2428 §3", "wait for my data connection", feature="EPSV"),
    _row("TYPE", "A|I|L 8", _type, _L, "RFC 959 §3.1.1", "text, or bytes as they are"),
    _row("STRU", "F", _one_of("F", "RP"), _L, "RFC 959 §3.1.2", "files, without records"),
    _row("MODE", "S|Z", _one_of("SZ", "BC"), _L, "RFC 959 §3.4", "stream, or compressed", feature="MODE Z"),
    # service (RFC 959 §4.1.3)
    _row("RETR", "path", _text, _L, "RFC 959 §4.1.3", "send me a file", right=Right.READ, data=True, names=True),
    _row("STOR", "path", _text, _L, "RFC 959 §4.1.3", "store a file", right=Right.WRITE, data=True, names=True),
    _row("STOU", "", _anything, _L, "RFC 959 §4.1.3", "store a file under a new name", right=Right.WRITE, data=True),
    _row("APPE", "path", _text, _L, "RFC 959 §4.1.3", "append to a file", right=Right.APPEND, data=True, names=True),
    _row("ALLO", "size [R record]", _allocation, _L, "RFC 959 §4.1.3", "is there room for so many bytes?"),
    _row("REST", "offset", parse_number, _L, "RFC 3659 §5", "begin the next transfer there", feature="REST STREAM"),
    _row("RNFR", "path", _text, _L, "RFC 959 §4.1.3", "rename this ...", right=Right.RENAME, names=True),
    _row("RNTO", "path", _text, _L, "RFC 959 §4.1.3", "... to that", right=Right.RENAME, names=True),
    _row("ABOR", "", _nothing, _T, "RFC 959 §4.1.3", "stop the transfer"),
    _row("DELE", "path", _text, _L, "RFC 959 §4.1.3", "delete a file", right=Right.DELETE, names=True),
    _row("RMD", "path", _text, _L, "RFC 959 §4.1.3", "delete an empty folder", right=Right.DELETE, names=True),
    _row("MKD", "path", _text, _L, "RFC 959 §4.1.3", "make a folder", right=Right.MKDIR, names=True),
    _row("PWD", "", _nothing, _L, "RFC 959 §4.1.3", "which folder am I in?"),
    _row("LIST", "[path]", parse_list_path, _L, "RFC 959 §4.1.3", "list a folder for people", data=True, **_LIST),
    _row("NLST", "[path]", parse_list_path, _L, "RFC 959 §4.1.3", "list names only", data=True, **_LIST),
    _row("MLSD", "[path]", _anything, _L, "RFC 3659 §7", "list a folder for programs", data=True, **_LIST),
    _row("MLST", "[path]", _anything, _L, "RFC 3659 §7", "tell about one file", **_LIST),
    _row("SIZE", "path", _text, _L, "RFC 3659 §4", "how many bytes would RETR send?", feature="SIZE", **_LIST),
    _row("MDTM", "path", _text, _L, "RFC 3659 §3", "when was it changed?", feature="MDTM", **_LIST),
    _row("MFMT", "YYYYMMDDHHMMSS path", _time_of, _L, "draft-somers-ftp-mfxx §3", "set when it was changed",
         right=Right.TIMES, feature="MFMT"),
    _row("HASH", "path", _text, _L, "draft-bryan-ftpext-hash §3", "tell its digest",
         right=Right.READ, feature="HASH", names=True),
    _row("SITE", "CHMOD|HELP ...", _setting, _L, "RFC 959 §4.1.3", "what is special here"),
    _row("SYST", "", _nothing, _A, "RFC 959 §4.1.3", "which system is this?"),
    _row("STAT", "[path]", _anything, _T, "RFC 959 §4.1.3", "how does it stand? or: list a folder here"),
    _row("HELP", "[command]", _anything, _A, "RFC 959 §4.1.3", "what can I say?"),
    _row("NOOP", "", _anything, _A, "RFC 959 §4.1.3", "do nothing"),
    _row("FEAT", "", _nothing, _A, "RFC 2389 §3", "what else can you do?"),
    _row("OPTS", "command settings", _setting, _A, "RFC 2389 §4", "set how a command works", feature="UTF8"),
    # security (RFC 2228, RFC 4217)
    _row("AUTH", "TLS", _text, _A, "RFC 4217 §4", "begin TLS", feature="AUTH TLS"),
    _row("PBSZ", "0", parse_number, _A, "RFC 4217 §8", "buffer size; 0 for TLS", feature="PBSZ"),
    _row("PROT", "C|P", _one_of("CP", "SE"), _A, "RFC 4217 §9", "data in the clear, or by TLS", feature="PROT"),
    _row("CCC", "", _nothing, _L, "RFC 4217 §6", "leave TLS; always refused"),
)  # fmt: skip
"""In the order of the RFCs."""

ALIASES: Mapping[str, str] = {"XCUP": "CDUP", "XCWD": "CWD", "XMKD": "MKD", "XPWD": "PWD", "XRMD": "RMD"}
"""Names of RFC 775, which RFC 1123 §4.1.3.1 asks for."""

TABLE: Mapping[str, Row] = {row.verb: row for row in ROWS}
NOT_IMPLEMENTED = frozenset({"SMNT"})
"""Known, and answered by 502."""
DATA_VERBS = frozenset(row.verb for row in ROWS if row.data)


def row_of(verb: str) -> Row | None:
    """The row of a command, by any of its names; None where it is not known."""
    return TABLE.get(ALIASES.get(verb, verb))


def parse_argument(command: Command) -> tuple[Row, Any]:
    """The row of ``command``, and what its argument means. Raises ``RemoteError`` (500, 501, 502, 504, 522)."""
    row = row_of(command.verb)
    if row is None:
        raise RemoteError(f"{command.verb} is not known here; HELP tells what is", 500)
    if row.verb in NOT_IMPLEMENTED:
        raise RemoteError(f"{row.verb} is not implemented", NOT_BUILT)
    return row, row.parse(command.argument)


def features(*, tls: bool, packing: bool, hashes: str, facts: str) -> list[str]:
    """The lines of FEAT (RFC 2389 §3.2): ``hashes`` as HASH tells its algorithms, ``facts`` as MLST its facts.

    ``packing``: MODE Z is among them.
    """
    untold = (set() if tls else {"AUTH", "PBSZ", "PROT"}) | (set() if packing else {"MODE"})
    lines = [row.feature for row in ROWS if row.feature and row.verb not in untold]
    lines = [f"HASH {hashes}" if line == "HASH" else line for line in lines]
    return sorted([*lines, f"MLST {facts}", "TVFS"])


def help_lines() -> list[str]:
    """HELP without an argument: every command, eight in a line."""
    verbs = sorted(TABLE)
    return [" " + "".join(f"{verb:<6}" for verb in verbs[at : at + 8]).rstrip() for at in range(0, len(verbs), 8)]


def help_of(row: Row) -> str:
    """HELP for one command."""
    return f"{row.verb} {row.usage}".rstrip() + f": {row.help} ({row.source})"
