"""The limits of both sides of FTP, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass

SILENCE = 60.0
"""Seconds of silence on both connections after which a client gives a server up."""
ABORT_AFTER = 5.0
"""Seconds that a server has to notice that its client has left a transfer, before it is told so."""
MOST_WAITING = 512
"""Commands without an answer: more, and both sides could fill each other's buffers and wait for ever."""


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """``silence``: seconds without a sign of life that a client waits for an answer, or for data (0: for ever)."""

    silence: float = SILENCE


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Seconds and counts of one control connection.

    - ``login``: from the first byte to a right login: a person needs a password manager, not a minute more.
    - ``idle``: without a command, and without a transfer (RFC 1123 §4.1.3.2 asks for 5 minutes at least).
    - ``meeting``: until a data connection is there and secure, from the moment in which it is needed.
    - ``stall``: each so many seconds of a transfer have to move ``least`` bytes, or it is cut off.
    - ``tries``: wrong logins, after which the connection is closed (RFC 2577 §5).
    - ``mistakes``: lines in a row that are no command; what sends more of them speaks another protocol.
    - ``waiting``: bytes of commands that wait for one that is carried out; beyond it nothing is read.
    - ``linger``: for the other side to read our last words.
    """

    login: float = 60.0
    idle: float = 300.0
    meeting: float = 30.0
    stall: float = 60.0
    least: int = 6_000
    tries: int = 5
    mistakes: int = 20
    waiting: int = 16 * 1024
    linger: float = 2.0
