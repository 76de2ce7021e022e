"""What can be said of a message that came: SPF, DKIM and DMARC together, in words and as ``Authentication-Results``.

A verdict is no judgement of the content: it says who answers for the message, and what the domain of From asks for.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from portside.mail import dkim, dmarc, spf
from portside.mail.addresses import parse_addresses
from portside.mail.fields import Header, Octets, parse_header
from portside.mail.folding import serialise_words
from portside.mail.resolving import Resolver

MOST_AUTHORS = 100
"""Addresses in From that are looked at for their domain."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the three say. ``sender`` is the reverse-path, ``helo`` the name that the client gave itself."""

    spf: spf.Finding
    dkim: tuple[dkim.Finding, ...]
    dmarc: dmarc.Finding
    sender: str = ""
    helo: str = ""

    @property
    def words(self) -> list[str]:
        """A line for each result, for people."""
        signatures = [f"DKIM {found.result.value}: {found.reason}" for found in self.dkim]
        return [
            f"SPF {self.spf.result.value}: {self.spf.reason}",
            *(signatures or ["DKIM none: nobody signed it"]),
            f"DMARC {self.dmarc.result.value}: {self.dmarc.reason}",
        ]

    def field(self, by: str) -> bytes:
        """The field ``Authentication-Results`` that ``by``, our own name, puts ahead of the message (RFC 8601 §2.2)."""
        results = [_of_spf(self), *map(_of_signature, self.dkim), _of_dmarc(self.dmarc)]
        if not self.dkim:
            results.insert(1, ["dkim=none"])
        words = [by]
        for result in results:
            words[-1] += ";"
            words += result
        return serialise_words("Authentication-Results", words)


async def judge(
    message: Octets, resolver: Resolver, *, address: str, helo: str, sender: str, now: float, receiver: str = ""
) -> Verdict:
    """Asks the DNS what is to be said of ``message``, which came from ``address`` with the reverse-path ``sender``.

    ``now`` is seconds since 1970. It never fails: what goes wrong is a result.
    """
    sent = await spf.check(address, helo, sender, resolver, now=now, receiver=receiver)
    signed = await dkim.verify(message, resolver, now=now)
    author = author_domain(parse_header(message))
    found = await dmarc.check(author, sent, signed, resolver, envelope_domain=sent.domain)
    return Verdict(sent, tuple(signed), found, sender, helo)


def author_domain(header: Header) -> str:
    """The domain of From; "" where there is not one From with one domain, and so nobody to ask (RFC 9989 §4.1)."""
    fields = header.all("from")
    written = fields[0].raw_text if len(fields) == 1 else ""
    domains = {address.domain for address in parse_addresses(written)[:MOST_AUTHORS]}
    return domains.pop() if len(domains) == 1 else ""


# ------------------------------------------------------------------------------- Authentication-Results

_PLAIN = re.compile(r"[A-Za-z0-9!#$&*+./^_`{|}~@-]+")
_UNSEEN = re.compile(r"[^ !#-\[\]-~]")


def _of_spf(verdict: Verdict) -> list[str]:
    found = verdict.spf
    said = ("smtp.helo", verdict.helo) if found.identity == "helo" else ("smtp.mailfrom", verdict.sender)
    return list(_result("spf", found.result.value, found.reason, said))


def _of_signature(found: dkim.Finding) -> list[str]:
    start = binascii.b2a_base64(found.value, newline=False).decode("ascii")[:8]  # RFC 6008: it tells them apart
    said = (
        ("header.d", found.domain),
        ("header.s", found.selector),
        ("header.a", found.algorithm),
        ("header.b", start),
    )
    return list(_result("dkim", found.result.value, found.reason, *said))


def _of_dmarc(found: dmarc.Finding) -> list[str]:
    policy = found.policy.value if found.result is dmarc.Result.FAIL else ""
    return list(
        _result("dmarc", found.result.value, found.reason, ("header.from", found.domain), ("policy.dmarc", policy))
    )


def _result(method: str, result: str, reason: str, *said: tuple[str, str]) -> Iterator[str]:
    """The words of one result: names and values that nobody can break out of."""
    yield f"{method}={result}"
    yield "reason=" + _value(reason, quoted=True)
    yield from (f"{name}={_value(value)}" for name, value in said if value)


def _value(text: str, quoted: bool = False) -> str:
    shown = _UNSEEN.sub("?", text[:200])
    return shown if not quoted and _PLAIN.fullmatch(shown) else f'"{shown}"'
