"""A client's side of the logins (RFC 4954): who we are, and the proof, in the words of each mechanism.

A mechanism says a first response by itself, or waits for a challenge; then it answers each challenge. ``proven`` says
whether a success may be believed: with SCRAM a server has to prove that it knows the password, too (RFC 5802 §3).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Collection
from typing import Protocol

from portside.errors import LoginFailed
from portside.protocols.smtp.rules.orders import Login
from portside.protocols.smtp.rules.sasl.names import escaped
from portside.syntax.saslprep import saslprep

FEWEST_ROUNDS = 4096
"""Rounds of SCRAM below which a server is not answered: it would guess the password from our proof (RFC 7677 §4)."""
MOST_ROUNDS = 2_000_000
"""Rounds at most: a second's work, for which a server could have us stand still."""

_ROUNDS = re.compile("[0-9]{1,9}", re.ASCII)


class Mechanism(Protocol):
    """One login. Both methods raise ``LoginFailed`` where the server asks what makes no sense."""

    name: str

    def first(self) -> bytes | None:
        """What is said together with AUTH; None waits for a challenge."""
        ...

    def answer(self, challenge: bytes) -> bytes:
        """What is answered to ``challenge``."""
        ...

    @property
    def proven(self) -> bool:
        """Whether a success is to be believed."""
        ...


class Plain:
    """User and password in one (RFC 4616)."""

    name = "PLAIN"
    proven = True

    def __init__(self, login: Login) -> None:
        self._login = login

    def first(self) -> bytes | None:
        return b"\0" + _prepared(self._login.user) + b"\0" + _prepared(self._login.password)

    def answer(self, challenge: bytes) -> bytes:
        raise LoginFailed("the server asks for more than PLAIN has to say")


class UserThenPassword:
    """The first challenge is answered with the user, the second with the password (LOGIN, which no RFC describes)."""

    name = "LOGIN"
    proven = True

    def __init__(self, login: Login) -> None:
        self._answers = [login.password, login.user]

    def first(self) -> bytes | None:
        return None

    def answer(self, challenge: bytes) -> bytes:
        if not self._answers:
            raise LoginFailed("the server asks for more than a user and a password")
        return self._answers.pop().encode()


class Bearer:
    """A token of OAuth 2 (RFC 7628). What a server says against a token is answered with one byte (§3.2.3)."""

    name = "OAUTHBEARER"
    proven = True

    def __init__(self, login: Login) -> None:
        self._login = login

    def first(self) -> bytes | None:
        name = escaped(self._login.user)
        return f"n,a={name},\1auth=Bearer {self._login.token}\1\1".encode()

    def answer(self, challenge: bytes) -> bytes:
        return b"\1"


class OlderBearer(Bearer):
    """The same token as servers took it before there was an RFC, and some still do."""

    name = "XOAUTH2"

    def first(self) -> bytes | None:
        return f"user={self._login.user}\1auth=Bearer {self._login.token}\1\1".encode()

    def answer(self, challenge: bytes) -> bytes:
        return b""


