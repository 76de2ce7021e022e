"""What stands between SB and SE, byte by byte, for each option that is known. None of it raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from portside.protocols.telnet.explain.meanings import FLOWS, FUNCTIONS, LEVELS, OPTIONS, SAID, option_name
from portside.protocols.telnet.explain.words import mode_in_words
from portside.protocols.telnet.messages import Level, Option, Verb
from portside.protocols.telnet.syntax import linemode
from portside.protocols.telnet.syntax.environment import PART, unescape
from portside.protocols.telnet.syntax.text import parse_text

MOST_PARTS = 256
"""Parts of one payload that are told: more than a person reads."""
_SEND = 1


class Part(NamedTuple):
    """A part of a payload: its name, bytes ``start`` to ``stop``, value, meaning and source."""

    name: str
    start: int
    stop: int
    value: str
    meaning: str = ""
    source: str = ""


Parts = Iterator[Part]


def parts_of(option: int, payload: bytes) -> list[Part]:
    """The parts of a payload; what no part is made of stands at the end as it is."""
    taking = _TAKING.get(option)
    found: list[Part] = []
    for part in taking(payload) if taking is not None and payload else ():
        found.append(part)
        if len(found) == MOST_PARTS:
            break
    end = found[-1].stop if found else 0
    if end < len(payload):
        found.append(Part("Parameters", end, len(payload), parse_text(payload[end:]), "", _source(option)))
    return found


def _source(option: int) -> str:
    return OPTIONS[option].source if option in OPTIONS else ""


def _kind(payload: bytes, names: dict[int, tuple[str, str]], source: str) -> Part:
    name, meaning = names.get(payload[0], (str(payload[0]), "unknown"))
    return Part("Kind", 0, 1, name, meaning, source)


_ASKED_OR_TOLD = {0: ("IS", "tells"), 1: ("SEND", "asks")}


def _text(name: str, source: str) -> Callable[[bytes], Parts]:
    """A kind, and a text behind it."""

    def take(payload: bytes) -> Parts:
        yield _kind(payload, _ASKED_OR_TOLD, source)
        if len(payload) > 1:
            yield Part(name, 1, len(payload), parse_text(payload[1:]), "", source)

    return take


def _window(payload: bytes) -> Parts:
    for name, at in (("Width", 0), ("Height", 2)):
        if len(payload) >= at + 2:
            size = int.from_bytes(payload[at : at + 2])
            unit = "columns" if name == "Width" else "rows"
            yield Part(name, at, at + 2, str(size), f"{size:,} {unit}" if size else "unknown", "RFC 1073")


def _flow(payload: bytes) -> Parts:
    meaning = FLOWS[payload[0]] if payload[0] < len(FLOWS) else "unknown"
    yield Part("Flow control", 0, 1, str(payload[0]), meaning, "RFC 1372")


_ENVIRONMENT = {**_ASKED_OR_TOLD, 2: ("INFO", "tells what has changed")}
_VARIABLE = {0: "VAR", 1: "VALUE", 3: "USERVAR"}


def _environment(payload: bytes) -> Parts:
    yield _kind(payload, _ENVIRONMENT, "RFC 1572")
    at = 1
    while (part := PART.match(payload, at)) is not None:
        name = _VARIABLE[part[1][0]]
        meaning = "" if part[2] or name == "VALUE" else "all of this kind"
        yield Part(name, at, part.end(), parse_text(unescape(part[2])), meaning, "RFC 1572")
        at = part.end()


_CHARSET = {
    1: ("REQUEST", "proposes"), 2: ("ACCEPTED", "takes it"), 3: ("REJECTED", "takes none"),
    4: ("TTABLE-IS", "sends a translation table"), 5: ("TTABLE-REJECTED", "does not take the table"),
    6: ("TTABLE-ACK", "takes the table"), 7: ("TTABLE-NAK", "wants the table again"),
}  # fmt: skip


def _charset(payload: bytes) -> Parts:
    yield _kind(payload, _CHARSET, "RFC 2066")
    if payload[0] != _SEND or len(payload) < 2 or payload.startswith(b"[TTABLE ]", 1):
        return
    separator = payload[1:2]
    yield Part("Separator", 1, 2, parse_text(separator), "stands between the names", "RFC 2066")
    at = 2
    for name in payload[2:].split(separator):
        yield Part("Character set", at, at + len(name), parse_text(name), "", "RFC 2066")
        at += len(name) + 1


def _linemode(payload: bytes) -> Parts:
    if payload[0] == linemode.MODE and len(payload) == 2:
        mode, acknowledged = linemode.parse_mode(payload)
        yield Part("Kind", 0, 1, "MODE", "who edits lines and makes signals", "RFC 1184 §2.2")
        words = mode_in_words(mode) + (", MODE_ACK" if acknowledged else "")
        yield Part("Mode", 1, 2, f"0x{payload[1]:02x}", words, "RFC 1184 §2.2")
    elif payload[0] == linemode.SLC:
        yield Part("Kind", 0, 1, "SLC", "special characters", "RFC 1184 §2.4")
        yield from _characters(payload)
    elif payload[0] in set(Verb) and payload[1:2] == bytes((linemode.FORWARDMASK,)):
        yield Part("Command", 0, 1, Verb(payload[0]).name, SAID[Verb(payload[0])], "RFC 1184 §2.3")
        yield Part("Kind", 1, 2, "FORWARDMASK", "characters that send what was typed", "RFC 1184 §2.3")


def _characters(payload: bytes) -> Parts:
    for at in range(1, len(payload) - linemode.TRIPLET + 1, linemode.TRIPLET):
        function, bits, value = payload[at : at + linemode.TRIPLET]
        words = [LEVELS[Level(bits & linemode.LEVEL_BITS)]]
        for bit, word in ((linemode.SLC_ACK, "ACK"), (linemode.FLUSH_IN, "FLUSHIN"), (linemode.FLUSH_OUT, "FLUSHOUT")):
            words += [word] if bits & bit else []
        name = FUNCTIONS.get(function, f"function {function}")
        yield Part(name, at, at + linemode.TRIPLET, f"0x{value:02x}", ", ".join(words), "RFC 1184 §2.4")


def _status(payload: bytes) -> Parts:
    yield _kind(payload, _ASKED_OR_TOLD, "RFC 859")
    at = 1
    while at + 1 < len(payload) and payload[at] in set(Verb):
        verb = Verb(payload[at])
        yield Part(verb.name, at, at + 2, option_name(payload[at + 1]), "is on", "RFC 859")
        at += 2


def _gmcp(payload: bytes) -> Parts:
    end = payload.find(b" ")
    end = len(payload) if end < 0 else end
    yield Part("Package", 0, end, parse_text(payload[:end]), "", "GMCP")
    if end + 1 < len(payload):
        yield Part("Data", end + 1, len(payload), parse_text(payload[end + 1 :]), "JSON", "GMCP")


_MSSP = {1: "Variable", 2: "Value"}


def _mssp(payload: bytes) -> Parts:
    at = 0
    while at < len(payload) and payload[at] in _MSSP:
        ends = [end for end in (payload.find(b"\x01", at + 1), payload.find(b"\x02", at + 1)) if end >= 0]
        stop = min(ends, default=len(payload))
        yield Part(_MSSP[payload[at]], at, stop, parse_text(payload[at + 1 : stop]), "", "MSSP")
        at = stop


_TAKING: dict[int, Callable[[bytes], Parts]] = {
    Option.NAWS: _window,
    Option.TTYPE: _text("Terminal type", "RFC 1091"),
    Option.TSPEED: _text("Speed", "RFC 1079"),
    Option.LFLOW: _flow,
    Option.NEW_ENVIRON: _environment,
    Option.CHARSET: _charset,
    Option.LINEMODE: _linemode,
    Option.STATUS: _status,
    Option.GMCP: _gmcp,
    Option.MSSP: _mssp,
}
