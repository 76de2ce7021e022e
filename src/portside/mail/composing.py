"""A message built from what a person means: text, HTML, pictures in it, files (RFC 5322, RFC 2045 to 2047, RFC 2231).

What goes out is in CRLF form and survives any relay: ASCII throughout, or a header in UTF-8 where ``utf8`` asks for
that (RFC 6532). No value can begin another field, and no recipient that is kept from the others is ever named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from portside.errors import UsageError
from portside.mail.addresses import Address, parse_addresses
from portside.mail.dates import serialise_date
from portside.mail.fields import Field, parse_header
from portside.mail.folding import check_line, serialise_addresses, serialise_text, serialise_words
from portside.mail.mime.building import canonical, entity, multipart, text_entity, valued

DEFAULT_TYPE = "application/octet-stream"

_OURS = frozenset({"from", "to", "cc", "subject", "date", "message-id", "mime-version"})
_HIDDEN = frozenset({"bcc", "resent-bcc"})
_ADDRESSED = frozenset(
    {"reply-to", "sender", "resent-from", "resent-to", "resent-cc", "resent-sender", "resent-reply-to"}
)
_is_address = re.compile(r"""(?:[^\s@<>()\[\],;:\\"]+|"[^\r\n]+")@(?:[^\s@<>()\[\],;:\\"]+|\[[^\s\[\]]+\])""").fullmatch
_is_id = re.compile(r"<[^\s<>]+@[^\s<>]+>").fullmatch
_is_type = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*").fullmatch


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along. With a ``content_id`` (without angle brackets) the HTML shows it by ``cid:``."""

    name: str
    content: bytes
    type: str = DEFAULT_TYPE
    content_id: str = ""


def compose(
    *,
    sender: str,
    date: float,
    message_id: str,
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    subject: str = "",
    text: str = "",
    html: str = "",
    attachments: Sequence[Attachment] = (),
    headers: Sequence[tuple[str, str]] = (),
    utf8: bool = False,
    offset: int = 0,
) -> bytes:
    """The message, its lines ended by CRLF.

    ``sender``, ``to`` and ``cc`` are addresses as people write them (``Ann <ann@example.com>``), several in one string
    allowed; whoever shall not be seen stands in the envelope alone. ``date`` is seconds since 1970, shown on a clock
    ``offset`` minutes ahead of UTC; ``message_id`` is as ``new_message_id`` makes it. ``headers`` are further fields.

    Raises ``UsageError`` where something cannot be said: more than one line, no address, or other scripts in an address
    without ``utf8``.
    """
    fields = [
        serialise_addresses("From", _addresses([sender], "the sender", utf8)[:1], utf8=utf8),
        *(
            serialise_addresses(name, _addresses(who, name, utf8), utf8=utf8)
            for name, who in (("To", to), ("Cc", cc))
            if who
        ),
        serialise_text("Subject", subject, utf8=utf8),
        serialise_words("Date", [serialise_date(date, offset)]),
        serialise_words("Message-ID", [_checked_id(message_id)]),
        *(_further(name, value, utf8) for name, value in headers),
        serialise_words("MIME-Version", ["1.0"]),
    ]
    return b"".join(fields) + _content(text, html, attachments)


def new_message_id(domain: str, time: float, token: str) -> str:
    """A name for a message that no other has (RFC 5322 §3.6.4); ``token`` is at least 64 bits of chance, in hex."""
    return f"<{int(time)}.{token}@{domain or 'localhost'}>"


def prepared(raw: bytes) -> bytes:
    """A message that was written elsewhere, as it is, in CRLF form.

    Two things go: what says who got a blind copy, and a line ``From `` of a mailbox file at its beginning. Nothing is
    added, not even a Date or a Message-ID that is missing: the server that it is submitted to may do that (RFC 6409
    §8.2, §8.3).
    """
    message = canonical(raw)
    message += b"" if message.endswith(b"\r\n") else b"\r\n"
    header = parse_header(message)
    kept = [field for number, field in enumerate(header.fields) if not _is_dropped(field, number)]
    fields = b"".join(message[field.start : field.end] for field in kept)
    end = header.fields[-1].end if header.fields else 0
    return fields + (message[end:] or b"\r\n")  # a message without a body has a blank line all the same


