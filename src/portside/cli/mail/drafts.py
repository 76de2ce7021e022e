"""A message that is written here: from the options, and from what comes through stdin."""

from __future__ import annotations

import codecs
import getpass
import re
import secrets
import socket
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass

from portside.cli.mail.options import MailOptions
from portside.cli.screen import is_watched, tell
from portside.errors import PortsideError, UsageError
from portside.mail.addresses import parse_addresses
from portside.mail.attaching import attached
from portside.mail.composing import Attachment, compose, new_message_id
from portside.mail.envelope import Envelope, Notify, Recipient, Return
from portside.protocols.smtp.client.content import Message
from portside.protocols.smtp.syntax.addresses import POSTMASTER
from portside.protocols.smtp.syntax.parameters import LONGEST_ENVID

LARGEST_TEXT = 64 * 1024 * 1024
"""Octets of a text from stdin: more is no letter, and would have to be kept in memory."""
NULL_SENDER = "<>"
"""How people write that nobody sends it."""
TOKEN = 16
"""Random bytes in a Message-ID: nobody draws the same ones twice."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message with its envelope. ``label`` is how it is told from others: its file, or ""."""

    label: str
    envelope: Envelope
    content: Message


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A message among others that can't be sent; ``error`` says why, and the others go on."""

    label: str
    error: PortsideError | OSError


def written(mail: MailOptions) -> Draft:
    """The message that the options describe. Raises ``UsageError``, and ``OSError`` for a file that can't be read."""
    said = own_address() if mail.sender is None else mail.sender
    envelope = enveloped(mail, sender_in(said), [*mail.to, *mail.cc, *mail.bcc])
    sender = own_address() if said == NULL_SENDER else said  # somebody has written it all the same
    domain = address_in(sender).rpartition("@")[2]
    now = time.time()
    local = time.localtime(now)
    html, pictures = _html(mail, domain)
    content = compose(
        sender=sender,
        date=now,
        offset=local.tm_gmtoff // 60,
        message_id=new_message_id(domain if domain.isascii() else "", now, secrets.token_hex(TOKEN)),
        to=mail.to,
        cc=mail.cc,
        subject=mail.subject,
        text=_text(mail),
        html=html,
        attachments=[*map(attached, mail.attach), *pictures],
        headers=[_field(line) for line in mail.header],
        utf8=envelope.utf8,
    )
    return Draft("", envelope, content)


def enveloped(mail: MailOptions, sender: str, recipients: Iterable[str]) -> Envelope:
    """The envelope to ``recipients``, as people write them. Raises ``UsageError``."""
    addresses = dict.fromkeys(address for text in recipients for address in _addresses(text))
    if not addresses:
        raise UsageError("the message goes to nobody: name a recipient with --to")
    notify = _notify(mail.notify)
    utf8 = not (sender.isascii() and all(address.isascii() for address in addresses))
    return Envelope(
        sender,
        tuple(Recipient(address, notify, _original(address) if notify else "") for address in addresses),
        utf8=utf8,
        require_tls=mail.require_tls,
        ret=None if mail.ret is None else Return.FULL if mail.ret == "full" else Return.HEADERS,
        envid=_envid(mail.envid),
    )


def _addresses(text: str) -> list[str]:
    found = parse_addresses(text)
    if not all("@" in each.address or each.address.lower() == POSTMASTER for each in found):
        raise UsageError(f"{text!r} is no address: write name@example.com, or 'Name <name@example.com>'")
    return [each.address for each in found]


def _notify(said: tuple[str, ...]) -> frozenset[Notify] | None:
    if not said:
        return None
    if "never" in said and len(set(said)) > 1:
        raise UsageError("--dsn never stands alone")
    return frozenset(Notify[name.upper()] for name in said)


def _envid(text: str) -> str:
    if len(text) > LONGEST_ENVID or not (text.isascii() and text.isprintable()):
        raise UsageError(
            f"--envid {text[:LONGEST_ENVID]!r}: say it in up to {LONGEST_ENVID} printable letters of ASCII"
        )
    return text


def _original(address: str) -> str:
    """Whom the sender meant, whatever becomes of the address on the way (RFC 3461 §4.2)."""
    return f"rfc822;{address}" if address.isascii() else f"utf-8;{address}"


def address_in(text: str) -> str:
    """The one address in what people write. Raises ``UsageError``."""
    found = parse_addresses(text)
    if len(found) != 1 or "@" not in found[0].address:
        raise UsageError(f"{text!r} is no address: write name@example.com, or 'Name <name@example.com>'")
    return found[0].address


def sender_in(text: str) -> str:
    """The envelope's sender in what people write: ``<>`` is nobody, to whom nothing is returned (RFC 5321 §4.5.5)."""
    return "" if text == NULL_SENDER else address_in(text)


def own_address() -> str:
    """Who sits here, as far as this machine knows."""
    user = re.sub(r"[^A-Za-z0-9._-]", "", getpass.getuser()).strip(".") or "nobody"
    host = socket.gethostname()
    return f"{user}@{host if re.fullmatch(r'[A-Za-z0-9-]+(?:[.][A-Za-z0-9-]+)*', host) else 'localhost'}"


# -------------------------------------------------------------------------------------------------- its text


def _text(mail: MailOptions) -> str:
    if mail.body is not None:
        return mail.body
    if sys.stdin is None or (is_watched(sys.stdin) and (mail.html is not None or mail.attach)):
        return ""
    if is_watched(sys.stdin):
        tell("type the message; Ctrl-D ends it")
    data = sys.stdin.buffer.read(LARGEST_TEXT + 1)
    if len(data) > LARGEST_TEXT:
        raise UsageError(f"a text from stdin has {LARGEST_TEXT:,} octets at most; --attach takes a file")
    return _decoded(data, mail)


def _decoded(data: bytes, mail: MailOptions) -> str:
    try:
        codecs.lookup(mail.charset)
        return data.decode(mail.charset).removeprefix("\ufeff")
    except LookupError:
        raise UsageError(f"--charset {mail.charset}: there is no such encoding") from None
    except UnicodeDecodeError as error:
        raise UsageError(
            f"the text is not in {mail.charset} (byte {error.start + 1:,}); say which with --charset"
        ) from None


def _field(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        raise UsageError(f"--header {line!r}: write it as 'Name: value'")
    return name.strip(), value.strip()


def _html(mail: MailOptions, domain: str) -> tuple[str, list[Attachment]]:
    """The HTML, and the pictures that it shows: where it names a file, or ``cid:`` and the file, it names the picture.

    A picture's name has to be unique among all messages (RFC 2392 §2), which a file's is not.
    """
    if mail.html is None:
        if mail.inline:
            raise UsageError("--inline is for a picture that the HTML shows; --attach takes any file")
        return "", []
    html, pictures = _decoded(mail.html.read_bytes(), mail), []
    for number, path in enumerate(mail.inline, 1):
        name = f"{number}.{secrets.token_hex(TOKEN)}@{domain if domain.isascii() else 'localhost'}"
        html = re.sub(rf"""(["'(=]\s*)(?:cid:)?{re.escape(path.name)}(?=["')\s>])""", rf"\1cid:{name}", html)
        pictures.append(attached(path, content_id=name))
    return html, pictures
