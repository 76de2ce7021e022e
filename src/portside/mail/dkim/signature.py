"""The field DKIM-Signature: what is signed, by whom, and how (RFC 6376 §3.5)."""

from __future__ import annotations

from dataclasses import dataclass

from portside.errors import RemoteError
from portside.mail.dkim.canonical import Form
from portside.mail.dkim.tags import names, number, octets, parse_tags
from portside.mail.domains import is_domain, to_ascii

ALGORITHMS = {"rsa-sha256": "rsa", "ed25519-sha256": "ed25519"}
"""What we verify, and the kind of key for it. rsa-sha1 proves nothing any more (RFC 8301 §3.1)."""
_NEEDED = ("v", "a", "b", "bh", "d", "h", "s")
MOST_NAMES = 1000
"""Names in ``h=``: each is looked for in the header."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as its field tells it. ``length`` is the count of octets of the body that are signed, None for all;
    ``time`` and ``expires`` are seconds since 1970."""

    algorithm: str
    value: bytes
    body_hash: bytes
    header_form: Form
    body_form: Form
    domain: str
    selector: str
    names: tuple[str, ...]
    identity: str = ""
    length: int | None = None
    time: int | None = None
    expires: int | None = None

    @property
    def identity_domain(self) -> str:
        """The domain of ``i=``, which is ``d=`` or below it."""
        return to_ascii(self.identity.rpartition("@")[2])


def parse_signature(text: str) -> Signature:
    """Reads the value of a field. Raises ``RemoteError`` where it breaks the RFC's rules, saying which."""
    tags = parse_tags(text)
    for name in _NEEDED:
        if not tags.get(name):
            raise RemoteError(f"the signature has no {name}=")
    if tags["v"] != "1":
        raise RemoteError("the signature is not of version 1")
    header_form, body_form = _forms(tags.get("c", "simple/simple"))
    signature = Signature(
        tags["a"].lower(),
        octets(tags, "b"),
        octets(tags, "bh"),
        header_form,
        body_form,
        to_ascii(tags["d"]),
        to_ascii(tags["s"]),
        names(tags, "h"),
        tags.get("i", "@" + tags["d"]),
        number(tags, "l"),
        number(tags, "t"),
        number(tags, "x"),
    )
    _check(signature, names(tags, "q", "dns/txt"))
    return signature


def _forms(said: str) -> tuple[Form, Form]:
    header, _, body = said.lower().partition("/")
    try:
        return Form(header.strip()), Form(body.strip() or "simple")
    except ValueError as error:
        raise RemoteError(f"nobody knows the canonicalization {said[:40]!r}") from error


def _check(signature: Signature, queries: tuple[str, ...]) -> None:
    domain, within = signature.domain, signature.identity_domain
    if signature.algorithm not in ALGORITHMS:
        raise RemoteError(f"{signature.algorithm[:40]} proves nothing, or is not known")
    if not (is_domain(domain) and is_domain(signature.selector)):
        raise RemoteError("its domain or its selector is no name of the DNS")
    if "from" not in signature.names:
        raise RemoteError("it does not sign From")
    if len(signature.names) > MOST_NAMES:
        raise RemoteError(f"it names more than {MOST_NAMES} fields")
    if within != domain and not within.endswith("." + domain):
        raise RemoteError("i= is not of its domain")
    if "dns/txt" not in queries:
        raise RemoteError("its key is not in the DNS")
    if signature.expires is not None and signature.time is not None and signature.expires <= signature.time:
        raise RemoteError("it ended before it was made")
