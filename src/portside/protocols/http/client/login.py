"""Logging in: whose name is told to whom, and how (RFC 7617, RFC 7616).

A password goes only to the origin that it was given for. Over TLS, where nobody listens, Basic is said at once (some
servers answer 404 to who does not say who he is); elsewhere we wait for what the server asks for, and answer the
strongest challenge. What an origin asked for is remembered, so that later requests need one round only.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from portside.protocols.http.client.asks import Account
from portside.protocols.http.client.urls import Url
from portside.protocols.http.messages import FieldLine, Headers
from portside.protocols.http.syntax.credentials import (
    Challenge,
    answer_digest,
    choose_challenge,
    parse_challenges,
    serialise_basic,
)

REMEMBERED = 256
"""Origins whose challenge is remembered."""

_BASIC = Challenge("basic")


@dataclass(slots=True)
class _Known:
    challenge: Challenge
    uses: int = 0


class Logins:
    """What each origin asked for, and the answer to it. ``nonce`` gives fresh random texts."""

    def __init__(self, nonce: Callable[[], str] = lambda: secrets.token_hex(16)) -> None:
        self._nonce = nonce
        self._known: dict[tuple[str, str, int], _Known] = {}

    def field(self, account: Account, url: Url, method: str, target: str) -> FieldLine | None:
        """The Authorization field for a request, None where we wait to be asked."""
        known = self._known.get(url.origin)
        if known is None:
            if url.scheme != "https":
                return None
            known = _Known(_BASIC)
        user, password = account
        if known.challenge.scheme == "basic":
            return (b"Authorization", serialise_basic(user, password))
        known.uses += 1
        cnonce = self._nonce().encode("ascii")
        return (b"Authorization", answer_digest(known.challenge, user, password, method, target, cnonce, known.uses))

    def learn(self, url: Url, headers: Headers, said: bytes | None) -> bool:
        """Take in a 401; True where another try makes sense. ``said`` is the Authorization field of the first one."""
        challenge = choose_challenge(parse_challenges(headers.all(b"www-authenticate")))
        if challenge is None:
            return False
        scheme = (said or b"").partition(b" ")[0].lower().decode("latin-1")
        stale = challenge.parameters.get("stale", b"").lower() == b"true"
        if scheme == challenge.scheme and not (stale and scheme == "digest"):
            return False
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[url.origin] = _Known(challenge)
        return True
