"""What is said in a file transfer (RFC 959): commands and replies on the control connection, bytes on the data one.

Names of files are text here. On the wire they are UTF-8 (RFC 2640); bytes that are none come as surrogates
(``surrogateescape``), so that every name comes back as it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from portside.errors import PortsideError
from portside.interfaces import Door
from portside.syntax.replies import Graded


@dataclass(frozen=True, slots=True)
class Command:
    """One command: ``verb`` in upper case, and all that follows its space (RFC 959 §5.3.1)."""

    verb: str
    argument: str = ""

    def __str__(self) -> str:
        return f"{self.verb} {self.argument}" if self.argument else self.verb


@dataclass(frozen=True, slots=True)
class Reply(Graded):
    """One reply: three digits and at least one line of text (RFC 959 §4.2)."""

    code: int
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


@dataclass(frozen=True, slots=True)
class DataOpened:
    """The data connection is there, and secured where it has to be."""

    door: Door


@dataclass(frozen=True, slots=True)
class Data:
    """Bytes on the data connection."""

    data: bytes


@dataclass(frozen=True, slots=True)
class DataEnded:
    """Nothing more comes on the data connection: its end (None), or what cut it off."""

    error: PortsideError | None
