"""What the numbers of TLS stand for (IANA's registries, RFC 8446, RFC 5246)."""

from __future__ import annotations

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA, HEARTBEAT = range(20, 25)
CONTENT_TYPES = {
    CHANGE_CIPHER_SPEC: "Change Cipher Spec", ALERT: "Alert", HANDSHAKE: "Handshake",
    APPLICATION_DATA: "Application Data", HEARTBEAT: "Heartbeat",
}  # fmt: skip
VERSIONS = {0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}
CLIENT_HELLO, SERVER_HELLO, NEW_SESSION_TICKET, END_OF_EARLY_DATA, ENCRYPTED_EXTENSIONS = 1, 2, 4, 5, 8
CERTIFICATE, SERVER_KEY_EXCHANGE, CERTIFICATE_VERIFY, FINISHED, KEY_UPDATE = 11, 12, 15, 20, 24
HANDSHAKES: dict[int, tuple[str, str, str]] = {
    0: ("Hello Request", "the server asks for a new handshake", "RFC 5246 §7.4.1.1"),
    1: ("Client Hello", "the client offers what it can speak", "RFC 8446 §4.1.2"),
    2: ("Server Hello", "the server chooses", "RFC 8446 §4.1.3"),
    4: ("New Session Ticket", "with this the client may come back sooner", "RFC 8446 §4.6.1"),
    5: ("End Of Early Data", "what was said early ends here", "RFC 8446 §4.5"),
    8: ("Encrypted Extensions", "the server's further choices", "RFC 8446 §4.3.1"),
    11: ("Certificate", "who I am, and who vouches for it", "RFC 8446 §4.4.2"),
    12: ("Server Key Exchange", "the server's share of the key, signed", "RFC 8422 §5.4"),
    13: ("Certificate Request", "the client shall prove who it is, too", "RFC 8446 §4.3.2"),
    14: ("Server Hello Done", "the server has said all it has to", "RFC 5246 §7.4.5"),
    15: ("Certificate Verify", "a signature: the certificate's key is mine", "RFC 8446 §4.4.3"),
    16: ("Client Key Exchange", "the client's share of the key", "RFC 8422 §5.7"),
    20: ("Finished", "a checksum of all that was said, under the new keys", "RFC 8446 §4.4.4"),
    21: ("Certificate URL", "where the certificate can be had", "RFC 6066 §5"),
    22: ("Certificate Status", "the certificate was not revoked (OCSP)", "RFC 6066 §8"),
    24: ("Key Update", "from here on the next keys", "RFC 8446 §4.6.3"),
    25: ("Compressed Certificate", "a certificate, compressed", "RFC 8879 §4"),
}
"""Name, meaning, source."""
HELLO_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""The random of a Server Hello that asks for another Client Hello (RFC 8446 §4.1.3)."""
ALERT_LEVELS = {1: "warning", 2: "fatal"}
ALERTS = {
    0: "close notify", 10: "unexpected message", 20: "bad record MAC", 21: "decryption failed", 22: "record overflow",
    30: "decompression failure", 40: "handshake failure", 41: "no certificate", 42: "bad certificate",
    43: "unsupported certificate", 44: "certificate revoked", 45: "certificate expired", 46: "certificate unknown",
    47: "illegal parameter", 48: "unknown CA", 49: "access denied", 50: "decode error", 51: "decrypt error",
    70: "protocol version", 71: "insufficient security", 80: "internal error", 86: "inappropriate fallback",
    90: "user canceled", 100: "no renegotiation", 109: "missing extension", 110: "unsupported extension",
    112: "unrecognized name", 113: "bad certificate status response", 115: "unknown PSK identity",
    116: "certificate required", 120: "no application protocol",
}  # fmt: skip
EXTENSIONS = {
    0: ("server_name", "the name of who is wanted: one address serves many", "RFC 6066 §3"),
    1: ("max_fragment_length", "shorter records, please", "RFC 6066 §4"),
    5: ("status_request", "tell me whether your certificate was revoked", "RFC 6066 §8"),
    10: ("supported_groups", "curves and fields for the exchange of keys", "RFC 8446 §4.2.7"),
    11: ("ec_point_formats", "how points of a curve are written", "RFC 8422 §5.1.2"),
    13: ("signature_algorithms", "signatures that can be checked", "RFC 8446 §4.2.3"),
    16: ("application_layer_protocol_negotiation", "what is to be spoken within TLS", "RFC 7301 §3.1"),
    18: ("signed_certificate_timestamp", "proof that the certificate is in a public log", "RFC 6962 §3.3.1"),
    21: ("padding", "nothing, to be of a better length", "RFC 7685"),
    22: ("encrypt_then_mac", "the checksum goes over what is encrypted", "RFC 7366"),
    23: ("extended_master_secret", "the keys are bound to this very handshake", "RFC 7627"),
    27: ("compress_certificate", "certificates may be compressed", "RFC 8879 §3"),
    28: ("record_size_limit", "how long a record may be", "RFC 8449 §4"),
    35: ("session_ticket", "a ticket of an earlier session, or the wish for one", "RFC 5077 §3.2"),
    41: ("pre_shared_key", "we know each other: a key of an earlier session", "RFC 8446 §4.2.11"),
    42: ("early_data", "application data come along at once", "RFC 8446 §4.2.10"),
    43: ("supported_versions", "the versions that count", "RFC 8446 §4.2.1"),
    44: ("cookie", "give this back in the next hello", "RFC 8446 §4.2.2"),
    45: ("psk_key_exchange_modes", "how an earlier key may be used", "RFC 8446 §4.2.9"),
    47: ("certificate_authorities", "whose word is trusted", "RFC 8446 §4.2.4"),
    49: ("post_handshake_auth", "a certificate may be asked for later", "RFC 8446 §4.2.6"),
    50: ("signature_algorithms_cert", "signatures in certificates that can be checked", "RFC 8446 §4.2.3"),
    51: ("key_share", "this side's half of the key exchange", "RFC 8446 §4.2.8"),
    17513: ("application_settings", "settings of what is spoken within", ""),
    65037: ("encrypted_client_hello", "the true hello, hidden within", "RFC 9849"),
    65281: ("renegotiation_info", "a new handshake is bound to the old one", "RFC 5746 §3.2"),
}
"""Name, meaning, source."""
GROUPS = {
    23: "secp256r1", 24: "secp384r1", 25: "secp521r1", 29: "x25519", 30: "x448", 256: "ffdhe2048", 257: "ffdhe3072",
    258: "ffdhe4096", 259: "ffdhe6144", 260: "ffdhe8192", 4587: "SecP256r1MLKEM768", 4588: "X25519MLKEM768",
    25497: "X25519Kyber768Draft00",
}  # fmt: skip
SIGNATURES = {
    0x0201: "rsa_pkcs1_sha1", 0x0203: "ecdsa_sha1", 0x0401: "rsa_pkcs1_sha256", 0x0403: "ecdsa_secp256r1_sha256",
    0x0501: "rsa_pkcs1_sha384", 0x0503: "ecdsa_secp384r1_sha384", 0x0601: "rsa_pkcs1_sha512",
    0x0603: "ecdsa_secp521r1_sha512", 0x0804: "rsa_pss_rsae_sha256", 0x0805: "rsa_pss_rsae_sha384",
    0x0806: "rsa_pss_rsae_sha512", 0x0807: "ed25519", 0x0808: "ed448", 0x0809: "rsa_pss_pss_sha256",
    0x080A: "rsa_pss_pss_sha384", 0x080B: "rsa_pss_pss_sha512",
}  # fmt: skip


def is_grease(number: int) -> bool:
    """Whether a number was only said so that nobody forgets to ignore what is unknown (RFC 8701)."""
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF


def named(table: dict[int, str], number: int) -> str:
    """The name of ``number`` in ``table``; its hexadecimal form where there is none."""
    return "GREASE" if is_grease(number) else table.get(number, f"0x{number:04x}")
