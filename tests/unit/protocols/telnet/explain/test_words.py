"""Subnegotiations in one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.protocols.telnet.explain.words import listed, told
from portside.protocols.telnet.syntax.scanning import Ending, Subnegotiation
from tests.support.telnet import wire


@pytest.mark.parametrize(
    ("option", "payload", "line"),
    [
        ("NAWS", "0 133 0 41", "window 133 x 41"),
        ("NAWS", "0 133", "NAWS that makes no sense: a window's size has 4 bytes, not 2"),
        ("TTYPE", "SEND", "asks for the terminal type"),
        ("TTYPE", "IS 'XTERM'", "terminal type XTERM"),
        ("TSPEED", "SEND", "asks for the terminal speed"),
        ("TSPEED", "IS '9600,300'", "terminal speed 9600 and 300 bit/s"),
        ("LFLOW", "3", "flow control: XON restarts"),
        ("NEW-ENVIRON", "SEND", "asks for the environment: all"),
        ("NEW-ENVIRON", "SEND VAR 'USER' USERVAR", "asks for the environment: USER, all of a kind"),
        ("NEW-ENVIRON", "IS VAR 'USER' VALUE 'hidden'", "environment: USER"),
        ("NEW-ENVIRON", "IS", "environment: nothing"),
        ("NEW-ENVIRON", "INFO VAR 'USER'", "environment has changed: USER"),
        ("NEW-ENVIRON", "9", "NEW-ENVIRON that makes no sense: variables are told or asked for"),
        ("CHARSET", "REQUEST ';UTF-8;US-ASCII'", "proposes character sets: UTF-8, US-ASCII"),
        ("CHARSET", "ACCEPTED 'UTF-8'", "takes character set UTF-8"),
        ("CHARSET", "REJECTED", "takes no character set"),
        ("CHARSET", "4 1", "sends a translation table"),
        ("CHARSET", "5", "translation table: answer"),
        ("LINEMODE", "MODE 3", "line mode EDIT, TRAPSIG"),
        ("LINEMODE", "MODE 4", "line mode none (agreed)"),
        ("LINEMODE", "SLC 3 2 3 10 2 127", "special characters: IP, EC"),
        ("LINEMODE", "DO FORWARDMASK 1", "forward mask"),
        ("LINEMODE", "9", "line mode"),
        ("STATUS", "SEND", "asks for the status"),
        ("STATUS", "IS WILL ECHO DO NAWS", "status: WILL ECHO, DO NAWS"),
        ("STATUS", "IS", "status: nothing is on"),
        ("GMCP", "'Char.Login {}'", "GMCP Char.Login"),
        ("MSSP", "1 'NAME' 2 'x' 1 'PORT' 2 '23'", "server status: NAME, PORT"),
        ("MCCP2", "", "compresses from here on"),
        ("222", "1 2 3", "option 222, 3 bytes"),
        ("38", "1", "ENCRYPT, 1 byte"),
    ],
)
def test_one_line_says_what_is_meant(option: str, payload: str, line: str) -> None:
    assert told(Subnegotiation(wire(option)[0], wire(payload), Ending.WHOLE, 0, 0)) == line


def test_long_lists_are_cut() -> None:
    assert listed([str(number) for number in range(10)]) == "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"


@given(st.integers(0, 255), st.binary(max_size=40))
def test_no_payload_raises(option: int, payload: bytes) -> None:
    assert told(Subnegotiation(option, payload, Ending.WHOLE, 0, 0))
