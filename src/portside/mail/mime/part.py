"""One part of a message: where it lies, and what its header says of it (RFC 2045, RFC 2183, RFC 2392)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from portside.mail.fields import Header, Octets
from portside.mail.mime.names import safe_name
from portside.mail.mime.parameters import Valued, parse_valued

MESSAGE_TYPES = frozenset({"message/rfc822", "message/global"})
"""What holds another message (RFC 2046 §5.2.1, RFC 6532 §3.7)."""

_is_type = re.compile(r"[^\s/]+/[^\s/]+").fullmatch


@dataclass(eq=False)
class Part:
    """A part, or the whole message. Nothing is copied: its body is ``message[body:end]``, encoded as it travels.

    ``number`` counts all parts in the order in which they stand, the whole message being 0. ``parts`` are those in it.
    ``is_cut``: there are more parts in it than are shown, since a limit of ``mime.parsing`` was met; the whole message
    says so as well.
    """

    message: Octets = field(repr=False)
    header: Header = field(repr=False)
    number: int
    body: int
    end: int
    default_type: str = "text/plain"
    parts: list[Part] = field(default_factory=list)
    is_cut: bool = False

    @cached_property
    def content_type(self) -> Valued:
        """Content-Type; what is no type at all counts as if nothing were said (RFC 2045 §5.2)."""
        found = parse_valued(self.header.raw_text("content-type"))
        return found if _is_type(found.value) else Valued()

    @property
    def type(self) -> str:
        """``type/subtype`` in lower case."""
        return self.content_type.value or self.default_type

    @property
    def charset(self) -> str:
        """As it is written; "" where nothing is said."""
        return self.content_type.parameters.get("charset", "")

    @cached_property
    def disposition(self) -> Valued:
        """Content-Disposition: "inline", "attachment", or what it says (RFC 2183); "" where nothing is said."""
        return parse_valued(self.header.raw_text("content-disposition"))

    @property
    def encoding(self) -> str:
        """Content-Transfer-Encoding in lower case, "7bit" where nothing is said (RFC 2045 §6.1)."""
        return self.header.raw_text("content-transfer-encoding").partition(";")[0].strip().lower() or "7bit"

    @property
    def content_id(self) -> str:
        """By which ``cid:`` speaks of it, without angle brackets; "" where it has none."""
        return self.header.raw_text("content-id").strip("<> \t")

    @property
    def filename(self) -> str:
        """The name that the sender gave it, as it is written; "" where it has none. Nothing to open a file by."""
        return self.disposition.parameters.get("filename", "") or self.content_type.parameters.get("name", "")

    @property
    def safe_name(self) -> str:
        """A name to save it under, without any place in it."""
        otherwise = "message.eml" if self.holds_message else f"part-{self.number}"
        return safe_name(self.filename, otherwise)

    @property
    def holds_message(self) -> bool:
        """It is a message of its own."""
        return self.type in MESSAGE_TYPES

    @property
    def is_leaf(self) -> bool:
        """It holds content rather than parts."""
        return not self.parts and not self.type.startswith("multipart/")

    @property
    def raw(self) -> bytes:
        """A copy of its body as it travels."""
        return self.message[self.body : self.end]

    def walk(self) -> Iterator[Part]:
        """It and all parts in it, in the order in which they stand."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.parts))
