"""What was asked of the mailbox: the path, what stands behind the question mark, and the JSON in the body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portside.protocols.http.messages import Request
from portside.protocols.http.server.application import Arrival
from portside.protocols.http.server.local_pages import Refused, parse_number

MOST_BODY = 4 * 1024 * 1024
"""Bytes of a body: room for the ids of a whole mailbox of 50,000 messages."""
MOST_IDS = 100_000
"""Ids of one request."""
LONGEST_TEXT = 4096
"""Characters of one text: a search, an id, an address."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: ``wild`` are the parts of its path that the route leaves open, ``said`` its query."""

    request: Request
    arrival: Arrival
    wild: tuple[str, ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The message that it is about."""
        return self.wild[0]

    def text(self, name: str) -> str:
        """What the query says by this name; "" where nothing. Raises ``Refused``."""
        return _text(self.said.get(name, ""), name)

    def number(self, name: str, otherwise: int) -> int:
        """A number of the query. Raises ``Refused``."""
        return parse_number(self.said[name]) if name in self.said else otherwise

    async def body(self) -> dict[str, Any]:
        """The JSON object of the body. Raises ``Refused``."""
        data = bytearray()
        async for piece in self.arrival.body():
            data += piece
            if len(data) > MOST_BODY:
                raise Refused(413, f"that is more than {MOST_BODY:,} bytes")
        try:
            value = json.loads(bytes(data))
        except (ValueError, RecursionError):
            raise Refused(400, "the body is no JSON") from None
        if not isinstance(value, dict):
            raise Refused(400, "the body has to be an object")
        return value


def text_of(body: Mapping[str, Any], name: str, otherwise: str = "") -> str:
    """A text of the body. Raises ``Refused``."""
    value = body.get(name, otherwise)
    if not isinstance(value, str):
        raise Refused(400, f"'{name}' has to be a text")
    return _text(value, name)


def texts_of(body: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of texts of the body. Raises ``Refused``."""
    value = body.get(name)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Refused(400, f"'{name}' has to be a list of texts")
    if len(value) > MOST_IDS:
        raise Refused(413, f"'{name}' has more than {MOST_IDS:,} texts")
    return tuple(_text(each, name) for each in value)


def flag_of(body: Mapping[str, Any], name: str) -> bool:
    """True or false in the body. Raises ``Refused``."""
    value = body.get(name)
    if not isinstance(value, bool):
        raise Refused(400, f"'{name}' has to be true or false")
    return value


def _text(value: str, name: str) -> str:
    if len(value) > LONGEST_TEXT:
        raise Refused(400, f"'{name}' is longer than {LONGEST_TEXT:,} characters")
    return value
