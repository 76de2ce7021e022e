"""Messages that were written elsewhere: in a file of their own, in an mbox, in a Maildir, in a folder of files."""

from __future__ import annotations

import contextlib
import mailbox
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from portside.cli.mail.drafts import Draft, Spoilt, enveloped, own_address, sender_in
from portside.cli.mail.options import MailOptions
from portside.errors import UsageError
from portside.mail.addresses import parse_addresses
from portside.mail.composing import prepared
from portside.mail.fields import Header, parse_header

LARGE = 64 * 1024 * 1024
"""Octets of a message beyond which it is not read into memory: it is sent as it is, without a change."""
LONGEST_HEADER = 1024 * 1024
"""Octets of such a message that are looked at for who sends and gets it."""

RECIPIENT_FIELDS = ("to", "cc", "bcc")
RESENT_FIELDS = ("resent-to", "resent-cc", "resent-bcc")


def messages_in(mail: MailOptions) -> Iterator[Draft | Spoilt]:
    """The messages of all ``--file``, one after the other. Raises ``OSError`` where one can't be opened at all."""
    for path in mail.files:
        for label, content in _contents(path):
            try:
                yield _draft(mail, label, content)
            except (UsageError, OSError) as error:
                yield Spoilt(label, error)


def _contents(path: Path) -> Iterator[tuple[str, bytes | Path]]:
    if path.is_dir():
        yield from _in_folder(path)
        return
    if not path.is_file() and (str(path) == "-" or path.exists()):
        yield "stdin" if str(path) == "-" else str(path), _from_pipe(path)
        return
    with path.open("rb") as file:
        begins = file.read(5)
        size = os.fstat(file.fileno()).st_size
    if begins == b"From ":
        yield from _in_mbox(path)
    else:
        yield str(path), path if size > LARGE else path.read_bytes()


def _from_pipe(path: Path) -> bytes:
    """What can be read only once. Raises ``UsageError``."""
    if str(path) == "-" and sys.stdin is None:
        raise UsageError("stdin is closed: there is no message in it")
    with contextlib.ExitStack() as stack:
        file = sys.stdin.buffer if str(path) == "-" else stack.enter_context(path.open("rb"))
        data = file.read(LARGE + 1)
    if len(data) > LARGE:
        raise UsageError(f"a message from a pipe has {LARGE:,} octets at most; save it to a file first")
    return data


def _in_folder(path: Path) -> Iterator[tuple[str, bytes | Path]]:
    if (path / "cur").is_dir() and (path / "new").is_dir():
        files = [each for name in ("new", "cur") for each in sorted((path / name).iterdir())]
    else:
        files = sorted(path.glob("*.eml"))
    for file in files:
        if file.is_file() and not file.name.startswith("."):
            yield str(file), file if file.stat().st_size > LARGE else file.read_bytes()


def _in_mbox(path: Path) -> Iterator[tuple[str, bytes]]:
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.iterkeys(), 1):
            yield f"{path}#{number}", box.get_bytes(key)
    finally:
        box.close()


def _draft(mail: MailOptions, label: str, content: bytes | Path) -> Draft:
    header = parse_header(content if isinstance(content, bytes) else _beginning(content))
    sender = _sender(header) if mail.sender is None else sender_in(mail.sender)
    said = [*mail.to, *mail.cc, *mail.bcc]
    envelope = enveloped(mail, sender, said or _recipients(header))
    if isinstance(content, bytes):
        return Draft(label, envelope, prepared(content))
    if header.first("bcc") is not None:
        raise UsageError(f"{label} is too large to be changed, and would tell who gets a blind copy")
    return Draft(label, envelope, content)


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LONGEST_HEADER)


def _sender(header: Header) -> str:
    """Whom the message itself names: who sent it, or else the first of those who wrote it (RFC 5322 §3.6.2)."""
    for name in ("resent-sender", "resent-from", "sender", "from"):
        found = [each.address for each in parse_addresses(header.raw_text(name)) if each.address]
        if found:
            return found[0]
    return own_address()


def _recipients(header: Header) -> list[str]:
    """Whom the message itself names; who sends it again names others, and those count then (RFC 5322 §3.6.6)."""
    names = RESENT_FIELDS if any(header.first(name) is not None for name in RESENT_FIELDS) else RECIPIENT_FIELDS
    return [field.raw_text for name in names for field in header.all(name)]
