"""Listings of folders: MLSD and MLST for programs (RFC 3659 §7), and what LIST shows to people.

LIST was never specified. Two dialects are read: that of ``ls -l`` on Unix, in which each server leaves out another
column, and that of DOS (IIS). What can't be read is told apart from what was read and is not to be trusted: a name
that leads elsewhere makes an entry with a ``fault``, and never a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from portside.errors import RemoteError
from portside.protocols.ftp.syntax.times import moment_of, parse_time, serialise_time

LONGEST_LINE = 8 * 1024
"""Bytes of a line of a listing: a path of Linux and its facts, twice."""
FACTS = ("type", "size", "modify", "perm", "unique", "unix.mode")
"""The facts that are told here, in the order of FEAT; all are on from the start."""


class Kind(Enum):
    """What a name stands for."""

    FILE = "file"
    FOLDER = "dir"
    LINK = "link"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a folder.

    - ``size``: bytes; ``modified``: seconds since 1970 UTC. Both None where they are not told.
    - ``exact``: the time is UTC to the second; LIST tells minutes or days, in the server's own zone.
    - ``mode``: the permissions of Unix. ``target``: where a link leads. ``unique``: the same for the same file.
    - ``permissions``: RFC 3659's letters. ``fault``: why this name must not be used; "" where it may.
    """

    name: str
    kind: Kind
    size: int | None = None
    modified: float | None = None
    exact: bool = False
    mode: int | None = None
    target: str = ""
    unique: str = ""
    permissions: str = ""
    fault: str = ""


def fault_of(name: str) -> str:
    """Why a name from elsewhere must not become one of ours; "" where it may."""
    if name in ("", ".", ".."):
        return "it names no file of this folder"
    if "/" in name:
        return "it leads to another folder"
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in name):
        return "it holds control characters"
    return ""


# --------------------------------------------------------------------------------------- MLSD and MLST


def serialise_facts(entry: Entry, wanted: Iterable[str] = FACTS) -> str:
    """``type=file;size=3; name`` with those facts that are wanted and known (RFC 3659 §7.2)."""
    known = _facts(entry)
    facts = "".join(f"{fact}={known[fact]};" for fact in FACTS if fact in wanted and fact in known)
    return f"{facts} {entry.name}"


def _facts(entry: Entry) -> Mapping[str, str]:
    facts = {"type": {Kind.LINK: "OS.unix=slink", Kind.OTHER: "OS.unix=other"}.get(entry.kind, entry.kind.value)}
    if entry.size is not None and entry.kind is Kind.FILE:
        facts["size"] = str(entry.size)
    if entry.modified is not None:
        facts["modify"] = serialise_time(entry.modified)
    if entry.permissions:
        facts["perm"] = entry.permissions
    if entry.unique:
        facts["unique"] = entry.unique
    if entry.mode is not None:
        facts["unix.mode"] = f"{entry.mode:04o}"
    return facts


def feature_of_facts(wanted: Iterable[str]) -> str:
    """``type*;size*;modify;`` as FEAT tells which facts there are, and which are wanted (RFC 3659 §7.8)."""
    chosen = set(wanted)
    return "".join(f"{fact}{'*' if fact in chosen else ''};" for fact in FACTS)


_FACT = re.compile(r"[^;= ]{1,64}=[^; ]{0,4096}")
_NUMBER = re.compile(r"[0-9]{1,18}")
_MODE = re.compile(r"[0-7]{3,6}")


def parse_facts(line: str) -> Entry | None:
    """The entry in a line of MLSD; None for the folder itself and the one above. Raises ``RemoteError``."""
    facts_text, space, name = line.partition(" ")
    pairs = [fact for fact in facts_text.split(";") if fact]
    if not space or not all(_FACT.fullmatch(pair) for pair in pairs):
        raise RemoteError(f"the server lists {line[:60]!a}: that is no entry of MLSD")
    facts = {fact.lower(): value for fact, _, value in (pair.partition("=") for pair in pairs)}
    kind = facts.get("type", "file").lower()
    if kind in ("cdir", "pdir"):
        return None
    return Entry(
        name,
        _kind(kind),
        size=_number(facts.get("size", facts.get("sizd", ""))),
        modified=_moment(facts.get("modify", "")),
        exact=True,
        mode=int(facts["unix.mode"], 8) & 0o7777 if _MODE.fullmatch(facts.get("unix.mode", "")) else None,
        target=_target(facts.get("type", "")),
        unique=facts.get("unique", ""),
        permissions=facts.get("perm", "").lower(),
        fault=fault_of(name),
    )


def _kind(text: str) -> Kind:
    if text in ("file", "dir"):
        return Kind(text)
    return Kind.LINK if text.startswith(("os.unix=slink", "os.unix=symlink")) else Kind.OTHER


def _target(text: str) -> str:
    return text.partition(":")[2] if text.lower().startswith("os.unix=slink:") else ""


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


def _moment(text: str) -> float | None:
    try:
        return parse_time(text)
    except RemoteError:
        return None


# ------------------------------------------------------------------------------------------------- ls -l

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
HALF_A_YEAR = 182 * 86400.0
"""Seconds: ``ls`` shows the year of what is older, and the hour of what is younger."""
_LETTERS = {Kind.FILE: "-", Kind.FOLDER: "d", Kind.LINK: "l", Kind.OTHER: "?"}


