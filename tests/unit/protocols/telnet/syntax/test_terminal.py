"""A terminal's window, types, speed and flow control as bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.errors import RemoteError
from portside.protocols.telnet.messages import Flow, FlowControl, Mtts, TerminalSpeed, TerminalTypes, WindowSize
from portside.protocols.telnet.syntax import terminal

SIDE = st.integers(0, 65_535)
SPEED = st.integers(0, 999_999_999)


@given(st.builds(WindowSize, SIDE, SIDE))
def test_windows_come_back(window: WindowSize) -> None:
    assert terminal.parse_window(terminal.serialise_window(window)) == window


@given(st.builds(TerminalSpeed, SPEED, SPEED))
def test_speeds_come_back(speed: TerminalSpeed) -> None:
    assert terminal.parse_speed(terminal.serialise_speed(speed)) == speed


@pytest.mark.parametrize("flow", list(Flow))
def test_flow_control_comes_back(flow: Flow) -> None:
    assert terminal.parse_flow(terminal.serialise_flow(FlowControl(flow))) == FlowControl(flow)


@given(st.text(min_size=1, max_size=40))
def test_types_come_back(name: str) -> None:
    assert terminal.parse_type(terminal.serialise_type(name)) == name


@pytest.mark.parametrize("payload", [b"", b"\0", b"\x01x", b"\0" + b"x" * (terminal.LONGEST_TYPE + 1)])
def test_what_is_no_type_is_refused(payload: bytes) -> None:
    with pytest.raises(RemoteError):
        terminal.parse_type(payload)


def test_what_is_told_is_gathered_again() -> None:
    types = TerminalTypes(("A", "B"), Mtts.ANSI | Mtts.SSL)
    assert terminal.types_in_turn(types) == ("A", "B", "MTTS 2049")
    assert terminal.gathered_types(terminal.types_in_turn(types)) == types
    assert terminal.gathered_types(("A",)) == TerminalTypes(("A",))


@pytest.mark.parametrize(
    ("name", "bits"), [("MTTS 1", Mtts.ANSI), ("MTTS x", None), ("MTTS ", None), ("MTTS 0", Mtts(0))]
)
def test_bits_are_a_number(name: str, bits: Mtts | None) -> None:
    assert terminal.parse_mtts(name) == bits
