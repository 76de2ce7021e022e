"""Who says that they are whom: challenges and credentials, Basic and Digest (RFC 9110 §11, RFC 7617, RFC 7616).

The client reads what is asked (``parse_challenges``), picks the strongest (``choose_challenge``) and answers
(``serialise_basic``, ``answer_digest``). The server asks (``serialise_challenge``), reads (``parse_credentials``) and
compares (``verify_basic``, ``verify_digest``) in a time that does not depend on where the difference is. Which nonces
are good, and which counts were seen, is the server's to remember; a client's cnonce is handed in.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hmac import compare_digest

from portside.errors import LocalError, RemoteError
from portside.protocols.http.syntax.lists import is_token, parse_parameter, quote, split_list

MAX_CHALLENGES = 16
"""Challenges of one response that are looked at."""

# The strongest first. SHA-512/256 is optional for an OpenSSL; it is asked for only where it is there.
ALGORITHMS = tuple(
    name
    for name, digest in (("SHA-512-256", "sha512_256"), ("SHA-256", "sha256"), ("MD5", "md5"))
    if digest in hashlib.algorithms_available
)
"""Digest algorithms that are spoken here, each also with ``-sess``; the strongest first."""

_DIGESTS = {"SHA-512-256": "sha512_256", "SHA-256": "sha256", "MD5": "md5"}
_scheme = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?:[ \t]+(.*))?", re.DOTALL).fullmatch
_is_token68 = re.compile(rb"[A-Za-z0-9\-._~+/]+=*").fullmatch
_has_control = re.compile(r"[\x00-\x1f\x7f]").search
_is_count = re.compile(rb"[0-9a-fA-F]{8}").fullmatch
_extended = re.compile(rb"UTF-8'[^']*'((?:[A-Za-z0-9!#$&+\-.^_`|~]|%[0-9A-Fa-f]{2})*)", re.IGNORECASE).fullmatch
_escape = re.compile(rb"%([0-9A-Fa-f]{2})")
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`|~")
# These stand without quotes in one's answer, though they could be quoted (RFC 7616 §3.4).
_UNQUOTED = frozenset({"algorithm", "qop", "nc", "userhash", "username*", "stale"})
_UNQUOTED_IN_A_CHALLENGE = frozenset({"algorithm", "stale", "userhash", "charset"})


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a server asks for, or what a client answers: a scheme in lower case, and either parameters or a token68.

    Parameters' names are in lower case, their values unquoted.
    """

    scheme: str
    parameters: Mapping[str, bytes] = field(default_factory=dict)
    token68: bytes = b""


Credentials = Challenge
"""Credentials have the grammar of a challenge (RFC 9110 §11.4)."""


# -------------------------------------------------------------------------------------------------- syntax


def parse_challenges(values: Iterable[bytes]) -> list[Challenge]:
    """All challenges of WWW-Authenticate or Proxy-Authenticate, of several lines and several in one (§11.6.1).

    What is malformed is left out; of two parameters with one name the first counts.
    """
    found: list[tuple[str, dict[str, bytes], bytes]] = []
    for value in values:
        current: dict[str, bytes] | None = None
        for element in split_list(value):
            pair = parse_parameter(element)
            if pair is None and (match := _scheme(element)) and len(found) < MAX_CHALLENGES:
                rest = (match[2] or b"").strip(b" \t")
                pair = parse_parameter(rest)
                current = {}
                found.append((match[1].lower().decode(), current, rest if not pair and _is_token68(rest) else b""))
            if pair is not None and current is not None:
                current.setdefault(pair[0].decode(), pair[1])
    return [Challenge(*parts) for parts in found]


def parse_credentials(value: bytes) -> Credentials | None:
    """What Authorization or Proxy-Authorization says; None unless it is exactly one set of credentials."""
    found = parse_challenges([value])
    return found[0] if len(found) == 1 else None


def serialise_challenge(challenge: Challenge) -> bytes:
    """``Basic realm="x", charset="UTF-8"``. Raises LocalError for what cannot be written."""
    return _serialise(challenge, _UNQUOTED_IN_A_CHALLENGE)


