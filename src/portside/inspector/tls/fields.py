"""A TLS record taken apart (RFC 8446 §5.1), and what an open one carries. Nothing here raises."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from portside.inspector.layers.headers import Form
from portside.inspector.tls import hellos
from portside.inspector.tls.certificates import certificates
from portside.inspector.tls.names import (
    ALERT,
    ALERT_LEVELS,
    ALERTS,
    APPLICATION_DATA,
    CERTIFICATE,
    CERTIFICATE_VERIFY,
    CHANGE_CIPHER_SPEC,
    CLIENT_HELLO,
    CONTENT_TYPES,
    ENCRYPTED_EXTENSIONS,
    EXTENSIONS,
    GROUPS,
    HANDSHAKE,
    HANDSHAKES,
    HELLO_RETRY,
    KEY_UPDATE,
    NEW_SESSION_TICKET,
    SERVER_HELLO,
    SIGNATURES,
    VERSIONS,
    is_grease,
    named,
)
from portside.inspector.tls.opening import HEADER
from portside.inspector.tls.records import Record, TlsReader
from portside.inspector.tls.session import TLS13
from portside.inspector.tls.suites import NAMES
from portside.protocols.explaining import Field

MOST_LISTED = 200
"""Parts of one list that are named; hellos offer some dozens."""


def fields(record: Record, data: bytes, reader: TlsReader) -> Sequence[Field]:
    """The header of ``record``, whose bytes are ``data``, and its content where that is not encrypted."""
    if not record.type:
        return [Field("Data", (0, len(data)), f"{len(data):,} bytes", "no TLS record begins here")]
    form = Form(data, 0, "RFC 8446 §5.1")
    form.add("Content type", 0, 1, record.type, CONTENT_TYPES.get(record.type, ""))
    version = form.number(1, 2)
    old = "the true version stands in the hello: this one pleases old boxes on the way"
    form.add("Legacy record version", 1, 2, f"0x{version:04x}", old if version < 0x0304 else "")
    length = form.number(3, 2)
    form.add("Length", 3, 2, f"{length:,}", f"{length:,} bytes follow")
    if len(data) <= HEADER:
        return form.fields
    opaque = record.type == APPLICATION_DATA or record.opener is not None or record.title.startswith("Encrypted")
    if opaque:
        known = "" if record.opener is None else "; opened below" if record.inner else ""
        form.add("Encrypted content", HEADER, len(data) - HEADER, f"{len(data) - HEADER:,} bytes",
                 f"content and a checksum that only who has the key can make{known}", "RFC 8446 §5.2")  # fmt: skip
    else:
        form.fields += _content(record.type, data, HEADER, record, reader)
    return form.fields


def plain_fields(record: Record, plain: bytes, reader: TlsReader) -> Sequence[Field]:
    """What an opened record carries."""
    return _content(record.inner, plain, 0, record, reader)


def _content(kind: int, data: bytes, at: int, record: Record, reader: TlsReader) -> list[Field]:
    form = Form(data, at, "RFC 8446 §5.1")
    rest = len(data) - at
    if kind == HANDSHAKE:
        return _handshakes(data, at, record, reader)
    if kind == ALERT and rest >= 2:
        level, what = form.number(0, 1), form.number(1, 1)
        form.add("Level", 0, 1, ALERT_LEVELS.get(level, level), source="RFC 8446 §6")
        form.add("Description", 1, 1, ALERTS.get(what, what), _alert(what), "RFC 8446 §6")
    elif kind == CHANGE_CIPHER_SPEC:
        thirteen = reader.session.version == TLS13
        meaning = "says nothing: it pleases old boxes on the way" if thirteen else "from here on this side encrypts"
        form.add("Change Cipher Spec", 0, rest, form.number(0, 1), meaning, "RFC 8446 §5" if thirteen else
                 "RFC 5246 §7.1")  # fmt: skip
    elif rest:
        form.add("Content", 0, rest, f"{rest:,} bytes")
    return form.fields


def _alert(what: int) -> str:
    return "nothing more will be said: the connection ends in good order" if what == 0 else ""


# -------------------------------------------------------------------------------------- handshake messages


def _handshakes(data: bytes, at: int, record: Record, reader: TlsReader) -> list[Field]:
    form = Form(data, 0, "RFC 8446 §4")
    if record.continues:
        form.add("Handshake message, continued", at, record.continues, f"{record.continues:,} bytes",
                 "began in the record before")  # fmt: skip
        at += record.continues
    while len(data) - at >= 4 and len(form.fields) < MOST_LISTED:
        kind, size = data[at], int.from_bytes(data[at + 1 : at + 4])
        name, meaning, source = HANDSHAKES.get(kind, (f"Handshake message {kind}", "", ""))
        stop = min(at + 4 + size, len(data))
        inner = Form(data[:stop], at, source)
        inner.add("Handshake type", 0, 1, kind, name, "RFC 8446 §4")
        more = at + 4 + size - stop
        inner.add("Length", 1, 3, f"{size:,}", f"{more:,} bytes of them in the next record" if more else "", "")
        content = Form(data[:stop], at + 4, source, inner.fields)
        if kind == CERTIFICATE and not more:
            inner.fields += certificates(content, thirteen=reader.session.version == TLS13)
        elif kind in _BODIES and not more:
            _BODIES[kind](content)
        elif stop > at + 4:
            inner.add("Content", 4, stop - at - 4, f"{stop - at - 4:,} bytes")
        form.add(name, at, stop - at, f"{stop - at:,} bytes", meaning, source, inner.fields)
        at = stop
    if at < len(data):
        form.add("Beginning of a message", at, len(data) - at, f"{len(data) - at} bytes")
    return form.fields


def _size(form: Form) -> int:
    return len(form.data) - form.at


def _rest(form: Form, place: int, name: str, meaning: str = "") -> None:
    if _size(form) > place:
        form.add(name, place, _size(form) - place, f"{_size(form) - place:,} bytes", meaning)


def _version(form: Form, version: int, place: int, name: str, meaning: str) -> None:
    form.add(name, place, 2, named(VERSIONS, version), meaning)


def _beginning(form: Form) -> int:
    """Version, random and session, with which both hellos begin; returns the place behind them."""
    _version(form, form.number(0, 2), 0, "Legacy version", "what counts stands in supported_versions, if that is there")
    retry = form.raw(2, 32) == HELLO_RETRY
    meaning = "this value means: say hello once more, otherwise" if retry else "chosen by chance for this session"
    form.add("Random", 2, 32, form.raw(2, 32).hex(), meaning)
    size = form.number(34, 1)
    form.add("Session ID", 34, 1 + size, form.raw(35, size).hex() or "none", f"{size} bytes")
    return 35 + size


def _client_hello(form: Form) -> None:
    place = _beginning(form)
    size = form.number(place, 2)
    suites = [
        form.part("Cipher suite", place + 2 + at, 2, named(NAMES, form.number(place + 2 + at, 2)))
        for at in range(0, min(size - 1, 2 * MOST_LISTED), 2)
    ]
    form.add("Cipher suites", place, 2 + size, f"{size // 2} offered", "in the order of preference", parts=suites)
    place += 2 + size
    size = form.number(place, 1)
    form.add("Compression methods", place, 1 + size, form.raw(place + 1, size).hex(" "), "none: 00")
    _extensions(form, place + 1 + size, from_client=True)


def _server_hello(form: Form) -> None:
    place = _beginning(form)
    form.add("Cipher suite", place, 2, named(NAMES, form.number(place, 2)), "chosen from those offered")
    form.add("Compression method", place + 2, 1, form.number(place + 2, 1))
    if _size(form) > place + 3:
        _extensions(form, place + 3, from_client=False)


def _encrypted_extensions(form: Form) -> None:
    _extensions(form, 0, from_client=False)


def _extensions(form: Form, place: int, *, from_client: bool) -> None:
    parts = []
    for kind, start, inner, stop in hellos.extensions(form.data, form.at + place):
        name, meaning, source = EXTENSIONS.get(kind, (f"extension {kind}", "", ""))
        if is_grease(kind):
            name, meaning, source = (
                "GREASE",
                "says nothing, so that nobody forgets to pass over what is unknown",
                "RFC 8701",
            )
        value = _extension(kind, form.data[inner:stop], from_client)
        parts.append(Field(name, (start, stop), value, meaning, source))
    size = form.number(place, 2)
    form.add("Extensions", place, 2 + size, f"{len(parts)}", source="RFC 8446 §4.2", parts=parts)


def _extension(kind: int, data: bytes, from_client: bool) -> str:
    if kind == hellos.SERVER_NAME:
        return hellos.server_name(data) or "acknowledged"
    if kind == hellos.ALPN:
        return ", ".join(hellos.protocols(data))
    if kind == hellos.SUPPORTED_VERSIONS:
        return _list(data[1:] if from_client else data, VERSIONS)
    if kind == 10:
        return _list(data[2:], GROUPS)
    if kind in (13, 50):
        return _list(data[2:], SIGNATURES)
    if kind == 51:
        return _key_shares(data, from_client)
    return f"{len(data):,} bytes" if data else "present"


def _list(data: bytes, names: dict[int, str]) -> str:
    return ", ".join(named(names, int.from_bytes(data[at : at + 2])) for at in range(0, min(len(data), 100), 2))


def _key_shares(data: bytes, from_client: bool) -> str:
    if not from_client:
        return named(GROUPS, int.from_bytes(data[:2]))
    found: list[str] = []
    at = 2
    while at + 4 <= len(data) and len(found) < MOST_LISTED:
        size = int.from_bytes(data[at + 2 : at + 4])
        found.append(f"{named(GROUPS, int.from_bytes(data[at : at + 2]))} ({size:,} bytes)")
        at += 4 + size
    return ", ".join(found)


def _certificate_verify(form: Form) -> None:
    form.add("Signature algorithm", 0, 2, named(SIGNATURES, form.number(0, 2)))
    form.add("Signature", 2, 2 + form.number(2, 2), f"{form.number(2, 2):,} bytes")


def _ticket(form: Form) -> None:
    seconds = form.number(0, 4)
    form.add("Lifetime", 0, 4, f"{seconds:,} s", f"worth something for {seconds / 3600:.3g} hours")
    _rest(form, 4, "Ticket", "the server alone can read it")


def _key_update(form: Form) -> None:
    asked = "the other side shall do so, too" if form.number(0, 1) else "the other side need not do so"
    form.add("Request update", 0, 1, form.number(0, 1), asked)


def _finished(form: Form) -> None:
    _rest(form, 0, "Verify data", "right only if both sides have seen the same handshake")


_BODIES: dict[int, Callable[[Form], None]] = {
    CLIENT_HELLO: _client_hello,
    SERVER_HELLO: _server_hello,
    ENCRYPTED_EXTENSIONS: _encrypted_extensions,
    CERTIFICATE_VERIFY: _certificate_verify,
    NEW_SESSION_TICKET: _ticket,
    KEY_UPDATE: _key_update,
    20: _finished,
}
