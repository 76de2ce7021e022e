"""Numbers in words."""

from __future__ import annotations

import pytest

from portside.protocols.telnet.explain.meanings import COMMANDS, FUNCTIONS, OPTIONS, command_name, option_name
from portside.protocols.telnet.messages import Control, Function, Option


@pytest.mark.parametrize("option", list(Option))
def test_every_option_that_we_speak_has_its_name_and_source(option: Option) -> None:
    assert OPTIONS[option].name == str(option)
    assert OPTIONS[option].text
    assert OPTIONS[option].source


def test_every_control_function_has_its_words() -> None:
    assert {int(control) for control in Control} <= COMMANDS.keys()
    assert set(FUNCTIONS) == {int(function) for function in Function}


def test_what_is_not_known_is_a_number() -> None:
    assert option_name(222) == "option 222"
    assert command_name(7) == "command 7"
    assert command_name(Control.AYT) == "are you there? (AYT)"
