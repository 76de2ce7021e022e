"""The mask as it passes: equal length, any split, framing kept."""

from __future__ import annotations

import pytest

from portside.interfaces import Role
from portside.protocols.telnet import explain
from portside.protocols.telnet.explain.directions import LONGEST_KEPT
from portside.protocols.telnet.explain.masking import TelnetMask
from portside.protocols.telnet.syntax.scanning import Scanner, Subnegotiation
from tests.support.telnet import wire

C, S = Role.CLIENT, Role.SERVER


def test_what_hides_nothing_is_the_very_object() -> None:
    mask = TelnetMask()
    for role, data in ((S, b"x" * 100), (C, b"ls\r\n"), (S, wire("IAC DO ECHO 'x'")), (C, wire("IAC WONT ECHO"))):
        assert mask.hide(role, data) is data
        assert mask.harmless(role) == 0


def test_iac_and_line_ends_stay_so_that_the_framing_can_be_read() -> None:
    mask = TelnetMask()
    mask.hide(S, b"Password: ")
    assert mask.hide(C, b"a\xff\xffb\r\0") == b"*\xff\xff*\r\0"
    secret = wire("IAC SB NEW-ENVIRON IS VAR 'PASSWORD' VALUE 'a' IAC IAC 'b' ESC 1 IAC SE")
    hidden = TelnetMask().hide(C, secret)
    (token,) = Scanner(100).scan(hidden)
    assert isinstance(token, Subnegotiation)
    assert token.payload == wire("IS VAR 'PASSWORD' VALUE '*' 255 '***'")


@pytest.mark.parametrize("step", [1, 1000, 100_000])
def test_what_is_too_long_to_be_kept_is_hidden_to_its_end(step: int) -> None:
    name = b"x" * LONGEST_KEPT
    data = b"\xff\xfa\x27\x00\x00LANG\x01" + name + b"\x03TOKEN\x01hunter2\xff\xf0ls\r\n"
    mask = TelnetMask()
    shown = b"".join(mask.hide(C, data[at : at + step]) for at in range(0, len(data), step))
    assert shown == data.replace(b"hunter2", b"*******")


@pytest.mark.parametrize("before", [b"", b"login: ", b"Password: ", b"\xff\xfb\x01", b"$ "])
def test_a_mask_that_begins_later_hides_the_same(before: bytes) -> None:
    reader, mask = explain.reader(), explain.mask()
    reader.read(S, before)
    mask.hide(S, before)
    make = reader.mask_from_here()
    assert make is not None
    for later in (make(), make()):
        again = TelnetMask()
        again.hide(S, before)
        for role, data in ((C, b"one\r\n"), (S, b"\r\nPassword: "), (C, b"two\r\n")):
            assert later.hide(role, data) == again.hide(role, data)


def test_in_the_middle_of_a_command_no_mask_begins() -> None:
    reader = explain.reader()
    reader.read(C, b"\xff\xfa\x27")
    assert reader.mask_from_here() is None


def test_a_hole_forgets_what_had_begun() -> None:
    mask = TelnetMask()
    mask.hide(C, wire("IAC SB NEW-ENVIRON IS VAR 'PASSWORD' VALUE"))
    mask.missed(C, 10)
    assert mask.hide(C, b"ls\r\n") == b"ls\r\n"
