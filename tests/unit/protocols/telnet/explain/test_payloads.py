"""Credentials within subnegotiations, byte by byte."""

from __future__ import annotations

import pytest

from portside.protocols.telnet.explain.payloads import LONGEST_NAME, PayloadMask, hidden_payload, is_secret_name
from portside.protocols.telnet.messages import Option
from tests.support.telnet import wire


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        (b"PASSWORD", True), (b"MyPassphrase", True), (b"API_KEY", True), (b"key", True), (b"GITHUB_TOKEN", True),
        (b"AUTH", True), (b"x" * LONGEST_NAME, True), (b"KEYBOARD", False), (b"MONKEY", False), (b"LANG", False),
        (b"PWD", False), (b"", False), (b"SPINNER", False), (b"CARD_PIN", True),
    ],
)  # fmt: skip
def test_names_speak_of_secrets(name: bytes, secret: bool) -> None:
    assert is_secret_name(name) is secret


@pytest.mark.parametrize(
    ("payload", "hidden"),
    [
        (b'A {"password":"x","b":"y"}', b'A {"password":"*","b":"y"}'),
        (b'A {"pin": 1234, "b": 1}', b'A {"pin": ****, "b": 1}'),
        (b'A {"token":{"a":"x","b":[1, "y"]},"c":"z"}', b'A {"token":{"*":"*","*":[*, "*"]},"c":"z"}'),
        (b'A {"tokens":["x","y"]} ', b'A {"tokens":["*","*"]} '),
        (b'A {"a\\"token":"x\\"y"}', b'A {"a\\"token":"****"}'),
        (b'A ["password","x"]', b'A ["password","x"]'),
        (b"Core.Ping", b"Core.Ping"),
    ],
)
def test_keys_of_json_speak_of_secrets(payload: bytes, hidden: bytes) -> None:
    assert hidden_payload(Option.GMCP, payload) == hidden


def test_other_options_have_none() -> None:
    assert hidden_payload(Option.TTYPE, b"\0PASSWORD") == b"\0PASSWORD"


@pytest.mark.parametrize("step", [1, 2, 5, 100])
def test_commands_may_follow_each_other_and_break_each_other_off(step: int) -> None:
    secret = "NEW-ENVIRON IS VAR 'TOKEN' VALUE 'abc'"
    data = wire(f"IAC DO ECHO IAC NOP IAC SB {secret} IAC SB TTYPE IS 'abc' IAC SE IAC SB {secret} IAC WILL 'abc'")
    mask = PayloadMask()
    hidden = b"".join(mask.hide(data[at : at + step]) for at in range(0, len(data), step))
    assert hidden == data.replace(b"TOKEN\x01abc", b"TOKEN\x01***")


def test_it_can_begin_anew() -> None:
    mask = PayloadMask()
    mask.hide(wire("IAC SB NEW-ENVIRON IS VAR 'TOKEN' VALUE"))
    mask.reset()
    data = wire("IAC SB NAWS 0 80 0 24 IAC SE")
    assert mask.hide(data) is data
