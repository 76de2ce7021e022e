"""Cipher suites: their names (IANA), and how those work that can be decrypted here."""

from __future__ import annotations

from typing import Literal, NamedTuple

Mode = Literal["GCM", "CHACHA20", "CCM", "CCM8", "CBC"]


class Suite(NamedTuple):
    """``key``: bytes of a key; ``hash``: that of the key derivation; ``mac``: bytes of a CBC suite's checksum."""

    name: str
    mode: Mode
    key: int
    hash: str
    mac: int = 0


SUITES = {
    0x1301: Suite("TLS_AES_128_GCM_SHA256", "GCM", 16, "sha256"),
    0x1302: Suite("TLS_AES_256_GCM_SHA384", "GCM", 32, "sha384"),
    0x1303: Suite("TLS_CHACHA20_POLY1305_SHA256", "CHACHA20", 32, "sha256"),
    0x1304: Suite("TLS_AES_128_CCM_SHA256", "CCM", 16, "sha256"),
    0x1305: Suite("TLS_AES_128_CCM_8_SHA256", "CCM8", 16, "sha256"),
    0x002F: Suite("TLS_RSA_WITH_AES_128_CBC_SHA", "CBC", 16, "sha256", 20),
    0x0033: Suite("TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "CBC", 16, "sha256", 20),
    0x0035: Suite("TLS_RSA_WITH_AES_256_CBC_SHA", "CBC", 32, "sha256", 20),
    0x0039: Suite("TLS_DHE_RSA_WITH_AES_256_CBC_SHA", "CBC", 32, "sha256", 20),
    0x003C: Suite("TLS_RSA_WITH_AES_128_CBC_SHA256", "CBC", 16, "sha256", 32),
    0x003D: Suite("TLS_RSA_WITH_AES_256_CBC_SHA256", "CBC", 32, "sha256", 32),
    0x0067: Suite("TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", "CBC", 16, "sha256", 32),
    0x006B: Suite("TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", "CBC", 32, "sha256", 32),
    0x009C: Suite("TLS_RSA_WITH_AES_128_GCM_SHA256", "GCM", 16, "sha256"),
    0x009D: Suite("TLS_RSA_WITH_AES_256_GCM_SHA384", "GCM", 32, "sha384"),
    0x009E: Suite("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "GCM", 16, "sha256"),
    0x009F: Suite("TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "GCM", 32, "sha384"),
    0xC009: Suite("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "CBC", 16, "sha256", 20),
    0xC00A: Suite("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "CBC", 32, "sha256", 20),
    0xC013: Suite("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "CBC", 16, "sha256", 20),
    0xC014: Suite("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "CBC", 32, "sha256", 20),
    0xC023: Suite("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "CBC", 16, "sha256", 32),
    0xC024: Suite("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", "CBC", 32, "sha384", 48),
    0xC027: Suite("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "CBC", 16, "sha256", 32),
    0xC028: Suite("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "CBC", 32, "sha384", 48),
    0xC02B: Suite("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "GCM", 16, "sha256"),
    0xC02C: Suite("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "GCM", 32, "sha384"),
    0xC02F: Suite("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "GCM", 16, "sha256"),
    0xC030: Suite("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "GCM", 32, "sha384"),
    0xC09C: Suite("TLS_RSA_WITH_AES_128_CCM", "CCM", 16, "sha256"),
    0xC09D: Suite("TLS_RSA_WITH_AES_256_CCM", "CCM", 32, "sha256"),
    0xC0AC: Suite("TLS_ECDHE_ECDSA_WITH_AES_128_CCM", "CCM", 16, "sha256"),
    0xC0AD: Suite("TLS_ECDHE_ECDSA_WITH_AES_256_CCM", "CCM", 32, "sha256"),
    0xC0AE: Suite("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "CCM8", 16, "sha256"),
    0xC0AF: Suite("TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8", "CCM8", 32, "sha256"),
    0xCCA8: Suite("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "CHACHA20", 32, "sha256"),
    0xCCA9: Suite("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "CHACHA20", 32, "sha256"),
    0xCCAA: Suite("TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "CHACHA20", 32, "sha256"),
}
OTHERS = {
    0x0004: "TLS_RSA_WITH_RC4_128_MD5", 0x0005: "TLS_RSA_WITH_RC4_128_SHA", 0x000A: "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    0x0016: "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA", 0x00FF: "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",
    0x5600: "TLS_FALLBACK_SCSV", 0xC008: "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA",
    0xC012: "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
}  # fmt: skip
"""Suites that are only named."""
NAMES = {number: suite.name for number, suite in SUITES.items()} | OTHERS
