"""What of a message a person reads: its text, its HTML with the pictures in it, and what is attached (RFC 2046 §5.1).

Of alternatives one is chosen; what is attached, or is a message of its own, is no part of the text.
"""

from __future__ import annotations

from collections.abc import Iterator

from portside.mail.mime.decoding import LARGEST_TEXT, characters
from portside.mail.mime.flowing import unflowed
from portside.mail.mime.markup import plain
from portside.mail.mime.part import Part

TEXT = "text/plain"
HTML = "text/html"


def text(part: Part, most: int = LARGEST_TEXT) -> str:
    """The text of a message; where it has only HTML, the words of that. ``most`` octets of each part are read."""
    found = "\n".join(_read(leaf, most) for leaf in _bodies(part, TEXT))
    return found if found.strip() else plain(html(part, most)) or found


def html(part: Part, most: int = LARGEST_TEXT) -> str:
    """The HTML of a message as it was sent, "" where it has none. Whoever shows it puts it into a sandbox."""
    return "\n".join(characters(leaf, most) for leaf in _bodies(part, HTML))


def attachments(part: Part) -> list[Part]:
    """What is to be saved rather than read: files, messages in it, and pictures that stand in no HTML."""
    shown = {id(leaf) for wanted in (TEXT, HTML) for leaf in _bodies(part, wanted)}
    embedded = {id(leaf) for leaf in pictures(part).values()}
    seen = shown | embedded
    return [leaf for leaf in _own(part) if not _holds(leaf) and id(leaf) not in seen]


def pictures(part: Part) -> dict[str, Part]:
    """What the HTML may speak of by ``cid:``, by Content-ID (RFC 2392): the first of each."""
    found: dict[str, Part] = {}
    for holder in _own(part):
        if holder.type == "multipart/related":
            for leaf in holder.parts:
                if leaf.content_id and leaf.is_leaf and leaf.type != HTML and leaf.disposition.value != "attachment":
                    found.setdefault(leaf.content_id, leaf)
    return found


def _read(leaf: Part, most: int) -> str:
    said = leaf.content_type.parameters
    text = characters(leaf, most)
    return (
        unflowed(text, said.get("delsp", "").lower() == "yes") if said.get("format", "").lower() == "flowed" else text
    )


def _bodies(part: Part, wanted: str) -> Iterator[Part]:
    """The leaves of one type that a reader is shown, in their order."""
    waiting = [part]
    while waiting:
        here = waiting.pop()
        if here.type == "multipart/alternative":
            waiting.extend(_chosen(here, wanted))
        elif here.type == "multipart/related":
            waiting.extend(here.parts[:1])
        elif here.type.startswith("multipart/"):
            waiting.extend(reversed(here.parts))
        elif here.type == wanted and not _is_attached(here):
            yield here


def _chosen(alternative: Part, wanted: str) -> list[Part]:
    """The last alternative that has what is wanted (RFC 2046 §5.1.4: the best comes last)."""
    having = [part for part in alternative.parts if any(leaf.type == wanted for leaf in part.walk())]
    return having[-1:]


def _is_attached(part: Part) -> bool:
    return part.disposition.value == "attachment" or (bool(part.filename) and part.disposition.value != "inline")


def _own(part: Part) -> Iterator[Part]:
    """Its parts at every depth, itself among them, without those of messages in the message."""
    waiting = [part]
    while waiting:
        here = waiting.pop()
        yield here
        if _holds(here):
            waiting.extend(reversed(here.parts))


def _holds(part: Part) -> bool:
    return part.type.startswith("multipart/")
