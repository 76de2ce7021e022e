"""The signature of a domain on every message that leaves (DKIM, RFC 6376)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from portside.cli.mail.drafts import Draft
from portside.cli.mail.options import MailOptions
from portside.errors import UsageError
from portside.mail.addresses import parse_addresses
from portside.mail.dkim import Signer, load_signer, sign
from portside.mail.fields import parse_header
from portside.protocols.smtp.client.content import in_memory

Sign = Callable[[Draft], Draft]
"""Puts the signature ahead of a message. Raises ``UsageError`` and ``LocalError``."""


def signing(mail: MailOptions) -> Sign | None:
    """What signs each message, None where nothing does. Raises ``UsageError``."""
    if mail.dkim_key is None:
        if mail.dkim_selector or mail.dkim_domain:
            raise UsageError("--dkim-selector and --dkim-domain need --dkim-key")
        return None
    if not mail.dkim_selector:
        raise UsageError("--dkim-key needs --dkim-selector: the name under which the DNS has the public key")
    pem, by_domain = mail.dkim_key.read_bytes(), dict[str, Signer]()

    def signed(draft: Draft) -> Draft:
        if isinstance(draft.content, Path) or not isinstance(draft.content, bytes):
            raise UsageError(f"{draft.label} is too large to be signed here")
        message = in_memory(draft.content).data
        domain = mail.dkim_domain or _domain(message)
        if domain not in by_domain:
            by_domain[domain] = load_signer(domain, mail.dkim_selector, pem)
        return replace(draft, content=sign(message, by_domain[domain], time=time.time()) + message)

    return signed


def _domain(message: bytes) -> str:
    """Whose message it is: receivers compare the signature's domain with that of From (RFC 7489 §3.1)."""
    found = parse_addresses(parse_header(message).raw_text("from"))
    if not found or not found[0].domain:
        raise UsageError("the message has no From with a domain; name one with --dkim-domain")
    return found[0].domain
