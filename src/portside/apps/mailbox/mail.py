"""A message as a test sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from portside.apps.mailbox.links import links_of_html, links_of_text
from portside.syntax.visible import visible

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """One message of a search. ``sender`` and ``recipients`` are the envelope's, ``author`` is what From says."""

    id: str
    subject: str
    author: str
    sender: str
    recipients: tuple[str, ...]
    time: datetime
    size: int
    seen: bool
    snippet: str

    def __str__(self) -> str:
        """One line, for an error to tell what came."""
        return visible(f"'{self.subject}' to {', '.join(self.recipients)}")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message."""

    name: str
    type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mail(Found):
    """A message with all that is in it.

    ``text`` is its text, or the words of its HTML; ``html`` is "" where it has none. ``fields`` are the header's, in
    their order; ``mail["reply-to"]`` is the first of a name. ``to`` and ``cc`` are the addresses that the header names.
    """

    text: str = field(repr=False)
    html: str = field(repr=False)
    to: tuple[str, ...]
    cc: tuple[str, ...]
    fields: tuple[tuple[str, str], ...] = field(repr=False)
    attachments: tuple[Attachment, ...] = ()

    @property
    def links(self) -> list[str]:
        """Where its HTML leads, then the addresses in its text; each once."""
        return list(dict.fromkeys([*links_of_html(self.html), *links_of_text(self.text)]))

    def __getitem__(self, name: str) -> str:
        """The first header field of this name, decoded, in whatever case. Raises ``KeyError``."""
        for known, value in self.fields:
            if known.lower() == name.lower():
                return value
        raise KeyError(name)


def found_from(told: Json) -> Found:
    """A line of the list, as the API tells it."""
    return Found(**_known(told))


def mail_from(told: Json, attachments: Sequence[Attachment]) -> Mail:
    """A whole message, as the API tells it."""
    return Mail(
        **_known(told),
        text=told["text"],
        html=told["html"],
        to=_addresses(told, "to"),
        cc=_addresses(told, "cc"),
        fields=tuple((each["name"], each["value"]) for each in told["fields"]),
        attachments=tuple(attachments),
    )


def _known(told: Json) -> dict[str, Any]:
    return {
        "id": told["id"],
        "subject": told["subject"],
        "author": told["sender"],
        "sender": told["return_path"],
        "recipients": tuple(told["recipients"]),
        "time": datetime.fromtimestamp(told["time"], UTC),
        "size": told["size"],
        "seen": told["seen"],
        "snippet": told["snippet"],
    }


def _addresses(told: Json, name: str) -> tuple[str, ...]:
    return tuple(each["address"] for each in told["addresses"][name])
