"""What is said over Telnet: numbers as in the RFCs, and words for them."""

from __future__ import annotations

from typing import get_args

import pytest

from portside.protocols.telnet.messages import (
    Control,
    Data,
    Function,
    Hearable,
    Message,
    Option,
    Party,
    Sayable,
    Want,
)


@pytest.mark.parametrize(
    ("option", "number"),
    [("BINARY", 0), ("ECHO", 1), ("SGA", 3), ("STATUS", 5), ("TIMING-MARK", 6), ("TTYPE", 24), ("EOR", 25),
     ("NAWS", 31), ("TSPEED", 32), ("LFLOW", 33), ("LINEMODE", 34), ("NEW-ENVIRON", 39), ("CHARSET", 42), ("MSSP", 70),
     ("MCCP2", 86), ("GMCP", 201)],
)  # fmt: skip
def test_options_have_their_numbers_and_names(option: str, number: int) -> None:
    assert str(Option(number)) == option


def test_control_functions_have_their_codes() -> None:
    assert [control.name for control in sorted(Control)] == [
        "EOF", "SUSP", "ABORT", "EOR", "NOP", "SYNCH", "BRK", "IP", "AO", "AYT", "EC", "EL", "GA",
    ]  # fmt: skip
    assert (min(Control), max(Control)) == (236, 249)


def test_functions_are_numbered_without_a_gap() -> None:
    assert [function.value for function in Function] == list(range(1, 31))


def test_there_are_two_parties() -> None:
    assert Party.US.other is Party.THEM
    assert Party.THEM.other is Party.US


def test_messages_are_values() -> None:
    assert Data(b"a") == Data(b"a")
    assert len({Want(Option.ECHO, Party.US), Want(Option.ECHO, Party.US)}) == 1


def test_every_message_is_heard_or_said() -> None:
    assert set(get_args(Message)) == set(get_args(Hearable)) | set(get_args(Sayable))
