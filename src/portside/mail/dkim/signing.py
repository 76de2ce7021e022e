"""A signature is put on a message (RFC 6376 §5)."""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Iterator

from portside.errors import LocalError
from portside.mail.dkim.canonical import BodyForm, Form, body_blocks, signed_header
from portside.mail.dkim.keys import Signer
from portside.mail.fields import Header, parse_header
from portside.mail.folding import serialise_words

SIGNED = (
    "from", "sender", "reply-to", "subject", "date", "message-id", "to", "cc", "mime-version", "content-type",
    "content-transfer-encoding", "content-id", "content-description", "resent-date", "resent-from", "resent-to",
    "resent-cc", "in-reply-to", "references", "list-id", "list-help", "list-unsubscribe", "list-unsubscribe-post",
    "list-subscribe", "list-post", "list-owner", "list-archive", "auto-submitted",
)  # fmt: skip
"""Fields that say what the message is, and that no relay has to change (§5.4.1)."""
_WIDTH = 72


def sign(
    message: bytes, signer: Signer, *, time: float, expires: float | None = None, form: Form = Form.RELAXED
) -> bytes:
    """The field to put ahead of ``message``, which is in CRLF form and is not changed afterwards.

    Each field of ``SIGNED`` that is there is signed, and that there is no further one of its name (§8.15). ``time`` and
    ``expires`` are seconds since 1970; None ends never. Raises ``LocalError`` where there is no From.
    """
    header = parse_header(message)
    names = _names(header)
    words = _words(signer, form, names, time, expires, _base64(_body_hash(message, header.end, form)))
    own = serialise_words("DKIM-Signature", [*words, "b="])
    data = signed_header(message, header, names, own, form)
    value = _base64(signer.sign(data, hashlib.sha256(data).digest()))
    pieces = (value[here : here + _WIDTH] for here in range(0, len(value), _WIDTH))
    return own.removesuffix(b"\r\n") + "\r\n ".join(["", *pieces, ""]).encode("ascii").removesuffix(b" ")


def _body_hash(message: bytes, start: int, form: Form) -> bytes:
    digest = hashlib.sha256()
    body = BodyForm(form, digest.update)
    for block in body_blocks(message, start):
        body.feed(block)
    body.finish()
    return digest.digest()


def _names(header: Header) -> tuple[str, ...]:
    """The names for ``h=``: each as often as it is there, and once more."""
    found = [field.key for field in header.fields]
    if "from" not in found:
        raise LocalError("a message without From cannot be signed")
    return tuple(name for name in SIGNED if name in found for _ in range(found.count(name) + 1))


def _words(
    signer: Signer, form: Form, names: tuple[str, ...], time: float, expires: float | None, body_hash: str
) -> Iterator[str]:
    yield "v=1;"
    yield f"a={signer.algorithm};"
    yield f"c={form.value}/{form.value};"
    yield f"d={signer.domain};"
    yield f"s={signer.selector};"
    yield f"t={int(time)};"
    if expires is not None:
        yield f"x={int(expires)};"
    yield f"h={names[0]}"
    yield from (f":{name}" for name in names[1:-1])
    yield f":{names[-1]};"
    yield f"bh={body_hash};"


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode("ascii")
