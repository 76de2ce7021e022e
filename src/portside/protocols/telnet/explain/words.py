"""What a subnegotiation says, in one line, without secrets; and what each of its bytes is.

``told`` gives the line. Both ask the syntax room what the bytes mean; what makes no sense there is told as that.
"""

from __future__ import annotations

from collections.abc import Callable

from portside.errors import RemoteError
from portside.protocols.telnet.explain.meanings import FLOWS, FUNCTIONS, option_name
from portside.protocols.telnet.messages import LineMode, Option
from portside.protocols.telnet.syntax import charsets, environment, linemode, status, terminal, worlds
from portside.protocols.telnet.syntax.scanning import Ending, Subnegotiation
from portside.protocols.telnet.syntax.text import parse_text

MOST_LISTED = 8
"""Names that one line lists."""
_SEND = b"\x01"


def told(token: Subnegotiation) -> str:
    """One line for a subnegotiation, as it follows the name of who says it."""
    name = option_name(token.option)
    if token.ending is Ending.TOO_LONG:
        return f"{name}, more than {len(token.payload) - 1:,} bytes"
    if token.ending is Ending.BROKEN_OFF:
        return f"{name}, broken off"
    saying = _SAYINGS.get(token.option)
    try:
        return saying(token.payload) if saying is not None else f"{name}, {_amount(token.payload)}"
    except RemoteError as error:
        return f"{name} that makes no sense: {error}"


def _amount(payload: bytes) -> str:
    return "1 byte" if len(payload) == 1 else f"{len(payload):,} bytes"


def listed(names: list[str]) -> str:
    """Some names, and how many more there are."""
    more = len(names) - MOST_LISTED
    return ", ".join(names[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def _window(payload: bytes) -> str:
    window = terminal.parse_window(payload)
    return f"window {window.columns} x {window.rows}"


def _type(payload: bytes) -> str:
    return "asks for the terminal type" if payload == _SEND else f"terminal type {terminal.parse_type(payload)}"


def _speed(payload: bytes) -> str:
    if payload == _SEND:
        return "asks for the terminal speed"
    speed = terminal.parse_speed(payload)
    return f"terminal speed {speed.transmit} and {speed.receive} bit/s"


def _flow(payload: bytes) -> str:
    return f"flow control: {FLOWS[terminal.parse_flow(payload).mode]}"


def _environment(payload: bytes) -> str:
    names = [variable.name or "all of a kind" for variable in environment.parse_variables(payload)]
    kind = payload[:1]
    if kind == environment.SEND:
        return f"asks for the environment: {listed(names) or 'all'}"
    if kind not in (environment.IS, environment.INFO):
        raise RemoteError("variables are told or asked for")
    what = "environment has changed" if kind == environment.INFO else "environment"
    return f"{what}: {listed(names) or 'nothing'}"


def _charset(payload: bytes) -> str:
    kind = payload[:1]
    if kind == charsets.REQUEST:
        return f"proposes character sets: {listed(list(charsets.parse_request(payload)))}"
    if kind == charsets.ACCEPTED:
        return f"takes character set {parse_text(payload[1:])}"
    known = {charsets.REJECTED: "takes no character set", charsets.TTABLE_IS: "sends a translation table"}
    return known.get(kind, "translation table: answer")


def mode_in_words(mode: LineMode) -> str:
    """The bits of a mode by their names."""
    bits = {"EDIT": mode.edit, "TRAPSIG": mode.trapsig, "SOFT_TAB": mode.soft_tab, "LIT_ECHO": mode.lit_echo}
    return ", ".join(name for name, on in bits.items() if on) or "none"


def _linemode(payload: bytes) -> str:
    kind = payload[:1]
    if kind == bytes((linemode.MODE,)):
        mode, acknowledged = linemode.parse_mode(payload)
        return f"line mode {mode_in_words(mode)}{' (agreed)' if acknowledged else ''}"
    if kind == bytes((linemode.SLC,)):
        triplets = linemode.parse_characters(payload)
        return f"special characters: {listed([FUNCTIONS.get(one.function, 'all') for one in triplets])}"
    return "forward mask" if payload[1:2] == bytes((linemode.FORWARDMASK,)) else "line mode"


def _status(payload: bytes) -> str:
    if payload == _SEND:
        return "asks for the status"
    options = status.parse_status(payload).options
    return f"status: {listed([f'{verb.name} {option_name(option)}' for verb, option in options]) or 'nothing is on'}"


def _gmcp(payload: bytes) -> str:
    return f"GMCP {worlds.parse_gmcp(payload).package}"


def _mssp(payload: bytes) -> str:
    names = [name for name, _ in worlds.parse_mssp(payload).variables]
    return f"server status: {listed(names)}"


def _compression(payload: bytes) -> str:  # noqa: ARG001
    return "compresses from here on"


_SAYINGS: dict[int, Callable[[bytes], str]] = {
    Option.NAWS: _window,
    Option.TTYPE: _type,
    Option.TSPEED: _speed,
    Option.LFLOW: _flow,
    Option.NEW_ENVIRON: _environment,
    Option.CHARSET: _charset,
    Option.LINEMODE: _linemode,
    Option.STATUS: _status,
    Option.GMCP: _gmcp,
    Option.MSSP: _mssp,
    Option.MCCP2: _compression,
}
