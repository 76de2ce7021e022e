"""One finished exchange as one line of the access log, in three forms.

- ``text``: ``2026-03-14 15:09:26 127.0.0.1 GET /index.html 200 5120``, in local time;
- ``combined``: nginx's format of that name, byte for byte, but that the user is always ``-``;
- ``json``: one object a line (RFC 8259), its time in UTC (RFC 3339).

Whatever a stranger sent is escaped: a line stays one line of visible ASCII. Of a request's fields only Referer and
User-Agent are written, so no login and no cookie gets here.

Speed. Thousands of lines have a second, a request and its outcome in common. A line like the one before is not
written anew, the time only once a second, and the rest of a line is kept for requests that are ``lasting``. All come
out as if they were written one by one.
"""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from json.encoder import encode_basestring_ascii as quote

from portside.interfaces import Door
from portside.protocols.http.messages import Request

Entry = tuple[float, Door, Request | None, int, int]
"""When (seconds since the epoch), through which door, what was asked, the status, and the bytes of the body."""

KEPT_LINES = 4096
"""Lines kept: some for each request that is remembered."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_needs_escape = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]")


def escape(text: str) -> str:
    """``text`` (ISO 8859-1) as nginx writes it: ``\\xHH`` for quotes, backslashes, controls and all beyond ASCII."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return _needs_escape.sub(lambda match: f"\\x{ord(match[0]) & 0xFF:02X}", text)


class Lines(ABC):
    """Writes entries as lines. One of these belongs to one log: it remembers what it wrote last."""

    def __init__(self) -> None:
        self._second = -1
        self._time = ""
        self._kept: dict[tuple[Request, str, int, int], tuple[str, str]] = {}

    def write(self, entries: Sequence[Entry]) -> bytes:
        """All of ``entries``, each line ended by a line feed."""
        lines: list[str] = []
        last: Request | None = None
        last_status = last_size = 0
        host = line = ""
        for moment, door, request, status, size in entries:
            second = int(moment)
            if second != self._second:
                self._second = second
                self._time = self._write_time(second)
                last = None
            remote = door.remote.host
            if request is None or request is not last or status != last_status or size != last_size or remote != host:
                last, last_status, last_size, host = request, status, size, remote
                before, after = self._recall(door, request, status, size)
                line = f"{before}{self._time}{after}"
            lines.append(line)
        return "".join(lines).encode("ascii", "backslashreplace")

    def _recall(self, door: Door, request: Request | None, status: int, size: int) -> tuple[str, str]:
        if request is None or not request.lasting:
            return self._write_line(door, request, status, size)
        key = (request, door.remote.host, status, size)
        line = self._kept.get(key)
        if line is None:
            if len(self._kept) >= KEPT_LINES:
                self._kept.clear()
            line = self._kept[key] = self._write_line(door, request, status, size)
        return line

    @abstractmethod
    def _write_time(self, second: int) -> str: ...

    @abstractmethod
    def _write_line(self, door: Door, request: Request | None, status: int, size: int) -> tuple[str, str]:
        """The line before its time, and after it."""

    @abstractmethod
    def gap(self, count: int) -> bytes:
        """The line that stands for ``count`` lines that could not be written."""


class TextLines(Lines):
    """For a person who looks on."""

    def _write_time(self, second: int) -> str:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))

    def _write_line(self, door: Door, request: Request | None, status: int, size: int) -> tuple[str, str]:
        asked = "- -" if request is None else f"{request.method} {escape(request.target)}"
        return "", f" {_host(door)} {asked} {status} {size}\n"

    def gap(self, count: int) -> bytes:
        return b"(%d lines of this log are missing: it could not be written as fast as they came)\n" % count


class CombinedLines(Lines):
    """For programs that read the logs of nginx and Apache."""

    def _write_time(self, second: int) -> str:
        now = time.localtime(second)
        minutes = abs(now.tm_gmtoff) // 60
        zone = f"{'-' if now.tm_gmtoff < 0 else '+'}{minutes // 60:02}{minutes % 60:02}"
        clock = f"{now.tm_hour:02}:{now.tm_min:02}:{now.tm_sec:02}"
        return f"{now.tm_mday:02}/{_MONTHS[now.tm_mon - 1]}/{now.tm_year:04}:{clock} {zone}"

    def _write_line(self, door: Door, request: Request | None, status: int, size: int) -> tuple[str, str]:
        line, referer, agent = "-", "-", "-"
        if request is not None:
            line = f"{request.method} {escape(request.target)} HTTP/1.{request.minor}"
            referer = _field(request.headers.get(b"referer"))
            agent = _field(request.headers.get(b"user-agent"))
        return f"{_host(door)} - - [", f'] "{line}" {status} {size} "{referer}" "{agent}"\n'

    def gap(self, count: int) -> bytes:
        return b"# %d lines are missing: they could not be written as fast as they came\n" % count


class JsonLines(Lines):
    """For programs that read JSON. Field values are text in ISO 8859-1, which keeps every byte."""

    def _write_time(self, second: int) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))

    def _write_line(self, door: Door, request: Request | None, status: int, size: int) -> tuple[str, str]:
        asked = '"method": null, "target": null, "version": null'
        referer = agent = "null"
        if request is not None:
            asked = f'"method": "{request.method}", "target": {quote(request.target)}, "version": "1.{request.minor}"'
            referer, agent = _text(request, b"referer"), _text(request, b"user-agent")
        fields = f'"referer": {referer}, "user_agent": {agent}'
        line = f'", "remote": {quote(_host(door))}, {asked}, "status": {status}, "bytes": {size}, {fields}}}\n'
        return '{"time": "', line

    def gap(self, count: int) -> bytes:
        return b'{"missing": %d}\n' % count


def _field(value: bytes | None) -> str:
    return "-" if value is None else escape(value.decode("latin-1"))


def _text(request: Request, name: bytes) -> str:
    value = request.headers.get(name)
    return "null" if value is None else quote(value.decode("latin-1"))


def _host(door: Door) -> str:
    """The other side's address; of a Unix socket there is none, and nginx writes ``unix:``."""
    return escape(door.remote.host) or "unix:"


LINES: dict[str, type[Lines]] = {"text": TextLines, "combined": CombinedLines, "json": JsonLines}
"""The class for each name of a format."""
