"""What is told of a terminal: its window, types, speed and flow control (RFC 1073, 1091, 1079, 1372).

Each ``parse_x`` takes what stands behind the option's number, and raises ``RemoteError`` where it makes no sense.
"""

from __future__ import annotations

from struct import Struct

from portside.errors import RemoteError
from portside.protocols.telnet.messages import Flow, FlowControl, Mtts, TerminalSpeed, TerminalTypes, WindowSize
from portside.protocols.telnet.syntax.text import parse_number, parse_text, serialise_text

IS, SEND = b"\0", b"\x01"
"""The first byte where there is a question and its answer (also RFC 859)."""
LONGEST_TYPE = 255
"""Bytes of a terminal type: RFC 1091 allows 40, and game clients tell their versions."""
_WINDOW = Struct(">HH")
_MTTS = "MTTS "


def parse_window(payload: bytes) -> WindowSize:
    """NAWS: columns and rows, 16 bits each."""
    if len(payload) != _WINDOW.size:
        raise RemoteError(f"a window's size has 4 bytes, not {len(payload)}")
    return WindowSize(*_WINDOW.unpack(payload))


def serialise_window(window: WindowSize) -> bytes:
    return _WINDOW.pack(window.columns, window.rows)


def parse_type(payload: bytes) -> str:
    """One terminal type, behind IS."""
    if not 0 < len(payload) - 1 <= LONGEST_TYPE or payload[:1] != IS:
        raise RemoteError(f"a terminal type has 1 to {LONGEST_TYPE} letters")
    return parse_text(payload[1:])


def serialise_type(name: str) -> bytes:
    return IS + serialise_text(name)


def types_in_turn(types: TerminalTypes) -> tuple[str, ...]:
    """The names in the order in which they are told, as the Mud Terminal Type Standard has it."""
    return types.names if types.mtts is None else (*types.names, f"{_MTTS}{int(types.mtts)}")


def gathered_types(told: tuple[str, ...]) -> TerminalTypes:
    """What somebody has told, one type after another."""
    names = tuple(name for name in told if not name.startswith(_MTTS))
    bits = [parse_mtts(name) for name in told if name.startswith(_MTTS)]
    return TerminalTypes(names, bits[-1] if bits else None)


def parse_mtts(name: str) -> Mtts | None:
    """The bits of ``MTTS 137``; None where they are no number. Unknown bits are left out."""
    try:
        number = parse_number(serialise_text(name.removeprefix(_MTTS)))
    except RemoteError:
        return None
    return Mtts(number & sum(Mtts))


def parse_speed(payload: bytes) -> TerminalSpeed:
    """``38400,38400`` behind IS: sending, then receiving."""
    transmit, comma, receive = payload[1:].partition(b",")
    if payload[:1] != IS or not comma:
        raise RemoteError("a terminal's speed is two numbers with a comma between them")
    return TerminalSpeed(parse_number(transmit), parse_number(receive))


def serialise_speed(speed: TerminalSpeed) -> bytes:
    return IS + f"{speed.transmit},{speed.receive}".encode()


def parse_flow(payload: bytes) -> FlowControl:
    """LFLOW: one byte."""
    if len(payload) != 1 or payload[0] > max(Flow):
        raise RemoteError("flow control is one byte from 0 to 3")
    return FlowControl(Flow(payload[0]))


def serialise_flow(flow: FlowControl) -> bytes:
    return bytes((flow.mode,))
