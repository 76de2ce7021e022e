"""SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677): both sides prove that they know the password.

With PLUS the proof holds for this TLS connection alone: ``bindings`` are what both ends see of it, by the name of the
kind (RFC 5929, RFC 9266).
"""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import Error as NotBase64
from binascii import a2b_base64
from collections.abc import Callable, Mapping

from portside.accounts.scram import ScramKeys, prepare
from portside.protocols.smtp.rules.sasl.exchanges import (
    Challenge,
    Done,
    Exchange,
    Malformed,
    Proof,
    Step,
    WantKeys,
    Wrong,
    text_of,
)
from portside.protocols.smtp.rules.sasl.names import unescaped

_FIRST = re.compile(r"((?:(n)|(y)|p=([A-Za-z0-9.-]+)),(?:a=([^,]*))?,)(n=([^,]+),r=([\x21-\x2b\x2d-\x7e]+))(?:,.*)?")
_FINAL = re.compile(r"(c=([A-Za-z0-9+/=]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,[^p].*)?),p=([A-Za-z0-9+/=]+)")
_ESCAPED = re.compile("=(?!2C|3D)")


class Scram(Exchange):
    """``nonce`` makes our part of the nonce. ``plus``: the client has to bind; else it may say that it could not."""

    def __init__(self, nonce: Callable[[], str], bindings: Mapping[str, bytes], *, plus: bool) -> None:
        self._nonce = nonce
        self._bindings = bindings
        self._plus = plus
        self._user = ""
        self._header = b""
        self._bound = b""
        self._said: list[str] = []
        self._whole_nonce = ""
        self._keys: ScramKeys | None = None
        self._proven = False

    def respond(self, data: bytes) -> Step:
        text = text_of(data)
        if self._proven:
            return Done(self._user) if not data else Malformed()
        if text is None:
            return Malformed()
        return self._first(text) if self._keys is None else self._final(text, self._keys)

    def _first(self, text: str) -> Step:
        found = _FIRST.fullmatch(text)
        if found is None or _ESCAPED.search(found[7]) or not self._binds(found[3] is not None, found[4]):
            return Malformed()
        self._user = prepare(unescaped(found[7]))
        if found[5] and prepare(unescaped(found[5])) != self._user:
            return Malformed()  # nobody acts for anybody else here
        self._header = found[1].encode()
        self._whole_nonce = found[8] + self._nonce()
        self._said.append(text[len(found[1]) :])
        return WantKeys(self._user)

    def _binds(self, could: bool, kind: str | None) -> bool:
        """Whether what the client says of binding can be (RFC 5802 §6).

        One that could bind, and saw no PLUS offered although it was, has somebody in between.
        """
        if kind is None:
            return not self._plus and not (could and self._bindings)
        self._bound = self._bindings.get(kind, b"")
        return self._plus and bool(self._bound)

    def keys(self, keys: ScramKeys) -> Step:
        self._keys = keys
        salt = b64encode(keys.salt).decode("ascii")
        first = f"r={self._whole_nonce},s={salt},i={keys.iterations}"
        self._said.append(first)
        return Challenge(first.encode())

    def _final(self, text: str, keys: ScramKeys) -> Step:
        found = _FINAL.fullmatch(text)
        if found is None:
            return Malformed()
        try:
            bound, proof = a2b_base64(found[2], strict_mode=True), a2b_base64(found[4], strict_mode=True)
        except NotBase64:
            return Malformed()
        said = ",".join([*self._said, found[1]]).encode()
        fits = bound == self._header + self._bound and found[3] == self._whole_nonce
        if not keys.proves(proof, said) or not fits:
            return Wrong(self._user)
        self._proven = True
        return Proof(self._user, b"v=" + b64encode(keys.signature(said)))
