"""What is kept of a password so that it can be proven without being said (SCRAM-SHA-256, RFC 5802 §3, RFC 7677).

Whoever has these keys can't log in by them, but can try passwords: they are guarded as other hashes are.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, field

from portside.errors import UsageError
from portside.syntax.saslprep import saslprep

ITERATIONS = 15_000
"""What a guess costs; RFC 7677 §4 asks for 4,096 at least, and each client has to do the work for each login."""
MOST_ITERATIONS = 1_000_000
"""More would be a slip, or an attack on the clients."""
SALT = 16
"""Octets of salt."""
DIGEST = hashlib.sha256().digest_size

_WRITTEN = re.compile(
    r"\$scram-sha-256\$i=([0-9]{1,7})\$([A-Za-z0-9+/]{4,88}={0,2})\$([A-Za-z0-9+/]{43}=)\$([A-Za-z0-9+/]{43}=)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class ScramKeys:
    """``stored`` proves the client, ``server`` the server."""

    salt: bytes
    iterations: int
    stored: bytes = field(repr=False)
    server: bytes = field(repr=False)

    def proves(self, proof: bytes, said: bytes) -> bool:
        """Whether ``proof`` is that of the password, for what both have ``said`` (RFC 5802 §3)."""
        if len(proof) != DIGEST:
            return False
        signature = _mac(self.stored, said)
        key = bytes(one ^ other for one, other in zip(proof, signature, strict=True))
        return hmac.compare_digest(hashlib.sha256(key).digest(), self.stored)

    def signature(self, said: bytes) -> bytes:
        """What proves to the client that we know the password as well."""
        return _mac(self.server, said)

    def __str__(self) -> str:
        salt, stored, server = (b64encode(part).decode("ascii") for part in (self.salt, self.stored, self.server))
        return f"$scram-sha-256$i={self.iterations}${salt}${stored}${server}"


def derive_keys(password: str, salt: bytes, iterations: int = ITERATIONS) -> ScramKeys:
    """The keys of ``password``. It takes its time."""
    salted = hashlib.pbkdf2_hmac("sha256", prepare(password).encode("utf-8", "surrogateescape"), salt, iterations)
    stored = hashlib.sha256(_mac(salted, b"Client Key")).digest()
    return ScramKeys(salt, iterations, stored, _mac(salted, b"Server Key"))


def keys_of_nobody(name: str, secret: bytes) -> ScramKeys:
    """Keys that no password has, for a ``name`` that nobody has: the same ones each time (RFC 5802 §9)."""
    salt, stored, server = (_mac(secret, part + name.encode("utf-8", "surrogateescape")) for part in (b"1", b"2", b"3"))
    return ScramKeys(salt[:SALT], ITERATIONS, stored, server)


def parse_keys(text: str) -> ScramKeys:
    """Keys from their text. Raises ``UsageError`` for what is none."""
    found = _WRITTEN.fullmatch(text)
    if found is None or not 0 < int(found[1]) <= MOST_ITERATIONS:
        raise UsageError("these are no SCRAM keys; 'portside passwd --scram' makes them")
    try:
        salt, stored, server = (b64decode(part, validate=True) for part in found.group(2, 3, 4))
    except ValueError as error:
        raise UsageError("these SCRAM keys are damaged; 'portside passwd --scram' makes new ones") from error
    return ScramKeys(salt, int(found[1]), stored, server)


def prepare(text: str) -> str:
    """A password or a name as SASL compares it (RFC 4013); one that SASL does not allow stays as it is."""
    try:
        return saslprep(text)
    except ValueError:
        return text  # no client that obeys can say it, so that nothing is to be made alike


def _mac(key: bytes, said: bytes) -> bytes:
    return hmac.digest(key, said, "sha256")
