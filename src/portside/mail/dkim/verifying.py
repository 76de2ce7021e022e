"""The signatures of a message are checked (RFC 6376 §6).

Each gets a result of its own, and one that cannot be checked says nothing against the message. A signature of a part of
the body does not pass: whoever likes can append to such a message (§8.2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

from portside.errors import RemoteError
from portside.mail.dkim.canonical import BodyForm, Form, body_blocks, signed_header
from portside.mail.dkim.keys import KeyRecord, parse_record
from portside.mail.dkim.signature import ALGORITHMS, Signature, parse_signature
from portside.mail.fields import Field, Header, Octets, parse_header
from portside.mail.resolving import NoAnswer, NoSuchName, Resolver

MOST_SIGNATURES = 10
"""Signatures of one message that are checked: each costs a question to the DNS (§6.1)."""
MOST_HASHES = 4
"""Times that a body is digested: in both forms, and in parts; a large one takes seconds each time."""
MOST_RECORDS = 5
"""TXT records at one selector that are read (§6.1.2: there should be one)."""
CLOCK_SKEW = 3600.0
"""Seconds that a signer's clock may be ahead of ours."""

_Hashes: TypeAlias = dict[tuple[Form, int | None], tuple[bytes, int]]
"""Digests of the body, with its length, by form and ``l=``."""


class Result(Enum):
    """What came of checking a signature (RFC 8601 §2.7.1)."""

    PASS = "pass"
    FAIL = "fail"
    POLICY = "policy"
    NEUTRAL = "neutral"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of one signature: ``reason`` says it in words. ``is_test``: the domain only tries DKIM (t=y)."""

    result: Result
    reason: str
    domain: str = ""
    selector: str = ""
    identity: str = ""
    algorithm: str = ""
    value: bytes = b""
    is_test: bool = False


async def verify(message: Octets, resolver: Resolver, *, now: float) -> list[Finding]:
    """What is to say of each signature, from the top, of ``MOST_SIGNATURES`` at most; [] where there is none.

    ``now`` is seconds since 1970.
    """
    header = parse_header(message)
    hashes: _Hashes = {}
    fields = header.all("dkim-signature")[:MOST_SIGNATURES]
    return [await _verified(message, header, field, resolver, now, hashes) for field in fields]


async def _verified(
    message: Octets,
    header: Header,
    field: Field,
    resolver: Resolver,
    now: float,
    hashes: _Hashes,
) -> Finding:
    try:
        signature = parse_signature(field.raw_text)
    except RemoteError as error:
        return Finding(Result.PERMERROR, str(error))
    known = Finding(
        Result.PASS, "", signature.domain, signature.selector, signature.identity, signature.algorithm, signature.value
    )
    if signature.expires is not None and signature.expires < now:
        return replace(known, result=Result.FAIL, reason="it has expired")
    if signature.time is not None and signature.time > now + CLOCK_SKEW:
        return replace(known, result=Result.FAIL, reason="it was made in the future")
    if _key_of(signature) not in hashes and len(hashes) >= MOST_HASHES:
        return replace(known, result=Result.NEUTRAL, reason="the body was digested often enough for other signatures")
    digest, length = await _body(message, header.end, signature, hashes)
    if digest != signature.body_hash:
        return replace(known, result=Result.FAIL, reason="the body was changed after it was signed")
    return await _by_key(known, signature, _header(message, header, field, signature), length, resolver)


def _key_of(signature: Signature) -> tuple[Form, int | None]:
    """What two signatures have in common whose digests of the body are the same."""
    return signature.body_form, signature.length


async def _body(message: Octets, start: int, signature: Signature, hashes: _Hashes) -> tuple[bytes, int]:
    """The digest of the body, and its octets in the form that is signed. Between two blocks others have their turn."""
    key = _key_of(signature)
    if key not in hashes:
        hashed = _Hashed(signature.length)
        form = BodyForm(signature.body_form, hashed.take)
        for block in body_blocks(message, start):
            form.feed(block)
            await _Turn()
        form.finish()
        hashes[key] = (hashed.digest.digest(), hashed.length)
    return hashes[key]


class _Turn:
    """To be awaited: whoever runs this goes on with others first."""

    def __await__(self) -> Generator[None, None, None]:
        yield


class _Hashed:
    """Digests octets up to a length, and counts all of them."""

    def __init__(self, most: int | None) -> None:
        self.digest = hashlib.sha256()
        self.length = 0
        self._most = most

    def take(self, data: bytes) -> None:
        room = len(data) if self._most is None else max(self._most - self.length, 0)
        self.digest.update(data[:room])
        self.length += len(data)


def _header(message: Octets, header: Header, field: Field, signature: Signature) -> bytes:
    own = message[field.start : field.end]
    others = replace(header, fields=tuple(other for other in header.fields if other is not field))
    return signed_header(message, others, signature.names, own, signature.header_form)


async def _by_key(known: Finding, signature: Signature, data: bytes, length: int, resolver: Resolver) -> Finding:
    """What the keys in the DNS say; of several records one that verifies is enough."""
    name = f"{signature.selector}._domainkey.{signature.domain}"
    try:
        records = await resolver.texts(name)
    except NoSuchName:
        return replace(known, result=Result.PERMERROR, reason=f"there is no key at {name}")
    except NoAnswer:
        return replace(known, result=Result.TEMPERROR, reason=f"the DNS could not say whether there is a key at {name}")
    found = replace(known, result=Result.PERMERROR, reason=f"there is no key at {name}")
    for record in records[:MOST_RECORDS]:
        found = _with_key(known, signature, data, length, record)
        if found.result is Result.PASS:
            break
    return found


def _with_key(known: Finding, signature: Signature, data: bytes, length: int, record: bytes) -> Finding:
    try:
        key = parse_record(record)
    except RemoteError as error:
        return replace(known, result=Result.PERMERROR, reason=str(error))
    known = replace(known, is_test=key.is_test)
    if key.kind != ALGORITHMS[signature.algorithm]:
        return replace(known, result=Result.PERMERROR, reason="the key is not for the algorithm of the signature")
    if key.is_strict and signature.identity_domain != signature.domain:
        return replace(known, result=Result.PERMERROR, reason="the key is not for a domain below its own")
    return _judged(known, signature, data, length, key)


def _judged(known: Finding, signature: Signature, data: bytes, length: int, key: KeyRecord) -> Finding:
    if not key.verifies(signature.value, data, hashlib.sha256(data).digest()):
        return replace(
            known, result=Result.FAIL, reason="the header was changed after it was signed, or by another key"
        )
    if signature.length is not None and signature.length < length:
        return replace(
            known,
            result=Result.POLICY,
            reason=f"only {signature.length} of {length} octets of the body are signed: the rest may be anybody's",
        )
    if signature.length is not None and signature.length > length:
        return replace(known, result=Result.FAIL, reason="the body is shorter than what was signed")
    return replace(known, reason=f"signed by {signature.domain}, and unchanged since")
