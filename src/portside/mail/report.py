"""Reports of what became of a message: built for its sender, and read where others built them.

A delivery status notification is a ``multipart/report`` (RFC 6522) of three parts: what happened in words, the same
for programs (RFC 3464; RFC 6533 for addresses in other scripts), and the message or its header. It goes to the sender
of the envelope, never to the null one (RFC 5321 §4.5.5), and says that no person wrote it (RFC 3834 §5).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from portside.errors import UsageError
from portside.mail.addresses import parse_addresses
from portside.mail.dates import parse_date, serialise_date
from portside.mail.envelope import Return
from portside.mail.fields import Header, Octets, parse_header
from portside.mail.folding import serialise_addresses, serialise_text, serialise_words
from portside.mail.mime.building import canonical, encoded_text, entity, multipart, text_entity, valued
from portside.mail.mime.decoding import content
from portside.mail.mime.parsing import parse
from portside.mail.mime.part import Part
from portside.syntax.visible import visible

LARGEST_RETURNED = 1 << 20
"""Octets of a message that are sent back whole; of a larger one the header is enough to know it again."""
LARGEST_STATUS = 1 << 20
"""Octets of a report for programs that are read."""
MOST_RECIPIENTS = 10_000
"""Recipients of one report that are read."""
LONGEST_DIAGNOSTIC = 500
"""Letters of what a server said that are told: one may say a lot, and a line of a message ends at 998 octets."""
LONGEST_VALUE = 900
"""Octets of one value in a report: a line ends at 998. Addresses are shorter (RFC 5321 §4.5.3.1.3)."""
LONGEST_SUBJECT = 80
"""Letters of the subject that are told, for the message to be known by."""


class Action(Enum):
    """What became of the message for one recipient (RFC 3464 §2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class PerRecipient:
    """What is reported of one recipient (RFC 3464 §2.3).

    - ``final``: the address. ``original``: the one that the sender wrote, ``type;address`` or plain, "" unsaid.
    - ``status``: three numbers (RFC 3463), "5.1.1". ``remote``: the host that spoke, "" if none did.
    - ``diagnostic``: what it said, "550 5.1.1 No such user". ``last_attempt``, ``retry_until``: seconds since 1970.
    """

    final: str
    action: Action
    status: str
    original: str = ""
    remote: str = ""
    diagnostic: str = ""
    last_attempt: float | None = None
    retry_until: float | None = None


# ---------------------------------------------------------------------------------------------- building


def build(
    recipients: Sequence[PerRecipient],
    *,
    to: str,
    reporter: str,
    original: bytes,
    date: float,
    message_id: str,
    ret: Return | None = None,
    envid: str = "",
    arrival: float | None = None,
    utf8: bool = False,
) -> bytes:
    """The report, in CRLF form; its own envelope has the null sender.

    ``to`` is the sender of the envelope, ``reporter`` our host's name, ``original`` the message. All of it is returned
    where a delivery failed and ``ret`` asks for it (RFC 3461 §4.3), else its header. ``utf8``: the way to ``to`` takes
    UTF-8 (SMTPUTF8); without it addresses in other scripts are written in ASCII (RFC 6533 §3).

    Raises ``UsageError`` where there is nobody to tell, or nothing to say.
    """
    if not to or not recipients:
        raise UsageError("a report needs a sender to tell and a recipient to speak of: the null sender is told nothing")
    header = parse_header(original)
    subject = _SUBJECTS[_worst(recipients)]
    fields = [
        serialise_addresses("From", parse_addresses(f"Mail Delivery System <mailer-daemon@{reporter}>"), utf8=utf8),
        serialise_addresses("To", parse_addresses(f"<{to}>"), utf8=utf8),
        serialise_text("Subject", subject),
        serialise_words("Date", [serialise_date(date)]),
        serialise_words("Message-ID", [message_id]),
        *_threading(header),
        serialise_words("Auto-Submitted", ["auto-replied"]),
        serialise_words("MIME-Version", ["1.0"]),
    ]
    parts = [
        text_entity("plain", _in_words(recipients, reporter, header)),
        _status_part(recipients, reporter, envid, arrival, utf8),
        _returned(original, header, recipients, ret, utf8),
    ]
    return b"".join(fields) + multipart("report", parts, {"report-type": "delivery-status"})


_is_type = re.compile(r"[A-Za-z0-9-]{1,30}").fullmatch
_SUBJECTS = {
    Action.FAILED: "Undelivered: your message could not be delivered",
    Action.DELAYED: "Delayed: your message has not been delivered yet",
    Action.DELIVERED: "Delivered: your message has arrived",
    Action.RELAYED: "Relayed: your message was handed on",
    Action.EXPANDED: "Expanded: your message was handed on to several",
}
_SENTENCES = {
    Action.FAILED: "could not be delivered. It will not be tried again.",
    Action.DELAYED: "has not been delivered yet. There is nothing you need to do: it will be tried again.",
    Action.DELIVERED: "was delivered.",
    Action.RELAYED: "was handed on to a host that sends no reports. Nothing more will be heard of it from here.",
    Action.EXPANDED: "was delivered to a list, and handed on to its members.",
}


def _worst(recipients: Iterable[PerRecipient]) -> Action:
    said = {recipient.action for recipient in recipients}
    return next(action for action in Action if action in said)


def _in_words(recipients: Sequence[PerRecipient], reporter: str, header: Header) -> str:
    blocks = [f"This is the mail system at {reporter}."]
    subject = header.text("subject")
    about = f"Your message “{_shortened(subject, LONGEST_SUBJECT)}”" if subject else "Your message"
    for action in Action:
        those = [recipient for recipient in recipients if recipient.action is action]
        if those:
            blocks.append(f"{about} {_SENTENCES[action]}")
            blocks += [_recipient_in_words(recipient) for recipient in those]
    return "\n\n".join(blocks) + "\n"


def _recipient_in_words(recipient: PerRecipient) -> str:
    lines = [f"  <{visible(recipient.final)}>"]
    if recipient.diagnostic:
        who = f"{visible(recipient.remote)} said" if recipient.remote else "because"
        lines.append(f"    {who}: {_shortened(recipient.diagnostic)}")
    if recipient.retry_until is not None:
        lines.append(f"    It is tried until {serialise_date(recipient.retry_until)}.")
    return "\n".join(lines)


def _shortened(text: str, most: int = LONGEST_DIAGNOSTIC) -> str:
    line = visible(" ".join(text.split()))
    return line if len(line) <= most else line[: most - 3] + "..."


def _threading(header: Header) -> Iterator[bytes]:
    name = header.raw_text("message-id")
    if re.fullmatch(r"<[!-;=?-~]{1,900}>", name):
        yield serialise_words("In-Reply-To", [name])
        yield serialise_words("References", [name])


def _status_part(
    recipients: Sequence[PerRecipient], reporter: str, envid: str, arrival: float | None, utf8: bool
) -> bytes:
    first = [serialise_words("Original-Envelope-Id", [_ascii(envid)])] if envid else []
    first.append(serialise_words("Reporting-MTA", [f"dns; {reporter}"]))
    if arrival is not None:
        first.append(serialise_words("Arrival-Date", [serialise_date(arrival)]))
    groups = [b"".join(first), *(b"".join(_of_recipient(recipient, utf8)) for recipient in recipients)]
    body = b"\r\n".join(groups)
    type = "message/delivery-status" if body.isascii() else "message/global-delivery-status"
    encoding = serialise_words("Content-Transfer-Encoding", ["7bit" if body.isascii() else "8bit"])
    return valued("Content-Type", type) + encoding + b"\r\n" + body


def _of_recipient(recipient: PerRecipient, utf8: bool) -> Iterator[bytes]:
    if recipient.original:
        yield serialise_words("Original-Recipient", [_typed(recipient.original, utf8)])
    yield serialise_words("Final-Recipient", [_typed(f"{_type(recipient.final)};{recipient.final}", utf8)])
    yield serialise_words("Action", [recipient.action.value])
    yield serialise_words("Status", [_ascii(recipient.status)])
    if recipient.remote:
        yield serialise_words("Remote-MTA", [f"dns; {_ascii(recipient.remote)}"])
    if recipient.diagnostic:
        yield serialise_words("Diagnostic-Code", ["smtp;", *_ascii(_shortened(recipient.diagnostic)).split()])
    for name, time in (("Last-Attempt-Date", recipient.last_attempt), ("Will-Retry-Until", recipient.retry_until)):
        if time is not None:
            yield serialise_words(name, [serialise_date(time)])


def _typed(address: str, utf8: bool) -> str:
    """``rfc822; ann@example.com``; other scripts are ``utf-8;``, in ASCII where nothing else travels (RFC 6533 §3)."""
    type, semicolon, rest = address.partition(";")
    if not semicolon or not _is_type(type):
        type, rest = _type(address), address
    rest = visible(rest.strip())
    return f"{type}; {rest[: LONGEST_VALUE // 4] if utf8 else _ascii(rest)}"


def _type(address: str) -> str:
    return "rfc822" if address.isascii() else "utf-8"


def _ascii(text: str) -> str:
    """Characters beyond ASCII as ``\\x{3B1}`` (RFC 6533 §3); no more of them than fit into a line."""
    return "".join(each if each.isascii() else f"\\x{{{ord(each):X}}}" for each in visible(text))[:LONGEST_VALUE]


def _returned(
    original: bytes, header: Header, recipients: Sequence[PerRecipient], ret: Return | None, utf8: bool
) -> bytes:
    has_failed = any(recipient.action is Action.FAILED for recipient in recipients)
    is_whole = has_failed and ret is Return.FULL and len(original) <= LARGEST_RETURNED
    head = original[: header.fields[-1].end if header.fields else 0]
    if is_whole:
        return entity("message/global" if utf8 and not head.isascii() else "message/rfc822", original, {})
    if utf8 and not head.isascii():
        return entity("message/global-headers", head, {})
    encoding, body = encoded_text(canonical(head) or b"\r\n")
    named = serialise_words("Content-Transfer-Encoding", [encoding])
    return valued("Content-Type", "text/rfc822-headers", {"charset": "utf-8"}) + named + b"\r\n" + body


# ----------------------------------------------------------------------------------------------- reading

_status = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}").match
_escape = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_ACTIONS = {action.value: action for action in Action}