def _serialise(challenge: Challenge, unquoted: frozenset[str]) -> bytes:
    scheme = _octets(challenge.scheme.capitalize())
    if not all(map(is_token, (scheme, *map(_octets, challenge.parameters)))):
        raise LocalError("the scheme and the parameters of a login need names that are tokens")
    written = [
        _octets(name) + b"=" + (value if name in unquoted and is_token(value) else quote(value))
        for name, value in challenge.parameters.items()
    ]
    return b" ".join(filter(None, (scheme, challenge.token68, b", ".join(written))))


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def choose_challenge(challenges: Sequence[Challenge]) -> Challenge | None:
    """The strongest challenge that can be answered: Digest by its algorithm, then Basic; None where there is none."""
    return min(challenges, key=_rank, default=None) if any(_rank(one) < _NEVER for one in challenges) else None


_NEVER = 100


def _rank(challenge: Challenge) -> int:
    if challenge.scheme == "basic":
        return _NEVER - 1
    if challenge.scheme != "digest" or not challenge.parameters.get("nonce") or _qop(challenge) is None:
        return _NEVER
    algorithm = _algorithm(challenge)
    return _NEVER if algorithm is None else ALGORITHMS.index(algorithm[0])


# --------------------------------------------------------------------------------------------------- Basic


def serialise_basic(user: str, password: str) -> bytes:
    """``Basic dXNlcjpwYXNz``, in UTF-8 (RFC 7617). Raises LocalError for controls, or a colon in the user's name."""
    if ":" in user or _has_control(user) or _has_control(password):
        raise LocalError("Basic login takes no colon in a user's name, and no control characters")
    return b"Basic " + b64encode(_octets(f"{user}:{password}"))


def parse_basic(credentials: Credentials | None) -> tuple[str, str] | None:
    """User and password; None where these are no Basic credentials in UTF-8, or hold controls."""
    if credentials is None or credentials.scheme != "basic":
        return None
    try:
        octets = a2b_base64(credentials.token68, strict_mode=True)
        text = octets.decode("utf-8")
    except (Base64Error, UnicodeDecodeError):
        return None
    user, colon, password = text.partition(":")
    # One spelling only: how much padding the decoder forgives differs between versions of Python.
    if not colon or _has_control(text) or b64encode(octets) != credentials.token68:
        return None
    return user, password


def verify_basic(credentials: Credentials | None, user: str, password: str) -> bool:
    """Whether the credentials are these."""
    said = parse_basic(credentials)
    if said is None:
        return False
    # Both are compared in any case, so that the time does not tell which was wrong.
    same_user = compare_digest(_octets(said[0]), _octets(user))
    return compare_digest(_octets(said[1]), _octets(password)) and same_user


# -------------------------------------------------------------------------------------------------- Digest


def answer_digest(
    challenge: Challenge, user: str, password: str, method: str, uri: str, cnonce: bytes, nc: int
) -> bytes:
    """The Authorization field for one request (RFC 7616 §3.4).

    ``uri`` is the request target as sent, ``cnonce`` a fresh random text, ``nc`` how often this nonce has been used,
    from 1. Without a qop the older form of RFC 2069 is used. Raises RemoteError for a challenge that cannot be
    answered (unknown algorithm, only ``auth-int``), LocalError for a name that cannot be written.
    """
    algorithm, qop = _algorithm(challenge), _qop(challenge)
    nonce = challenge.parameters.get("nonce")
    if challenge.scheme != "digest" or algorithm is None or qop is None or not nonce:
        raise RemoteError("the login that the server asks for is not known here", 401)
    realm = challenge.parameters.get("realm", b"")
    account = _Account(_octets(user), realm, _octets(password))
    count = b"%08x" % nc
    parameters = _username(challenge, account, algorithm[0])
    parameters |= {"realm": realm, "nonce": nonce, "uri": _octets(uri)}
    if "algorithm" in challenge.parameters:
        parameters["algorithm"] = challenge.parameters["algorithm"]
    if qop or algorithm[1]:
        parameters["cnonce"] = cnonce
    if qop:
        parameters |= {"qop": qop, "nc": count}
    proof = _Proof(_octets(method), _octets(uri), nonce, cnonce, count, qop)
    parameters["response"] = _response(algorithm, account, proof)
    if "opaque" in challenge.parameters:
        parameters["opaque"] = challenge.parameters["opaque"]
    return _serialise(Challenge("digest", parameters), _UNQUOTED)


