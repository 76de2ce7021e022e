"""Opening TLS records whose keys are known (RFC 8446 §5, RFC 5246 §6.2.3).

A cipher is kept per direction and epoch; a record is opened by its number within the epoch, so that it can be opened
again. Nothing here raises for wrong keys or damaged records: what can't be opened is None.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Protocol

from portside.inspector.tls.names import APPLICATION_DATA, CONTENT_TYPES
from portside.inspector.tls.suites import Suite

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import aead

TAG, SHORT_TAG = 16, 8
"""Bytes of an AEAD's checksum."""
BLOCK = 16
"""Bytes of a block of AES."""
EXPLICIT = 8
"""Bytes of the nonce that TLS 1.2 sends along."""
HEADER = 5
"""Bytes of a record's header."""


class Opener(Protocol):
    """The cipher of one direction and epoch."""

    def open(self, record: bytes, number: int) -> tuple[int, bytes] | None:
        """The content type and the plaintext of the epoch's record ``number`` (from 0); None where it does not open."""
        ...


def _aead(suite: Suite, key: bytes) -> aead.AESGCM | aead.AESCCM | aead.ChaCha20Poly1305:
    from cryptography.hazmat.primitives.ciphers import aead  # takes long to load, and few captures come with keys

    if suite.mode == "CHACHA20":
        return aead.ChaCha20Poly1305(key)
    if suite.mode == "GCM":
        return aead.AESGCM(key)
    return aead.AESCCM(key, tag_length=SHORT_TAG if suite.mode == "CCM8" else TAG)


def expand_label(secret: bytes, label: str, length: int, hash_name: str) -> bytes:
    """HKDF-Expand-Label without a context (RFC 8446 §7.1)."""
    name = b"tls13 " + label.encode()
    info = length.to_bytes(2) + bytes([len(name)]) + name + b"\0"
    found = block = b""
    index = 1
    while len(found) < length:
        block = hmac.digest(secret, block + info + bytes([index]), hash_name)
        found += block
        index += 1
    return found[:length]


def next_secret(secret: bytes, suite: Suite) -> bytes:
    """The secret after a Key Update (RFC 8446 §7.2)."""
    return expand_label(secret, "traffic upd", len(secret), suite.hash)


def prf(secret: bytes, label: bytes, seed: bytes, length: int, hash_name: str) -> bytes:
    """TLS 1.2's pseudorandom function (RFC 5246 §5)."""
    seed = label + seed
    found, chain = b"", seed
    while len(found) < length:
        chain = hmac.digest(secret, chain, hash_name)
        found += hmac.digest(secret, chain + seed, hash_name)
    return found[:length]


class Opener13:
    """TLS 1.3: the type is inside, behind the content; then come zeros (RFC 8446 §5.2)."""

    def __init__(self, secret: bytes, suite: Suite) -> None:
        self._cipher = _aead(suite, expand_label(secret, "key", suite.key, suite.hash))
        self._iv = int.from_bytes(expand_label(secret, "iv", 12, suite.hash))

    def open(self, record: bytes, number: int) -> tuple[int, bytes] | None:
        """See ``Opener``."""
        if record[0] != APPLICATION_DATA:
            return None
        plain = _decrypted(self._cipher, (self._iv ^ number).to_bytes(12), record[HEADER:], record[:HEADER])
        if plain is None:
            return None
        content = plain.rstrip(b"\0")
        if not content or content[-1] not in CONTENT_TYPES:
            return None
        return content[-1], content[:-1]


class AeadOpener12:
    """TLS 1.2 with an AEAD (RFC 5288, RFC 6655, RFC 7905)."""

    def __init__(self, suite: Suite, key: bytes, iv: bytes) -> None:
        self._cipher = _aead(suite, key)
        self._iv = iv
        self._tag = SHORT_TAG if suite.mode == "CCM8" else TAG

    def open(self, record: bytes, number: int) -> tuple[int, bytes] | None:
        """See ``Opener``."""
        body = record[HEADER:]
        if len(self._iv) == 12:
            nonce = (int.from_bytes(self._iv) ^ number).to_bytes(12)
        else:
            nonce, body = self._iv + body[:EXPLICIT], body[EXPLICIT:]
        size = len(body) - self._tag
        if size < 0 or len(nonce) != 12:
            return None
        plain = _decrypted(self._cipher, nonce, body, number.to_bytes(8) + record[:3] + size.to_bytes(2))
        return None if plain is None else (record[0], plain)


def _decrypted(
    cipher: aead.AESGCM | aead.AESCCM | aead.ChaCha20Poly1305, nonce: bytes, data: bytes, associated: bytes
) -> bytes | None:
    from cryptography.exceptions import InvalidTag

    try:
        return bytes(cipher.decrypt(nonce, data, associated))
    except (InvalidTag, ValueError):
        return None


class CbcOpener12:
    """TLS 1.2 with AES in CBC mode: blocks, padding, a checksum of which only the length counts here."""

    def __init__(self, suite: Suite, key: bytes, encrypt_then_mac: bool) -> None:
        self._key = key
        self._mac = suite.mac
        self._encrypt_then_mac = encrypt_then_mac

    def open(self, record: bytes, number: int) -> tuple[int, bytes] | None:  # noqa: ARG002
        """See ``Opener``; blocks do not depend on the record's number."""
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        body = record[HEADER:]
        if self._encrypt_then_mac:
            body = body[: max(0, len(body) - self._mac)]
        if len(body) < 2 * BLOCK or len(body) % BLOCK:
            return None
        cipher = Cipher(algorithms.AES(self._key), modes.CBC(body[:BLOCK])).decryptor()
        plain = cipher.update(body[BLOCK:]) + cipher.finalize()
        padding = plain[-1] + 1
        if padding > len(plain) or plain[-padding:] != bytes([padding - 1]) * padding:
            return None
        size = len(plain) - padding - (0 if self._encrypt_then_mac else self._mac)
        return (record[0], plain[:size]) if size >= 0 else None


def openers12(
    suite: Suite, master: bytes, client_random: bytes, server_random: bytes, encrypt_then_mac: bool
) -> tuple[Opener, Opener]:
    """The client's and the server's cipher of a TLS 1.2 session (RFC 5246 §6.3)."""
    iv = {"CHACHA20": 12, "CBC": 0}.get(suite.mode, 4)
    sizes = (suite.mac, suite.mac, suite.key, suite.key, iv, iv)
    block = prf(master, b"key expansion", server_random + client_random, sum(sizes), suite.hash)
    parts = []
    for size in sizes:
        parts.append(block[:size])
        block = block[size:]
    _, _, client_key, server_key, client_iv, server_iv = parts
    if suite.mode == "CBC":
        return CbcOpener12(suite, client_key, encrypt_then_mac), CbcOpener12(suite, server_key, encrypt_then_mac)
    return AeadOpener12(suite, client_key, client_iv), AeadOpener12(suite, server_key, server_iv)


def fits(secret: bytes, suite: Suite) -> bool:
    """Whether a secret has the length that the suite's hash gives it."""
    return len(secret) == hashlib.new(suite.hash).digest_size
