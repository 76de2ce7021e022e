"""What a server can take, and what of a message has to be left out, written otherwise, or kept back for it.

Left out: what DSN and AUTH would have told. Written otherwise: a domain beyond ASCII, as A-labels. Kept back, with the
reply that the server would have had to give: content of more bits than it takes, a message that is too large, an
address in UTF-8, TLS that could not be required of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from portside.mail.envelope import Body, Envelope, Recipient
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.orders import Entered, Entry, Transaction
from portside.protocols.smtp.syntax.addresses import ascii_address

BITS = "5.6.3"
"""The enhanced code of a content that needs conversion, which is not supported (RFC 3463 §3.7)."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a server offers that matters to a transaction.

    ``pipelining``: commands may come without waiting. ``chunking``: content goes by BDAT. ``parameters``: those that
    MAIL and RCPT may have. ``largest``: octets of a message, None unlimited. ``tls``: TLS may be required. ``each``: a
    reply for each recipient at the end (LMTP, RFC 2033 §4.2).
    """

    pipelining: bool
    chunking: bool
    parameters: frozenset[str]
    largest: int | None
    eight_bit: bool
    binary: bool
    utf8: bool
    tls: bool
    each: bool


def terms_of(entered: Entered, entry: Entry) -> Terms:
    """What the server has offered when we came in."""
    offers = entered.extensions
    pipelining = "PIPELINING" in offers
    chunking = entry.chunking and pipelining and "CHUNKING" in offers
    parameters = offers.parameters if entered.user else offers.parameters - {"AUTH"}
    return Terms(
        pipelining=pipelining,
        chunking=chunking,
        parameters=parameters,
        largest=offers.size,
        eight_bit="8BITMIME" in offers,
        binary=chunking and "BINARYMIME" in offers,
        utf8="SMTPUTF8" in offers,
        tls="REQUIRETLS" in offers and entered.door.tls is not None,
        each=entry.lmtp,
    )


def kept_back(order: Transaction, terms: Terms) -> Reply | None:
    """Why the whole message is not offered to this server; None where it is."""
    envelope = order.envelope
    size = envelope.size or 0
    if terms.largest is not None and size > terms.largest:
        text = f"The message has {size:,} octets, and the server takes {terms.largest:,} at most."
        return Reply(552, (text,), "5.3.4")
    if envelope.require_tls and not terms.tls:
        return Reply(550, ("TLS is required all the way, and the server can't promise it (REQUIRETLS).",), "5.7.30")
    return _too_many_bits(envelope, terms)


def _too_many_bits(envelope: Envelope, terms: Terms) -> Reply | None:
    if envelope.utf8 and not terms.utf8:
        return Reply(554, ("The header is in UTF-8, and the server takes ASCII (no SMTPUTF8).",), "5.6.9")
    if envelope.body is Body.EIGHT_BIT and not terms.eight_bit:
        return Reply(554, ("The content has 8 bits, and the server takes 7 (no 8BITMIME).",), BITS)
    if envelope.body is Body.BINARY and not terms.binary:
        return Reply(554, ("The content is binary, and the server takes lines (no BINARYMIME).",), BITS)
    return None


def fitted(order: Transaction, terms: Terms) -> tuple[Envelope, Sequence[Recipient | Reply]]:
    """The envelope as it is said here, and each recipient as it is said, or the reply for one that is kept back.

    Where the sender's address can't be said, nobody's can.
    """
    envelope = order.envelope
    if not _beyond_ascii(envelope):
        utf8 = terms.utf8 and (envelope.utf8 or order.utf8_fields)
        return (envelope if envelope.utf8 is utf8 else replace(envelope, utf8=utf8)), envelope.recipients
    if terms.utf8:
        return replace(envelope, utf8=True), envelope.recipients
    sender = _in_ascii(envelope.sender)
    if sender is None:
        return envelope, [_not_said(envelope.sender)] * len(envelope.recipients)
    return replace(envelope, sender=sender, utf8=False), [_said(recipient) for recipient in envelope.recipients]


def _beyond_ascii(envelope: Envelope) -> bool:
    return not (envelope.sender.isascii() and all(recipient.address.isascii() for recipient in envelope.recipients))


def _said(recipient: Recipient) -> Recipient | Reply:
    address = _in_ascii(recipient.address)
    return _not_said(recipient.address) if address is None else replace(recipient, address=address)


def _in_ascii(address: str) -> str | None:
    return address if address.isascii() else ascii_address(address)


def _not_said(address: str) -> Reply:
    return Reply(553, (f"The server takes addresses in ASCII only (no SMTPUTF8), and {address} is none.",), "5.6.7")
