"""One message from its file: opened without being read into memory, taken apart, and told as JSON."""

from __future__ import annotations

import mmap
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

from portside.apps.mailbox.frame import Picture, framed, remote_pictures
from portside.apps.mailbox.journey import journey
from portside.apps.mailbox.meanings import meaning
from portside.mail.addresses import parse_addresses
from portside.mail.dates import parse_date
from portside.mail.fields import Header, Octets
from portside.mail.mime import decoding, reading
from portside.mail.mime.parsing import parse
from portside.mail.mime.part import Part

ADDRESSES = ("from", "sender", "reply-to", "to", "cc", "bcc")
"""Fields whose addresses are told one by one."""
MOST_FIELDS = 500
"""Fields that are shown: real headers have some dozens."""
LONGEST_VALUE = 8192
"""Characters of a field that are shown."""
MOST_ADDRESSES = 500
"""Addresses of a field that are shown."""
SHOWN_SOURCE = 2 * 1024 * 1024
"""Octets of the source that are shown; all of it can be saved."""
LARGEST_PICTURE = 8 * 1024 * 1024
"""Octets of one picture that are written into the frame."""

Json = dict[str, Any]
T = TypeVar("T")


def octets_of(path: Path) -> Octets:
    """The octets of a file, which are let go with the last that holds them. Raises ``OSError``."""
    with path.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:  # nothing of a file is no mapping
            return b""
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def read(path: Path, what: Callable[[Part], T]) -> T:
    """What of the message in ``path`` is wanted. Raises ``OSError``."""
    return what(parse(octets_of(path)))


def source(path: Path) -> bytes:
    """The beginning of the file."""
    with path.open("rb") as file:
        return file.read(SHOWN_SOURCE)


# --------------------------------------------------------------------------------------------- all of it


def told(root: Part) -> Json:
    """Everything that people and tests want to know of a message."""
    header = root.header
    html = reading.html(root)
    date = parse_date(header.raw_text("date"))
    return {
        "subject": header.text("subject"),
        "date": date,
        "message_id": header.text("message-id"),
        "addresses": {name: _addresses(header, name) for name in ADDRESSES},
        "fields": [_field(field.name.decode("latin-1"), field.text) for field in header.fields[:MOST_FIELDS]],
        "journey": _journey(header),
        "results": [field.text[:LONGEST_VALUE] for field in header.all("authentication-results")[:MOST_FIELDS]],
        "text": reading.text(root),
        "html": html,
        "remote_pictures": remote_pictures(html),
        "attachments": [_attachment(part) for part in reading.attachments(root)],
        "parts": _parts(root),
        "cut": root.is_cut or header.is_cut or len(header.fields) > MOST_FIELDS,
    }


def _addresses(header: Header, name: str) -> list[Json]:
    found = [address for field in header.all(name) for address in parse_addresses(field.raw_text)]
    return [{"name": each.name, "address": each.address} for each in found[:MOST_ADDRESSES]]


def _field(name: str, value: str) -> Json:
    return {"name": name, "value": value[:LONGEST_VALUE], "meaning": meaning(name)}


def _journey(header: Header) -> list[Json]:
    received = [field.raw_text for field in header.all("received")]
    return [
        {
            "from": hop.source,
            "remark": hop.remark,
            "by": hop.by,
            "with": hop.protocol,
            "for": hop.recipient,
            "time": hop.time,
            "delay": hop.delay,
        }
        for hop in journey(received, parse_date)
    ]


def _attachment(part: Part) -> Json:
    return {"part": part.number, "name": part.safe_name, "type": part.type, "size": decoding.size(part)}


def _parts(root: Part) -> list[Json]:
    """All parts in their order, each with its depth."""
    found: list[Json] = []
    waiting = [(root, 0)]
    while waiting:
        part, depth = waiting.pop()
        found.append(
            {
                "part": part.number,
                "depth": depth,
                "type": part.type,
                "name": part.filename,
                "charset": part.charset,
                "encoding": part.encoding,
                "disposition": part.disposition.value,
                "content_id": part.content_id,
                "octets": part.end - part.body,
                "leaf": part.is_leaf,
            }
        )
        waiting.extend((inner, depth + 1) for inner in reversed(part.parts))
    return found


# ------------------------------------------------------------------------------------------ parts of it


def frame(root: Part) -> bytes:
    """The HTML for the frame, with the pictures that came with it."""
    pictures = reading.pictures(root)

    def find(name: str) -> Picture | None:
        part = pictures.get(name)
        if part is None:
            return None
        data = decoding.content(part, LARGEST_PICTURE + 1)
        return Picture(part.type, data) if len(data) <= LARGEST_PICTURE else None

    return framed(reading.html(root), find)


def part(number: int) -> Callable[[Part], Part | None]:
    """Finds the part of this number, which may be none of a message."""
    return lambda root: next((each for each in root.walk() if each.number == number), None)


async def pieces(found: Part) -> AsyncIterator[bytes]:
    """The content of a part, piece by piece; each is decoded quicker than a thread would be asked."""
    for block in decoding.blocks(found):
        if block:
            yield block
