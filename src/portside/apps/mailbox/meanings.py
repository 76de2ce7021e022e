"""What the fields of a mail's header say, in words; the numbers of RFCs say where it is written."""

from __future__ import annotations

MEANINGS: dict[str, str] = {
    "return-path": "where failures are reported to: the envelope's sender, as the last server wrote it (RFC 5321 §4.4)",
    "delivered-to": "the mailbox that this copy was put into",
    "x-original-to": "the recipient as the envelope named it, before it was led elsewhere",
    "received": "a host on the way, which wrote down from whom it had this, and when (RFC 5321 §4.4)",
    "date": "when the author was done writing, by the author's clock (RFC 5322 §3.6.1)",
    "from": "who wrote it; anybody can claim it, DKIM and DMARC may prove it (RFC 5322 §3.6.2)",
    "sender": "who sent it for the author (RFC 5322 §3.6.2)",
    "reply-to": "where answers shall go (RFC 5322 §3.6.2)",
    "to": "whom it is meant for; who really gets it stands on the envelope (RFC 5322 §3.6.3)",
    "cc": "who gets a copy (RFC 5322 §3.6.3)",
    "bcc": "who gets a copy without the others knowing: it should not be here any more (RFC 5322 §3.6.3)",
    "message-id": "the name of this message, like no other (RFC 5322 §3.6.4)",
    "in-reply-to": "the message that this one answers (RFC 5322 §3.6.4)",
    "references": "the messages of this thread (RFC 5322 §3.6.4)",
    "subject": "what it is about (RFC 5322 §3.6.5)",
    "comments": "a remark for people (RFC 5322 §3.6.5)",
    "keywords": "words to find it by (RFC 5322 §3.6.5)",
    "mime-version": "the body is built as MIME says (RFC 2045 §4)",
    "content-type": "what the body is, and in which character set (RFC 2045 §5)",
    "content-transfer-encoding": "how the body was made fit for the way (RFC 2045 §6)",
    "content-disposition": "to be shown, or to be saved, and under which name (RFC 2183)",
    "content-id": "the name by which other parts speak of this one (RFC 2392)",
    "content-language": "the language it is written in (RFC 3282)",
    "dkim-signature": "a domain's signature over fields and body (RFC 6376)",
    "authentication-results": "what a server on the way found out about the sender: SPF, DKIM, DMARC (RFC 8601)",
    "received-spf": "whether the client's address may send for this domain, as a server found (RFC 7208 §9.1)",
    "arc-seal": "a forwarder's seal over the results before it (RFC 8617)",
    "arc-message-signature": "a forwarder's signature over the message (RFC 8617)",
    "arc-authentication-results": "the results that a forwarder vouches for (RFC 8617)",
    "list-id": "the mailing list that this has come through (RFC 2919)",
    "list-unsubscribe": "how to leave the list (RFC 2369)",
    "list-unsubscribe-post": "one POST is enough to leave the list (RFC 8058)",
    "list-post": "where to write to the list (RFC 2369)",
    "list-help": "where the list explains itself (RFC 2369)",
    "list-archive": "where the list's old messages are (RFC 2369)",
    "precedence": "list or bulk: nobody answers by himself (not standardised)",
    "auto-submitted": "whether a program wrote it by itself: such mail is not answered by programs (RFC 3834)",
    "disposition-notification-to": "who wants to know that it was read (RFC 8098)",
    "tls-required": "No: deliver it even where TLS fails (RFC 8689)",
    "importance": "how important the author takes it (RFC 2156)",
    "x-priority": "how important the author takes it; 1 is the highest (not standardised)",
    "x-mailer": "the program it was written with (not standardised)",
    "user-agent": "the program it was written with (not standardised)",
    "resent-from": "who sent it on (RFC 5322 §3.6.6)",
    "resent-to": "whom it was sent on to (RFC 5322 §3.6.6)",
    "resent-date": "when it was sent on (RFC 5322 §3.6.6)",
    "resent-message-id": "the name of this sending on (RFC 5322 §3.6.6)",
}
"""By the field's name in lower case."""


def meaning(name: str) -> str:
    """What the field ``name`` says; "" where nobody has written it down."""
    return MEANINGS.get(name.lower(), "")