class Scram:
    """SCRAM-SHA-256 (RFC 5802, RFC 7677): the password never travels, and the server proves that it knows it."""

    name = "SCRAM-SHA-256"

    def __init__(self, login: Login, could_bind: bool = False) -> None:
        """``could_bind``: we could bind it to TLS, and the server does not offer that: where it did, somebody in
        between has taken the offer away, and the server finds that out by our saying so (RFC 5802 §6)."""
        self._header = b"y,," if could_bind else b"n,,"
        self._bound = b""
        self._password = _prepared(login.password)
        name = escaped(_prepared(login.user).decode())
        self._nonce = login.nonce
        self._bare = f"n={name},r={login.nonce}"
        self._expected = b""
        self.proven = False

    def first(self) -> bytes | None:
        return self._header + self._bare.encode()

    def answer(self, challenge: bytes) -> bytes:
        if self.proven:
            raise LoginFailed("the server asks on after it has proven itself")
        if self._expected:
            return self._believe(challenge)
        return self._prove(challenge)

    def _prove(self, challenge: bytes) -> bytes:
        asked = _attributes(challenge)
        nonce, salt, rounds = asked.get("r", ""), _decoded(asked.get("s", "")), _rounds(asked.get("i", ""))
        if not nonce.startswith(self._nonce) or nonce == self._nonce or not salt:
            raise LoginFailed(
                "the server's challenge is not the answer to what we said: somebody else may have sent it"
            )
        closing = f"c={b64encode(self._header + self._bound).decode()},r={nonce}"
        spoken = b",".join((self._bare.encode(), challenge, closing.encode()))
        salted = hashlib.pbkdf2_hmac("sha256", self._password, salt, rounds)
        self._expected = _mac(_mac(salted, b"Server Key"), spoken)
        key = _mac(salted, b"Client Key")
        proof = bytes(a ^ b for a, b in zip(key, _mac(hashlib.sha256(key).digest(), spoken), strict=True))
        return f"{closing},p={b64encode(proof).decode()}".encode()

    def _believe(self, challenge: bytes) -> bytes:
        said = _attributes(challenge)
        if not hmac.compare_digest(_decoded(said.get("v", "")), self._expected):
            raise LoginFailed("the server can't prove that it knows the password: it may be somebody else")
        self.proven = True
        return b""


class BoundScram(Scram):
    """The same, bound to this TLS connection: a proof that somebody in between passes on is worth nothing there."""

    name = "SCRAM-SHA-256-PLUS"

    def __init__(self, login: Login) -> None:
        super().__init__(login)
        self._header = b"p=tls-server-end-point,,"
        self._bound = login.binding() if login.binding is not None else b""


def _mac(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")


def _prepared(text: str) -> bytes:
    try:
        return saslprep(text).encode()
    except ValueError as error:
        raise LoginFailed(f"a user and a password can't hold {error}") from None


def _attributes(challenge: bytes) -> dict[str, str]:
    """``a=x,b=y`` (RFC 5802 §5.1). An attribute of RFC 5802's future (``m``) is one that we would have to know."""
    try:
        pairs = [part.partition("=") for part in challenge.decode().split(",")]
    except UnicodeDecodeError:
        raise LoginFailed("the server's challenge is no text") from None
    found = {name: value for name, _, value in pairs}
    if "m" in found:
        raise LoginFailed("the server's challenge asks for an extension of SCRAM that nobody knows")
    return found


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (NotBase64, ValueError):
        return b""


def _rounds(text: str) -> int:
    rounds = int(text) if _ROUNDS.fullmatch(text) else 0
    if not FEWEST_ROUNDS <= rounds <= MOST_ROUNDS:
        raise LoginFailed(f"the server wants {text[:12]!a} rounds of SCRAM: {FEWEST_ROUNDS:,} to {MOST_ROUNDS:,} do")
    return rounds


BY_PASSWORD: tuple[type[Plain | UserThenPassword], ...] = (Plain, UserThenPassword)
BY_TOKEN: tuple[type[Bearer], ...] = (Bearer, OlderBearer)
"""The mechanisms that show the secret, the best first."""


def choose(login: Login, offered: Collection[str], *, secret: bool) -> list[Mechanism]:
    """The mechanisms that the server offers and we have, the best first; only those that may be used on this way.

    ``secret``: nobody on the way can read what is said.
    """
    found: list[Mechanism] = []
    if not login.token:
        found += _by_proof(login, offered, secret=secret)
    known: tuple[type[Bearer | Plain | UserThenPassword], ...] = BY_TOKEN if login.token else BY_PASSWORD
    if secret or login.clear:
        found += [kind(login) for kind in known if kind.name in offered]
    return found


def _by_proof(login: Login, offered: Collection[str], *, secret: bool) -> list[Mechanism]:
    binds = secret and login.binding is not None
    found: list[Mechanism] = []
    if binds and BoundScram.name in offered and login.binding is not None and login.binding():
        found.append(BoundScram(login))
    if Scram.name in offered:
        found.append(Scram(login, could_bind=binds and BoundScram.name not in offered))
    return found