def serialise_ls(entry: Entry, now: float) -> str:
    """A line as ``ls -l`` writes it, with the time in UTC; who owns a file is nobody's business."""
    mode = entry.mode if entry.mode is not None else (0o755 if entry.kind is Kind.FOLDER else 0o644)
    links = 2 if entry.kind is Kind.FOLDER else 1
    when = _ls_time(entry.modified or 0.0, now)
    arrow = f" -> {entry.target}" if entry.target else ""
    start = f"{_LETTERS[entry.kind]}{_rwx(mode)} {links:>3} ftp      ftp      {entry.size or 0:>12}"
    return f"{start} {when} {entry.name}{arrow}"


def _rwx(mode: int) -> str:
    return "".join(
        letter if mode >> bit & 1 else "-" for letter, bit in zip("rwxrwxrwx", range(8, -1, -1), strict=True)
    )


def _ls_time(modified: float, now: float) -> str:
    moment = moment_of(modified)
    recent = now - HALF_A_YEAR < modified <= now + 3600
    last = f"{moment:%H:%M}" if recent else f" {moment.year:04}"
    return f"{MONTHS[moment.month - 1]} {moment.day:>2} {last}"


_UNIX = re.compile(
    r"(?P<mode>[-bcdlpsDC?][-rwxsStTlL]{9})[.+@]?\s+"
    r"(?:(?P<links>[0-9]+)\s+)?"
    r"(?P<owners>.{0,160}?\s)??"
    r"(?:(?P<size>[0-9]{1,18})|[0-9]+,\s*[0-9]+)\s+"
    r"(?P<date>[A-Z][a-z]{2}\s+[0-9]{1,2}\s+(?:[0-9]{1,2}:[0-9]{2}|[0-9]{4})|[0-9]{4}-[0-9]{2}-[0-9]{2}\s[0-9]{2}:[0-9]{2})"
    r" (?P<name>.*)",
    re.DOTALL,
)
_DOS = re.compile(
    r"(?P<date>[0-9]{2}-[0-9]{2}-(?:[0-9]{2}|[0-9]{4})\s+[0-9]{2}:[0-9]{2}(?:[AP]M)?)\s+"
    r"(?:(?P<folder><DIR>|<JUNCTION>|<SYMLINKD?>)|(?P<size>[0-9]{1,18}))\s+?(?P<name>\S.*)",
    re.DOTALL,
)
_TOTAL = re.compile(r"(?:total|insgesamt)\s+[0-9]+\s*", re.IGNORECASE)


def parse_list(line: str, now: float) -> Entry | None:
    """The entry in a line of LIST, in the dialect of Unix or of DOS; None for what is none (``total 4``, ``.``).

    ``now``: seconds since 1970 UTC; a date without a year is of the last twelve months. Raises ``RemoteError``.
    """
    text = line.rstrip("\r\n")
    if not text.strip() or _TOTAL.fullmatch(text):
        return None
    unix = _UNIX.fullmatch(text)
    if unix is not None:
        return _of_unix(unix, now)
    dos = _DOS.fullmatch(text)
    if dos is not None:
        return _of_dos(dos)
    raise RemoteError(f"the server lists {text[:60]!a}: in no dialect that is known here")


def _of_unix(found: re.Match[str], now: float) -> Entry | None:
    letters, name, target = found["mode"], found["name"], ""
    kind = {"-": Kind.FILE, "d": Kind.FOLDER, "l": Kind.LINK}.get(letters[0], Kind.OTHER)
    if kind is Kind.LINK:
        name, _, target = name.partition(" -> ")
    if name in (".", ".."):
        return None
    size = int(found["size"]) if found["size"] else None
    return Entry(
        name,
        kind,
        size=size if kind is Kind.FILE else None,
        modified=_unix_time(" ".join(found["date"].split()), now),
        mode=_octal(letters),
        target=target,
        fault=fault_of(name),
    )


def _octal(letters: str) -> int:
    return sum(1 << 8 - at for at, letter in enumerate(letters[1:10]) if letter not in "-STL")


def _unix_time(text: str, now: float) -> float | None:
    try:
        if text[:1].isdigit():
            return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC).timestamp()
        month, day, last = text.split(" ")
        number = MONTHS.index(month) + 1
        if ":" not in last:
            return datetime(int(last), number, int(day), tzinfo=UTC).timestamp()
        return _latest(number, int(day), last, now)
    except ValueError:
        return None


def _latest(month: int, day: int, clock: str, now: float) -> float | None:
    """The last time that it was that day and hour, up to a day ahead of us: the server's zone may be."""
    hour, minute = (int(part) for part in clock.split(":"))
    year = datetime.fromtimestamp(now, UTC).year + 1
    for candidate in range(year, year - 9, -1):  # 29 February comes every eight years at worst
        try:
            moment = datetime(candidate, month, day, hour, minute, tzinfo=UTC).timestamp()
        except ValueError:
            continue
        if moment <= now + 86400:
            return moment
    return None


def _of_dos(found: re.Match[str]) -> Entry:
    name, folder = found["name"], found["folder"]
    kind = Kind.FILE if folder is None else Kind.FOLDER if folder == "<DIR>" else Kind.LINK
    return Entry(
        name,
        kind,
        size=int(found["size"]) if found["size"] else None,
        modified=_dos_time(" ".join(found["date"].split())),
        fault=fault_of(name),
    )


def _dos_time(text: str) -> float | None:
    date, _, clock = text.partition(" ")
    year = "%Y" if len(date) == 10 else "%y"
    form = f"%m-%d-{year} " + ("%I:%M%p" if clock.endswith("M") else "%H:%M")
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def lines_of(entries: Sequence[str]) -> bytes:
    """A listing as it is sent: every line ends with CR LF, whatever the type of the transfer."""
    return "".join(f"{line}\r\n" for line in entries).encode("utf-8", "surrogateescape")
