"""Entity tags and conditional requests (RFC 9110 §8.8, §13).

Where a condition cannot be read, a reader is served and a writer is refused: sending a representation once too
often costs bytes, overwriting one costs data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from math import floor

from portside.errors import LocalError
from portside.protocols.http.messages import Headers
from portside.protocols.http.syntax.dates import parse_date

_ETAG = rb'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"'
_etag = re.compile(_ETAG).fullmatch
_etags = re.compile(_ETAG).findall
# Between two elements stands at least one comma; an entity tag may itself hold commas.
_is_etag_list = re.compile(rb"[ \t,]*" + _ETAG + rb"(?:[ \t]*,[ \t,]*" + _ETAG + rb")*[ \t,]*").fullmatch
_is_opaque = re.compile(rb"[\x21\x23-\x7e\x80-\xff]*").fullmatch

_READERS = frozenset({"GET", "HEAD"})
_UNCONDITIONAL = frozenset({"CONNECT", "OPTIONS", "TRACE"})


@dataclass(frozen=True, slots=True)
class ETag:
    """An entity tag (RFC 9110 §8.8.3): what stands between the quotes, and whether ``W/`` stands before them."""

    opaque: bytes
    weak: bool = False


class AnyETag(Enum):
    """``*``: whatever is there."""

    ANY = "*"


ANY = AnyETag.ANY


class Precondition(Enum):
    """What the conditions of a request come to; the value is the status to answer with, 0 for none of its own."""

    PROCEED = 0
    NOT_MODIFIED = 304
    FAILED = 412


def parse_etag(value: bytes) -> ETag | None:
    """``"x"`` or ``W/"x"``; None for anything else."""
    match = _etag(value)
    return None if match is None else ETag(match[2], match[1] is not None)


def serialise_etag(etag: ETag) -> bytes:
    """The field value. Raises LocalError for an opaque part with quotes, spaces or controls."""
    if not _is_opaque(etag.opaque):
        raise LocalError("an entity tag cannot hold quotes, white space or control characters")
    return b'%s"%s"' % (b"W/" if etag.weak else b"", etag.opaque)


def parse_etags(value: bytes) -> tuple[ETag, ...] | AnyETag | None:
    """The value of If-Match or If-None-Match: a list or ``*``; None where it is neither."""
    value = value.strip(b" \t")
    if value == b"*":
        return ANY
    if not _is_etag_list(value):
        return None
    return tuple(ETag(opaque, bool(weak)) for weak, opaque in _etags(value))


def match_strongly(one: ETag, other: ETag) -> bool:
    """Whether both are strong and the same: byte for byte one representation (RFC 9110 §8.8.3.2)."""
    return one.opaque == other.opaque and not one.weak and not other.weak


def match_weakly(one: ETag, other: ETag) -> bool:
    """Whether both mean the same representation, though its bytes may differ (RFC 9110 §8.8.3.2)."""
    return one.opaque == other.opaque


def evaluate(
    method: str,
    headers: Headers,
    etag: bytes | None,
    last_modified: float | None,
    *,
    exists: bool = True,
    now: float | None = None,
) -> Precondition:
    """What a request's conditions come to, in the order of RFC 9110 §13.2.2; If-Range is ``if_range_holds``.

    ``etag`` is the ETag field of the selected representation, ``last_modified`` its time in seconds since the epoch
    (the fraction does not count); both are None where there is none, and ``exists`` is False where nothing is
    there yet. ``now`` helps to read two-digit years. A server asks only where it would otherwise answer 2xx
    (§13.2.1).
    """
    if method in _UNCONDITIONAL:
        return Precondition.PROCEED
    if (value := headers.get(b"if-match")) is not None:
        if not _if_match(value, etag, exists):
            return Precondition.FAILED
    elif (value := headers.get(b"if-unmodified-since")) is not None and _modified_after(value, last_modified, now):
        return Precondition.FAILED
    if (value := headers.get(b"if-none-match")) is not None:
        return _if_none_match(method, value, etag, exists)
    if method in _READERS and (value := headers.get(b"if-modified-since")) is not None:
        since = parse_date(value, now)
        if since is not None and last_modified is not None and floor(last_modified) <= since:
            return Precondition.NOT_MODIFIED
    return Precondition.PROCEED


def _if_match(value: bytes, etag: bytes | None, exists: bool) -> bool:
    wanted = parse_etags(value)
    if wanted is ANY:
        return exists
    current = parse_etag(etag) if exists and etag is not None else None
    return current is not None and wanted is not None and any(match_strongly(current, one) for one in wanted)


def _modified_after(value: bytes, last_modified: float | None, now: float | None) -> bool:
    since = parse_date(value, now)
    return since is not None and last_modified is not None and floor(last_modified) > since


def _if_none_match(method: str, value: bytes, etag: bytes | None, exists: bool) -> Precondition:
    hit = Precondition.NOT_MODIFIED if method in _READERS else Precondition.FAILED
    if exists and value == etag:
        return hit  # the usual case: a cache sends back the one tag that it was given
    unwanted = parse_etags(value)
    if unwanted is None:
        return Precondition.PROCEED if method in _READERS else Precondition.FAILED
    if unwanted is ANY:
        return hit if exists else Precondition.PROCEED
    current = parse_etag(etag) if exists and etag is not None else None
    found = current is not None and any(match_weakly(current, one) for one in unwanted)
    return hit if found else Precondition.PROCEED


def if_range_holds(value: bytes | None, etag: bytes | None, last_modified: float | None, now: float) -> bool:
    """Whether a Range field counts: no If-Range, or one that names exactly this representation (RFC 9110 §13.1.5).

    A tag must match strongly. A date must be the very Last-Modified, and its second must be over at ``now``, since
    a file may change twice in one second (§8.8.2.2). That it did so in a second already over cannot be seen from
    the date; whoever needs certainty uses the tag.
    """
    if value is None:
        return True
    if (given := parse_etag(value)) is not None:
        current = None if etag is None else parse_etag(etag)
        return current is not None and match_strongly(given, current)
    if last_modified is None:
        return False
    return parse_date(value, now) == floor(last_modified) <= now - 1