def _is_dropped(field: Field, number: int) -> bool:
    return field.key in _HIDDEN or (number == 0 and not field.name and field.value.startswith(b"From "))


# ---------------------------------------------------------------------------------------------- its header


def _addresses(written: Sequence[str], what: str, utf8: bool) -> list[Address]:
    found = [address for text in written for address in parse_addresses(check_line(text, what))]
    for address in found:
        if not _is_address(address.address):
            raise UsageError(f"{str(address)!r} is no address: write name@example.com")
        if not utf8 and not address.address.isascii():
            raise UsageError(
                f"{address.address} is an address in another script: allow UTF-8 in the message (SMTPUTF8)"
            )
    if not found:
        raise UsageError(f"{what} has no address: write name@example.com")
    return found


def _checked_id(message_id: str) -> str:
    if not _is_id(check_line(message_id, "Message-ID")):
        raise UsageError(f"{message_id!r} is no Message-ID: it is written <something@domain>")
    return message_id


def _further(name: str, value: str, utf8: bool) -> bytes:
    key = name.lower()
    if key in _HIDDEN:
        raise UsageError(f"{name} would tell who gets a blind copy: name them as recipients only")
    if key in _OURS or key.startswith("content-"):
        raise UsageError(f"{name} is written from what the message is: it cannot be given as a further field")
    if key in _ADDRESSED:
        return serialise_addresses(name, _addresses([value], name, utf8), utf8=utf8)
    return serialise_text(name, value, utf8=utf8)


# ------------------------------------------------------------------------------------------------ its body


def _content(text: str, html: str, attachments: Sequence[Attachment]) -> bytes:
    pictures = [item for item in attachments if item.content_id and html]
    files = [item for item in attachments if item not in pictures]
    body = _body(text, html, pictures)
    return multipart("mixed", [body, *map(_attached, files)]) if files else body


def _body(text: str, html: str, pictures: Sequence[Attachment]) -> bytes:
    if not html:
        return text_entity("plain", text)
    shown = text_entity("html", html)
    if pictures:
        shown = multipart("related", [shown, *map(_embedded, pictures)], {"type": "text/html"})
    return multipart("alternative", [text_entity("plain", text), shown]) if text else shown


def _attached(item: Attachment) -> bytes:
    return _filed(item, "attachment", [])


def _embedded(item: Attachment) -> bytes:
    identity = check_line(item.content_id, "a Content-ID")
    if not _is_id(f"<{identity}>"):
        raise UsageError(f"{identity!r} is no Content-ID: it is written something@domain")
    return _filed(item, "inline", [serialise_words("Content-ID", [f"<{identity}>"])])


def _filed(item: Attachment, disposition: str, fields: list[bytes]) -> bytes:
    if not _is_type(item.type):
        raise UsageError(f"{item.type!r} is no content type: write one like image/png")
    name = check_line(item.name, "the name of a file")
    shown = valued("Content-Disposition", disposition, {"filename": name} if name else {})
    return entity(_carried_type(item), item.content, {}, [*fields, shown])


def _carried_type(item: Attachment) -> str:
    """A message must not be encoded (RFC 2046 §5.2.1); one that would not survive as it is goes as a file."""
    type = item.type.lower()
    if type.startswith("multipart/") or (type.startswith("message/") and not _survives(item.content)):
        return DEFAULT_TYPE
    return type


def _survives(content: bytes) -> bool:
    return content.isascii() and b"\0" not in content and max(map(len, canonical(content).split(b"\r\n"))) <= 998
