"""Keys of TLS as programs log them (SSLKEYLOGFILE; RFC 9850)."""

from __future__ import annotations

import re

MOST_SESSIONS = 200_000
"""Sessions whose keys are kept, about 1 kB each."""
LONGEST_LINE = 512
"""Bytes of a line at most: a label, a random, a secret of 64 bytes."""
MASTER = "CLIENT_RANDOM"
"""The label of TLS 1.2's master secret."""

_LINE = re.compile(rb"([A-Z][A-Z0-9_]{2,63}) ([0-9A-Fa-f]{64}) ((?:[0-9A-Fa-f]{2}){16,128})\r?")


class KeyLog:
    """Secrets by the client's random. Lines that are none are passed over; it may be filled while it is used."""

    def __init__(self) -> None:
        self._sessions: dict[bytes, dict[str, bytes]] = {}
        self._rest = b""

    def add(self, lines: bytes) -> None:
        """Further lines; an unfinished one is waited for."""
        lines = self._rest + lines
        whole, newline, rest = lines.rpartition(b"\n")
        self._rest = rest[: LONGEST_LINE + 1]
        for line in whole.split(b"\n") if newline else ():
            self._line(line)
        if len(rest) <= LONGEST_LINE:
            self._line(rest)  # a file may end without a newline; an unfinished line fits no length of a secret

    def _line(self, line: bytes) -> None:
        found = _LINE.fullmatch(line)
        if found is None or len(line) > LONGEST_LINE:
            return
        random = bytes.fromhex(found[2].decode())
        session = self._sessions.get(random)
        if session is None:
            if len(self._sessions) >= MOST_SESSIONS:
                del self._sessions[next(iter(self._sessions))]
            session = self._sessions[random] = {}
        session[found[1].decode()] = bytes.fromhex(found[3].decode())

    def find(self, random: bytes, label: str) -> bytes | None:
        """The secret ``label`` of the session whose client chose ``random``."""
        session = self._sessions.get(random)
        return None if session is None else session.get(label)

    def knows(self, random: bytes) -> bool:
        """Whether there is any secret of that session."""
        return random in self._sessions

    def lines(self) -> bytes:
        """All secrets, as lines."""
        return b"".join(
            f"{label} {random.hex()} {secret.hex()}\n".encode()
            for random, session in self._sessions.items()
            for label, secret in session.items()
        )