def read(message: Octets | Part) -> list[PerRecipient]:
    """What a report tells of each recipient, ``MOST_RECIPIENTS`` at most; [] where the message is no report.

    Foreign reports are read as far as they make sense: what has no recipient or no action is left out.
    """
    tree = message if isinstance(message, Part) else parse(message)
    status = next((part for part in tree.walk() if part.type in _STATUS_TYPES), None)
    return [] if status is None else list(_recipients(content(status, LARGEST_STATUS)))


def _recipients(status: bytes) -> Iterator[PerRecipient]:
    """The groups of fields behind the first, which is of the whole message (RFC 3464 §2.1)."""
    here, count = parse_header(status).end, 0
    while here < len(status) and count < MOST_RECIPIENTS:
        group = parse_header(status, here)
        here = group.end
        found = _recipient(group)
        count += 1
        if found is not None:
            yield found


def _recipient(group: Header) -> PerRecipient | None:
    action = _ACTIONS.get(group.raw_text("action").split("(")[0].strip().lower())
    final = _untyped(group.raw_text("final-recipient")) or _untyped(group.raw_text("original-recipient"))
    if action is None or not final:
        return None
    status = _status(group.raw_text("status"))
    return PerRecipient(
        final,
        action,
        status[0] if status else "",
        _untyped(group.raw_text("original-recipient")),
        _untyped(group.raw_text("remote-mta")),
        _untyped(group.raw_text("diagnostic-code")),
        parse_date(group.raw_text("last-attempt-date")),
        parse_date(group.raw_text("will-retry-until")),
    )


def _untyped(value: str) -> str:
    """What stands behind ``type;``, with characters beyond ASCII as they are."""
    _, semicolon, rest = value.partition(";")
    return _escape.sub(_unescaped, rest if semicolon else value).strip().strip("<>")


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if code < 0xD800 or 0xE000 <= code < 0x110000 else match[0]
