"""Passwords as they are kept: not themselves, but a hash that takes a guesser time and memory (scrypt, RFC 7914).

A hash is text: ``$scrypt$ln=14,r=8,p=5$SALT$KEY`` with salt and key in base64 without padding, the form that other
programs write, too. All functions here take their time; call them in a thread.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass

from portside.errors import UsageError

LONGEST = 1024
"""Bytes of a password: far beyond what people or generators make, and little to hash."""
SALT = 16
"""Bytes of salt: enough that no two are ever alike."""
KEY = 32
"""Bytes of the key."""
COST = 14
"""Logarithm of N. With ``BLOCK`` 8 and ``LANES`` 5 a guess takes 16 MB and some 0.2 s: of the settings that are
recommended for servers, the one with the least memory, since several logins may come at once."""
BLOCK = 8
LANES = 5
MOST_MEMORY = 128 * 1024 * 1024
"""Bytes that the hash of a file may ask for; more would be an attack on the one who checks it, or a slip."""
MOST_WORK = 8 * (1 << COST) * BLOCK * LANES
"""What a hash may cost, as N times r times p: eight times ours."""

_WRITTEN = re.compile(
    r"\$scrypt\$ln=([0-9]{1,2}),r=([0-9]{1,2}),p=([0-9]{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Hashed:
    """A password's hash: ``cost`` is the logarithm of N, ``block`` r, ``lanes`` p."""

    cost: int
    block: int
    lanes: int
    salt: bytes
    key: bytes

    def matches(self, password: str) -> bool:
        """Whether this is the password; what it takes does not depend on the answer."""
        key = _derive(password, self.cost, self.block, self.lanes, self.salt, len(self.key))
        return hmac.compare_digest(key, self.key)

    def __str__(self) -> str:
        return f"$scrypt$ln={self.cost},r={self.block},p={self.lanes}${_written(self.salt)}${_written(self.key)}"


def hash_password(password: str, *, cost: int = COST) -> str:
    """What to keep of ``password``. Raises ``UsageError`` for one that is empty, or longer than ``LONGEST``."""
    if not 0 < len(_octets(password)) <= LONGEST:
        raise UsageError(f"a password has 1 to {LONGEST} bytes")
    salt = secrets.token_bytes(SALT)
    return str(Hashed(cost, BLOCK, LANES, salt, _derive(password, cost, BLOCK, LANES, salt, KEY)))


def check_password(password: str, hashed: str) -> bool:
    """Whether ``hashed`` was made of ``password``. Raises ``UsageError`` where it is no hash."""
    return parse_hash(hashed).matches(password)


def parse_hash(text: str) -> Hashed:
    """A hash from its text. Raises ``UsageError`` for what is none, and for one that costs too much to check."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise UsageError("this is no scrypt hash; 'portside passwd' makes one")
    cost, block, lanes = (int(number) for number in found.group(1, 2, 3))
    if not (cost and block and lanes) or (block * lanes << cost) > MOST_WORK or (128 * block << cost) > MOST_MEMORY:
        raise UsageError(
            "this scrypt hash takes too long to check, or nothing at all; 'portside passwd' makes a new one"
        )
    try:
        return Hashed(cost, block, lanes, _read(found[4]), _read(found[5]))
    except ValueError as error:
        raise UsageError("this scrypt hash is damaged; 'portside passwd' makes a new one") from error


def _derive(password: str, cost: int, block: int, lanes: int, salt: bytes, length: int) -> bytes:
    # The blocks of all lanes, the table, and what the library itself needs beside them.
    memory = 128 * block * ((1 << cost) + lanes + 2) + 1024 * 1024
    return hashlib.scrypt(_octets(password), salt=salt, n=1 << cost, r=block, p=lanes, maxmem=memory, dklen=length)


def _octets(password: str) -> bytes:
    """As it came over the wire: what was no UTF-8 there stands in surrogates."""
    return password.encode("utf-8", "surrogateescape")


def _written(octets: bytes) -> str:
    return b64encode(octets).decode("ascii").rstrip("=")


def _read(text: str) -> bytes:
    return b64decode(text + "=" * (-len(text) % 4), validate=True)
