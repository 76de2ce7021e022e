"""What of a hello decides how the rest is read (RFC 8446 §4.1, RFC 5246 §7.4.1). Nothing here raises."""

from __future__ import annotations

from collections.abc import Iterator

SERVER_NAME, ALPN, ENCRYPT_THEN_MAC, SUPPORTED_VERSIONS = 0, 16, 22, 43
MOST_EXTENSIONS = 100
"""Extensions of one hello at most."""


def client_suites(body: bytes) -> list[int]:
    """The cipher suites that a Client Hello offers."""
    at = 35 + _byte(body, 34)
    size = _number(body, at)
    return [_number(body, place) for place in range(at + 2, min(at + 2 + size, len(body) - 1), 2)]


def client_extensions(body: bytes) -> dict[int, bytes]:
    """The extensions of a Client Hello."""
    at = 35 + _byte(body, 34)
    at += 2 + _number(body, at)
    at += 1 + _byte(body, at)
    return {kind: body[start:stop] for kind, _, start, stop in extensions(body, at)}


def server_extensions(body: bytes) -> dict[int, bytes]:
    """The extensions of a Server Hello."""
    return {kind: body[start:stop] for kind, _, start, stop in extensions(body, 38 + _byte(body, 34))}


def server_suite(body: bytes) -> int:
    """The cipher suite that a Server Hello has chosen."""
    return _number(body, 35 + _byte(body, 34))


def server_version(body: bytes, extensions: dict[int, bytes]) -> int:
    """The version that a Server Hello has chosen: TLS 1.3 says so in an extension (RFC 8446 §4.2.1)."""
    chosen = extensions.get(SUPPORTED_VERSIONS, b"")
    return int.from_bytes(chosen) if len(chosen) == 2 else _number(body, 0)


def extensions(body: bytes, at: int) -> Iterator[tuple[int, int, int, int]]:
    """Each extension of the list whose length stands at ``at``: kind, where it, its content begin, where it ends."""
    stop = min(at + 2 + _number(body, at), len(body))
    at += 2
    for _ in range(MOST_EXTENSIONS):
        if at + 4 > stop:
            return
        size = _number(body, at + 2)
        yield _number(body, at), at, at + 4, min(at + 4 + size, stop)
        at += 4 + size


def server_name(extension: bytes) -> str:
    """The name in a server_name extension (RFC 6066 §3)."""
    size = _number(extension, 3)
    return extension[5 : 5 + size].decode("ascii", "replace")


def protocols(extension: bytes) -> list[str]:
    """The names in an ALPN extension (RFC 7301 §3.1)."""
    found = []
    at = 2
    while at < len(extension):
        size = extension[at]
        found.append(extension[at + 1 : at + 1 + size].decode("utf-8", "replace"))
        at += 1 + size
    return found


def _byte(body: bytes, at: int) -> int:
    return body[at] if at < len(body) else 0


def _number(body: bytes, at: int) -> int:
    return int.from_bytes(body[at : at + 2])
