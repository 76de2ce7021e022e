"""The theory of reply codes, which FTP and SMTP share (RFC 959 §4.2, RFC 5321 §4.2.1): the first digit says it all."""

from __future__ import annotations


class Graded:
    """A reply with a ``code`` of three digits and ``lines`` of text, at least one."""

    __slots__ = ()

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Its lines in one: what a person is told."""
        return " ".join(line.strip() for line in self.lines).strip()

    @property
    def is_preliminary(self) -> bool:
        """1yz: it has begun, and another reply follows."""
        return 100 <= self.code < 200

    @property
    def is_good(self) -> bool:
        """2yz: done."""
        return 200 <= self.code < 300

    @property
    def asks_for_more(self) -> bool:
        """3yz: go on (a further command, the content, the next line of a login)."""
        return 300 <= self.code < 400

    @property
    def is_passing(self) -> bool:
        """4yz: not now, but perhaps later."""
        return 400 <= self.code < 500

    @property
    def is_final(self) -> bool:
        """5yz: never so."""
        return 500 <= self.code < 600