def verify_digest(credentials: Credentials | None, method: str, uri: str, realm: str, user: str, password: str) -> bool:
    """Whether the credentials prove the password for this very request (RFC 7616 §3.4.6); only qop ``auth`` counts.

    The caller still has to know the nonce as its own and fresh, and the count as unused: both are in ``parameters``
    (``nonce``, ``nc``), and neither is believed before this says True.
    """
    if credentials is None or credentials.scheme != "digest":
        return False
    said = credentials.parameters
    algorithm = _algorithm(credentials)
    if algorithm is None or said.get("qop", b"").lower() != b"auth" or not _is_count(said.get("nc", b"")):
        return False
    if not said.get("nonce") or not said.get("cnonce"):
        return False
    account = _Account(_octets(user), _octets(realm), _octets(password))
    target = _octets(uri)
    proof = _Proof(_octets(method), target, said["nonce"], said["cnonce"], said["nc"], b"auth")
    same = compare_digest(said.get("response", b"").lower(), _response(algorithm, account, proof))
    same &= compare_digest(_said_user(credentials), _expected_user(credentials, account, algorithm[0]))
    same &= compare_digest(said.get("uri", b""), target)
    return same and compare_digest(said.get("realm", b""), account.realm)


@dataclass(frozen=True, slots=True)
class _Account:
    user: bytes
    realm: bytes
    password: bytes


@dataclass(frozen=True, slots=True)
class _Proof:
    method: bytes
    uri: bytes
    nonce: bytes
    cnonce: bytes
    count: bytes
    qop: bytes


_Algorithm = tuple[str, bool]


def _algorithm(challenge: Challenge) -> _Algorithm | None:
    """The algorithm and whether it is a session's; MD5 where none is named; None where it is unknown."""
    name = challenge.parameters.get("algorithm", b"MD5").decode("latin-1").upper()
    session = name.endswith("-SESS")
    name = name.removesuffix("-SESS")
    return (name, session) if name in ALGORITHMS else None


def _qop(challenge: Challenge) -> bytes | None:
    """``auth`` where it is offered, empty where nothing is (RFC 2069), None where something else is."""
    offered = challenge.parameters.get("qop")
    if offered is None:
        return b""
    return b"auth" if b"auth" in [one.lower() for one in split_list(offered)] else None


def _hash(algorithm: str, *parts: bytes) -> bytes:
    return hashlib.new(_DIGESTS[algorithm], b":".join(parts), usedforsecurity=False).hexdigest().encode("ascii")


def _response(algorithm: _Algorithm, account: _Account, proof: _Proof) -> bytes:
    """RFC 7616 §3.4.1 to §3.4.3."""
    name, session = algorithm
    secret = _hash(name, account.user, account.realm, account.password)
    if session:
        secret = _hash(name, secret, proof.nonce, proof.cnonce)
    request = _hash(name, proof.method, proof.uri)
    if not proof.qop:
        return _hash(name, secret, proof.nonce, request)
    return _hash(name, secret, proof.nonce, proof.count, proof.cnonce, proof.qop, request)


def _username(challenge: Challenge, account: _Account, algorithm: str) -> dict[str, bytes]:
    """How the answer says who it is: hashed, plain, or encoded where ASCII does not hold it (§3.4, §3.4.4)."""
    if challenge.parameters.get("userhash", b"").lower() == b"true":
        return {"username": _hash(algorithm, account.user, account.realm), "userhash": b"true"}
    if account.user.isascii():
        return {"username": account.user}
    encoded = b"".join(bytes((octet,)) if octet in _PLAIN else b"%%%02X" % octet for octet in account.user)
    return {"username*": b"UTF-8''" + encoded}


def _said_user(credentials: Credentials) -> bytes:
    plain, extended = (credentials.parameters.get(name, b"") for name in ("username", "username*"))
    if plain or not (match := _extended(extended)):
        return plain
    return _escape.sub(lambda escape: bytes((int(escape[1], 16),)), match[1])


def _expected_user(credentials: Credentials, account: _Account, algorithm: str) -> bytes:
    if credentials.parameters.get("userhash", b"").lower() == b"true":
        return _hash(algorithm, account.user, account.realm)
    return account.user
