"""What is said where mail is handed on (RFC 5321): commands and replies, lines of a login, and the content.

Addresses are text here. On the wire they are ASCII, or UTF-8 where SMTPUTF8 was said (RFC 6531); bytes that are neither
come as surrogates (``surrogateescape``) and are refused by whoever reads the argument.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from portside.syntax.replies import Graded


@dataclass(frozen=True, slots=True)
class Command:
    """One command: ``verb`` in upper case, and all that follows its space (RFC 5321 §2.4).

    The verb of ``MAIL FROM:`` and ``RCPT TO:`` is one word; the rest belongs to the argument.
    """

    verb: str
    argument: str = ""

    def __str__(self) -> str:
        return f"{self.verb} {self.argument}" if self.argument else self.verb


@dataclass(frozen=True, slots=True)
class Reply(Graded):
    """One reply: three digits and at least one line of text (RFC 5321 §4.2).

    ``enhanced`` is the code of RFC 3463 that stands ahead of the text of each line ("2.1.5"), "" where there is none;
    ``lines`` are without it.
    """

    code: int
    lines: tuple[str, ...]
    enhanced: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code), self.enhanced, self.text) if part)


@dataclass(frozen=True, slots=True)
class Response:
    """The client's answer to a challenge of a login, decoded (RFC 4954 §4); None gives up (``*``)."""

    data: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Content:
    """Octets of a message: lines end in CRLF and dots are unstuffed (DATA), or as they came (BDAT, RFC 3030)."""

    data: bytes


@dataclass(frozen=True, slots=True)
class ContentEnded:
    """The message is whole: its final dot, or its last chunk."""
