"""``-v``: the conversation on stderr, line by line, without passwords and without the content."""

from __future__ import annotations

import re

from portside.cli.clients import describe_door
from portside.cli.screen import tell_freely
from portside.interfaces import Door, Send, Step
from portside.protocols.smtp.explain.splitting import ContentEnd
from portside.syntax.visible import visible

HIDDEN = "*****"
"""What stands for a secret, however long that is."""
LONGEST_SHOWN = 16 * 1024
"""Octets of an unfinished line that are kept: the rules refuse a longer one."""

_AUTH = re.compile(rb"AUTH +([^ ]+)( .*)?", re.IGNORECASE)
_BDAT = re.compile(rb"BDAT ([0-9]{1,19})( LAST)?", re.IGNORECASE)


class Transcript:
    """An observer: ``>`` is what we say, ``<`` what we hear, ``*`` what is good to know."""

    def __init__(self) -> None:
        self._by_connection: dict[int, _Lines] = {}

    def saw(self, step: Step) -> None:
        """See ``Observer``."""
        lines = self._by_connection.setdefault(step.connection, _Lines())
        if step.event in ("opened", "secured") and isinstance(step.given, Door):
            for line in describe_door(step.given):
                tell_freely(f"* {visible(line)}")
        elif step.event == "received" and isinstance(step.given, bytes):
            lines.came(step.given)
        for output in step.outputs:
            if isinstance(output, Send):
                lines.sent(bytes(output.data))
        if step.event == "failed":
            del self._by_connection[step.connection]


class _Lines:
    """The lines of one connection. What is said after 354, or behind BDAT, is content, of which the length is told."""

    def __init__(self) -> None:
        self._rest = b""
        self._in_content = False
        self._in_login = False
        self._octets = 0  # of a content, so far
        self._chunk = 0  # octets of a chunk that are still to come
        self._end = ContentEnd()

    def came(self, data: bytes) -> None:
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest[:LONGEST_SHOWN]
        for line in lines:
            self._heard(line.removesuffix(b"\r"))

    def _heard(self, line: bytes) -> None:
        self._in_content = line[:4] == b"354 "
        if self._in_content:
            self._end = ContentEnd()
        challenge = line[:3] == b"334"
        self._in_login = self._in_login and challenge
        shown = f"334 {HIDDEN}" if challenge and len(line) > 4 else _text(line)
        tell_freely(f"< {shown}")

    def sent(self, data: bytes) -> None:
        while data:
            if self._chunk:
                data = self._pass_chunk(data)
            elif self._in_content:
                data = self._pass_content(data)
            else:
                line, _, data = data.partition(b"\r\n")
                self._said(line)

    def _said(self, line: bytes) -> None:
        found = _AUTH.fullmatch(line)
        chunk = _BDAT.fullmatch(line)
        if self._in_login:
            shown = HIDDEN
        elif found is not None:
            self._in_login = True
            shown = f"AUTH {_text(found[1])}{' ' + HIDDEN if found[2] else ''}"
        else:
            shown = _text(line)
        if chunk is not None:
            self._chunk = int(chunk[1])
        tell_freely(f"> {shown}")

    def _pass_chunk(self, data: bytes) -> bytes:
        count = min(self._chunk, len(data))
        self._chunk -= count
        self._octets += count
        if not self._chunk:
            self._tell_octets()
        return data[count:]

    def _pass_content(self, data: bytes) -> bytes:
        end = self._end.find(data)
        self._octets += len(data) if end < 0 else end
        if end < 0:
            return b""
        self._in_content = False
        self._tell_octets()
        return data[end:]

    def _tell_octets(self) -> None:
        tell_freely(f"> ({self._octets:,} octets of the message)")
        self._octets = 0


def _text(line: bytes) -> str:
    return visible(line.decode("utf-8", "backslashreplace"))
