"""One message of Telnet taken apart: commands by their names, and what stands between SB and SE field by field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from portside.protocols.explaining import Content, Field, Said
from portside.protocols.telnet.explain.meanings import COMMANDS, OPTIONS, VERBS, Meaning
from portside.protocols.telnet.explain.payloads import hidden_payload
from portside.protocols.telnet.explain.subfields import Part, parts_of
from portside.protocols.telnet.messages import Verb
from portside.protocols.telnet.syntax.commands import IAC, IAC_CODE, SB_CODE, SE_CODE

_UNKNOWN = Meaning("", "nobody here knows it", "")


def fields(said: Said, data: bytes) -> Sequence[Field]:
    """The parts of a message, in the order of their bytes."""
    if not data:
        return ()
    if said.facts.get("compressed"):
        return (Field("Compressed data", (0, len(data)), f"{len(data):,} bytes", said.title, "MCCP"),)
    if said.kind == "data" or data[:1] != IAC:
        return _data_fields(said, data)
    found = [Field("Interpret as command", (0, 1), "IAC", "what follows is a command", "RFC 854")]
    if len(data) == 1:
        return found
    code = data[1]
    if code in VERBS:
        return [*found, *_request_fields(data)]
    if code == SB_CODE:
        return [*found, *_subnegotiation_fields(data)]
    meaning = COMMANDS.get(code, _UNKNOWN)
    return [*found, Field("Command", (1, 2), meaning.name or str(code), meaning.text, meaning.source)]


def _data_fields(said: Said, data: bytes) -> Sequence[Field]:
    text = data.rstrip(b"\r\n\0") if data.endswith((b"\r\n", b"\n", b"\r\0", b"\r")) else data
    secret = bool(said.facts.get("secret"))
    shown = "*" * len(text) if secret else text.replace(b"\xff\xff", IAC).decode("utf-8", "replace")
    found = []
    if text:
        meaning = "typed where a password is asked for" if secret else ""
        found.append(Field("Data", (0, len(text)), shown, meaning, "RFC 854", secret=secret))
    if len(text) < len(data):
        ends = {b"\r\n": "CR LF", b"\r\0": "CR NUL", b"\n": "LF", b"\r": "CR"}
        found.append(Field("Line end", (len(text), len(data)), ends.get(data[len(text) :], "several"), "", "RFC 854"))
    return found


def _request_fields(data: bytes) -> Sequence[Field]:
    verb = VERBS[Verb(data[1])]
    return [Field("Command", (1, 2), verb.name, verb.text, verb.source), *_option_field(data)]


def _option_field(data: bytes) -> Sequence[Field]:
    if len(data) < 3:
        return ()
    meaning = OPTIONS.get(data[2], _UNKNOWN)
    return (Field("Option", (2, 3), f"{meaning.name or 'option'} ({data[2]})", meaning.text, meaning.source),)


class _Payload(NamedTuple):
    """What stands between the option and IAC SE: its bytes, where each stands, and where the end begins."""

    data: bytes
    places: list[int]
    end: int

    def span(self, start: int, stop: int) -> tuple[int, int]:
        """The raw bytes of payload bytes ``start`` to ``stop``; a doubled IAC is two."""
        first = self.places[start] if start < len(self.places) else self.end
        return first, self.places[stop] if stop < len(self.places) else self.end


def _payload(data: bytes) -> _Payload:
    found, places = bytearray(), []
    at = 3
    while at < len(data):
        if data[at] == IAC_CODE and data[at + 1 : at + 2] != IAC:
            break
        found.append(data[at])
        places.append(at)
        at += 1 + (data[at] == IAC_CODE)
    return _Payload(bytes(found), places, min(at, len(data)))


def _subnegotiation_fields(data: bytes) -> Sequence[Field]:
    found = [Field("Command", (1, 2), "SB", "a subnegotiation begins", "RFC 855"), *_option_field(data)]
    if len(data) < 3:
        return found
    payload = _payload(data)
    hidden = hidden_payload(data[2], payload.data)
    found += [_field(part, payload, hidden) for part in parts_of(data[2], payload.data)]
    end = payload.end
    if data[end : end + 2] == bytes((IAC_CODE, SE_CODE)):
        found.append(Field("End", (end, end + 2), "IAC SE", "the subnegotiation ends", "RFC 855"))
    return found


def _field(part: Part, payload: _Payload, hidden: bytes) -> Field:
    """Secret is what the mask hides a byte of."""
    secret = hidden[part.start : part.stop] != payload.data[part.start : part.stop]
    span = payload.span(part.start, part.stop)
    if secret:
        return Field(part.name, span, "*" * (part.stop - part.start), part.meaning, part.source, secret=True)
    return Field(part.name, span, part.value, part.meaning, part.source)


def content(said: Said, data: bytes) -> Content | None:
    """What was said besides commands, IAC single; None for commands and for what is compressed."""
    if said.kind != "data" or said.facts.get("compressed"):
        return None
    whole = len(data) == said.stop - said.start
    doubled = b"\xff\xff" in data
    text = data.replace(b"\xff\xff", IAC)
    return Content(text, "text/plain", whole, "doubled IAC" if doubled else "")
