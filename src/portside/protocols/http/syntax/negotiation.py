"""What the other side would rather have: Accept-Encoding and Accept (RFC 9110 §12).

A weight that is malformed makes its element count as absent; nothing here raises.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from portside.protocols.http.syntax.lists import parse_parameter, split_list

Weights = dict[bytes, float]
"""What is named in a field, in lower case, and how much it is wanted: 0 (not at all) to 1."""

_qvalue = re.compile(rb"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?").fullmatch
_is_media_range = re.compile(rb"(?:\*/\*|[!#$%&'+\-.^_`|~0-9a-z]+/(?:\*|[!#$%&'+\-.^_`|~0-9a-z]+))").fullmatch

_REMEMBERED_LENGTH = 256
"""Bytes of a field value that is remembered; browsers send a few short ones, and only an attacker long ones."""
_ALIASES = {b"x-gzip": b"gzip", b"x-compress": b"compress"}  # §8.4.1


def parse_weights(value: bytes) -> Weights:
    """``br;q=0.5, gzip`` -> ``{b"br": 0.5, b"gzip": 1.0}`` (RFC 9110 §12.4.2); of two equal names the first counts.

    Parameters other than the weight are left out of the name.
    """
    weights: Weights = {}
    for element in split_list(value):
        name, *parameters = element.split(b";")
        weight = _weight(parameters) if parameters else 1.0
        if weight is not None:
            weights.setdefault(name.strip(b" \t").lower(), weight)
    return weights


def _weight(parameters: Sequence[bytes]) -> float | None:
    for parameter in parameters:
        if parameter.lstrip(b" \t")[:1] in (b"q", b"Q"):
            pair = parse_parameter(parameter)
            if pair is None or (pair[0] == b"q" and not _qvalue(pair[1])):
                return None
            if pair[0] == b"q":
                return float(pair[1])
    return 1.0


_remembered_weights = lru_cache(256)(parse_weights)


def _weights(value: bytes) -> Weights:
    return _remembered_weights(value) if len(value) <= _REMEMBERED_LENGTH else parse_weights(value)


def choose_coding(value: bytes | None, offered: Sequence[str]) -> str | None:
    """The content coding to send, of those ``offered`` in the server's order of preference; None: none at all.

    The highest weight wins, and of equals the first offered. Without an Accept-Encoding nothing is coded (§12.5.3
    allows anything, and old clients understand nothing). A client that gives ``identity`` more weight gets it; one
    that refuses it as well as all that is offered gets it too, as §12.4.1 permits: better than a 406.
    """
    if not value:
        return None
    weights = _weights(value)
    others = weights.get(b"*", 0.0)
    chosen, best = None, 0.0
    for coding in offered:
        weight = _coding_weight(weights, coding.encode("ascii"), others)
        if weight > best:
            chosen, best = coding, weight
    return None if best < weights.get(b"identity", 0.0) else chosen


def _coding_weight(weights: Weights, coding: bytes, others: float) -> float:
    weight = weights.get(coding)
    if weight is not None:
        return weight
    return next((weights[alias] for alias, name in _ALIASES.items() if name == coding and alias in weights), others)


def choose_type(value: bytes | None, offered: Sequence[str]) -> str | None:
    """The media type to send, of those ``offered`` (lower case, without parameters); None: none is acceptable.

    The highest weight wins, and of equals the first offered; the most specific range gives a type its weight
    (RFC 9110 §12.5.1). Parameters of a range (``level=1``, ``charset``) are not looked at. No Accept accepts all.
    """
    weights = _weights(value) if value else {}
    ranges = {name: weight for name, weight in weights.items() if _is_media_range(name)}
    if not ranges:
        return offered[0] if offered else None
    chosen, best = None, 0.0
    for media_type in offered:
        weight = _type_weight(ranges, media_type.encode("ascii"))
        if weight > best:
            chosen, best = media_type, weight
    return chosen


def _type_weight(ranges: Weights, media_type: bytes) -> float:
    for name in (media_type, media_type.partition(b"/")[0] + b"/*", b"*/*"):
        if name in ranges:
            return ranges[name]
    return 0.0
