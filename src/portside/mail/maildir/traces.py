"""What the last server writes ahead of a message: who gets it, who sent it, and how it came (RFC 5321 §4.4).

All of it but our own words is hostile text: a control character would begin a field of the sender's own. So each of
them becomes ``?``, and so does what a reader of the field would not take for a name.

``for`` tells the recipient only where there is one: otherwise each would learn of the others, ``Bcc`` included
(RFC 5321 §7.6). Both ports stand in comments: with the addresses they name the conversation (RFC 6302).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from portside.mail.dates import serialise_date
from portside.mail.envelope import Envelope, Origin

MOST_TEXT = 512
"""Characters of a name, an address or a login in a field: longer than any valid one (RFC 5321 §4.5.3.1), and with
all around it shorter than a line may be (998, §4.5.3.1.6)."""

_control = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_no_name = re.compile(r"[^\w.:\[\]-]")
_not_ascii = re.compile(r"[^\x00-\x7f]")
_in_comment = re.compile(r"[()\\]")


def trace(envelope: Envelope, origin: Origin, name: str, *, named: bool = True) -> str:
    """The fields, each line ending in LF. ``name`` is the message's id; ``named``: its recipients are told."""
    utf8 = envelope.utf8
    lines = [f"Return-Path: <{_safe(envelope.sender, utf8)}>"]
    if named:
        for recipient in envelope.recipients:
            lines.append(f"Delivered-To: {_safe(recipient.address, utf8)}")
            if recipient.original:
                lines.append(f"X-Original-To: {_safe(recipient.original.partition(';')[2], utf8)}")
    only = f"\n\tfor <{_safe(envelope.recipients[0].address, utf8)}>" if len(envelope.recipients) == 1 else ""
    came, gone = _parties(origin, utf8)
    lines.append(f"{came} id {name}{gone}{only}; {_date(int(origin.time))}\n")
    return "\n".join(lines)


def _parties(origin: Origin, utf8: bool) -> tuple[str, str]:
    """What stands before the id, and right behind it: the same for all messages of a conversation."""
    return _remembered(
        (origin.helo, origin.host, origin.port, origin.by, origin.local_port, origin.protocol, origin.tls, origin.user),
        utf8,
    )


@lru_cache(maxsize=256)  # conversations that bring message after message
def _remembered(said: tuple[str, str, int, str, int, str, str, str], utf8: bool) -> tuple[str, str]:
    helo, host, port, by, local_port, protocol, tls, user = said
    literal = f" ([{'IPv6:' * (':' in host)}{_name(host, False)}])" if host else ""
    theirs = f"(port {port}) " if port else ""
    ours = f" (port {local_port})" if local_port else ""
    came = f"Received: from {_name(helo, utf8)}{literal}\n\t{theirs}by {_name(by, utf8)}{ours}"
    came += f"\n\twith {_name(protocol, False)}"
    facts = [text for text in (tls, user and f"authenticated as {user}") if text]
    return came, "".join(f"\n\t({_comment(text, utf8)})" for text in facts)


@lru_cache(maxsize=4)  # a second brings thousands of messages
def _date(seconds: int) -> str:
    return serialise_date(seconds)


def _safe(text: str, utf8: bool) -> str:
    """``text`` on one line; ASCII, unless the message may hold UTF-8 (RFC 6531 §3.7.3)."""
    text = _control.sub("?", text[:MOST_TEXT])
    return text if utf8 or text.isascii() else _not_ascii.sub("?", text)


def _name(text: str, utf8: bool) -> str:
    """``text`` as a domain, an address or a protocol may look."""
    return _no_name.sub("?", _safe(text, utf8)) or "unknown"


def _comment(text: str, utf8: bool) -> str:
    """``text`` within parentheses (RFC 5322 §3.2.2)."""
    return _in_comment.sub(r"\\\g<0>", _safe(text, utf8))


# ------------------------------------------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class Traced:
    """What the topmost ``Received`` tells of a conversation: the client's address and both ports; "" and 0 unsaid."""

    host: str = ""
    port: int = 0
    local_port: int = 0


_received = re.compile(
    r"from \S+ \(\[(?:IPv6:)?([0-9A-Fa-f:.]{2,45})\]\)\s+\(port ([0-9]{1,5})\) by \S+ \(port ([0-9]{1,5})\)", re.ASCII
)


def read_received(value: str) -> Traced:
    """The conversation that a ``Received`` of ours tells of; nothing where it is somebody else's."""
    found = _received.match(value.strip())
    return Traced(found[1], int(found[2]), int(found[3])) if found else Traced()
