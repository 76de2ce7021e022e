"""OAUTHBEARER (RFC 7628): a token that somebody else has issued, and can judge."""

from __future__ import annotations

import re

from portside.protocols.smtp.rules.sasl.exchanges import Challenge, Claim, Exchange, Malformed, Step, Wrong, text_of
from portside.protocols.smtp.rules.sasl.names import unescaped

_HEADER = re.compile(r"n,(?:a=([^,]*))?,")
_TOKEN = re.compile(r"auth=Bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE | re.ASCII)
_PROBLEM = b'{"status":"invalid_token"}'
PARTS = 8
"""Pairs of a response that are looked at: host, port, auth, and room for what may be added."""


class Bearer(Exchange):
    """The token comes at once; where it is wrong, the client is told why, and answers before it is refused."""

    def __init__(self) -> None:
        self._user: str | None = None

    def respond(self, data: bytes) -> Step:
        if self._user is not None:
            return Wrong()  # whatever it says about the problem (RFC 7628 §3.2.3)
        head, *parts = (text_of(data) or "").split("\1", PARTS)
        found = _HEADER.fullmatch(head)
        tokens = [token for token in map(_TOKEN.fullmatch, parts) if token is not None]
        if found is None or len(tokens) != 1:
            return Malformed()
        self._user = unescaped(found[1] or "")
        return Claim(self._user, tokens[0][1], token=True)

    def refused(self) -> Step:
        return Challenge(_PROBLEM)
